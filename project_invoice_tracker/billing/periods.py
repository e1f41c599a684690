"""Periods of a retainer: days of the calendar, never instants.

A period is kept by its first and its last day, both included. Consecutive periods
touch: the day after one's last day is the next one's first day, so every day from the
start of a schedule to its end belongs to exactly one period.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import count

DAY = timedelta(days=1)
#: Months of an interval; a week is counted in days.
MONTHS = {"month": 1, "quarter": 3, "year": 12}
INTERVALS = ("week", *MONTHS)


@dataclass(frozen=True)
class Period:
    """Days that are billed together, and the whole period that they are a part of.

    :param start: first day billed
    :param end: last day billed
    :param whole_days: how many days the whole period has
    """

    start: date
    end: date
    whole_days: int

    @property
    def days(self):
        """How many days are billed."""
        return (self.end - self.start).days + 1

    @property
    def share(self):
        """The exact part of the whole period, by days."""
        return Fraction(self.days, self.whole_days)

    @property
    def is_whole(self):
        """Tell whether all days of the period are billed."""
        return self.days == self.whole_days


@dataclass(frozen=True)
class Schedule:
    """Periods of equal length, one after the other.

    :param interval: ``week``, ``month``, ``quarter`` or ``year``
    :param start: first day
    :param end: last day, ``None`` without end; the last period is then a part
    :param by_calendar: follow the calendar (weeks from Monday, months from the
        first): the first period is then a part, unless it starts with one

    >>> [str(p.start) for p in Schedule("month", date(2026, 1, 31)).until(
    ...     date(2026, 4, 30))]
    ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']
    >>> first = next(Schedule("month", date(2026, 1, 16), by_calendar=True).periods())
    >>> str(first.start), str(first.end), first.share
    ('2026-01-16', '2026-01-31', Fraction(16, 31))
    """

    interval: str
    start: date
    end: date | None = None
    by_calendar: bool = False

    @property
    def anchor(self):
        """The first day of the first whole period."""
        if not self.by_calendar:
            return self.start
        if self.interval == "week":
            return self.start - self.start.weekday() * DAY
        months = MONTHS[self.interval]
        month = (self.start.month - 1) // months * months + 1
        return date(self.start.year, month, 1)

    def boundary(self, number):
        """Return the first day of whole period ``number``, counted from 0.

        The day of the month is that of the anchor, or the last one of a month that
        is too short for it.

        >>> [str(Schedule("year", date(2024, 2, 29)).boundary(n)) for n in (1, 4)]
        ['2025-02-28', '2028-02-29']
        """
        anchor = self.anchor
        if self.interval == "week":
            return anchor + number * 7 * DAY
        return add_months(anchor, number * MONTHS[self.interval])

    def boundary_after(self, day):
        """Return the first boundary after ``day``.

        >>> str(Schedule("month", date(2026, 1, 31)).boundary_after(date(2026, 2, 28)))
        '2026-03-31'
        """
        return next(boundary for n in count() if (boundary := self.boundary(n)) > day)

    def boundary_until(self, day):
        """Return the last boundary on ``day`` or before; ``None`` before the first.

        >>> days = Schedule("month", date(2026, 1, 31))
        >>> str(days.boundary_until(date(2026, 3, 30)))
        '2026-02-28'
        >>> days.boundary_until(date(2026, 1, 30))
        """
        if day < self.anchor:
            return None
        last = self.anchor
        while (following := self.boundary_after(last)) <= day:
            last = following
        return last

    def periods(self):
        """Yield the periods in order; without end, unless the schedule has one."""
        following = self.boundary(0)
        for number in count(1):
            whole_start, following = following, self.boundary(number)
            start = max(whole_start, self.start)
            end = following - DAY
            if self.end is not None:
                if start > self.end:
                    return
                end = min(end, self.end)
            yield Period(start, end, (following - whole_start).days)

    def until(self, day):
        """Return the periods that start on ``day`` or before."""
        found = []
        if self.start > day:
            return found
        for period in self.periods():
            if period.start > day:
                break
            found.append(period)
        return found


def add_months(day, months):
    """Return the same day some months later, or that month's last day.

    >>> str(add_months(date(2026, 1, 31), 1)), str(add_months(date(2026, 1, 31), 2))
    ('2026-02-28', '2026-03-31')
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def without(periods, held):
    """Return what is left of ``periods`` outside the days that are settled already.

    :param periods: of a schedule, in order
    :param held: ``[(first day, last day)]`` that stay as they are, not overlapping

    >>> quarter = Schedule("quarter", date(2026, 1, 1), date(2026, 3, 31)).periods()
    >>> rest = without(quarter, [(date(2026, 1, 1), date(2026, 1, 31))])
    >>> [(str(p.start), str(p.end), p.share) for p in rest]
    [('2026-02-01', '2026-03-31', Fraction(59, 90))]
    """
    held = sorted(held)
    left = []
    for period in periods:
        start = period.start
        for first, last in held:
            if last < start or first > period.end:
                continue
            if start < first:
                left.append(Period(start, first - DAY, period.whole_days))
            start = last + DAY
        if start <= period.end:
            left.append(Period(start, period.end, period.whole_days))
    return left


def pro_rata(amount, share, step=Decimal(1)):
    """Return the ``share`` of ``amount``, rounded once, half up.

    :param amount: an exact number that is not negative
    :param Fraction share: days covered / days of the whole period

    :param Decimal step: the smallest amount of the currency

    >>> pro_rata(Decimal(2000), Fraction(16, 31), Decimal("0.01"))
    Decimal('1032.26')
    >>> pro_rata(1200, Fraction(1, 8))
    Decimal('150')
    """
    scaled = Fraction(amount) * share / Fraction(step)
    half_up = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(half_up) * step


def local_day(instant, zone):
    """Return the day it is in ``zone`` at an instant that is given in UTC.

    :param instant: without a zone, as a database keeps it
    :param zone: a ``tzinfo``

    >>> from datetime import datetime, timezone
    >>> midnight = datetime(2026, 3, 1, 23, 30)
    >>> str(local_day(midnight, timezone(timedelta(hours=1))))
    '2026-03-02'
    """
    return instant.replace(tzinfo=timezone.utc).astimezone(zone).date()


def first_instant(day, zone):
    """Return the instant at which a day begins in ``zone``, in UTC without a zone.

    >>> from datetime import timezone
    >>> str(first_instant(date(2026, 3, 2), timezone(timedelta(hours=1))))
    '2026-03-01 23:00:00'
    """
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)
