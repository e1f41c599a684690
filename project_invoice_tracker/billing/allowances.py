"""Included and prepaid hours: which work they cover.

A grant is a number of minutes with its days: the period of a retainer, or a prepaid
pack. Work is covered in the order of its days, by the oldest grant that is still valid,
so that hours rolled over from the period before are used first.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

#: Covers nothing: the minutes are charged.
CHARGED = None


@dataclass(frozen=True)
class Grant:
    """Minutes of a retainer's period, or of a pack, that are used without a charge.

    :param start: first day they may be used
    :param end: last day of the grant's own period, ``None`` without end
    :param minutes: how many there are
    :param roll_most: at most so many unused ones may be used after ``end``
    :param roll_end: last day on which these may be used
    """

    id: int
    start: date
    end: date | None
    minutes: Decimal
    roll_most: Decimal = 0
    roll_end: date | None = None

    def is_own(self, day):
        """Tell whether the day is in the grant's own period."""
        return self.start <= day and (self.end is None or day <= self.end)

    def is_rolled(self, day):
        """Tell whether only hours carried over may be used on the day."""
        return (
            self.end is not None
            and self.roll_end is not None
            and self.end < day <= self.roll_end
        )

    @property
    def last(self):
        """The last day on which any of it may be used; ``None`` without end."""
        if self.end is None or self.roll_end is None:
            return self.end
        return max(self.end, self.roll_end)


@dataclass(frozen=True)
class Usage:
    """Minutes of work on a day; negative for a correction.

    :param parts: ``((grant id or CHARGED, minutes), …)`` of work in use: what was
        covered then stays as it is
    """

    id: int
    day: date
    minutes: Decimal
    parts: tuple | None = None


@dataclass
class Cover:
    """Which grants cover which work: the answer of :func:`cover`.

    ``parts`` is ``{usage id: [(grant id or CHARGED, minutes)]}``; the minutes of the
    parts of a usage always sum to its own.
    """

    grants: list
    parts: dict = field(default_factory=dict)
    #: ``[(day, grant id, minutes)]`` of what is covered, see :func:`booked`
    used: list = field(default_factory=list)


def cover(grants, usages, extend=None):
    """Return the :class:`Cover` of some work by some grants.

    Work that a request or an invoice holds is covered first, then the rest in the order
    of its days. A correction takes back the latest minutes before it, whether they were
    covered or charged.

    :param extend: called with the day of work that nothing covers; returns another
        grant, valid on that day, or ``None``

    >>> january = Grant(1, date(2026, 1, 1), date(2026, 1, 31), 120, 60,
    ...                 date(2026, 2, 28))
    >>> february = Grant(2, date(2026, 2, 1), date(2026, 2, 28), 120)
    >>> work = [Usage(7, date(2026, 1, 5), 30), Usage(8, date(2026, 2, 3), 200)]
    >>> cover([january, february], work).parts
    {7: [(1, 30)], 8: [(1, 60), (2, 120), (None, 20)]}
    """
    pool = _Pool(grants, extend)
    ordered = sorted(usages, key=lambda usage: (usage.day, usage.id))
    for usage in ordered:
        pool.hold(usage)
    for usage in ordered:
        pool.take(usage)
    rows = [
        (usage.day, grant_id, minutes)
        for usage in ordered
        for grant_id, minutes in pool.parts[usage.id]
        if grant_id is not CHARGED
    ]
    return Cover(pool.grants, pool.parts, booked(rows))


def booked(rows):
    """Return covered minutes by day.

    Corrections count on the days of the work that they take back.

    :param rows: ``[(day, grant id, minutes)]`` in the order of the work

    >>> first, second = date(2026, 1, 5), date(2026, 2, 3)
    >>> [(str(day), minutes) for day, _grant, minutes in booked(
    ...     [(first, 1, 60), (second, 1, -20)])]
    [('2026-01-05', 60), ('2026-01-05', -20)]
    """
    used, history = [], defaultdict(list)
    for day, grant_id, minutes in rows:
        behind = history[grant_id]
        if minutes > 0:
            behind.append((day, minutes))
        else:
            while minutes and behind:
                earlier, taken = behind.pop()
                back = min(-minutes, taken)
                if taken > back:
                    behind.append((earlier, taken - back))
                used.append((earlier, grant_id, -back))
                minutes += back
        if minutes:
            used.append((day, grant_id, minutes))
    return used


class _Pool:
    """The grants with what is left of each, while work is covered entry by entry."""

    def __init__(self, grants, extend):
        self.grants = sorted(grants, key=oldest_first)
        self.live = list(self.grants)
        self.extend = extend
        self.taken = defaultdict(int)
        self.rolled = defaultdict(int)
        self.parts = {}
        self.history = []

    def hold(self, usage):
        """Use grants for work that a request or an invoice holds, before all other."""
        by_id = {grant.id: grant for grant in self.grants}
        for grant_id, minutes in usage.parts or ():
            if grant_id in by_id:
                self._book(by_id[grant_id], usage.day, minutes)

    def take(self, usage):
        """Cover one piece of work."""
        if usage.parts is not None:
            parts = list(usage.parts)
            known = {CHARGED, *(grant.id for grant in self.grants)}
            self.history += [
                (usage.day, *part) for part in parts if part[1] > 0 and part[0] in known
            ]
        elif usage.minutes < 0:
            parts = self._take_back(usage)
        else:
            parts = self._take(usage)
            self.history += [(usage.day, *part) for part in parts]
        self.parts[usage.id] = parts

    def _take(self, usage):
        parts, missing = [], usage.minutes
        for grant in self._live(usage.day):
            if not missing or grant.start > usage.day:
                break
            missing -= self._use(grant, usage.day, missing, parts)
        while missing and self.extend and (grant := self.extend(usage.day)):
            self.grants.append(grant)
            self.live.append(grant)
            missing -= self._use(grant, usage.day, missing, parts)
        if missing:
            parts.append((CHARGED, missing))
        return parts

    def _live(self, day):
        """Return the grants that end on the day or later; work comes in order."""
        if any(grant.last and grant.last < day for grant in self.live[:1]):
            self.live = [g for g in self.live if g.last is None or day <= g.last]
        return self.live

    def _use(self, grant, day, wanted, parts):
        minutes = min(wanted, self._left(grant, day))
        if minutes > 0:
            self._book(grant, day, minutes)
            parts.append((grant.id, minutes))
            return minutes
        return 0

    def _left(self, grant, day):
        left = max(0, grant.minutes - self.taken[grant.id])
        if grant.is_own(day):
            return left
        if grant.is_rolled(day):
            return max(0, min(left, grant.roll_most - self.rolled[grant.id]))
        return 0

    def _book(self, grant, day, minutes):
        self.taken[grant.id] += minutes
        if not grant.is_own(day):
            self.rolled[grant.id] += minutes

    def _take_back(self, usage):
        """Give back the latest minutes; what nobody used is a credit."""
        by_id = {grant.id: grant for grant in self.grants}
        given, missing = defaultdict(int), -usage.minutes
        while missing and self.history:
            day, grant_id, minutes = self.history.pop()
            back = min(missing, minutes)
            if minutes > back:
                self.history.append((day, grant_id, minutes - back))
            if grant_id in by_id:
                self._book(by_id[grant_id], day, -back)
            given[grant_id] -= back
            missing -= back
        if missing:
            given[CHARGED] -= missing
        return list(given.items())


def oldest_first(grant):
    """Sort key: the order in which grants are used."""
    return (grant.start, grant.last or date.max, grant.id)
