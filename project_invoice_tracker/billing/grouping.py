"""How items gather on lines: one key per line detail, merged in a stable order."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .rates import price_at
from .rounding import hours_from_minutes


@dataclass(frozen=True)
class OpenItem:
    """What collecting needs to know of one item that is ready to bill."""

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


@dataclass
class PlannedLine:
    """A line to be, with the items it consumes in the order they are consumed."""

    key: tuple
    items: list = field(default_factory=list)

    @property
    def first(self):
        """The item that gives the line what all its items share."""
        return self.items[0]

    @property
    def quantity(self):
        """Total ledger quantity (minutes for time)."""
        return sum((item.open for item in self.items), Decimal(0))

    @property
    def amount(self):
        """What the line comes to, before it is rounded."""
        pieces = self.quantity / (60 if self.first.unit == "minute" else 1)
        return pieces * self.price * (1 - self.first.discount / 100)

    @property
    def price(self):
        """Price of an hour or piece, by the hours on the line where that matters.

        >>> volume = ((Decimal(0), Decimal(100)), (Decimal(10), Decimal(80)))
        >>> work = [OpenItem(n, 1, 1, "time", "project", "minute", Decimal(330),
        ...                  Decimal(100), 1, volume=volume) for n in (1, 2)]
        >>> PlannedLine((), work[:1]).price, PlannedLine((), work).price
        (Decimal('100'), Decimal('80'))
        """
        first = self.first
        if not first.volume or first.taken:
            return first.price
        return price_at(first.volume, hours_from_minutes(self.quantity))

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

    The price, its discount and the product are always part of it, so that no line
    ever has a mean price that nobody agreed to. The rest of something that was taken
    in part is on its own: its price may have to make up for a cent.
    """
    detail = DETAIL_KEYS[item.detail](item)
    # of a price list by volume the list is agreed, and the line finds the price
    price = item.volume if item.volume and not item.taken else item.price
    terms = (price, item.product_id, item.discount, item.tax_product_id)
    rest = (item.id,) if item.taken else ()
    return (item.project_id, item.rule_id, detail, *terms, *rest)


def plan_lines(items):
    """Gather ``items`` into planned lines, and return ``(lines, carried)``.

    ``carried`` are the lines whose total is zero or negative: they are not billed
    but stay open, so that a correction waits for work to be set against. A credit
    of a kind that may have lines of its own becomes one, see :func:`_set_off`.

    >>> rate = {"open": Decimal(60), "price": Decimal(90), "product_id": 1}
    >>> work = OpenItem(1, 1, 1, "time", "project", "minute", **rate)
    >>> fix = OpenItem(2, 1, 1, "time", "project", "minute",
    ...                **{**rate, "open": Decimal(-20)})
    >>> lines, carried = plan_lines([work, fix])
    >>> lines[0].quantity, len(carried)
    (Decimal('40'), 0)
    >>> plan_lines([fix])[0]
    []
    """
    planned = {}
    for item in sorted(items, key=lambda item: (item.day or date.min, item.id)):
        key = line_key(item)
        planned.setdefault(key, PlannedLine(key)).items.append(item)
    billed = {key: line for key, line in planned.items() if line.quantity > 0}
    billed = _set_off(planned, billed)
    lines = [line for key, line in planned.items() if key in billed]
    carried = [line for key, line in planned.items() if key not in billed]
    return lines, carried


def _set_off(planned, billed):
    """Return the lines to bill by key, with the credits that they outweigh.

    A credit that takes back exactly one of the lines cancels it out: neither reaches
    the client. Of the others, the oldest first, each is a line of its own as long as
    something is left to bill of the project.

    >>> cost = {"detail": "entry", "unit": "unit", "product_id": 1, "may_credit": True}
    >>> def item(id, open, price):
    ...     return OpenItem(
    ...         id, 1, 1, "cost", open=Decimal(open), price=Decimal(price), **cost)
    >>> def ids(lines):
    ...     return [line.first.id for line in lines]
    >>> lines, carried = plan_lines([item(1, 1, 80), item(2, 1, 50), item(3, -1, 80)])
    >>> ids(lines), ids(carried)
    ([2], [1, 3])
    >>> lines, carried = plan_lines([item(1, 1, 80), item(2, -1, 30), item(3, -1, 50)])
    >>> ids(lines), ids(carried)
    ([1, 2], [3])
    """
    billed, left = dict(billed), {}
    for key, credit in planned.items():
        if credit.quantity >= 0 or not credit.first.may_credit:
            continue
        opposite = (k for k, line in billed.items() if _cancel_out(line, credit))
        found = next(opposite, None)
        if found:
            del billed[found]
        else:
            left[key] = credit
    totals = defaultdict(Decimal)
    for line in billed.values():
        totals[line.first.project_id] += line.amount
    for key, credit in left.items():
        if totals[credit.first.project_id] + credit.amount > 0:
            totals[credit.first.project_id] += credit.amount
            billed[key] = credit
    return billed


def _cancel_out(line, credit):
    """Tell whether a credit takes back exactly what a line would bill."""
    return (
        line.first.may_credit
        and line.quantity == -credit.quantity
        and line.first.price == credit.first.price
        and line.first.product_id == credit.first.product_id
        and line.first.project_id == credit.first.project_id
    )
