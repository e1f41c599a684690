"""Balances of included and prepaid hours: granted, used, carried over, expired."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from .allowances import oldest_first


@dataclass
class Statement:
    """The hour balance of one period or pack; ``balance`` may be used now.

    ``balance = granted + rolled_in - used - expired - rolled_out``, never negative.
    """

    granted: Decimal
    rolled_in: Decimal = 0
    used: Decimal = 0
    rolled_out: Decimal = 0
    expired: Decimal = 0

    @property
    def balance(self):
        """What is left of it now."""
        return (
            self.granted + self.rolled_in - self.used - self.expired - self.rolled_out
        )


def statements(grants, used, today):
    """Return the hour balance of each grant as of ``today``: ``{grant id: Statement}``.

    Work is booked in the period it was done in, whichever grant covers it: hours that
    were rolled over are *rolled out* of one period and *rolled in* to the next.

    :param used: ``[(day, grant id, minutes)]`` as :func:`cover` gives it

    >>> from datetime import date
    >>> from datetime import date
    >>> from odoo.addons.project_invoice_tracker.billing.allowances import Grant
    >>> january = Grant(1, date(2026, 1, 1), date(2026, 1, 31), 120, 60,
    ...                 date(2026, 2, 28))
    >>> february = Grant(2, date(2026, 2, 1), date(2026, 2, 28), 120)
    >>> work = [(date(2026, 1, 5), 1, 30), (date(2026, 2, 3), 1, 20)]
    >>> account = statements([january, february], work, date(2026, 2, 10))
    >>> account[1]
    Statement(granted=120, rolled_in=0, used=30, rolled_out=60, expired=30)
    >>> account[2], account[2].balance
    (Statement(granted=120, rolled_in=60, used=20, rolled_out=0, expired=0), 160)
    """
    grants = sorted(grants, key=oldest_first)
    result = {grant.id: Statement(grant.minutes) for grant in grants}
    used_of = defaultdict(list)
    for day, grant_id, minutes in used:
        used_of[grant_id].append((day, minutes))
    for position, grant in enumerate(grants):
        followers = _followers(grant, grants[position + 1 :])
        used_in = _used_in([grant, *followers], used_of[grant.id])
        _account(grant, followers, used_in, result, today)
    return result


def _followers(grant, later):
    """Return the grants in whose periods hours rolled over from ``grant`` count."""
    if grant.end is None or grant.roll_end is None:
        return []
    return [
        other
        for other in later
        if other.end is not None and grant.end < other.start <= grant.roll_end
    ]


def _used_in(holders, used):
    """Return ``{grant id: minutes}``: the work by the period that it was done in."""
    minutes_in = defaultdict(int)
    for day, minutes in used:
        begun = [holder for holder in holders if holder.start <= day]
        minutes_in[(begun or holders)[-1 if begun else 0].id] += minutes
    return minutes_in


def _account(grant, followers, used_in, result, today):
    """Fill ``result`` with the minutes that one grant covers and carries over."""
    holder = result[grant.id]
    holder.used += used_in[grant.id]
    rest = grant.minutes - used_in[grant.id]
    if grant.end is not None and grant.end < today:
        later = sum(used_in[other.id] for other in followers)
        rolled = max(later, min(rest, grant.roll_most)) if grant.roll_end else 0
        holder.expired += rest - rolled
        rest = rolled
    for other in followers:
        used, begun = used_in[other.id], other.start <= today
        moved = rest if begun else used
        holder.rolled_out += moved
        result[other.id].rolled_in += moved
        result[other.id].used += used
        rest -= used
        if begun:
            holder = result[other.id]
    if grant.roll_end and max(grant.end, grant.roll_end) < today:
        holder.expired += rest
