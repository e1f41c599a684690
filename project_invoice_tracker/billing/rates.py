"""Which price holds for a piece of work on a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Rate:
    """A dated price.

    :param price: price of one hour, in the currency of the rule
    :param employee_id: the person it is for, ``None`` for anybody
    :param date_from: first day it holds, ``None`` since ever
    :param date_to: last day it holds, ``None`` without end
    """

    id: int
    price: Decimal
    employee_id: int | None = None
    date_from: date | None = None
    date_to: date | None = None

    def covers(self, employee_id, day):
        """Tell whether the rate may be used for this person on this day."""
        return (
            self.employee_id in (None, employee_id)
            and (self.date_from is None or self.date_from <= day)
            and (self.date_to is None or day <= self.date_to)
        )

    @property
    def precedence(self):
        """The greater, the more specific: the person first, then the latest start."""
        return (self.employee_id is not None, self.date_from or date.min, self.id)


def pick(rates, employee_id, day):
    """Return the rate of ``rates`` that wins for this person and day, or ``None``.

    >>> anybody = Rate(1, Decimal(90))
    >>> ann = Rate(2, Decimal(120), employee_id=7, date_from=date(2026, 1, 1))
    >>> pick([anybody, ann], 7, date(2026, 2, 1)).price
    Decimal('120')
    >>> pick([anybody, ann], 7, date(2025, 12, 31)).price
    Decimal('90')
    >>> pick([ann], 8, date(2026, 2, 1)) is None
    True
    """
    return max(
        (rate for rate in rates if rate.covers(employee_id, day)),
        key=lambda rate: rate.precedence,
        default=None,
    )


def overlap(first, second):
    """Tell whether two rates could both win for the same person and day.

    >>> old = Rate(1, Decimal(90), date_to=date(2026, 3, 31))
    >>> overlap(old, Rate(2, Decimal(95), date_from=date(2026, 4, 1)))
    False
    >>> overlap(old, Rate(2, Decimal(95), date_from=date(2026, 3, 31)))
    True
    """
    return (
        first.employee_id == second.employee_id
        and (first.date_from or date.min) <= (second.date_to or date.max)
        and (second.date_from or date.min) <= (first.date_to or date.max)
    )
