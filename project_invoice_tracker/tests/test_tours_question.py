"""A client asks, the manager answers and credits, in a real browser."""

from odoo.tests import HttpCase, tagged

from .question_common import QuestionCommon


@tagged("post_install", "-at_install")
class TestToursQuestion(QuestionCommon, HttpCase):
    def test_ask_and_answer(self):
        self.env["project.billing.question"].search([])._engine().unlink()
        self.client.password = self.client.login
        move = self._posted_invoice()
        monday, tuesday = self._line(move, 4.5), self._line(move, 3.5)
        tuesday.name = "Second workshop"
        page = f"/my/invoices/{move.id}"
        self.start_tour(page, "project_billing_ask_tour", login=self.client.login)
        question = self.env["project.billing.question"].search([])
        self.assertRecordValues(
            question,
            [{"line_id": tuesday.billing_line_id.id, "quantity": 1.5, "state": "open"}],
        )
        other = self._ask(monday, text="How long was it?")
        self.start_tour(
            "/odoo/billing-questions",
            "project_billing_answer_tour",
            login=self.pm.login,
        )
        self.assertEqual(other.answer, "The whole afternoon.")
        self.assertEqual(question.credit_move_id.amount_total, 172.5)
        self.start_tour(
            page, "project_billing_read_answer_tour", login=self.client.login
        )
        question.credit_move_id.action_post()
        self.assertEqual(question.state, "settled")
        self.assertMinutes((90, 0, 390, 0))
