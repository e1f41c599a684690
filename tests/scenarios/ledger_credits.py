"""Steps of the ledger machine: credit notes, and their undoing."""

from collections import Counter
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .ledger_documents import CENT, Credit, Named, cents, sign_of
from .ledger_records import Line, Refused, Request

PICK = st.integers(0, 7)
POSTED = precondition(lambda machine: machine._in_state("invoiced.posted"))
CREDITS = precondition(lambda machine: machine.model and machine.model.credits)
WAYS = ["full", "full", "part", "price", "one line", "more"]


class DocumentSteps:
    """What credit notes and their reversals have in common."""

    def _documents(self, *states, reversals=False):
        return [
            document
            for document in self.model.credits
            if document.state in states and document.is_reversal == reversals
        ]

    def _read_lines(self, document, expected, way, other):
        """Check what Odoo proposes, edit it, and note what it says then.

        :param expected: ``[(line, quantity, amount)]``, what is left to reverse
        """
        # titles of sections come along
        records = {
            record.billing_origin_line_id.id: record
            for record in document.move.invoice_line_ids
            if record.display_type == "product"
        }
        proposed = {line.id for line, _quantity, _amount in expected}
        assert set(records) == proposed, (set(records), proposed)
        if way == "one line":
            kept = self._pick(expected, other)
            for line, _quantity, _amount in expected:
                if line is not kept[0]:
                    records[line.id].unlink()
            expected = [kept]
        notes = document.credit.named if document.is_reversal else ()
        for line, quantity, amount in expected:
            record = records[line.id]
            if sign_of(line) * quantity > 0:
                assert Decimal(str(record.quantity)) == quantity, (record, quantity)
            assert cents(str(record.price_subtotal)) == amount, (record, amount)
            self._edit(record, line, way)
            document.named.append(
                Named(
                    line,
                    Decimal(str(record.quantity)),
                    Decimal(str(record.price_unit)),
                    next((note for note in notes if note.line is line), None),
                )
            )

    @staticmethod
    def _edit(record, line, way):
        """Change a line of a document as accounting might."""
        sign = sign_of(line)
        if way == "part":
            whole = sign * Decimal(str(record.quantity))
            half = round(whole / 2, 0 if line.manual else 2)
            record.quantity = sign * max(half, Decimal(1) if line.manual else CENT)
        elif way == "more":
            record.quantity += sign
        elif way == "price":
            record.price_unit = round(record.price_unit / 4, 2)

    def _post_document(self, document, post):
        """Post a document in the model and in Odoo, or see both refuse."""
        step = document.move.with_user(self.case.accountant).action_post
        if document.move.amount_total < 0:
            # of corrections alone: that would be the other way round
            self._must_not(step)
            return
        try:
            post(document)
        except Refused:
            self._must_not(step)
            return
        self._must(step)

    def _reset_document(self, document, then, undo):
        """Take a document back in the model and in Odoo, or see both refuse."""
        move = document.move.with_user(self.case.accountant)
        try:
            undo(document)
        except Refused:
            self._must_not(move.button_draft)
            return
        self._must(move.button_draft)
        if then == "cancel":
            self._must(move.button_cancel)
            document.state = "cancel"
        elif then == "delete" and self._try(move.unlink) is True:
            self.model.credits.remove(document)


class CreditSteps(DocumentSteps):
    """I13: a credit note releases exactly what it names, and names what is left."""

    @POSTED
    @rule(number=PICK, other=PICK, way=st.sampled_from(WAYS), post=st.booleans())
    def credit(self, number, other, way, post):
        """Reverse an invoice, or what bills it again after a credit note."""
        request = self._pick(self._with_invoice("posted"), number)
        if not request:
            return
        again = [
            document
            for document in self._documents("posted", reversals=True)
            if document.request is request
        ]
        source = self._pick([request, *again], other)
        move = request.invoice if source is request else source.move
        expected = self._left_of(source)
        step = lambda: self.case._credit(  # noqa: E731
            move.with_user(self.case.accountant), post=False
        )
        if not expected:
            self._must_not(step)
            return
        credit = Credit(self._must(step), request)
        self._read_lines(credit, expected, way, other)
        self.model.credits.append(credit)
        if post:
            self._post_document(credit, self.model.post_credit)

    def _left_of(self, source):
        """Return ``[(line, quantity, amount)]`` that a reversal should propose."""
        if isinstance(source, Credit):
            lines = [(x.line, x.quantity, x.amount) for x in source.named]
        else:
            lines = [(line, None, None) for line in source.on_invoice()]
        found = []
        for line, most, most_amount in lines:
            quantity, amount = self.model.left(line, drafts=True)
            if most is not None:
                quantity = min(quantity, most, key=abs)
                amount = min(amount, most_amount, key=abs)
            if sign_of(line) * amount > 0:
                found.append((line, quantity, amount))
        return found

    @CREDITS
    @rule(number=PICK)
    def post_credit(self, number):
        credit = self._pick(self._documents("draft"), number)
        if credit:
            self._post_document(credit, self.model.post_credit)

    @CREDITS
    @rule(number=PICK, then=st.sampled_from(["keep", "cancel", "delete"]))
    def reset_credit(self, number, then):
        """I13: reset or cancelled, it takes the work back, or is refused."""
        credit = self._pick(self._documents("posted"), number)
        if credit:
            self._reset_document(credit, then, self.model.undo_credit)

    @POSTED
    @rule(number=PICK)
    def replace(self, number):
        """Reverse and replace: the replacement holds what was billed."""
        request = self._pick(self._with_invoice("posted"), number)
        if not request:
            return
        invoice = self._invoice(request)
        lines = request.on_invoice()
        step = lambda: self.case._credit(invoice, modify=True)  # noqa: E731
        drafted = {id(x.line) for d, x in self.model.documents("draft")}
        left = self._left_of(request)
        if any(line.read() != line.invoiced or id(line) in drafted for line in lines):
            self._must_not(step)
            return
        move = self._must(step).sudo()
        credit = Credit(invoice.reversal_move_ids.sorted("id")[-1], request)
        credit.named = [
            Named(line, quantity, amount / quantity) for line, quantity, amount in left
        ]
        self.model.credits.append(credit)
        held = {line.id: Counter(line.held) for line in lines}
        self.model.post_credit(credit)
        record = move.billing_request_ids
        made = Request(record.id, state="invoiced", invoice=move)
        made.invoice_state = move.state
        for line, new in zip(lines, record.line_ids.sorted("id"), strict=True):
            made.lines.append(
                Line(
                    new.id,
                    line.key,
                    line.price,
                    line.manual,
                    held[line.id],
                    invoiced=line.invoiced,
                )
            )
        self.model.requests.append(made)
