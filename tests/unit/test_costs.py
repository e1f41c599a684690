"""Costs: shares, conversion and what is set off, for all numbers."""

from decimal import Decimal

from hypothesis import given, strategies as st

from odoo.addons.project_invoice_tracker.billing.costs import (
    cost_price,
    distribution_share,
    exchange_rate,
    split,
)
from odoo.addons.project_invoice_tracker.billing.grouping import OpenItem, plan_lines
from odoo.addons.project_invoice_tracker.billing.rounding import money

AMOUNTS = st.decimals(min_value=0, max_value=10**7, places=3)
RATES = st.decimals(min_value="0.0001", max_value=10**5, places=6)
STEPS = st.sampled_from(["1", "0.01", "0.001", "0.05"]).map(Decimal)
MARKUPS = st.decimals(min_value=0, max_value=500, places=3)


@given(AMOUNTS, MARKUPS, STEPS)
def test_a_price_is_off_by_half_a_unit_at_most(base, markup, step):
    exact = base * (100 + markup) / 100
    half = step / 2
    assert abs(cost_price(base, markup=markup, step=step) - exact) <= half


@given(AMOUNTS, RATES, RATES, STEPS)
def test_a_converted_price_has_the_step_of_its_currency(base, one, other, step):
    price = cost_price(base, exchange_rate(one, other), step=step)
    assert price >= 0
    assert price % step == 0
    assert price.as_tuple().exponent == step.as_tuple().exponent


@given(RATES, RATES)
def test_there_and_back(one, other):
    product = exchange_rate(one, other) * exchange_rate(other, one)
    assert abs(product - 1) < Decimal("1e-13")


PARTS = st.lists(st.integers(0, 10000), min_size=1, max_size=6)


@given(AMOUNTS, PARTS, STEPS, st.data())
def test_parts_sum_to_the_whole(amount, weights, step, data):
    """C6: whatever the shares, also of a credit, and beside what is held already."""
    shares = [Decimal(weight) / 100 for weight in weights]
    total = money(amount * sum(shares) / 100, step)
    parts = split(amount, shares, step)
    assert sum(parts) == total
    assert split(-amount, shares, step) == [-part for part in parts]
    fair = zip(parts, shares, strict=True)
    assert all(abs(part - amount * share / 100) <= step for part, share in fair)
    position = data.draw(st.integers(0, len(shares) - 1))
    assert split(amount, shares, step, {position: parts[position]}) == parts
    if sum(weights) > weights[position]:
        held = {position: parts[position] + step}
        assert sum(split(amount, shares, step, held)) == total


@given(st.lists(st.integers(1, 10000), min_size=1, max_size=6))
def test_shares_of_an_account_add_up(parts):
    split = {f"{number},7": part / 100 for number, part in enumerate(parts, 10)}
    assert distribution_share(split, 7) == Decimal(sum(parts)) / 100
    assert distribution_share(None, 7) == 0


ITEMS = st.lists(
    st.tuples(
        st.integers(1, 2),  # project
        st.sampled_from([-3, -1, 1, 3]),  # quantity
        st.sampled_from(["10", "20.50", "33.33", "100"]),  # price
        st.booleans(),  # cost or time
    ),
    max_size=12,
)


def _open_items(rows):
    for number, (project, quantity, price, is_cost) in enumerate(rows, 1):
        yield OpenItem(
            id=number,
            project_id=project,
            rule_id=1,
            kind="cost" if is_cost else "time",
            detail="entry",
            unit="unit",
            open=Decimal(quantity),
            price=Decimal(price),
            product_id=1,
            may_credit=is_cost,
        )


@given(ITEMS)
def test_nothing_is_lost_and_no_project_is_below_zero(rows):
    """Every item is on one line or carried; credits never outweigh their project."""
    lines, carried = plan_lines(_open_items(rows))
    ids = [item.id for line in lines + carried for item in line.items]
    assert sorted(ids) == list(range(1, len(rows) + 1))
    for project in {line.first.project_id for line in lines}:
        assert sum(x.amount for x in lines if x.first.project_id == project) > 0
    for line in lines:
        assert line.quantity > 0 or line.first.may_credit


@given(ITEMS)
def test_what_is_carried_waits_for_a_reason(rows):
    """A positive line only waits when a credit takes back exactly as much."""
    _lines, carried = plan_lines(_open_items(rows))
    waiting = [line for line in carried if line.quantity > 0]
    credits = [line for line in carried if line.quantity < 0]
    for line in waiting:
        opposite = next(
            each
            for each in credits
            if each.quantity == -line.quantity
            and each.first.price == line.first.price
            and each.first.project_id == line.first.project_id
        )
        credits.remove(opposite)
