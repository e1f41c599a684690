"""What credit notes and their reversals should do, in plain Python.

Written from the design: a document names quantities and prices of lines; what the
posted ones leave of a line is all that another may take. A line of corrections, which
is less than nothing, is credited in the same way with the sign turned.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from .ledger_records import Given, Refused

CENT = Decimal("0.01")


def cents(amount):
    """Return an amount as a document rounds it."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def sign_of(line):
    """Return -1 for a line of corrections, else 1."""
    return -1 if line.invoiced < 0 else 1


@dataclass(eq=False)
class Named:
    """A line of a credit note, or of the reversal of one."""

    line: object
    quantity: Decimal
    price: Decimal
    reverses: object = None  # the line of a credit note, on a reversal
    moved: Counter = field(default_factory=Counter)  # minutes given back, or taken
    surplus: Counter = field(default_factory=Counter)  # what of them is no work
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
        if line.removed:
            return Decimal(0), Decimal(0)
        quantity, amount = line.invoiced, cents(line.invoiced * line.price)
        for document, named in self.documents("posted"):
            if named.line is not line or named is but:
                continue
            source = named.reverses if document.is_reversal else named
            way = 1 if document.is_reversal else -1
            amount += way * named.amount
            if source.is_naming:
                quantity += way * named.quantity
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
        sign = sign_of(named.line)
        credited, quantity, amount = sign * named.amount, sign * quantity, sign * amount
        if sign * named.quantity <= 0:
            return False
        if named.price >= named.line.price or credited and credited >= amount:
            return True
        if quantity <= 0:
            return False
        return credited >= sign * named.quantity * amount / quantity - CENT / 2

    @staticmethod
    def _refuse_more(named, quantity, amount, by_quantity):
        """Refuse a line over more than so much, or the other way round."""
        sign = sign_of(named.line)
        credited = sign * named.amount
        if (
            sign * named.quantity < 0
            or not 0 <= credited <= max(sign * amount, 0)
            or (by_quantity and sign * named.quantity > sign * quantity)
        ):
            raise Refused(f"only {quantity} and {amount} are left")

    # === CREDIT NOTES ===

    def post_credit(self, credit):
        """Give back what a credit note names.

        :raises Refused: when its invoice is not posted, or bills less
        """
        if credit.request.invoice_state != "posted":
            raise Refused("the invoice is not posted")
        left = [self.left(named.line, but=named) for named in credit.named]
        for named, (quantity, amount) in zip(credit.named, left, strict=True):
            naming = self.names(named, quantity, amount)
            self._refuse_more(named, quantity, amount, naming)
        for named, (quantity, amount) in zip(credit.named, left, strict=True):
            if self.names(named, quantity, amount):
                self._release(named, quantity, amount)
        credit.state = "posted"

    def _release(self, named, quantity, amount):
        """Give back the work that a line of a credit note names."""
        line, sign = named.line, sign_of(named.line)
        credited = sign * named.amount
        minutes = line.quantity()
        is_all = sign * named.quantity >= sign * quantity or (
            credited and credited >= sign * amount
        )
        if not is_all and sign * named.quantity < sign * line.read():
            wanted = named.quantity
            if not line.manual:
                wanted = self.named(line, named.quantity)
            minutes = sign * max(0, min(sign * wanted, sign * line.quantity()))
        taken = self._latest_first(line, minutes)
        named.surplus = self._surplus(lambda: line.held.subtract(taken), taken)
        named.moved, named.is_naming = taken, any(taken.values())

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
            self._check_kept(credit)
            self.take_back(_given(*credit.named))
        except Refused:
            credit.state = "posted"
            raise
        for named in credit.named:
            named.moved, named.surplus = Counter(), Counter()
            named.is_naming = False

    def _check_kept(self, document, back=True):
        """Refuse money for a line whose work a later document gave back.

        :param back: what the document moved is not on its lines yet
        """
        for named in document.named:
            sign = sign_of(named.line)
            quantity, amount = self.left(named.line)
            held = named.line.quantity() + (named.moved.total() if back else 0)
            if sign * amount > 0 >= sign * quantity and not held:
                raise Refused("its work was given back")

    # === REVERSALS ===

    def post_reversal(self, reversal):
        """Take back what a reversal names of its credit note.

        :raises Refused: when that is not posted, gave less, or the work is billed again
        """
        if reversal.credit.state != "posted":
            raise Refused("the credit note is not posted")
        for named in reversal.named:
            quantity, amount = self.left_of_note(named.reverses, but=named)
            self._refuse_more(named, quantity, amount, by_quantity=True)
        before = [(named, Counter(named.line.held)) for named in reversal.named]
        reversal.state = "posted"
        try:
            for named in reversal.named:
                self._choose(named)
                self.take_back(_given(named))
            self._check_kept(reversal, back=False)
        except Refused:
            reversal.state = "draft"
            for named, held in before:
                named.line.held = held
                named.moved, named.surplus = Counter(), Counter()
            raise
        for named in reversal.named:
            note = named.reverses
            note.moved = _less(note.moved, named.moved)
            note.surplus = _less(note.surplus, named.surplus)

    def _choose(self, named):
        """Note what a line of a reversal takes of what its credit note gave back."""
        note, sign = named.reverses, sign_of(named.line)
        quantity, _amount = self.left_of_note(note, but=named)
        stays = Counter()
        if sign * named.quantity < sign * quantity and note.moved.total():
            total = note.moved.total()
            wanted = named.quantity
            if not named.line.manual:
                wanted = self.kept_of(note.moved, wanted)
            rest = max(0, min(sign * (total - wanted), sign * total))
            stays = self._latest_of(note.moved, sign * rest)
        named.moved = _less(note.moved, stays)
        # what increments added stays free as long as it can
        named.surplus = Counter(
            {
                key: much - max(0, min(much, stays[key]))
                for key, much in note.surplus.items()
            }
        )

    def undo_reversal(self, reversal):
        """Give back again what a reversal took.

        :raises Refused: when it was credited meanwhile
        """
        for named in reversal.named:
            sign = sign_of(named.line)
            quantity, amount = self.left(named.line, but=named)
            short = any(
                abs(named.line.held[entry_id]) < abs(minutes)
                for entry_id, minutes in named.moved.items()
            )
            if sign * quantity < 0 or sign * amount < 0 or short:
                raise Refused("it is credited")
        for named in reversal.named:
            note, taken = named.reverses, named.moved
            back = self._surplus(
                lambda named=named: named.line.held.subtract(named.moved), taken
            )
            note.surplus.update(back)
            note.moved.update(taken)
            named.moved, named.surplus = Counter(), Counter()
        reversal.state = "draft"


def _given(*named):
    """Return what lines of documents gave back, for :meth:`LedgerModel.take_back`."""
    surplus = Counter()
    for each in named:
        surplus.update(each.surplus)
    return Given([(each.line, each.moved, Counter()) for each in named], surplus)


def _less(counter, other):
    """Return a difference that may be less than nothing."""
    result = Counter(counter)
    result.subtract(other)
    return result
