"""Steps of the ledger machine: credit notes, and their undoing."""

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .ledger_records import Credit, Line, Refused, Request

PICK = st.integers(0, 7)
POSTED = precondition(lambda machine: machine._in_state("invoiced.posted"))
WAYS = ["full", "part", "price", "one line"]


class CreditSteps:
    """I13: a credit note releases exactly what it names."""

    @POSTED
    @rule(number=PICK, other=PICK, way=st.sampled_from(WAYS), post=st.booleans())
    def credit(self, number, other, way, post):
        request = self._pick(self._with_invoice("posted"), number)
        if not request:
            return
        move = self._must(lambda: self.case._credit(self._invoice(request), post=False))
        credit = Credit(move, request)
        lines = request.on_invoice()
        if way == "one line":
            kept = self._pick(lines, other)
            self._credit_lines(move, *(x for x in lines if x is not kept)).unlink()
            lines = [kept]
        for line in lines:
            record = self._credit_lines(move, line)
            if way == "part":
                whole = int(line.invoiced) if line.manual else line.invoiced
                part = Decimal(max(1, whole // 2)) if line.manual else whole / 2
                record.quantity = part = min(round(part, 2), line.invoiced, key=abs)
            else:
                part = line.invoiced
            if way == "price":
                record.price_unit = line.price / 4
            credit.named.append([line, Decimal(str(part)), way != "price"])
        self.model.credits.append(credit)
        if post:
            self._post_credit(credit)

    def _credit_lines(self, move, *lines):
        ids = {line.id for line in lines}
        return move.invoice_line_ids.filtered(
            lambda each: each.billing_origin_line_id.id in ids
        )

    def _post_credit(self, credit):
        if credit.move.amount_total < 0:
            # of a line of corrections alone: that would be an invoice
            self._must_not(credit.move.with_user(self.case.accountant).action_post)
            return
        self._must(credit.move.with_user(self.case.accountant).action_post)
        credit.state = "posted"
        self.model.settle(credit.request)

    @precondition(lambda machine: machine.model and machine.model.credits)
    @rule(number=PICK)
    def post_credit(self, number):
        drafts = [credit for credit in self.model.credits if credit.state == "draft"]
        credit = self._pick(drafts, number)
        if credit:
            self._post_credit(credit)

    @precondition(lambda machine: machine.model and machine.model.credits)
    @rule(number=PICK, then=st.sampled_from(["keep", "cancel", "delete"]))
    def reset_credit(self, number, then):
        """I13: reset or cancelled, it takes the work back, or is refused."""
        posted = [credit for credit in self.model.credits if credit.state == "posted"]
        credit = self._pick(posted, number)
        if not credit:
            return
        move = credit.move.with_user(self.case.accountant)
        if self._refused(credit):
            self._must_not(move.button_draft)
            return
        self._must(move.button_draft)
        if then == "cancel":
            self._must(move.button_cancel)
            credit.state = "cancel"
        elif then == "delete" and self._try(move.unlink) is True:
            self.model.credits.remove(credit)

    def _refused(self, credit):
        """Undo the credit note in the model; tell whether the design refuses it."""
        try:
            self.model.undo_credit(credit)
        except Refused:
            return True
        return False

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
        if any(line.read() != line.invoiced for line in lines):
            self._must_not(step)
            return
        move = self._must(step).sudo()
        credit = Credit(invoice.reversal_move_ids.sorted("id")[-1], request, "posted")
        credit.named = [[line, line.invoiced, True] for line in lines]
        self.model.credits.append(credit)
        held = {line.id: line.held.copy() for line in lines}
        self.model.settle(request)
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
