"""Steps of the machine of all kinds: credit notes and their reversals."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .kinds_steps import PICK, Steps


def when(*states):
    """Offer a step only while a request is in one of these states."""
    return precondition(lambda machine: machine._in_state(*states))


class CreditSteps(Steps):
    """Accounting credits, and turns credit notes round. Needs ``_invoice``."""

    @when("invoiced.posted")
    @rule(
        number=PICK,
        other=PICK,
        way=st.sampled_from(["full", "full", "half", "line", "price"]),
    )
    def credit(self, number, other, way):
        """I13: a credit note gives back what it names."""
        move = self._invoice(number, "posted")
        self._try(lambda: self._credit(move, other, way))

    def _credit(self, move, other, way):
        note = self.case._credit(move, post=False)
        lines = note.invoice_line_ids
        if way == "line":
            (lines - self._pick(lines, other)).unlink()
        elif way == "half":
            for line in lines:
                line.quantity = round(line.quantity / 2, 2)
        elif way == "price":
            # a deposit is lowered, which gives nothing back to bill
            deposits = lines.filtered(
                lambda line: (
                    line.billing_origin_line_id.rule_id == self.world.deposit
                    and line.quantity > 0
                )
            )
            (lines - deposits).unlink()
            for line in deposits:
                line.price_unit = round(line.price_unit * 0.4, 2)
        note.with_user(self.case.accountant).action_post()

    def _notes(self, *states):
        return self.env["account.move"].search(
            [
                ("partner_id", "=", self.case.partner_a.id),
                ("move_type", "=", "out_refund"),
                ("state", "in", states),
            ],
            order="id",
        )

    @when("note.posted")
    @rule(number=PICK, cancel=st.booleans())
    def undo_credit(self, number, cancel):
        note = self._pick(self._notes("posted"), number)
        if note:
            note = note.with_user(self.case.accountant)
            done = self._try(lambda: [note.button_draft()])
            if isinstance(done, list) and cancel:
                self._must(note.button_cancel)

    @when("note.posted")
    @rule(number=PICK, half=st.booleans())
    def reverse_note(self, number, half):
        """I1, I13: the reversal of a credit note takes back what it names."""
        note = self._pick(self._notes("posted"), number)
        if note:
            self._try(lambda: self._reverse(note, half))

    def _reverse(self, note, half):
        made = self.case._credit(note.with_user(self.case.accountant), post=False)
        if half:
            for line in made.invoice_line_ids:
                line.quantity = round(line.quantity / 2, 2)
        made.with_user(self.case.accountant).action_post()

    @when("note.posted")
    @rule(number=PICK)
    def undo_reversal(self, number):
        found = self.env["account.move"].search(
            [
                ("partner_id", "=", self.case.partner_a.id),
                ("move_type", "=", "out_invoice"),
                ("reversed_entry_id.move_type", "=", "out_refund"),
                ("state", "=", "posted"),
            ],
            order="id",
        )
        move = self._pick(found, number)
        if move:
            self._try(move.with_user(self.case.accountant).button_draft)

    @when("note.draft")
    @rule(number=PICK)
    def post_credit(self, number):
        note = self._pick(self._notes("draft"), number)
        if note:
            self._try(note.with_user(self.case.accountant).action_post)
