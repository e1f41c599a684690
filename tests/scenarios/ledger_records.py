"""What the ledger's model remembers: entries, lines and requests."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

#: From this day on, work may cost something else.
LATER = date(2026, 3, 4)


class Refused(Exception):
    """The design says that this step is not possible now."""


def hours(minutes):
    """Return minutes as the hours that a customer reads."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass
class Entry:
    """Something to bill: a time entry, or what a manual line was typed for."""

    id: object
    minutes: int
    day: object
    person: object
    price: int
    task: object = None
    manual: bool = False
    recorded: object = None  # minutes, before they are billed in increments


class Given(list):
    """``[(line, held, written off)]`` that lines gave back, and what was no work."""

    def __init__(self, rows, surplus):
        super().__init__(rows)
        self.surplus = surplus


@dataclass(eq=False)
class Line:
    """A line of a request, and what it holds of which entry."""

    id: int
    key: object
    price: int
    manual: bool = False
    held: Counter = field(default_factory=Counter)
    written: Counter = field(default_factory=Counter)
    removed: bool = False
    invoiced: Decimal = None  # hours on the invoice

    def quantity(self):
        """Return what is still to bill, or billed, by the line."""
        return sum(self.held.values())

    def amount(self):
        """Return what the line comes to."""
        return Decimal(self.price) * self.read()

    def read(self):
        """Return the quantity as the customer reads it."""
        return Decimal(self.quantity()) if self.manual else hours(self.quantity())

    def drop(self):
        """Give everything back; return what it was."""
        taken = (self.held, self.written)
        self.held, self.written = Counter(), Counter()
        return taken


@dataclass(eq=False)
class Request:
    """A request, and the invoice made from it."""

    id: int
    lines: list = field(default_factory=list)
    state: str = "draft"
    invoice: object = None  # record of the invoice
    invoice_state: str = None
    given_back: list = field(default_factory=list)  # by cancelling the invoice
    approved: list = None  # content, when it was approved last

    def live(self):
        """Return the lines that an invoice carries."""
        return [line for line in self.lines if not line.removed and line.quantity()]

    def content(self):
        """Return what an approval is given for."""
        return [(line.id, line.read(), line.price) for line in self.live()]

    def amount(self):
        """Return what an invoice of the live lines comes to."""
        return sum((line.amount() for line in self.live()), Decimal(0))

    def on_invoice(self):
        """Return the lines that are on the invoice, credited or not."""
        return [line for line in self.lines if line.invoiced and not line.removed]
