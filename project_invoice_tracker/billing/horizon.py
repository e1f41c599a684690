"""Spans of days around today: classes of age, and coming months and weeks.

Both the first and the last day of every span belong to it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from .periods import DAY, add_months

#: Days; what is older than each begins a new class of age.
AGES = (30, 60, 90)
MONTHS_AHEAD = 6
WEEKS_AHEAD = 8
PERIODS = ("month", "last_month", "quarter", "year", "months_12")


@dataclass(frozen=True)
class Span:
    """Consecutive days; ``None`` where it has no first or no last day."""

    key: str
    start: date | None
    end: date | None


def ages(today):
    """Return the classes of age as spans, the youngest first.

    The key of each is the number of days at which it begins.

    >>> for span in ages(date(2026, 3, 31)):
    ...     print(span.key, span.start, span.end)
    0 2026-03-01 None
    31 2026-01-30 2026-02-28
    61 2025-12-31 2026-01-29
    91 None 2025-12-30
    """
    starts = [0, *(age + 1 for age in AGES)]
    spans = []
    for position, start in enumerate(starts):
        oldest = AGES[position] if position < len(AGES) else None
        spans.append(
            Span(
                str(start),
                None if oldest is None else today - oldest * DAY,
                today - start * DAY if start else None,
            )
        )
    return spans


def months(today, count=MONTHS_AHEAD):
    """Return the month of a day and those that follow, in all ``count``.

    >>> [span.key for span in months(date(2026, 11, 22), 3)]
    ['2026-11', '2026-12', '2027-01']
    >>> months(date(2026, 2, 5), 1)[0].end
    datetime.date(2026, 2, 28)
    """
    first = today.replace(day=1)
    starts = [add_months(first, number) for number in range(count + 1)]
    return [
        Span(f"{start:%Y-%m}", start, after - DAY)
        for start, after in zip(starts, starts[1:], strict=False)
    ]


def weeks(today, count=WEEKS_AHEAD):
    """Return the week of a day, from Monday, and those that follow.

    >>> [str(span.start) for span in weeks(date(2026, 11, 22), 2)]
    ['2026-11-16', '2026-11-23']
    """
    monday = today - timedelta(days=today.weekday())
    starts = [monday + timedelta(weeks=number) for number in range(count)]
    return [Span(str(start), start, start + 6 * DAY) for start in starts]


def period(name, today, year_start=None):
    """Return the days that a period has so far.

    :param str name: one of :data:`PERIODS`
    :param date year_start: first day of the company's year, if not January

    >>> period("quarter", date(2026, 11, 22)).start
    datetime.date(2026, 10, 1)
    >>> last = period("last_month", date(2026, 3, 31))
    >>> str(last.start), str(last.end)
    ('2026-02-01', '2026-02-28')
    >>> period("months_12", date(2026, 11, 22)).start
    datetime.date(2025, 12, 1)
    """
    first = today.replace(day=1)
    starts = {
        "month": first,
        "last_month": add_months(first, -1),
        "quarter": first.replace(month=first.month - (first.month - 1) % 3),
        "year": year_start or first.replace(month=1),
        "months_12": add_months(first, -11),
    }
    return Span(name, starts[name], first - DAY if name == "last_month" else today)
