"""Aging of receivables: amounts by the number of days since they were due."""

from decimal import Decimal

#: The parts of an ageing, in order: not due yet, and up to so many days late.
BUCKETS = ("not_due", "1_30", "31_60", "61_90", "91")


def bucket(due, today):
    """Return the aging class of an amount that is due on a day.

    >>> from datetime import date
    >>> day = date(2026, 3, 31)
    >>> [bucket(date(2026, 3, 31), day), bucket(date(2026, 3, 30), day)]
    ['not_due', '1_30']
    >>> [bucket(date(2026, 3, 1), day), bucket(date(2026, 2, 28), day)]
    ['1_30', '31_60']
    >>> [bucket(date(2025, 12, 31), day), bucket(date(2025, 12, 30), day)]
    ['61_90', '91']
    """
    late = (today - due).days
    if late <= 0:
        return "not_due"
    for limit, name in ((30, "1_30"), (60, "31_60"), (90, "61_90")):
        if late <= limit:
            return name
    return "91"


def ageing(items, today):
    """Sum ``(due, amount)`` pairs as ``{class: amount}``, with all classes.

    >>> from datetime import date
    >>> items = [(date(2026, 3, 1), Decimal(5)), (date(2026, 3, 2), Decimal(-2))]
    >>> found = ageing(items, date(2026, 3, 31))
    >>> found["1_30"], found["91"]
    (Decimal('3'), Decimal('0'))
    """
    result = dict.fromkeys(BUCKETS, Decimal(0))
    for due, amount in items:
        result[bucket(due, today)] += amount
    return result
