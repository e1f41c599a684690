"""A client asks about one line: who may, what is disputed, who hears of it."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from ..exceptions import BillingError
from ..models import project_billing_question_asking as asking
from .question_common import QuestionCommon

#: What is open, computed from the tables in another way than the implementation.
DISPUTED = """
    SELECT greatest(least(total, residual), 0)
      FROM (SELECT sum(CASE WHEN question.state = 'open' THEN question.amount
                            ELSE 0 END) AS total
              FROM project_billing_question question
             WHERE question.move_line_id IN (
                   SELECT id FROM account_move_line WHERE move_id = %(move)s)) asked,
           (SELECT coalesce(sum(amount_residual_currency), 0) AS residual
              FROM account_move_line
             WHERE move_id = %(move)s AND display_type = 'payment_term'
               AND parent_state = 'posted') owed
"""


@tagged("post_install", "-at_install")
class TestQuestion(QuestionCommon):
    def setUp(self):
        super().setUp()
        self.move = self._posted_invoice()
        self.monday = self._line(self.move, 4.5)
        self.tuesday = self._line(self.move, 3.5)

    def _disputed(self):
        amount = self._questioned(self.move)
        found = self.env.execute_query(SQL(DISPUTED, move=self.move.id))
        self.assertEqual(float(found[0][0] or 0), amount)
        return amount

    def test_ask(self):
        """The whole line, with taxes; the rest stays payable."""
        self.assertEqual(self.move.amount_total, 920)
        question = self._ask(self.monday)
        self.assertRecordValues(
            question,
            [
                {
                    "state": "open",
                    "quantity": 4.5,
                    "amount": 517.5,
                    "name": "client_test contact",
                    "partner_id": self.client.partner_id.id,
                    "line_id": self.monday.billing_line_id.id,
                    "project_id": self.project.id,
                    "move_id": self.move.id,
                    "move_line_id": self.monday.id,
                    "by_link": False,
                }
            ],
        )
        self.assertEqual(self._disputed(), 517.5)
        self.assertEqual(self.move.amount_residual, 920)
        self.assertEqual(self._journal_actions(question), ["questioned"])
        row = self.env["project.billing.invoice"].search(
            [("amount_questioned", ">", 0)]
        )
        self.assertEqual(row.with_user(self.pm).amount_questioned, 517.5)
        self.assertIn("asks about a part", row.with_user(self.pm).situation)

    def test_a_part_of_a_line(self):
        question = self._ask(self.monday, 1.5)
        self.assertEqual(question.amount, 172.5)
        self._ask(self.tuesday, 0.01)
        self.assertEqual(self._disputed(), 172.5 + 1.15)

    def test_never_more_than_is_left_to_pay(self):
        self._ask(self.monday)
        self._ask(self.tuesday)
        self.assertEqual(self._disputed(), 920)
        payment = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        )
        payment.create({"amount": 500}).action_create_payments()
        self.assertEqual(self.move.amount_residual, 420)
        self.assertEqual(self._disputed(), 420)
        payment.create({"amount": 420}).action_create_payments()
        self.assertEqual(self._disputed(), 0)

    def test_paid_invoices_may_be_questioned(self):
        """What is paid is not disputed, but may be asked about, and credited."""
        payment = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        )
        payment.create({}).action_create_payments()
        question = self._ask(self.monday)
        self.assertEqual(question.state, "open")
        self.assertEqual(self._disputed(), 0)

    def test_one_open_question_per_line(self):
        question = self._ask(self.monday)
        with self.assertRaisesRegex(BillingError, "open question about this line"):
            self._ask(self.monday, 1)
        question._withdraw(self.client.partner_id)
        self.assertEqual(self._disputed(), 0)
        again = self._ask(self.monday, 1)
        self.assertEqual(self._disputed(), 115)
        self._as(self.pm, again).action_answer("It was a long day.")
        self._ask(self.monday, 2, text="How long?")
        self.assertEqual(self._disputed(), 230)

    def test_bad_input(self):
        other = self._posted_invoice(2)
        section = self.env["account.move.line"]
        for line, quantity, text, sentence in (
            (other.invoice_line_ids, None, "x", "Choose the line"),
            (section, None, "x", "Choose the line"),
            (self.monday, 0, "x", "above 0, and 4.5 at most"),
            (self.monday, -1, "x", "above 0"),
            (self.monday, 4.51, "x", "above 0"),
            (self.monday, float("nan"), "x", "above 0"),
            (self.monday, float("inf"), "x", "above 0"),
            (self.monday, 1e300, "x", "above 0"),
            (self.monday, None, "  ", "Your question is missing"),
            (self.monday, None, None, "Your question is missing"),
            (self.monday, None, "x" * 2001, "2000 characters"),
            (self.monday, None, "a\x00b", "cannot be stored"),
        ):
            with (
                self.subTest(quantity=quantity, text=text),
                self.assertRaisesRegex(BillingError, sentence),
            ):
                self.move._billing_ask(
                    line.id, text, quantity=quantity, partner=self.client.partner_id
                )
        for name in (None, "", " ", "x" * 101):
            with self.subTest(name=name), self.assertRaises(BillingError):
                self.move._billing_ask(self.monday.id, "Why?", name=name)
        self.assertFalse(self.env["project.billing.question"].search([]))

    def test_not_too_many(self):
        self.patch(asking, "MOST_OPEN", 1)
        self._ask(self.monday)
        with self.assertRaisesRegex(BillingError, "asked 1 questions"):
            self._ask(self.tuesday)
        self.patch(asking, "MOST_OPEN", 20)
        self.patch(asking, "MOST_A_DAY", 2)
        question = self._ask(self.tuesday)
        question._withdraw()
        with self.assertRaisesRegex(BillingError, "asked 2 questions"):
            self._ask(self.tuesday)
        # what was asked on another day does not count
        question._engine().date = "2026-01-01 12:00:00"
        self._ask(self.tuesday)

    def test_with_the_link(self):
        """The name is what was typed; the answer goes to the invoice's contact."""
        question = self.move._billing_ask(self.monday.id, "Why?", name=" Ms\nTyped ")
        self.assertEqual(question.name, "Ms Typed")
        self.assertTrue(question.by_link)
        self.assertEqual(question.partner_id, self.partner_a)

    def test_only_posted_invoices(self):
        draft = self._invoice_of(2)
        with self.assertRaisesRegex(BillingError, "Choose the line"):
            draft._billing_ask(draft.invoice_line_ids.id, "Why?", name="x")

    def _invoice_of(self, hours):
        self._log(hours, day="2026-03-20")
        return self._invoice().sudo()

    def test_the_manager_hears(self):
        """An activity at once, and one mail after the commit."""
        question = self._ask(self.monday, text="Why <b>so</b> much?")
        request = question.request_id
        activity = request.activity_ids
        self.assertEqual(activity.user_id, self.pm)
        self.assertIn("client_test contact asks about", activity.summary)
        self.assertIn("&lt;b&gt;so", activity.note)
        self._deliver()
        message = self._told(request, self.pm)
        self.assertEqual(len(message), 1)
        self.assertIn("Why &lt;b&gt;so&lt;/b&gt; much?", message.body)
        self.assertIn("517.50", message.body)
        self._deliver()
        self.assertEqual(self._told(request, self.pm), message)

    def test_each_in_the_own_language(self):
        """The manager reads German and the client French, whoever triggers the mail."""
        for lang in ("de_DE", "fr_FR"):
            self.env["res.lang"]._activate_lang(lang)
        self.pm.lang, self.client.lang = "de_DE", "fr_FR"
        question = self._ask(self.monday)
        activity = question.request_id.activity_ids
        self.assertIn("hat eine Frage zu", activity.summary)
        self._deliver()
        asked = self._told(question.request_id, self.pm)
        self.assertIn("hat eine Frage zu", asked.subject)
        self._as(self.pm, question).action_answer("Because.")
        self._deliver()
        answer = self._told(self.move, self.client)
        self.assertIn("réponse à votre question", answer.subject)

    def test_manager_left(self):
        """Who billed it answers when the project's manager is gone."""
        self.project.user_id = self.other_pm
        self.other_pm.active = False
        question = self._ask(self.monday)
        self.assertEqual(question.request_id.activity_ids.user_id, self.pm)
        self.assertEqual(self._rows("question").user_id, self.pm)

    def test_withdrawn_before_the_mail(self):
        question = self._ask(self.monday)
        question._withdraw(self.client.partner_id)
        self._deliver()
        self.assertFalse(self._told(question.request_id, self.pm))
        self.assertEqual(self._rows("question").state, "skipped")
        self.assertFalse(question.request_id.activity_ids)
        self.assertEqual(
            self._journal_actions(question), ["questioned", "question_withdrawn"]
        )
        with self.assertRaisesRegex(BillingError, "not open any more"):
            question._withdraw()

    def test_answer(self):
        """The client gets one mail, in the own language; nothing is disputed."""
        question = self._ask(self.monday)
        self._as(self.pm, question).action_answer(" Because {{ object.name }}. ")
        self.assertRecordValues(
            question,
            [
                {
                    "state": "answered",
                    "answer": "Because {{ object.name }}.",
                    "answer_user_id": self.pm.id,
                }
            ],
        )
        self.assertEqual(self._disputed(), 0)
        self.assertFalse(question.request_id.activity_ids)
        self._deliver()
        message = (
            self.env["mail.message"]
            .sudo()
            .search([("model", "=", "account.move"), ("res_id", "=", self.move.id)])
        )
        message = message.filtered(lambda m: self.client.partner_id in m.partner_ids)
        self.assertEqual(len(message), 1)
        self.assertIn("Because {{ object.name }}.", message.body)
        self.assertIn(f'/my/invoices/{self.move.id}#questions"', message.body)
        self.assertNotIn("access_token", message.body)
        self.assertEqual(message.author_id, self.pm.partner_id)
        self.assertEqual(self._journal_actions(question), ["questioned", "answered"])
        with self.assertRaisesRegex(BillingError, "answered by pm_test"):
            self._as(self.accountant, question).action_answer("Again")

    def test_who_may_answer(self):
        question = self._ask(self.monday)
        for user in (self.other_pm, self.approver, self.worker, self.client):
            for step in (
                lambda q: q.action_answer("No"),
                lambda q: q.action_credit("bill_later", "Yes"),
                lambda q: q.action_answer(),
                lambda q: q.action_credit(),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    step(self._as(user, question))
        for text in (" ", 1, "x" * 20001, "\x00"):
            with self.subTest(text=text), self.assertRaises(BillingError):
                self._as(self.pm, question).action_answer(text)
        self.project.user_id = self.other_pm
        with self.assertRaises(AccessError):
            self._as(self.pm, question).action_answer("Late")
        self._as(self.other_pm, question).action_answer("Mine now")
        self.assertEqual(question.answer_user_id, self.other_pm)

    def test_accounting_may_answer(self):
        question = self._ask(self.monday)
        move = self.move.with_env(self.env(user=self.accountant, su=False))
        self.assertEqual(move.billing_question_count, 1)
        action = move.action_billing_open_questions()
        self.assertEqual(action["res_id"], question.id)
        self._as(self.accountant, question).action_answer("We looked it up.")
        self.assertEqual(question.answer_user_id, self.accountant)

    def test_invoice_cancelled(self):
        """Without its invoice there is no question; a reset one keeps it."""
        question = self._ask(self.monday)
        self.move.button_draft()
        self.assertEqual(question.state, "open")
        self.assertEqual(self._disputed(), 0)
        self.move.action_post()
        self.assertEqual(self._disputed(), 517.5)
        self.move.button_draft()
        self.move.button_cancel()
        self.assertRecordValues(
            question, [{"state": "settled", "outcome": "invoice_gone"}]
        )

    def test_invoice_sent_back_and_line_removed(self):
        first, second = self._ask(self.monday), self._ask(self.tuesday)
        self.move.button_draft()
        self.monday.unlink()
        self.assertEqual(first.outcome, "invoice_gone")
        self.assertEqual(second.state, "open")
        self.move.with_user(self.accountant).sudo(False).action_billing_send_back("No")
        self.env.invalidate_all()
        self.assertEqual(second.outcome, "invoice_gone")
        self.assertFalse(second.move_id)

    def test_shared_invoice(self):
        """The rows of two projects on one invoice sum to what is questioned of it."""
        self.partner_a.billing_one_invoice = True
        second = self._create_project(name="Shop")
        self._create_rule(second)
        self._log(1, day="2026-03-20")
        self._log(3, day="2026-03-20", project_id=second.id)
        requests = self._prepare(self.project) | self._prepare(second)
        for request in requests:
            self._approve(request)
        requests.with_user(self.pm).action_create_invoice()
        move = requests.sudo().invoice_id
        self.assertEqual(len(move), 1)
        move.action_post()
        self._ask(self._line(move, 3))
        rows = self.env["project.billing.invoice"].search([("move_id", "=", move.id)])
        self.assertEqual(self._questioned(move), 345)
        self._ask(self._line(move, 1))
        self.assertEqual(self._questioned(move), 460)
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        register.create({"amount": 300}).action_create_payments()
        self.assertEqual(self._questioned(move), 160)
        self.assertEqual(len(rows), 2)

    @freeze_time("2026-03-10 09:00:00")
    def test_set_based(self):
        """As many queries for two invoices as for one."""
        other = self._posted_invoice(2)
        self._ask(self.monday)
        moves = self.move | other
        for some in (self.move, moves):
            some.mapped("amount_residual")
            self.env.flush_all()
            with self.assertQueryCount(1):
                amounts = some._billing_amount_questioned()
        self.assertEqual(amounts, {self.move: 517.5, other: 0})
