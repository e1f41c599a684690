"""How items gather on lines: one key per line detail, merged in a stable order."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


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
    #: A part was taken before: the rest has a line, and maybe a price, of its own.
    taken: bool = False


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
    terms = (item.price, item.product_id, item.discount, item.tax_product_id)
    rest = (item.id,) if item.taken else ()
    return (item.project_id, item.rule_id, detail, *terms, *rest)


def plan_lines(items):
    """Gather ``items`` into planned lines, and return ``(lines, carried)``.

    ``carried`` are the lines whose total is zero or negative: they are not billed
    but stay open, so that a correction waits for work to be set against.

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
    lines = [line for line in planned.values() if line.quantity > 0]
    carried = [line for line in planned.values() if line.quantity <= 0]
    return lines, carried
