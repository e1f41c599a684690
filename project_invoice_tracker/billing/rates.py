"""Rates: which price applies to work on a day, and what multiplies it."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

#: From the widest to the most specific; see :attr:`Rate.precedence`.
SCOPES = ("company", "partner", "project", "rule")
#: Decimals of an hourly price that is derived from a daily one.
HOURLY_DECIMALS = Decimal("0.000001")
SATURDAY = 5


@dataclass(frozen=True)
class Work:
    """The facts about some work that decide on its rate."""

    day: date
    employee_id: int | None = None
    job_id: int | None = None
    task_id: int | None = None
    tag_ids: frozenset = frozenset()


@dataclass(frozen=True)
class Rate:
    """A dated price.

    :param price: price of one hour or one day, in the currency of the contract
    :param employee_id: the person it is for, ``None`` for anybody
    :param date_from: first day it applies, ``None`` without start
    :param date_to: last day it applies, ``None`` without end
    :param scope: one of :data:`SCOPES`
    :param job_id: the job it is for
    :param task_id: the task it is for
    :param tag_id: the tag of tasks it is for
    :param hours_per_day: hours in a day of which ``price`` is the price, ``None``
        when it is the price of an hour
    :param weekend: what the price is multiplied by on Saturdays and Sundays
    :param daily_limit: minutes of a person and day beyond which ``overtime`` applies,
        ``None`` without limit
    :param overtime: what the price is multiplied by beyond the limit
    :param volume: ``((hours, price), …)`` of a price list that asks another price for
        more hours on a line; the first from 0 hours on
    """

    id: int
    price: Decimal
    employee_id: int | None = None
    date_from: date | None = None
    date_to: date | None = None
    scope: str = "rule"
    job_id: int | None = None
    task_id: int | None = None
    tag_id: int | None = None
    hours_per_day: Decimal | None = None
    weekend: Decimal = Decimal(1)
    daily_limit: Decimal | None = None
    overtime: Decimal = Decimal(1)
    volume: tuple = ()

    @property
    def who(self):
        """Rank of the people or tasks it is for; greater is more specific."""
        return (
            self.task_id is not None,
            self.employee_id is not None,
            self.job_id is not None,
            self.tag_id is not None,
        )

    @property
    def precedence(self):
        """Rank among rates: by scope, then people or tasks, then the latest start."""
        return (
            SCOPES.index(self.scope),
            self.who,
            self.date_from or date.min,
            self.id,
        )

    @property
    def hourly(self):
        """The price of an hour.

        >>> Rate(1, Decimal(1000), hours_per_day=Decimal("7.5")).hourly
        Decimal('133.333333')
        """
        if not self.hours_per_day:
            return self.price
        hourly = self.price / self.hours_per_day
        return hourly.quantize(HOURLY_DECIMALS, rounding=ROUND_HALF_UP)

    def covers(self, work):
        """Tell whether the rate applies to this :class:`Work`."""
        return (
            self.employee_id in (None, work.employee_id)
            and self.job_id in (None, work.job_id)
            and self.task_id in (None, work.task_id)
            and (self.tag_id is None or self.tag_id in work.tag_ids)
            and (self.date_from is None or self.date_from <= work.day)
            and (self.date_to is None or work.day <= self.date_to)
        )

    def multiplier(self, day, overtime=False):
        """Return what the price of an hour is multiplied by on a day.

        On a weekend and beyond the daily limit, the higher factor applies.

        >>> rate = Rate(1, Decimal(90), weekend=Decimal("1.5"), overtime=Decimal(2))
        >>> rate.multiplier(date(2026, 3, 7)), rate.multiplier(date(2026, 3, 9))
        (Decimal('1.5'), Decimal('1'))
        >>> rate.multiplier(date(2026, 3, 7), overtime=True)
        Decimal('2')
        """
        factors = [self.weekend] if day.weekday() >= SATURDAY else []
        if overtime:
            factors.append(self.overtime)
        return max(factors, default=Decimal(1))


def price_at(volume, hours):
    """Return the price of an hour when a line has so many hours.

    :param volume: see :class:`Rate`; a correction costs what as much work would

    >>> volume = ((Decimal(0), Decimal(100)), (Decimal(10), Decimal(80)))
    >>> [int(price_at(volume, hours)) for hours in (0, Decimal("9.99"), 10, -12)]
    [100, 100, 80, 80]
    """
    return [price for start, price in volume if start <= abs(hours)][-1]


def pick(rates, work):
    """Return the rate of ``rates`` that wins for this :class:`Work`, or ``None``.

    The most specific scope wins; within it a rate for the task, then for the person,
    the job, a tag, anybody; then the latest start.

    >>> anybody = Rate(1, Decimal(90))
    >>> ann = Rate(2, Decimal(120), employee_id=7, date_from=date(2026, 1, 1))
    >>> pick([anybody, ann], Work(date(2026, 2, 1), 7)).price
    Decimal('120')
    >>> pick([anybody, ann], Work(date(2025, 12, 31), 7)).price
    Decimal('90')
    >>> pick([ann], Work(date(2026, 2, 1), 8)) is None
    True
    >>> company = Rate(3, Decimal(150), employee_id=7, scope="company")
    >>> pick([anybody, company], Work(date(2026, 2, 1), 7)).price
    Decimal('90')
    """
    return max(
        (rate for rate in rates if rate.covers(work)),
        key=lambda rate: rate.precedence,
        default=None,
    )


def overlap(first, second):
    """Tell whether two rates of one scope could both win for the same work and day.

    >>> old = Rate(1, Decimal(90), date_to=date(2026, 3, 31))
    >>> overlap(old, Rate(2, Decimal(95), date_from=date(2026, 4, 1)))
    False
    >>> overlap(old, Rate(2, Decimal(95), date_from=date(2026, 3, 31)))
    True
    """
    return (
        _for_whom(first) == _for_whom(second)
        and (first.date_from or date.min) <= (second.date_to or date.max)
        and (second.date_from or date.min) <= (first.date_to or date.max)
    )


def _for_whom(rate):
    return (rate.scope, rate.task_id, rate.employee_id, rate.job_id, rate.tag_id)
