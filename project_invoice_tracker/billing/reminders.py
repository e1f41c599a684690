"""Payment reminders: which one of an invoice is due on a day.

A level is reached so many days after an instalment is due, or before. The highest level
that is reached counts. It is due unless the customer was reminded of the invoice on the
day it was reached, or later. So each level goes out once, a lower one never after a
higher one, and after a pause only the highest.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple


class Level(NamedTuple):
    """A reminder level, reached ``days`` after the due date (negative: before it)."""

    id: int
    days: int


class Instalment(NamedTuple):
    """The unpaid amount of an instalment, in the invoice's currency, with taxes."""

    due: date
    amount: Decimal


class Reminder(NamedTuple):
    """A reminder that is due: its level, and the instalment it is for.

    ``amount`` is what is to be paid now: unpaid, due by then and not questioned.
    """

    level: int
    due: date
    days: int
    amount: Decimal


def reminder_due(levels, parts, today, last=None, sent=frozenset(), questioned=0):
    """Return the :class:`Reminder` of an invoice that is due today, or None.

    :param levels: the :class:`Level` rows that hold for the customer
    :param parts: the :class:`Instalment` rows of the invoice
    :param date last: the day of the last reminder of the invoice
    :param set sent: ``(level id, due date)`` of all reminders before
    :param questioned: what the customer questions, in all; it counts against what
        is due first, so that no reminder ever names it

    >>> levels = [Level(1, -3), Level(2, 7), Level(3, 14)]
    >>> parts = [Instalment(date(2026, 3, 31), Decimal(100))]
    >>> reminder_due(levels, parts, date(2026, 3, 27))
    >>> reminder_due(levels, parts, date(2026, 3, 28)).level
    1
    >>> reminder_due(levels, parts, date(2026, 4, 1))  # a day late: no "before" now
    >>> reminder_due(levels, parts, date(2026, 4, 20)).level  # only the highest
    3
    >>> reminder_due(levels, parts, date(2026, 4, 20), last=date(2026, 4, 14))
    >>> reminder_due(levels, parts, date(2026, 4, 20), questioned=Decimal(100))
    >>> reminder_due(levels, parts, date(2026, 4, 20), questioned=30).amount
    Decimal('70')
    """
    best = None
    for part in parts:
        level = _reached(levels, part, today)
        if level is None or (level.id, part.due) in sent:
            continue
        reached = part.due + timedelta(days=level.days)
        if last is not None and last >= reached:
            continue
        if best is None or level.days > best.days:
            best = Reminder(level.id, part.due, level.days, Decimal(0))
    if best is None:
        return None
    amount = amount_due(parts, max(today, best.due), questioned)
    return best._replace(amount=amount) if amount > 0 else None


def amount_due(parts, day, questioned=0):
    """Return what is unpaid and not questioned of the instalments due by a day.

    >>> parts = [Instalment(date(2026, 3, 31), Decimal(60)),
    ...          Instalment(date(2026, 4, 30), Decimal(40))]
    >>> amount_due(parts, date(2026, 4, 1)), amount_due(parts, date(2026, 4, 30), 75)
    (Decimal('60'), Decimal('25'))
    """
    due = sum((part.amount for part in parts if part.due <= day), Decimal(0))
    return max(due - Decimal(str(questioned)), Decimal(0))


def next_reminder(levels, parts, today, last=None, sent=frozenset(), questioned=0):
    """Return ``(day, level id)`` of the next reminder if nothing is paid, or None.

    >>> levels, parts = [Level(2, 7)], [Instalment(date(2026, 3, 31), Decimal(100))]
    >>> next_reminder(levels, parts, date(2026, 3, 1))
    (datetime.date(2026, 4, 7), 2)
    >>> next_reminder(levels, parts, date(2026, 5, 1))
    (datetime.date(2026, 5, 1), 2)
    >>> next_reminder(levels, parts, date(2026, 5, 1), last=date(2026, 4, 7))
    """
    now = reminder_due(levels, parts, today, last, sent, questioned)
    if now:
        return today, now.level
    coming = [
        (part.due + timedelta(days=level.days), -level.days, level.id, part.due)
        for part in parts
        for level in levels
        if part.due + timedelta(days=level.days) > today
        and (level.id, part.due) not in sent
    ]
    for day, _days, level_id, due in sorted(coming):
        if amount_due(parts, max(day, due), questioned):
            return day, level_id
    return None


def _reached(levels, part, today):
    """Return the highest level that an instalment has reached, or None."""
    if part.amount <= 0:
        return None
    late = (today - part.due).days
    reached = [
        level
        for level in levels
        if level.days <= late and (level.days >= 0 or late <= 0)
    ]
    return max(reached, key=lambda level: (level.days, level.id), default=None)
