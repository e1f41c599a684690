"""Included and prepaid hours: used once, the oldest first, never below zero (I21)."""

from collections import defaultdict
from datetime import date, timedelta

from hypothesis import given, strategies as st

from odoo.addons.project_invoice_tracker.billing.allowances import (
    Grant,
    Usage,
    cover,
)
from odoo.addons.project_invoice_tracker.billing.statements import statements

START = date(2026, 1, 1)
DAY = timedelta(days=1)
LENGTH = 10  # days of a period in the drawn cases


@st.composite
def retainers(draw):
    """Return consecutive grants, as a retainer of ten days gives them."""
    count = draw(st.integers(1, 6))
    most = draw(st.integers(0, 40))
    long = draw(st.integers(0, 3))
    grants = []
    for number in range(count):
        first = START + number * LENGTH * DAY
        end = first + (LENGTH - 1) * DAY
        last = START + min(number + long + 1, count) * LENGTH * DAY - DAY
        roll = (most, last) if most and last > end else (0, None)
        grants.append(Grant(number + 1, first, end, draw(st.integers(0, 60)), *roll))
    return grants


@st.composite
def packs(draw):
    return [
        Grant(
            number + 1,
            START + draw(st.integers(0, 20)) * DAY,
            draw(st.none() | st.integers(20, 70).map(lambda n: START + n * DAY)),
            draw(st.integers(1, 90)),
        )
        for number in range(draw(st.integers(1, 4)))
    ]


def works(smallest=1):
    day = st.integers(-2, 75).map(lambda number: START + number * DAY)
    rows = st.lists(st.tuples(day, st.integers(smallest, 50)), max_size=25)
    return rows.map(
        lambda rows: [Usage(n + 1, day, m) for n, (day, m) in enumerate(rows)]
    )


grants_of_all_kinds = retainers() | packs()


def minute_by_minute(grants, usages):
    """Return ``{(usage id, grant id): minutes}`` by a model that counts minutes.

    Each minute of a grant is one token; at the end of a period, all unused tokens but
    those that roll over are thrown away.
    """
    pockets, last_days = {}, {}
    for grant in grants:
        pockets[grant.id] = grant.minutes
        last_days[grant.id] = grant.end
    covered = defaultdict(int)
    first = min(g.start for g in grants)
    last = max([u.day for u in usages], default=first)
    day = min([first, *(u.day for u in usages)])
    while day <= last:
        for grant in grants:
            if grant.end and grant.end + DAY == day:
                can_roll = grant.roll_end is not None
                pockets[grant.id] = min(
                    pockets[grant.id], grant.roll_most if can_roll else 0
                )
                last_days[grant.id] = grant.roll_end if can_roll else grant.end
        todays = [u for u in usages if u.day == day]
        for usage in sorted(todays, key=lambda u: u.id):
            for _minute in range(usage.minutes):
                valid = [
                    g
                    for g in grants
                    if g.start <= day
                    and pockets[g.id]
                    and (last_days[g.id] is None or day <= last_days[g.id])
                ]
                if not valid:
                    break
                oldest = min(
                    valid,
                    key=lambda g: (g.start, g.roll_end or g.end or date.max, g.id),
                )
                pockets[oldest.id] -= 1
                covered[usage.id, oldest.id] += 1
        day += DAY
    return dict(covered)


def as_pairs(parts):
    return {
        (usage_id, grant_id): minutes
        for usage_id, pairs in parts.items()
        for grant_id, minutes in pairs
        if grant_id is not None and minutes
    }


@given(grants_of_all_kinds, works())
def test_like_counting_minute_by_minute(grants, usages):
    """I21: the same answer as a model that moves single minutes."""
    assert as_pairs(cover(grants, usages).parts) == minute_by_minute(grants, usages)


