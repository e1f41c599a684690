"""Deductions, retentions and their releases, for any amounts (I19, I23)."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from odoo.addons.project_invoice_tracker.billing.adjustments import (
    Overdrawn,
    covering,
    deduction,
    hold,
    releases,
    shortfall,
)
from odoo.addons.project_invoice_tracker.billing.rounding import money

#: The smallest amounts of currencies: with 0 to 3 decimals, and those with coins.
STEPS = st.sampled_from(["1", "0.1", "0.01", "0.001", "0.05", "0.5", "5"]).map(Decimal)
shares = st.decimals(0, 100, places=3)


@st.composite
def amounts(draw, step, largest=10**6):
    return draw(st.integers(0, largest)) * step


@st.composite
def split(draw):
    """Some percentages that sum to 100."""
    cuts = draw(st.lists(st.integers(0, 100_000), max_size=6))
    points = [0, *sorted(cuts), 100_000]
    pairs = zip(points, points[1:], strict=False)
    return [Decimal(end - start) / 1000 for start, end in pairs]


@given(st.data(), STEPS, shares, st.booleans())
def test_a_deposit_is_deducted_once(data, step, percentage, at_once):
    """I19, I23: never more than the deposit, never negative, the last takes it all."""
    deposit = data.draw(amounts(step))
    contents = data.draw(st.lists(amounts(step), min_size=1, max_size=20))
    balance = deposit
    for position, content in enumerate(contents, 1):
        part = deduction(
            content,
            None if at_once else percentage,
            balance,
            position == len(contents),
            step,
        )
        assert 0 <= part <= balance
        assert part == money(part, step)
        balance -= part
    assert balance == 0


@given(st.data(), STEPS)
def test_covering_is_between_nothing_and_the_deduction(data, step):
    without = data.draw(amounts(step))
    deducted = data.draw(amounts(step))
    found = covering(deducted, without, without - deducted, step)
    assert found == min(deducted, without)


@given(st.data(), STEPS, shares)
def test_no_more_is_held_than_there_is(data, step, percentage):
    amount = data.draw(amounts(step))
    assert 0 <= hold(amount, percentage, step) <= amount


@given(st.data(), STEPS, split())
def test_releases_sum_to_what_is_held(data, step, percentages):
    """I19: whatever is released in which order, all comes back, and no cent more."""
    held = data.draw(amounts(step))
    settled = {}
    order = data.draw(st.permutations(range(len(percentages))))
    for position in order:
        parts = releases(held, percentages, settled, step)
        assert all(part >= 0 for part in parts)
        assert sum(parts) + sum(settled.values()) == held
        settled[position] = settled.get(position, Decimal(0)) + parts[position]
        held += data.draw(amounts(step))
    parts = releases(held, percentages, settled, step)
    assert sum(parts) + sum(settled.values()) == held
    assert not any(parts[:-1])


@given(st.data(), STEPS, split())
def test_more_released_than_held_is_refused(data, step, percentages):
    held = data.draw(amounts(step))
    with pytest.raises(Overdrawn):
        releases(held, percentages, {0: held + step}, step)


@given(st.data(), STEPS)
def test_a_minimum_is_reached_exactly(data, step):
    minimum, amount = data.draw(amounts(step)), data.draw(amounts(step))
    missing = shortfall(minimum, amount)
    assert missing >= 0
    assert amount + missing == (max(minimum, amount) if amount else 0)
