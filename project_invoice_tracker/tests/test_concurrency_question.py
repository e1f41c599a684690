"""Two sessions over one question: two tabs, two answers, an answer and a withdrawal."""

from odoo.tests import tagged

from ..exceptions import BillingError
from .concurrency_common import ConcurrencyCase


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestConcurrencyQuestion(ConcurrencyCase):
    def setUp(self):
        super().setUp()
        self.move_id = self._posted()
        with self._session() as env:
            move = env["account.move"].browse(self.move_id)
            self.move_line_id = move.invoice_line_ids.id

    def _ask(self, env):
        move = env(su=True)["account.move"].browse(self.move_id)
        return move._billing_ask(self.move_line_id, "Why?", 1.0, name="Client").id

    def _asked(self):
        with self._session() as env:
            return self._ask(env)

    def _take(self, question_id, method, *arguments):
        def step(env):
            question = env["project.billing.question"].browse(question_id)
            return getattr(question, method)(*arguments)

        return step

    def _read(self, question_id, *names):
        with self._session() as env:
            question = env["project.billing.question"].browse(question_id)
            return tuple(question[name] for name in names)

    def test_two_tabs(self):
        """I8: the line has one question, the second tab reads so."""
        first, second = self._race((None, self._ask), (None, self._ask))
        self.assertTrue(first)
        self.assertIsInstance(second, BillingError)
        self.assertIn("open question about this line", str(second))

    def test_answer_answer(self):
        """I8: one answer counts; the other person reads who was first."""
        question_id = self._asked()
        _first, second = self._race(
            ("pm", self._take(question_id, "action_answer", "First")),
            ("accountant", self._take(question_id, "action_answer", "Second")),
        )
        self.assertIsInstance(second, BillingError)
        self.assertIn("answered by Pm", str(second))
        self.assertEqual(self._read(question_id, "answer"), ("First",))

    def test_credit_credit(self):
        """I13: one credit note is made, whoever is first."""
        question_id = self._asked()
        step = self._take(question_id, "action_credit", "bill_later", "Sorry")
        _first, second = self._race(("pm", step), ("accountant", step))
        self.assertIsInstance(second, BillingError)
        self.assertIn("waits for accounting", str(second))
        with self._session() as env:
            notes = env["account.move"].search(
                [("reversed_entry_id", "=", self.move_id)]
            )
            self.assertEqual(len(notes), 1)

    def test_credit_and_withdraw(self):
        question_id = self._asked()

        _first, second = self._race(
            ("pm", self._take(question_id, "action_credit", "bill_later", "Sorry")),
            (None, withdraw_of(question_id)),
        )
        self.assertIsInstance(second, BillingError)
        self.assertEqual(self._read(question_id, "state"), ("open",))
        other = self._posted_again()
        self.move_id, self.move_line_id = other
        question_id = self._asked()
        _first, second = self._race(
            (None, withdraw_of(question_id)),
            ("pm", self._take(question_id, "action_answer", "Late")),
        )
        self.assertIsInstance(second, BillingError)
        self.assertEqual(self._read(question_id, "state"), ("withdrawn",))

    def _posted_again(self):
        self._log(1)
        move_id = self._posted()
        with self._session() as env:
            return move_id, env["account.move"].browse(move_id).invoice_line_ids.id


def withdraw_of(question_id):
    """Return a step that withdraws a question, as the portal does."""

    def step(env):
        env(su=True)["project.billing.question"].browse(question_id)._withdraw()

    return step