def check(grants, usages, found, today):
    """Assert the invariants of a cover and of its statements."""
    for usage in usages:
        assert sum(minutes for _id, minutes in found.parts[usage.id]) == usage.minutes
    taken = defaultdict(int)
    for _day, grant_id, minutes in found.used:
        taken[grant_id] += minutes
    accounts = statements(found.grants, found.used, today)
    for grant in found.grants:
        assert 0 <= taken[grant.id] <= grant.minutes, "counted twice"
        account = accounts[grant.id]
        assert min(vars(account).values()) >= 0, account
        assert account.balance >= 0, account
    assert sum(a.used for a in accounts.values()) == sum(taken.values())
    assert sum(a.rolled_in for a in accounts.values()) == sum(
        a.rolled_out for a in accounts.values()
    )
    granted = sum(grant.minutes for grant in found.grants)
    assert granted == sum(a.used + a.expired + a.balance for a in accounts.values())
    return accounts


@given(grants_of_all_kinds, works(), st.integers(-5, 90))
def test_balance_of_every_day(grants, usages, days):
    """I21: balance = granted + rolled in - used - expired - rolled out, >= 0."""
    today = START + days * DAY
    accounts = check(grants, usages, cover(grants, usages), today)
    for grant in grants:
        if grant.last and grant.last < today and grant.roll_end is None:
            assert accounts[grant.id].balance == 0


@given(retainers(), works())
def test_all_is_used_or_expired_in_the_end(grants, usages):
    accounts = check(grants, usages, cover(grants, usages), date(2027, 1, 1))
    assert not any(account.balance for account in accounts.values())
    for previous, following in zip(grants, grants[1:], strict=False):
        assert accounts[previous.id].rolled_out == accounts[following.id].rolled_in


@given(grants_of_all_kinds, works(), st.data())
def test_what_a_bill_holds_stays(grants, usages, data):
    """I21: held work keeps its cover; late work gets only what is left."""
    first = cover(grants, usages)
    held = data.draw(st.sets(st.sampled_from([u.id for u in usages]))) if usages else ()
    late = data.draw(works())
    mixed = [
        Usage(
            u.id, u.day, u.minutes, tuple(first.parts[u.id]) if u.id in held else None
        )
        for u in usages
        if u.id in held or data.draw(st.booleans())
    ] + [Usage(u.id + 1000, u.day, u.minutes) for u in late]
    found = cover(grants, mixed)
    for usage in mixed:
        if usage.parts is not None:
            assert found.parts[usage.id] == first.parts[usage.id]
    check(grants, mixed, found, date(2026, 2, 5))


@given(grants_of_all_kinds, works(smallest=-50), st.integers(-5, 90))
def test_corrections(grants, usages, days):
    """I21: a correction gives back what was used, and never more."""
    found = cover(grants, usages)
    check(grants, usages, found, START + days * DAY)


def test_a_correction_takes_back_the_latest_first():
    grant = Grant(1, START, START + 30 * DAY, 120)
    work = [Usage(1, START, 150), Usage(2, START + DAY, -60), Usage(3, START + DAY, 40)]
    parts = cover([grant], work).parts
    assert parts == {
        1: [(1, 120), (None, 30)],
        2: [(None, -30), (1, -30)],
        3: [(1, 30), (None, 10)],
    }


def test_work_of_nobody_is_a_credit():
    parts = cover([Grant(1, START, None, 60)], [Usage(1, START, -20)]).parts
    assert parts == {1: [(None, -20)]}


def test_more_packs_on_demand():
    """Each pack is made on the day of the work that nothing covers."""
    made = []

    def extend(day):
        made.append(day)
        return Grant(len(made) + 1, START, None, 100)

    work = [Usage(n, START + n * DAY, 80) for n in range(1, 5)]
    found = cover([Grant(1, START, None, 100)], work, extend)
    assert found.parts == {
        1: [(1, 80)],
        2: [(1, 20), (2, 60)],
        3: [(2, 40), (3, 40)],
        4: [(3, 60), (4, 20)],
    }
    assert made == [START + n * DAY for n in (2, 3, 4)]
    accounts = statements(found.grants, found.used, START)
    assert [accounts[number].balance for number in range(1, 5)] == [0, 0, 0, 80]
