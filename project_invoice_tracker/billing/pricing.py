"""Pricing time: how the entries of a rule fall into parts with one price each.

An entry is a part, unless a limit runs through it: the hours a retainer includes,
the hours a day has before they cost more, the hours after which the price falls.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from .rates import Rate, Work
from .rounding import billed_minutes


@dataclass(frozen=True)
class Tier:
    """A volume tier: from so many minutes on, another price or discount applies.

    :param start: minutes of the rule's work before it applies
    :param price: price of an hour from then on, ``None`` for that of the rate
    :param discount: percent off from then on
    """

    start: Decimal
    price: Decimal | None = None
    discount: Decimal = Decimal(0)


@dataclass(frozen=True)
class Entry:
    """A time entry.

    :param minutes: as recorded, negative for a correction
    :param rate: the rate that won, ``None`` if there is none
    :param held: minutes that a request or an invoice holds of it as they are, when
        it is in use; it then counts for the others, and keeps its parts
    """

    id: int
    work: Work
    minutes: Decimal
    rate: Rate | None = None
    held: Decimal | None = None

    @property
    def order(self):
        """Sort key: the day the work was done, then the order it was logged in."""
        return (self.work.day, self.id)


@dataclass(frozen=True)
class Part:
    """Some minutes of one entry, all at one price.

    :param recorded: minutes of the entry that it stands for
    :param minutes: minutes to bill, or to draw from ``allowance_id``
    """

    entry_id: int
    minutes: Decimal
    recorded: Decimal
    multiplier: Decimal = Decimal(1)
    overtime: bool = False
    tier: Tier | None = None
    allowance_id: int | None = None

    def price(self, rate):
        """Return the price of an hour of this part, before the discount.

        :param rate: the :class:`billing.rates.Rate` that won for the entry

        >>> Part(1, 60, 60, Decimal("1.5")).price(Rate(1, Decimal(90)))
        Decimal('135.0')
        """
        tier_price = self.tier.price if self.tier else None
        return (rate.hourly if tier_price is None else tier_price) * self.multiplier


def round_entries(entries, increment, method, scope="entry"):
    """Return ``{entry id: minutes to bill}`` of the entries that are not held.

    :param scope: ``entry``, ``person_day`` (all work of a person on a day is rounded
        together, and the longest entry carries the difference) or ``line`` (nothing
        is rounded here)

    >>> from datetime import date
    >>> monday = Work(date(2026, 3, 2), employee_id=7)
    >>> entries = [Entry(1, monday, 20), Entry(2, monday, 5), Entry(3, monday, 5)]
    >>> round_entries(entries, 15, "up")
    {1: 30, 2: 15, 3: 15}
    >>> round_entries(entries, 15, "up", "person_day")
    {1: 20, 2: 5, 3: 5}
    >>> round_entries([*entries, Entry(4, monday, 4)], 15, "up", "person_day")
    {1: 31, 2: 5, 3: 5, 4: 4}
    """
    free = [entry for entry in entries if entry.held is None]
    if scope == "entry":
        return {e.id: billed_minutes(e.minutes, increment, method) for e in free}
    rounded = {entry.id: entry.minutes for entry in free}
    if scope == "person_day" and increment:
        days = defaultdict(list)
        for entry in entries:
            days[entry.work.employee_id, entry.work.day].append(entry)
        for same_day in days.values():
            _round_together(same_day, rounded, increment, method)
    return rounded


def _round_together(entries, rounded, increment, method):
    """Spread what rounding the sum of ``entries`` adds over those that are free."""
    free = [entry for entry in entries if entry.held is None]
    if not free:
        return
    total = billed_minutes(sum(e.minutes for e in entries), increment, method)
    held = sum(entry.held for entry in entries if entry.held is not None)
    difference = total - held - sum(rounded[entry.id] for entry in free)
    # the longest first; only what lowers an entry may need more than one of them
    for entry in sorted(free, key=lambda e: (-abs(e.minutes), e.id)):
        minutes = rounded[entry.id]
        step = difference
        if (difference > 0) != (minutes > 0):
            # towards zero, never beyond it
            step = max(min(difference, abs(minutes)), -abs(minutes))
        rounded[entry.id] += step
        difference -= step


def split_overtime(entries, rounded):
    """Return ``{entry id: [Part]}``, cut where a day of a person exceeds the limit.

    >>> from datetime import date
    >>> rate = Rate(1, Decimal(90), daily_limit=480, overtime=Decimal("1.5"))
    >>> monday = Work(date(2026, 3, 2), employee_id=7)
    >>> entries = [Entry(1, monday, 420, rate), Entry(2, monday, 120, rate)]
    >>> [(p.minutes, p.multiplier) for p in split_overtime(
    ...     entries, {1: 420, 2: 120})[2]]
    [(60, Decimal('1')), (60, Decimal('1.5'))]
    >>> entries.append(Entry(3, monday, -90, rate))
    >>> [(p.minutes, p.multiplier) for p in split_overtime(
    ...     entries, {1: 420, 2: 120, 3: -90})[3]]
    [(-60, Decimal('1.5')), (-30, Decimal('1'))]

    A correction that rounding swallows bills nothing, and is still a part:

    >>> [p.minutes for p in split_overtime([Entry(4, monday, -15)], {4: 0})[4]]
    [0]
    """
    parts, done = {}, defaultdict(int)
    for entry in sorted(entries, key=lambda entry: entry.order):
        key = (entry.work.employee_id, entry.work.day)
        minutes = rounded.get(entry.id)
        if minutes is None:
            done[key] += entry.held
            continue
        cuts = _cut_at_limit(entry.rate, minutes, done[key])
        done[key] += minutes
        parts[entry.id] = [
            _part(entry, amount, beyond)
            for amount, beyond in cuts
            # what rounds to nothing stays visible, a timer that runs is not there yet
            if amount or (not minutes and entry.minutes)
        ]
    return parts


def _part(entry, minutes, beyond):
    """Return a part of an entry; ``beyond`` tells that it is overtime."""
    rate, day = entry.rate, entry.work.day
    multiplier = rate.multiplier(day, beyond) if rate else Decimal(1)
    return Part(entry.id, minutes, minutes, multiplier, beyond)


def _cut_at_limit(rate, minutes, done):
    """Return ``[(minutes, whether they are overtime)]`` of one entry.

    :param done: minutes of the person on the day before
    """
    limit = rate.daily_limit if rate else None
    if limit is None or not minutes:
        return [(minutes, False)]
    if minutes > 0:
        normal = min(max(limit - done, 0), minutes)
        return [(normal, False), (minutes - normal, True)]
    # a correction takes back the latest minutes of the day first
    beyond = max(minutes, min(limit - done, 0))
    return [(beyond, True), (minutes - beyond, False)]


def cover(parts, coverage):
    """Cut the parts of one entry into covered and charged minutes.

    :param coverage: ``[(allowance id or None, minutes)]`` that sum to the parts

    >>> whole = [Part(1, 180, 180)]
    >>> [(p.minutes, p.allowance_id) for p in cover(whole, [(5, 60), (None, 120)])]
    [(60, 5), (120, None)]
    >>> back = [Part(1, -60, -60)]
    >>> [(p.minutes, p.allowance_id) for p in cover(back, [(None, -20), (5, -40)])]
    [(-20, None), (-40, 5)]
    """
    result, queue = [], [(key, minutes) for key, minutes in coverage if minutes]
    for part in parts:
        left = part.minutes
        if not left:
            result.append(part)
        while left and queue:
            key, minutes = queue[0]
            # a correction gives back: its parts are negative as well
            taken = min(left, minutes, key=abs)
            result.append(
                replace(part, minutes=taken, recorded=taken, allowance_id=key)
            )
            left -= taken
            queue[0] = (key, minutes - taken)
            if not queue[0][1]:
                queue.pop(0)
        if left:
            result.append(replace(part, minutes=left, recorded=left))
    return result


def split_tiers(parts, done, tiers):
    """Return ``parts`` cut where the volume reaches the next tier.

    :param done: minutes of the rule before these parts
    :param tiers: :class:`Tier` in the order of their start

    >>> tiers = [Tier(6000, Decimal(80))]
    >>> [(p.minutes, p.tier and p.tier.price) for p in split_tiers(
    ...     [Part(1, 120, 120)], 5940, tiers)]
    [(60, None), (60, Decimal('80'))]

    A correction takes back the latest minutes, at what they cost:

    >>> [(p.minutes, p.tier and p.tier.price) for p in split_tiers(
    ...     [Part(2, -120, -120)], 6060, tiers)]
    [(-60, Decimal('80')), (-60, None)]
    """
    result = []
    for part in parts:
        left = part.minutes
        if not left:
            result.append(part)
        while left:
            # what is taken back ends where the volume is, what is added starts there
            begun = [t for t in tiers if _has_begun(t, done, back=left < 0)]
            tier = max(begun, key=lambda tier: tier.start, default=None)
            following = [tier.start for tier in tiers if tier not in begun]
            taken = left
            if left > 0 and following:
                taken = min(left, min(following) - done)
            elif left < 0 and tier and tier.start:
                taken = max(left, tier.start - done)
            result.append(replace(part, minutes=taken, recorded=taken, tier=tier))
            left, done = left - taken, done + taken
    return result


def _has_begun(tier, done, back):
    """Tell whether a tier holds for the work before (``back``) or after ``done``."""
    if not tier.start:
        return True
    return tier.start < done if back else tier.start <= done


def share_recorded(parts, recorded):
    """Return ``parts`` with the recorded minutes of their entry divided among them.

    Each stands for as many minutes as it bills and the last one for the rest, so that
    they sum to the entry, whatever was rounded.

    >>> [p.recorded for p in share_recorded([Part(1, 60, 60), Part(1, 60, 60)], 110)]
    [60, 50]
    >>> [p.recorded for p in share_recorded([Part(1, 60, 60)], 50)]
    [50]
    """
    shared = []
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        share = recorded if last or abs(part.minutes) > abs(recorded) else part.minutes
        shared.append(replace(part, recorded=share))
        recorded -= share
    return shared
