"""Caps: how much of some work fits under the limits it counts towards."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from .grouping import misread
from .netting import merged
from .rounding import CENT, line_quantity, money


@dataclass
class Room:
    """What is left under a cap; it shrinks as work is fitted in.

    :param amount: net amount that is left, ``None`` without limit
    :param minutes: minutes that are left, ``None`` without limit
    """

    amount: Decimal | None = None
    minutes: Decimal | None = None
    full: bool = field(default=False, init=False)

    def fits(self, amount, minutes):
        """Tell whether so much more stays within the limits."""
        return (self.amount is None or amount <= self.amount) and (
            self.minutes is None or minutes <= self.minutes
        )

    def take(self, amount, minutes):
        """Use so much of what is left."""
        if self.amount is not None:
            self.amount -= amount
        if self.minutes is not None:
            self.minutes -= minutes


class _Filling:
    """A planned line while it is filled, with what is on the request's line already."""

    def __init__(self, line, held, step, digits, rounding):
        self.line = line
        self.quantity = held
        self.step, self.digits = step, digits
        self.rounding = rounding
        self.within, self.over = [], []
        #: Corrections with the work that they take back: they come to nothing.
        self.settled = []

    def fill(self, rooms):
        """Take all of a line that makes room, or comes to nothing."""
        for room in rooms:
            room.take(*self.added(self.line.quantity))
        self.quantity += self.line.quantity
        self.within = list(self.line.items)

    def uncorrected(self):
        """Return the work of the line that no correction on it takes back."""
        work = [item for item in self.line.items if item.open > 0]
        back = [item for item in self.line.items if item.open < 0]
        missing = -sum((item.open for item in back), Decimal(0))
        left = []
        for item in sorted(work, key=lambda i: (i.day or date.min, i.id), reverse=True):
            taken = min(item.open, missing)
            missing -= taken
            if taken:
                self.settled.append(replace(item, open=taken))
            if item.open - taken:
                left.append(replace(item, open=item.open - taken))
        self.settled += back
        return left

    def within_line(self):
        """Return the line of what fits, None if nothing does."""
        items = self.within + (self.settled if self.within else [])
        return replace(self.line, items=merged(items)) if items else None

    def over_line(self):
        """Return the line of what is over, None if nothing is."""
        items = self.over + (self.settled if self.over and not self.within else [])
        return replace(self.line, items=merged(items)) if items else None

    def amount(self, quantity):
        """Return what the line comes to with so much on it."""
        first = self.line.first
        readable = line_quantity(quantity, first.unit, self.digits, first.day_minutes)
        price = self.line.price * (1 - first.discount / 100)
        return money(readable * price, self.step, self.rounding)

    def added(self, quantity):
        """Return ``(amount, minutes)`` that so much more adds to the line."""
        amount = self.amount(self.quantity + quantity) - self.amount(self.quantity)
        return amount, quantity if self.line.first.unit == "minute" else Decimal(0)

    def largest(self, quantity, rooms):
        """Return how much of ``quantity`` fits into all rooms."""
        first = self.line.first
        if first.unit != "minute":
            return Decimal(0)
        limits = [room.minutes for room in rooms if room.minutes is not None]
        # hours are used up exactly, money to the minute
        largest = min([quantity, *limits])
        if largest > 0 and all(room.fits(*self.added(largest)) for room in rooms):
            return largest
        hourly = self.line.price * (1 - first.discount / 100)
        slack = misread(first.per)
        if hourly:
            # a little more than the amount allows: rounding may go either way
            limits += [
                room.amount * first.per / hourly + slack
                for room in rooms
                if room.amount is not None
            ]
        largest = min([quantity, *limits]).to_integral_value(rounding=ROUND_FLOOR)
        # bounded: by the minutes that a hundredth of an hour, or day, may be off
        for less in range(2 * slack + 1):
            if largest - less <= 0:
                break
            if all(room.fits(*self.added(largest - less)) for room in rooms):
                return largest - less
        return Decimal(0)


def fit(lines, rooms_of, held_of=None, step=CENT, digits=2, rounding=ROUND_HALF_UP):
    """Return ``(lines that fit, what is over)``, both as planned lines.

    Work is taken in the order it was done. What does not fit as a whole is cut to the
    minute; pieces are not cut. Once something is over a cap, nothing later fits.
    Corrections make room first: on a line of work for its latest work, on a line of
    their own for other work.

    :param lines: :class:`billing.grouping.PlannedLine`
    :param rooms_of: function from a line to its :class:`Room` objects
    :param held_of: function from a line to what the request's line holds already
    :param step: the smallest amount of the currency
    :param digits: of quantities on lines
    :param rounding: of the amount of a line

    >>> from datetime import date
    >>> from .grouping import OpenItem, plan_lines
    >>> work = [OpenItem(n, 1, 1, "time", "project", "minute", Decimal(240),
    ...                  Decimal(100), 1, day=date(2026, 3, n)) for n in (1, 2, 3)]
    >>> room = Room(amount=Decimal(1000))
    >>> within, over = fit(plan_lines(work)[0], lambda line: [room])
    >>> [int(line.quantity) for line in within + over]
    [600, 120]
    """
    fillings = [
        _Filling(line, held_of(line) if held_of else Decimal(0), step, digits, rounding)
        for line in lines
    ]
    for filling in fillings:
        if filling.line.quantity <= 0:
            filling.fill(rooms_of(filling.line))
    for filling, item in _in_order(fillings):
        _place(filling, item, rooms_of(filling.line))
    within = [filling.within_line() for filling in fillings]
    over = [filling.over_line() for filling in fillings]
    return [line for line in within if line], [line for line in over if line]


def _in_order(fillings):
    """Return ``[(filling, item)]`` of the work that lines bill, the oldest first."""
    work = [
        (filling, item)
        for filling in fillings
        if filling.line.quantity > 0
        for item in filling.uncorrected()
    ]
    return sorted(work, key=lambda pair: (pair[1].day or date.max, pair[1].id))


def growth(line, held, more, rooms, step=CENT, digits=2, rounding=ROUND_HALF_UP):
    """Return how much of ``more`` a line may grow by, and take it from the rooms.

    :param line: :class:`billing.grouping.PlannedLine` that tells unit and price
    :param held: what the line holds already
    :param rooms: the :class:`Room` objects it counts towards

    >>> from .grouping import OpenItem, PlannedLine
    >>> work = OpenItem(1, 1, 1, "time", "project", "minute", Decimal(66),
    ...                 Decimal(100), 1)
    >>> room = Room(minutes=Decimal(6))
    >>> growth(PlannedLine((), [work]), Decimal(66), Decimal(9), [room]), room.minutes
    (Decimal('6'), Decimal('0'))
    """
    filling = _Filling(line, held, step, digits, rounding)
    if not all(room.fits(*filling.added(more)) for room in rooms):
        more = filling.largest(more, rooms)
    for room in rooms if more else ():
        room.take(*filling.added(more))
    return more


def _place(filling, item, rooms):
    """Put an item on its line as far as it fits, the rest over the cap."""
    taken = item.open
    if any(room.full for room in rooms):
        taken = Decimal(0)
    elif not all(room.fits(*filling.added(taken)) for room in rooms):
        taken = filling.largest(item.open, rooms)
        for room in rooms:
            room.full = True
    if taken:
        for room in rooms:
            room.take(*filling.added(taken))
        filling.quantity += taken
        filling.within.append(replace(item, open=taken))
    if taken != item.open:
        filling.over.append(replace(item, open=item.open - taken))
