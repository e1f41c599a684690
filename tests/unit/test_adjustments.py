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

decimals = st.integers(0, 3)
shares = st.decimals(0, 100, places=3)


@st.composite
def amounts(draw, places, largest=10**6):
    return Decimal(draw(st.integers(0, largest))).scaleb(-places)


@st.composite
def split(draw):
    """Some percentages that sum to 100."""
    cuts = draw(st.lists(st.integers(0, 100_000), max_size=6))
    points = [0, *sorted(cuts), 100_000]
    pairs = zip(points, points[1:], strict=False)
    return [Decimal(end - start) / 1000 for start, end in pairs]


@given(st.data(), decimals, shares, st.booleans())
def test_a_deposit_is_deducted_once(data, places, percentage, at_once):
    """I19, I23: never more than the deposit, never negative, the last takes it all."""
    deposit = data.draw(amounts(places))
    contents = data.draw(st.lists(amounts(places), min_size=1, max_size=20))
    balance = deposit
    for position, content in enumerate(contents, 1):
        part = deduction(
            content,
            None if at_once else percentage,
            balance,
            position == len(contents),
            places,
        )
        assert 0 <= part <= balance
        assert part == money(part, places)
        balance -= part
    assert balance == 0


@given(st.data(), decimals)
def test_covering_is_between_nothing_and_the_deduction(data, places):
    without = data.draw(amounts(places))
    deducted = data.draw(amounts(places))
    found = covering(deducted, without, without - deducted, places)
    assert found == min(deducted, without)


@given(st.data(), decimals, shares)
def test_no_more_is_held_than_there_is(data, places, percentage):
    amount = data.draw(amounts(places))
    assert 0 <= hold(amount, percentage, places) <= amount


@given(st.data(), decimals, split())
def test_releases_sum_to_what_is_held(data, places, percentages):
    """I19: whatever is released in which order, all comes back, and no cent more."""
    held = data.draw(amounts(places))
    settled = {}
    order = data.draw(st.permutations(range(len(percentages))))
    for position in order:
        parts = releases(held, percentages, settled, places)
        assert all(part >= 0 for part in parts)
        assert sum(parts) + sum(settled.values()) == held
        settled[position] = settled.get(position, Decimal(0)) + parts[position]
        held += data.draw(amounts(places))
    parts = releases(held, percentages, settled, places)
    assert sum(parts) + sum(settled.values()) == held
    assert not any(parts[:-1])


@given(st.data(), decimals, split())
def test_more_released_than_held_is_refused(data, places, percentages):
    held = data.draw(amounts(places))
    with pytest.raises(Overdrawn):
        releases(held, percentages, {0: held + Decimal(1).scaleb(-places)}, places)


@given(st.data(), decimals)
def test_a_minimum_is_reached_exactly(data, places):
    minimum, amount = data.draw(amounts(places)), data.draw(amounts(places))
    missing = shortfall(minimum, amount)
    assert missing >= 0
    assert amount + missing == (max(minimum, amount) if amount else 0)
