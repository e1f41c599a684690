"""Steps of the ledger machine: credit notes are reversed, to any depth."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from .ledger_credits import CREDITS, PICK, WAYS, DocumentSteps
from .ledger_documents import Reversal, sign_of


class ReversalSteps(DocumentSteps):
    """I1, I13: the reversal of a credit note takes back exactly what it names."""

    @CREDITS
    @rule(number=PICK, other=PICK, way=st.sampled_from(WAYS), post=st.booleans())
    def reverse_credit(self, number, other, way, post):
        credit = self._pick(self._documents("posted"), number)
        if not credit:
            return
        expected = []
        for named in credit.named:
            quantity, amount = self.model.left_of_note(
                named, states=("posted", "draft")
            )
            if sign_of(named.line) * amount > 0:
                expected.append((named.line, quantity, amount))
        step = lambda: self.case._credit(  # noqa: E731
            credit.move.with_user(self.case.accountant), post=False
        )
        if not expected:
            self._must_not(step)
            return
        reversal = Reversal(self._must(step), credit.request, credit=credit)
        self._read_lines(reversal, expected, way, other)
        self.model.credits.append(reversal)
        if post:
            self._post_document(reversal, self.model.post_reversal)

    @CREDITS
    @rule(number=PICK)
    def post_reversal(self, number):
        reversal = self._pick(self._documents("draft", reversals=True), number)
        if reversal:
            self._post_document(reversal, self.model.post_reversal)

    @CREDITS
    @rule(number=PICK, then=st.sampled_from(["keep", "cancel", "delete"]))
    def reset_reversal(self, number, then):
        reversal = self._pick(self._documents("posted", reversals=True), number)
        if reversal:
            self._reset_document(reversal, then, self.model.undo_reversal)
