"""Contracts: instalments, parts and progress sum to the whole, to the cent (I19)."""

from decimal import Decimal

from hypothesis import given, strategies as st

from odoo.addons.project_invoice_tracker.billing.allocation import (
    equal_shares,
    instalments,
    part_amount,
    price_for,
)
from odoo.addons.project_invoice_tracker.billing.progress import Report, steps
from odoo.addons.project_invoice_tracker.billing.rounding import money

#: The smallest amounts of currencies: with 0 to 3 decimals, and those with coins.
STEPS = st.sampled_from(["1", "0.1", "0.01", "0.001", "0.05", "0.5", "5"]).map(Decimal)


def amounts(step, smallest=0):
    return st.integers(smallest, 10**9).map(lambda n: n * step)


@st.composite
def contracts(draw):
    """Return (contract, shares that total 100 %, step, positions that are held)."""
    step = draw(STEPS)
    count = draw(st.integers(1, 60))
    cuts = draw(
        st.lists(st.integers(0, 100_000), min_size=count - 1, max_size=count - 1)
    )
    edges = [0, *sorted(cuts), 100_000]
    shares = [
        Decimal(high - low) / 1000 for low, high in zip(edges, edges[1:], strict=False)
    ]
    held = draw(st.sets(st.integers(0, count - 1), max_size=count - 1))
    return draw(amounts(step)), shares, step, sorted(held)


@given(contracts())
def test_instalments_sum_to_the_contract(case):
    """I19: 1 to 60 instalments, 0 to 3 decimals; none is negative."""
    contract, shares, step, _held = case
    parts = instalments(contract, shares, step)
    assert sum(parts) == contract
    assert min(parts) >= 0
    assert all(part == money(part, step) for part in parts)


@given(st.integers(1, 60), STEPS, st.data())
def test_equal_parts_sum_to_the_contract(count, step, data):
    """I19: made by one click, or typed as they are rounded to six step."""
    contract = data.draw(amounts(step))
    typed = [round(Decimal(100) / count, 6)] * count
    for shares in (equal_shares(count), typed):
        parts = instalments(contract, shares, step)
        assert sum(parts) == contract
        assert min(parts) >= 0
        held = {0: parts[0]}
        assert sum(instalments(contract, shares, step, held)) == contract
        changed = instalments(contract + 1000, shares, step, held)
        assert sum(changed) == contract + 1000 * (count > 1)


@given(contracts(), st.data())
def test_a_changed_contract_is_spread_over_the_open_ones(case, data):
    """I19: whatever is held stays; the open ones get the rest by their shares."""
    contract, shares, step, positions = case
    before = instalments(contract, shares, step)
    held = {position: before[position] for position in positions}
    settled = sum(held.values(), Decimal(0))
    changed = settled + data.draw(amounts(step))
    parts = instalments(changed, shares, step, held)
    assert all(parts[position] == amount for position, amount in held.items())
    assert min(parts) >= 0
    free = [position for position in range(len(shares)) if position not in held]
    whole = sum(shares[position] for position in free)
    if not whole:
        return
    assert sum(parts) == changed
    for position in free[:-1]:
        fair = (changed - settled) * shares[position] / whole
        assert parts[position] <= fair + step
    # what is held at its share of the same contract changes nothing for the others
    assert instalments(contract, shares, step, held) == before


@given(contracts(), st.data())
def test_held_one_after_the_other(case, data):
    """I19: a contract changed between any two invoices is billed to the cent."""
    contract, shares, step, _held = case
    held = {}
    for position in data.draw(st.permutations(range(len(shares)))):
        if data.draw(st.booleans()):
            settled = sum(held.values(), Decimal(0))
            if sum(shares[p] for p in range(len(shares)) if p not in held):
                contract = settled + data.draw(amounts(step))
        held[position] = instalments(contract, shares, step, held)[position]
    if shares[position]:
        assert sum(held.values()) == contract


@given(
    STEPS.flatmap(lambda d: st.tuples(st.just(d), amounts(d))),
    st.lists(st.integers(1, 99), max_size=12),
    st.sampled_from([Decimal(0), Decimal(10), Decimal("33.33"), Decimal(100)]),
)
def test_parts_sum_to_the_whole(case, cuts, discount):
    """I19: an item billed in any parts comes to its amount, with a price for each."""
    step, price = case
    edges = [0, *sorted(set(cuts)), 100]
    factor = 1 - discount / 100
    amount = money(price * factor, step)
    taken = Decimal(0)
    for low, high in zip(edges, edges[1:], strict=False):
        quantity = Decimal(high - low) / 100
        natural = money(quantity * price * factor, step)
        part = part_amount(amount, taken, natural, is_last=high == 100)
        if part != natural:
            adjusted = price_for(part, quantity, discount, step)
            assert money(quantity * adjusted * factor, step) == part
        assert part >= 0
        taken += part
    assert taken == amount


@given(
    STEPS.flatmap(lambda d: st.tuples(st.just(d), amounts(d))),
    st.integers(1, 99_999).map(lambda n: Decimal(n) / 100),
)
def test_more_pieces_have_a_price_as_well(case, quantity):
    """I19: up to a thousand pieces come to any amount."""
    step, amount = case
    price = price_for(amount, quantity, step=step)
    assert money(quantity * price, step) == amount


@st.composite
def progress(draw):
    step = draw(STEPS)
    contract = draw(amounts(step))
    percentages = draw(
        st.lists(st.integers(0, 100_000), min_size=1, max_size=12).map(
            lambda values: [Decimal(value) / 1000 for value in values]
        )
    )
    return contract, percentages, step


@given(progress())
def test_open_reports_come_to_the_latest_percentage(case):
    """I19: whatever was reported before, never more than the latest percentage."""
    contract, percentages, step = case
    reports = [Report(n, share) for n, share in enumerate(percentages)]
    result = steps(contract, reports, step)
    assert sum(result.values()) == money(contract * percentages[-1] / 100, step)
    assert min(result.values()) >= 0


@given(progress(), st.data())
def test_billed_on_the_way(case, data):
    """I19: billed at any time, with the contract changed; sums to the latest."""
    contract, percentages, step = case
    reports = []
    for number, percentage in enumerate(percentages):
        reports.append(Report(number, percentage))
        settled = sum((r.held for r in reports if r.held is not None), Decimal(0))
        if data.draw(st.booleans()):
            contract = settled + data.draw(amounts(step))
        result = steps(contract, reports, step)
        goal = money(contract * percentage / 100, step)
        assert settled + sum(result.values()) == goal
        assert goal <= contract
        *earlier, latest = result.values()
        assert all(amount >= 0 for amount in earlier)
        if latest < 0:
            assert not any(earlier)
        elif data.draw(st.booleans()):
            reports = [
                Report(r.id, r.percentage, result.get(r.id, r.held)) for r in reports
            ]
