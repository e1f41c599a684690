"""Choosing rates, splitting entries and filling caps, against plain models.

Each model here is as simple as can be: it looks at every minute on its own.
"""

from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from hypothesis import given, settings, strategies as st

from odoo.addons.project_invoice_tracker.billing import caps, pricing
from odoo.addons.project_invoice_tracker.billing.grouping import OpenItem, plan_lines
from odoo.addons.project_invoice_tracker.billing.pricing import Entry, Tier
from odoo.addons.project_invoice_tracker.billing.rates import (
    SCOPES,
    Rate,
    Work,
    overlap,
    pick,
)

START = date(2026, 3, 2)
DAYS = st.integers(0, 20).map(lambda n: START + timedelta(days=n))
ONE_OF = st.one_of(st.none(), st.integers(1, 3))
MINUTES = st.integers(1, 700)


@st.composite
def rates(draw, identity):
    first, second = draw(DAYS), draw(DAYS)
    return Rate(
        id=identity,
        price=Decimal(draw(st.integers(50, 200))),
        scope=draw(st.sampled_from(SCOPES)),
        employee_id=draw(ONE_OF),
        task_id=draw(ONE_OF),
        job_id=draw(ONE_OF),
        tag_id=draw(ONE_OF),
        date_from=draw(st.sampled_from([None, min(first, second)])),
        date_to=draw(st.sampled_from([None, max(first, second)])),
    )


@st.composite
def rate_cards(draw):
    """Rates as the database keeps them: none of a scope overlap."""
    kept = []
    for identity in range(1, draw(st.integers(0, 12)) + 1):
        rate = draw(rates(identity))
        if not any(overlap(rate, other) for other in kept):
            kept.append(rate)
    return kept


@st.composite
def work(draw):
    tags = frozenset(draw(st.sets(st.integers(1, 3), max_size=2)))
    return Work(draw(DAYS), draw(ONE_OF), draw(ONE_OF), draw(ONE_OF), tags)


def slowly_picked(cards, piece):
    """Walk from the most specific scope to the widest, and ask one after the other."""
    for scope in reversed(SCOPES):
        for who in range(15, -1, -1):
            wants = [bool(who & bit) for bit in (8, 4, 2, 1)]
            best = None
            for rate in cards:
                names = (rate.task_id, rate.employee_id, rate.job_id, rate.tag_id)
                if rate.scope != scope or [n is not None for n in names] != wants:
                    continue
                fits = (
                    rate.task_id in (None, piece.task_id)
                    and rate.employee_id in (None, piece.employee_id)
                    and rate.job_id in (None, piece.job_id)
                    and (rate.tag_id is None or rate.tag_id in piece.tag_ids)
                    and (rate.date_from or date.min) <= piece.day
                    and piece.day <= (rate.date_to or date.max)
                )
                # two tags may both fit; then the later start, then the later record
                key = (rate.date_from or date.min, rate.id)
                if fits and (best is None or key > best[0]):
                    best = (key, rate)
            if best:
                return best[1]
    return None


@given(rate_cards(), work())
@settings(max_examples=400)
def test_pick_is_the_slow_search(cards, piece):
    """I22: the most specific rate of the work's day, whatever order they come in."""
    expected = slowly_picked(cards, piece)
    assert pick(cards, piece) == expected
    assert pick(list(reversed(cards)), piece) == expected


ENTRIES = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 2), MINUTES), max_size=8)


def as_entries(rows, rate):
    return [
        Entry(n, Work(START + timedelta(days=day), employee), minutes, rate)
        for n, (day, employee, minutes) in enumerate(rows, 1)
    ]


@given(
    ENTRIES,
    st.sampled_from([1, 6, 15, 30]),
    st.sampled_from(["up", "nearest", "down"]),
)
def test_rounding_a_day_together(rows, increment, method):
    """What is billed of a person and day is the rounded sum, and none changes sign."""
    entries = as_entries(rows, None)
    rounded = pricing.round_entries(entries, increment, method, "person_day")
    days = {(entry.work.employee_id, entry.work.day) for entry in entries}
    for day in days:
        same = [e for e in entries if (e.work.employee_id, e.work.day) == day]
        total = sum(entry.minutes for entry in same)
        billed = sum(rounded[entry.id] for entry in same)
        assert billed % increment == 0
        assert abs(billed - total) < increment
        assert {"up": billed >= total, "down": billed <= total}.get(method, True)
        assert all(rounded[entry.id] >= 0 for entry in same)


@given(
    ENTRIES,
    st.integers(60, 600),
    st.lists(st.integers(0, 2000), min_size=1, max_size=3, unique=True),
)
def test_parts_minute_by_minute(rows, limit, starts):
    """Each minute has the multiplier of its place in the day and the tier of its
    place in the volume, and none is lost."""
    rate = Rate(1, Decimal(100), daily_limit=limit, overtime=Decimal(2))
    entries = sorted(as_entries(rows, rate), key=lambda entry: entry.order)
    tiers = [Tier(start, Decimal(90 - n)) for n, start in enumerate(sorted(starts))]
    rounded = {entry.id: entry.minutes for entry in entries}
    parts = pricing.split_overtime(entries, rounded)
    done, day_done = 0, {}
    for entry in entries:
        cut = pricing.split_tiers(parts[entry.id], done, tiers)
        shared = pricing.share_recorded(cut, entry.minutes)
        assert sum(part.minutes for part in shared) == entry.minutes
        assert sum(part.recorded for part in shared) == entry.minutes
        minutes = [part for part in shared for _minute in range(part.minutes)]
        for part in minutes:
            key = (entry.work.employee_id, entry.work.day)
            beyond = day_done.get(key, 0) >= limit
            assert part.multiplier == (2 if beyond else 1)
            started = [tier for tier in tiers if tier.start <= done]
            assert part.tier == (started[-1] if started else None)
            day_done[key] = day_done.get(key, 0) + 1
            done += 1


@given(
    st.lists(st.tuples(st.integers(0, 9), MINUTES), min_size=1, max_size=10),
    st.integers(1, 20_000),
    st.one_of(st.none(), st.integers(1, 3000)),
    st.integers(1, 30_000),
    st.sampled_from(["project", "day", "entry"]),
    st.sampled_from([ROUND_HALF_UP, ROUND_CEILING]),
)
@settings(max_examples=300)
def test_caps_are_never_exceeded(rows, cents, minutes, price, detail, rounding):
    """I20: never more than the cap, nothing lost, and no room left unused."""
    items = [
        OpenItem(
            n, 1, 1, "time", detail, "minute", Decimal(open_minutes),
            Decimal(price) / 100, 1, day=START + timedelta(days=day),
        )
        for n, (day, open_minutes) in enumerate(rows, 1)
    ]  # fmt: skip
    limit = Decimal(cents) / 10
    room = caps.Room(limit, None if minutes is None else Decimal(minutes))
    lines, _carried = plan_lines(items)
    within, over = caps.fit(lines, lambda line: [room], rounding=rounding)

    def amount(line):
        hours = (line.quantity / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return (hours * line.first.price).quantize(Decimal("0.01"), rounding)

    billed = sum(amount(line) for line in within)
    assert billed <= limit
    taken = sum(line.quantity for line in within)
    assert minutes is None or taken <= minutes
    assert taken + sum(line.quantity for line in over) == sum(m for _d, m in rows)
    if over and (minutes is None or taken < minutes):
        # two more minutes of any work would go over: rounding may hide one
        assert limit - billed <= Decimal(price) / 100 * Decimal("0.05") + Decimal(
            "0.02"
        )
