"""What credit notes and their reversals should do, in plain Python.

Written from the design: a document names quantities and prices of lines; what the
posted ones leave of a line is all that another may take.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


class Refused(Exception):
    """The design says that this step is not possible now."""


def cents(amount):
    """Return an amount as a document rounds it."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


@dataclass(eq=False)
class Named:
    """A line of a credit note, or of the reversal of one."""

    line: object
    quantity: Decimal
    price: Decimal
    reverses: object = None  # the line of a credit note, on a reversal
    moved: Counter = field(default_factory=Counter)  # minutes given back, or taken
    is_naming: bool = False

    @property
    def amount(self):
        return cents(self.quantity * self.price)


@dataclass(eq=False)
class Credit:
    """A credit note of a request's invoice, or of what bills that again."""

    move: object
    request: object
    state: str = "draft"
    named: list = field(default_factory=list)
    is_reversal = False


@dataclass(eq=False)
class Reversal(Credit):
    """An invoice that reverses a credit note."""

    credit: Credit = None
    is_reversal = True


class Documents:
    """The part of the model that is about documents. Needs ``credits``."""

    def documents(self, *states):
        """Return the lines of documents in these states."""
        return [
            (document, named)
            for document in self.credits
            if document.state in states
            for named in document.named
        ]

    def left(self, line, but=None, drafts=False):
        """Return ``(quantity, amount)`` that a line still bills."""
        quantity, amount = line.invoiced, cents(line.invoiced * line.price)
        for document, named in self.documents("posted"):
            if named.line is not line or named is but:
                continue
            source = named.reverses if document.is_reversal else named
            sign = 1 if document.is_reversal else -1
            amount += sign * named.amount
            if source.is_naming:
                quantity += sign * named.quantity
        for document, named in self.documents("draft") if drafts else ():
            if named.line is line and not document.is_reversal:
                if self.names(named, quantity, amount):
                    quantity -= named.quantity
                amount -= named.amount
        return quantity, amount

    def left_of_note(self, note, but=None, states=("posted",)):
        """Return ``(quantity, amount)`` of a credit line that nobody reversed."""
        quantity, amount = note.quantity, note.amount
        for _document, named in self.documents(*states):
            if named.reverses is note and named is not but:
                quantity -= named.quantity
                amount -= named.amount
        return quantity, amount

    @staticmethod
    def names(named, quantity, amount):
        """Tell whether a line credits work, or only its price."""
        if named.price >= named.line.price or named.amount and named.amount >= amount:
            return True
        full = named.quantity * amount / quantity if quantity > 0 else None
        return full is not None and named.amount >= full - CENT / 2

    # === CREDIT NOTES ===

    def post_credit(self, credit):
        """Give back what a credit note names.

        :raises Refused: when its invoice is not posted, or bills less
        """
        if credit.request.invoice_state != "posted":
            raise Refused("the invoice is not posted")
        for named in credit.named:
            quantity, amount = self.left(named.line, but=named)
            naming = self.names(named, quantity, amount)
            if named.amount > max(amount, 0) or naming and named.quantity > quantity:
                raise Refused(f"only {quantity} and {amount} are left")
        for named in credit.named:
            quantity, amount = self.left(named.line, but=named)
            if not self.names(named, quantity, amount):
                continue
            line = named.line
            minutes = self._named_minutes(line, named.quantity, 0)
            if named.quantity >= quantity or named.amount >= amount:
                minutes = line.quantity()
            named.moved = self._latest_first(line, minutes)
            named.is_naming = bool(named.moved.total())
            line.held.subtract(named.moved)
        credit.state = "posted"

    def undo_credit(self, credit):
        """Take back what a posted credit note gave; it is a draft again.

        :raises Refused: when it is reversed, or its work is billed again
        """
        own = {id(named) for named in credit.named}
        if any(
            document.is_reversal and id(named.reverses) in own
            for document, named in self.documents("posted")
        ):
            raise Refused("it is reversed")
        credit.state = "draft"
        try:
            self._check_kept(credit, taken=credit.named)
            self.take_back([(x.line, x.moved, Counter()) for x in credit.named])
        except Refused:
            credit.state = "posted"
            raise
        for named in credit.named:
            named.moved, named.is_naming = Counter(), False

    def _check_kept(self, document, taken=()):
        """Refuse money for a line whose work a later document gave back."""
        back = {id(named.line): named.moved.total() for named in taken}
        for named in document.named:
            quantity, amount = self.left(named.line)
            held = named.line.quantity() + back.get(id(named.line), 0)
            if amount > 0 >= quantity and not held:
                raise Refused("its work was given back")

    # === REVERSALS ===

    def post_reversal(self, reversal):
        """Take back what a reversal names of its credit note.

        :raises Refused: when that is not posted, gave less, or the work is billed again
        """
        if reversal.credit.state != "posted":
            raise Refused("the credit note is not posted")
        given = []
        for named in reversal.named:
            quantity, amount = self.left_of_note(named.reverses, but=named)
            if named.quantity > quantity or named.amount > max(amount, 0):
                raise Refused(f"only {quantity} and {amount} are left")
            free = named.reverses.moved
            if named.quantity < quantity:
                wanted = self._named_minutes_of(named.line, named.quantity)
                stays = max(free.total() - wanted, 0)
                free = free - self._latest_of(free, stays)
            given.append((named, Counter(free)))
        reversal.state = "posted"
        for named, taken in given:
            named.moved = taken
        try:
            self._check_kept(reversal, taken=reversal.named)
            self.take_back([(named.line, taken, Counter()) for named, taken in given])
        except Refused:
            reversal.state = "draft"
            for named, _taken in given:
                named.moved = Counter()
            raise
        for named, taken in given:
            named.reverses.moved = named.reverses.moved - taken

    def undo_reversal(self, reversal):
        """Give back again what a reversal took.

        :raises Refused: when it was credited meanwhile
        """
        for named in reversal.named:
            quantity, amount = self.left(named.line, but=named)
            short = any(
                named.line.held[entry_id] < minutes
                for entry_id, minutes in named.moved.items()
            )
            if quantity < 0 or amount < 0 or short:
                raise Refused("it is credited")
        for named in reversal.named:
            named.line.held.subtract(named.moved)
            named.reverses.moved = named.reverses.moved + named.moved
            named.moved = Counter()
        reversal.state = "draft"
