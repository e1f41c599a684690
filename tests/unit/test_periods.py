"""Periods: every day once, in company-local dates, whatever the zone (I18)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, strategies as st

from odoo.addons.project_invoice_tracker.billing.periods import (
    INTERVALS,
    MONTHS,
    Period,
    Schedule,
    add_months,
    local_day,
    pro_rata,
    without,
)

DAY = timedelta(days=1)
#: 40 zones from -11 to +14 hours, with halves, quarters and changes of all kinds.
ZONES = [
    "Pacific/Midway",
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Halifax",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Santiago",
    "America/Asuncion",
    "America/Havana",
    "Atlantic/Azores",
    "Atlantic/Reykjavik",
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Athens",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "Asia/Beirut",
    "Europe/Istanbul",
    "Asia/Tehran",
    "Asia/Dubai",
    "Asia/Kabul",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Yangon",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Australia/Eucla",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
]
schedules = st.builds(
    Schedule,
    interval=st.sampled_from(INTERVALS),
    start=st.dates(date(2023, 1, 1), date(2028, 12, 31)),
    by_calendar=st.booleans(),
)


def days_of(periods):
    """Return every day that the periods cover, in order, as often as they do."""
    return [p.start + n * DAY for p in periods for n in range(p.days)]


def all_days(first, last):
    return [first + n * DAY for n in range((last - first).days + 1)]


@pytest.mark.parametrize("name", ZONES)
def test_every_local_day_is_in_one_period(name):
    """I18: over three years of hours, today is in exactly one period."""
    if name not in available_timezones():
        pytest.skip("not known to this system")
    zone = ZoneInfo(name)
    first, last = date(2024, 1, 1), date(2026, 12, 31)
    monthly = Schedule("month", date(2023, 12, 30)).until(date(2027, 1, 31))
    weekly = Schedule("week", date(2023, 12, 28)).until(date(2027, 1, 31))
    seen = set()
    instant = datetime(2023, 12, 31)
    while instant < datetime(2027, 1, 2):
        seen.add(local_day(instant, zone))
        instant += timedelta(hours=6)
    assert seen.issuperset(all_days(first, last))
    for periods in (monthly, weekly):
        covered = days_of(periods)
        assert len(covered) == len(set(covered))
        assert seen.issubset(covered)


@pytest.mark.parametrize(
    "name, instant, day",
    [
        ("Pacific/Kiritimati", datetime(2026, 2, 28, 10), date(2026, 3, 1)),
        ("Pacific/Midway", datetime(2026, 3, 1, 10, 59), date(2026, 2, 28)),
        ("Europe/Berlin", datetime(2026, 3, 28, 22, 59), date(2026, 3, 28)),
        ("Europe/Berlin", datetime(2026, 3, 29, 22, 0), date(2026, 3, 30)),
    ],
)
def test_today_is_local(name, instant, day):
    """I18: around midnight, and on the day the clocks change."""
    assert local_day(instant, ZoneInfo(name)) == day


@given(schedules, st.integers(0, 1200))
def test_consecutive_periods_cover_every_day_once(schedule, length):
    """I18: no gap and no overlap, with and without an end."""
    last = schedule.start + length * DAY
    periods = Schedule(
        schedule.interval, schedule.start, last, schedule.by_calendar
    ).until(date(2040, 1, 1))
    assert days_of(periods) == all_days(schedule.start, last)
    endless = schedule.until(last)
    assert periods[:-1] == endless[:-1]
    assert periods[-1].whole_days == endless[-1].whole_days
    assert all(p.is_whole for p in periods[1:-1])


@given(schedules)
def test_shares_of_a_period_are_its_days(schedule):
    periods = schedule.until(schedule.start + 800 * DAY)
    lengths = {
        "week": {7},
        "month": {28, 29, 30, 31},
        "quarter": {89, 90, 91, 92},
        "year": {365, 366},
    }
    for period in periods:
        assert period.whole_days in lengths[schedule.interval]
        assert 0 < period.share <= 1


@pytest.mark.parametrize("anchor", range(1, 32))
@pytest.mark.parametrize("interval", sorted(MONTHS))
def test_anchor_day_is_kept(anchor, interval):
    """I18: 31 January, 28 or 29 February, 31 March, for every anchor day."""
    schedule = Schedule(interval, date(2023, 1, anchor))
    periods = list(schedule.until(date(2033, 1, 1)))
    assert len(periods) >= 10
    for number, period in enumerate(periods):
        months = number * MONTHS[interval]
        year, month = 2023 + months // 12, months % 12 + 1
        following = date(year + month // 12, month % 12 + 1, 1)
        last = (following - DAY).day
        assert period.start == date(year, month, min(anchor, last))


def test_month_ends():
    starts = [
        p.start for p in Schedule("month", date(2024, 1, 31)).until(date(2024, 5, 1))
    ]
    assert starts == [
        date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30),
    ]  # fmt: skip


def test_weeks_over_new_year():
    periods = Schedule("week", date(2026, 12, 30), by_calendar=True).until(
        date(2027, 1, 4)
    )
    assert periods == [
        Period(date(2026, 12, 30), date(2027, 1, 3), 7),
        Period(date(2027, 1, 4), date(2027, 1, 10), 7),
    ]
    assert periods[0].share == Fraction(5, 7)


@pytest.mark.parametrize(
    "interval, first",
    [
        ("week", date(2026, 5, 18)),
        ("month", date(2026, 5, 1)),
        ("quarter", date(2026, 4, 1)),
        ("year", date(2026, 1, 1)),
    ],
)
def test_calendar_periods(interval, first):
    schedule = Schedule(interval, date(2026, 5, 20), by_calendar=True)
    assert schedule.anchor == first
    assert next(schedule.periods()).start == date(2026, 5, 20)


def test_nothing_before_the_start():
    assert not Schedule("month", date(2026, 5, 20)).until(date(2026, 5, 19))
    assert not Schedule("year", date(9999, 12, 31)).until(date(2026, 5, 19))


@given(schedules, schedules, st.sets(st.integers(0, 20)))
def test_settled_days_are_not_planned_again(old, new, numbers):
    """I18: after a change of the schedule, settled and planned days never meet."""
    until = max(old.start, new.start) + 600 * DAY
    settled = [p for n, p in enumerate(old.until(until)) if n in numbers]
    planned = new.until(until)
    left = without(planned, [(p.start, p.end) for p in settled])
    settled_days = set(days_of(settled))
    assert days_of(left) == [d for d in days_of(planned) if d not in settled_days]
    assert len({p.start for p in left}) == len(left)


@given(
    st.decimals(0, 10**7, places=4),
    st.integers(1, 366),
    st.integers(1, 366),
    st.sampled_from(["1", "0.1", "0.01", "0.001", "0.05", "0.5"]).map(Decimal),
)
def test_pro_rata_is_rounded_once_half_up(amount, days, whole, step):
    share = Fraction(min(days, whole), whole)
    result = pro_rata(amount, share, step)
    error = Fraction(result) - Fraction(amount) * share
    half = Fraction(step) / 2
    assert -half < error <= half
    assert result % step == 0
    assert result.as_tuple().exponent == step.as_tuple().exponent


def test_pro_rata_of_the_documentation():
    assert pro_rata(Decimal(2000), Fraction(16, 31), Decimal("0.01")) == Decimal(
        "1032.26"
    )
    assert pro_rata(20 * 60, Fraction(16, 31)) == 619


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 400))
def test_add_months_keeps_the_day_or_takes_the_last(day, months):
    later = add_months(day, months)
    assert later.day == day.day or (later + DAY).day == 1 and later.day < day.day
    assert (later.year - day.year) * 12 + later.month - day.month == months
