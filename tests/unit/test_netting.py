"""Corrections: what is billed of work that is taken back, for all numbers."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings, strategies as st

from odoo.addons.project_invoice_tracker.billing import caps
from odoo.addons.project_invoice_tracker.billing.grouping import (
    OpenItem,
    plan_lines,
    waiting,
)
from odoo.addons.project_invoice_tracker.billing.netting import HeldLine

MINUTES = st.integers(-600, 600).filter(bool)
PRICES = st.sampled_from([80, 100, 110])
DETAILS = st.sampled_from(["project", "task", "person", "task_person", "day", "entry"])
ROWS = st.lists(
    st.tuples(MINUTES, PRICES, st.integers(0, 4), st.integers(1, 2), st.integers(1, 2)),
    min_size=1,
    max_size=9,
)
#: Lines of a draft, by minutes and price.
HELD = st.lists(st.tuples(st.integers(1, 300), PRICES), max_size=3)


def _items(rows, detail):
    return [
        OpenItem(
            n, 1, 1, "time", detail, "minute", Decimal(minutes), Decimal(price), 1,
            task_id=task, employee_id=person, may_credit=True,
            day=date(2026, 3, 2) + timedelta(days=day),
        )
        for n, (minutes, price, day, task, person) in enumerate(rows, 1)
    ]  # fmt: skip


def _held(rows):
    return [
        HeldLine(
            f"line {n}", 1, (1, 1, Decimal(price), 1, Decimal(0), None), "minute",
            Decimal(minutes), Decimal(minutes) * price / 60, date(2026, 3, 1),
        )
        for n, (minutes, price) in enumerate(rows)
    ]  # fmt: skip


def _by_price(lines):
    totals = defaultdict(Decimal)
    for line in lines:
        totals[line.first.price] += line.quantity
    return totals


@given(ROWS, DETAILS, HELD)
@settings(max_examples=500)
def test_every_minute_is_billed_once_or_waits(rows, detail, held):
    """Nothing is lost, each line has one price, and work is less its corrections."""
    held = _held(held)
    lines, carried = plan_lines(_items(rows, detail), held)
    found = Counter()
    for line in lines + carried:
        assert len({item.price for item in line.items}) == 1
        assert len({item.id for item in line.items}) == len(line.items)
        for item in line.items:
            found[item.id] += item.open
    assert found == {n: row[0] for n, row in enumerate(rows, 1)}
    whole = defaultdict(Decimal)
    for minutes, price, *_rest in rows:
        whole[price] += minutes
    drafts = defaultdict(Decimal)
    for line in held:
        drafts[line.terms[2]] += line.quantity
    billed, left = _by_price(lines), _by_price(carried)
    for price, minutes in whole.items():
        assert billed[price] + left[price] == minutes
        # work never waits beside what takes it back
        assert left[price] <= 0
        if minutes + drafts[price] > 0:
            assert left[price] == 0
        elif drafts[price]:
            assert billed[price] <= -drafts[price]


@given(ROWS, DETAILS, HELD)
@settings(max_examples=500)
def test_a_request_stays_above_zero_and_takes_what_fits(rows, detail, held):
    """No line of a draft is below zero, no request is, and no more waits than must."""
    held = _held(held)
    lines, carried = plan_lines(_items(rows, detail), held)
    by_key = Counter({line.key: line.quantity for line in held})
    for line in lines:
        if line.joins in by_key:
            by_key[line.joins] += line.quantity
    assert all(minutes >= 0 for minutes in by_key.values())
    worth = sum(line.amount for line in lines) + sum(line.amount for line in held)
    tolerance = Decimal("0.6") * (len(lines) + len(held))
    if lines or held:
        assert worth > -tolerance
    amount = waiting(carried).get(1, Decimal(0))
    if amount and any(line.quantity for line in lines):
        assert worth < 5 + tolerance, "more could have been set off"


@given(ROWS, DETAILS, st.integers(1, 20_000), st.integers(0, 3000))
@settings(max_examples=300)
def test_caps_with_corrections(rows, detail, cents, minutes):
    """I20: never more than the cap, and nothing is lost."""
    lines, _carried = plan_lines(_items(rows, detail))
    room = caps.Room(Decimal(cents) / 10, Decimal(minutes))
    within, over = caps.fit(lines, lambda line: [room])
    assert room.amount >= 0 and room.minutes >= 0
    assert sum(line.quantity for line in within) <= minutes
    found = Counter()
    for line in within + over:
        for item in line.items:
            found[item.id] += item.open
    assert found == Counter(
        {
            item_id: sum(i.open for x in lines for i in x.items if i.id == item_id)
            for item_id in {i.id for x in lines for i in x.items}
        }
    )
