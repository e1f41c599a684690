"""Gather items on lines: one key per line detail, in a stable order."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from .netting import cut, net
from .rates import price_at
from .rounding import (
    CENT,
    MINUTES_PER_HOUR,
    day_price,
    hours_from_minutes,
    line_quantity,
    money,
)


@dataclass(frozen=True)
class OpenItem:
    """What is known of one item that is ready to bill, to put it on a line."""

    id: int
    project_id: int
    rule_id: int
    kind: str
    detail: str
    unit: str
    open: Decimal
    price: Decimal
    product_id: int
    task_id: int | None = None
    employee_id: int | None = None
    day: date | None = None
    discount: Decimal = Decimal(0)
    tax_product_id: int | None = None
    may_credit: bool = False
    #: A part was taken before: the rest has a line, and maybe a price, of its own.
    taken: bool = False
    #: ``((hours, price), …)``: the price hangs on the hours of the line.
    volume: tuple = ()
    #: The smallest amount of its currency.
    coin: Decimal = CENT
    #: Minutes of a day, where the line shows days; the price is that of an hour still.
    day_minutes: Decimal | None = None

    @property
    def agreed(self):
        """The price of the line, or the prices by volume it is chosen from."""
        if self.volume and not self.taken:
            return self.volume
        return self.on_line(self.price)

    @property
    def per(self):
        """Ledger quantity of one unit of the line: minutes of an hour or day, or 1."""
        if self.unit == "minute":
            return self.day_minutes or Decimal(MINUTES_PER_HOUR)
        return Decimal(1)

    def on_line(self, price):
        """Return a price as the line shows it: of a day, where it shows days.

        >>> work = OpenItem(1, 1, 1, "time", "project", "minute", Decimal(675),
        ...                 Decimal("133.333333"), 1, day_minutes=Decimal(450))
        >>> str(work.agreed), str(PlannedLine((), [work]).price)
        ('1000.0000', '1000.0000')
        """
        return day_price(price, self.day_minutes) if self.day_minutes else price

    @property
    def terms(self):
        """The terms of billing: a correction lowers only lines with equal terms."""
        return (
            self.project_id,
            self.rule_id,
            self.agreed,
            self.product_id,
            self.discount,
            self.tax_product_id,
            *((self.day_minutes,) if self.day_minutes else ()),
        )


@dataclass
class PlannedLine:
    """A line that will be made, with its items in the order they are used.

    :param joins: the key, as text, of a line of a draft that it adds to in any case
    """

    key: tuple
    items: list = field(default_factory=list)
    joins: str = ""

    @property
    def first(self):
        """The first item, which has all that the items of the line share."""
        return self.items[0]

    @property
    def terms(self):
        return self.first.terms

    @property
    def text(self):
        """The key as text, by which a line of a draft is found again."""
        return self.joins or group_key(self.key)

    @property
    def quantity(self):
        """Total ledger quantity (minutes for time)."""
        return sum((item.open for item in self.items), Decimal(0))

    @property
    def amount(self):
        """The amount of the line before it is rounded."""
        pieces = self.quantity / self.first.per
        return pieces * self.price * (1 - self.first.discount / 100)

    @property
    def price(self):
        """The price of an hour, day or piece; by volume, where prices depend on it.

        >>> volume = ((Decimal(0), Decimal(100)), (Decimal(10), Decimal(80)))
        >>> work = [OpenItem(n, 1, 1, "time", "project", "minute", Decimal(330),
        ...                  Decimal(100), 1, volume=volume) for n in (1, 2)]
        >>> PlannedLine((), work[:1]).price, PlannedLine((), work).price
        (Decimal('100'), Decimal('80'))
        """
        first = self.first
        if not first.volume or first.taken:
            return first.on_line(first.price)
        hourly = price_at(first.volume, hours_from_minutes(self.quantity))
        return first.on_line(hourly)

    @property
    def date_from(self):
        return min((item.day for item in self.items if item.day), default=None)

    @property
    def date_to(self):
        return max((item.day for item in self.items if item.day), default=None)


#: What tells two lines apart, by line detail. Price, product and rule always do.
DETAIL_KEYS = {
    "project": lambda item: (),
    "task": lambda item: (item.task_id or 0,),
    "person": lambda item: (item.employee_id or 0,),
    "task_person": lambda item: (item.task_id or 0, item.employee_id or 0),
    "day": lambda item: (item.day or date.min,),
    "entry": lambda item: (item.day or date.min, item.id),
}


def line_key(item):
    """Return the key of the line that ``item`` belongs to.

    The price, its discount and the product are always part of it, so that no line ever
    has an average price that nobody agreed to; where lines show days, the length of the
    day is, too. What is left of an item that was billed in part has a line of its own,
    since its price may have to make up for a cent.
    """
    detail = DETAIL_KEYS[item.detail](item)
    terms = (item.agreed, item.product_id, item.discount, item.tax_product_id)
    rest = (item.id,) if item.taken else ()
    # days of as many hours only; hours have the keys that they always had
    days = (f"day of {item.day_minutes.normalize():f}",) if item.day_minutes else ()
    return (item.project_id, item.rule_id, detail, *terms, *days, *rest)


def group_key(key):
    """Return the key of a planned line as text, to find the line again."""
    return repr(tuple(str(part) for part in key))


def plan_lines(items, held=(), may_wait=None):
    """Gather ``items`` into planned lines, and return ``(lines, carried)``.

    Corrections of time are taken off work on the same terms, see :mod:`.netting`. What
    is left of them, and a credit of another kind that may have lines of its own,
    becomes a line with a negative quantity as long as the total of the project stays
    above zero. The rest is ``carried``: it is not billed now and stays open until there
    is work to set it against. So do a credit that takes back exactly one line, and that
    line, and time so short that its line would show a quantity of zero.

    :param held: :class:`.netting.HeldLine` of the drafts that are extended
    :param may_wait: function that tells of a line whose hours read as nothing whether
        it waits for more work; it does by default

    >>> from dataclasses import replace
    >>> rate = {"open": Decimal(60), "price": Decimal(90), "product_id": 1}
    >>> work = OpenItem(1, 1, 1, "time", "entry", "minute", **rate)
    >>> fix = OpenItem(2, 1, 1, "time", "entry", "minute", may_credit=True,
    ...                **{**rate, "open": Decimal(-20)})
    >>> lines, carried = plan_lines([work, fix])
    >>> [int(line.quantity) for line in lines], len(carried)
    ([40], 0)
    >>> plan_lines([fix])[0]
    []
    >>> lines, carried = plan_lines([replace(work, price=Decimal(100)), fix])
    >>> [(int(line.quantity), int(line.amount)) for line in lines]
    [(60, 100), (-20, -30)]
    >>> seconds = replace(work, open=Decimal("0.166667"))
    >>> lines, carried = plan_lines([seconds])
    >>> len(lines), len(carried), waiting(carried)
    (0, 1, {})
    """
    planned = _gather(items)
    lines, credits, nothing = net(planned.values(), held)
    too_little = [
        line
        for line in lines + credits
        if not reads(line) and (may_wait is None or may_wait(line))
    ]
    lines = [line for line in lines if line not in too_little]
    credits = [line for line in credits if line not in too_little]
    lines, credits, carried = _cancel(lines, credits)
    lines, left = _set_off(lines, credits, held)
    carried += left + too_little
    # what comes to nothing is settled beside something that is billed
    billed = {line.first.project_id for line in lines}
    billed |= {line.project_id for line in held}
    lines += [line for line in nothing if line.first.project_id in billed]
    carried += [line for line in nothing if line.first.project_id not in billed]
    # corrections after the work that they are set off against
    order = {key: position for position, key in enumerate(planned)}
    lines.sort(key=lambda line: (line.quantity < 0, order[line.key]))
    return lines, carried


def _gather(items):
    """Return the planned lines of items by their keys, in the order of their days."""
    planned = {}
    for item in sorted(items, key=lambda item: (item.day or date.min, item.id)):
        key = line_key(item)
        planned.setdefault(key, PlannedLine(key)).items.append(item)
    return planned


def reads(line):
    """Tell whether a line shows a quantity at all: ten seconds are 0.00 h.

    A line that joins one of a draft always counts as shown.
    """
    return bool(
        line.first.unit != "minute"
        or line.joins
        or line_quantity(line.quantity, "minute", day=line.first.day_minutes)
    )


def waiting(carried):
    """Return ``{project id: amount}`` of the corrections that no work is left for.

    :param carried: of :func:`plan_lines`
    """
    amounts = defaultdict(Decimal)
    for line in filter(reads, carried):
        amounts[line.first.project_id] -= line.amount
    return {project_id: amount for project_id, amount in amounts.items() if amount > 0}


def _cancel(lines, credits):
    """Set aside lines and credits that take each other back exactly.

    Neither reaches the customer. Returns ``(lines, credits, carried)``.
    """
    lines, left, carried = list(lines), [], []
    for credit in credits:
        opposite = (line for line in lines if _cancel_out(line, credit))
        found = next(opposite, None)
        if found:
            lines.remove(found)
            carried += [found, credit]
        else:
            left.append(credit)
    return lines, left, carried


def _set_off(lines, credits, held=()):
    """Return ``(lines, carried)``: credits become lines as far as work outweighs them.

    The oldest credit comes first. Each becomes a line as long as the total of the
    project stays above zero; time is cut to what still fits.

    >>> cost = {"detail": "entry", "unit": "unit", "product_id": 1, "may_credit": True}
    >>> def item(id, open, price):
    ...     return OpenItem(
    ...         id, 1, 1, "cost", open=Decimal(open), price=Decimal(price), **cost)
    >>> def ids(lines):
    ...     return sorted(line.first.id for line in lines)
    >>> lines, carried = plan_lines([item(1, 1, 80), item(2, 1, 50), item(3, -1, 80)])
    >>> ids(lines), ids(carried)
    ([2], [1, 3])
    >>> lines, carried = plan_lines([item(1, 1, 80), item(2, 1, 30), item(3, -1, 50),
    ...                              item(4, -1, 90)])
    >>> ids(lines), ids(carried)
    ([1, 2, 3], [4])
    """
    lines, carried = list(lines), []
    totals, full = defaultdict(Decimal), set()
    for line in lines:
        totals[line.first.project_id] += billed_amount(line)
    for line in held:
        totals[line.project_id] += line.amount
    for credit in credits:
        project_id = credit.first.project_id
        part, rest = _what_fits(credit, totals[project_id], project_id in full)
        if part:
            totals[project_id] += billed_amount(part)
            lines.append(part)
        if rest:
            carried.append(rest)
            full.update([project_id] if credit.first.unit == "minute" else [])
    return lines, carried


def _what_fits(credit, total, is_full):
    """Return ``(part, rest)`` of a line of credits, either of them None.

    :param total: what the project is billed so far
    :param is_full: whether time was cut already, so that almost nothing is left
    """
    room = total - credit.first.coin
    if credit.first.may_credit and room + billed_amount(credit) >= 0:
        return credit, None
    if credit.first.may_credit and credit.first.unit == "minute" and not is_full:
        return _cut_to(credit, room)
    return None, credit


def billed_amount(line):
    """Return the amount of a line on the invoice, in whole steps of its currency."""
    first = line.first
    pieces = line_quantity(line.quantity, first.unit, day=first.day_minutes)
    amount = pieces * line.price
    return money(amount * (1 - first.discount / 100), first.coin)


def misread(per):
    """Return the most minutes by which time may differ from its display.

    :param per: minutes of the displayed unit: of an hour, or of a day

    >>> misread(Decimal(60)), misread(Decimal(480))
    (1, 3)
    """
    return math.ceil(per / 200)


def _cut_to(credit, room):
    """Return ``(part, rest)`` of a line of corrections, in whole minutes.

    :param room: the amount that the part may come to, as a number above zero
    """
    first = credit.first
    hourly = credit.price * (1 - first.discount / 100)
    minutes = (room * first.per / hourly).to_integral_value(ROUND_FLOOR)
    # bounded: by the minutes that a hundredth of an hour, or day, may be off
    for fewer in range(2 * misread(first.per) + 1):
        if minutes - fewer <= 0:
            break
        part, rest = cut(credit, minutes - fewer)
        if rest.items and reads(part) and room + billed_amount(part) >= 0:
            return part, rest
    return None, credit


def _cancel_out(line, credit):
    """Tell whether a credit takes back exactly what a line would bill."""
    return (
        credit.first.may_credit
        and credit.first.unit != "minute"
        and line.first.kind == credit.first.kind
        and line.quantity == -credit.quantity
        and line.first.price == credit.first.price
        and line.first.product_id == credit.first.product_id
        and line.first.project_id == credit.first.project_id
    )
