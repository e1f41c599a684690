"""What people type, where clients read it: annex, portal, statement, mails (I27)."""

from odoo.tests import HttpCase, new_test_user, tagged

from .injection_common import POISON, RESULT
from .reminder_common import REMIND
from .test_injection_pages import InjectionPages

ANNEX = "project_invoice_tracker.report_billing_annex"
STATEMENT = "project_invoice_tracker.report_billing_statement"


class InjectionClient(InjectionPages):
    """A client whose own name is poison too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = new_test_user(cls.env, "poisoned", groups="base.group_portal")
        cls.customer.partner_id.write(
            {
                "parent_id": cls.partner_a.id,
                "name": POISON,
                "email": "poisoned@example.com",
            }
        )
        cls.project.billing_template_id = cls.env["project.billing.template"].create(
            {
                "name": POISON,
                "introduction": POISON,
                "closing": POISON,
                "show_description": True,
                "with_approvals": True,
            }
        )
        cls.ann.name = POISON

    def _ask(self, move):
        """Ask about a line of an invoice, as the client."""
        move_sudo = move.with_env(self.env(user=self.customer, su=True))
        lines = move_sudo.invoice_line_ids.filtered("billing_line_id")
        return move_sudo._billing_ask(
            lines[:1].id, POISON, partner=self.customer.partner_id
        )

    def _answer_question(self, question):
        question.with_env(self.env(user=self.pm, su=False)).action_answer(POISON)

    def _ask_sign_off(self):
        """Ask the client to sign the milestone off once more."""
        self.request.action_cancel()  # what is in a request stays signed
        milestone = self.milestone.with_user(self.pm)
        milestone.action_billing_revoke_sign_off(POISON)
        milestone.action_billing_ask_sign_off(self.customer.partner_id.ids, POISON)


@tagged("post_install", "-at_install")
class TestInjectionClient(InjectionClient, HttpCase):
    """What the client opens."""

    def _open(self, url, *texts):
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200, url)
        self.assertLiteral(page.text, *texts)

    def test_annex_and_statement(self):
        """I27: tasks, people, descriptions and names are printed as they are."""
        move = self._post(self.request).sudo()
        self._assert_printed(ANNEX, move, POISON)
        self._assert_printed(STATEMENT, self.partner_a, self.partner_a.name)

    def test_portal(self):
        """I27: no page of the client runs anything, what the client wrote included."""
        move = self._post(self.request).sudo()
        question = self._ask(move)
        self._open_as_client(move)
        self._answer_question(question)
        self._open_as_client(move)

    def _open_as_client(self, move):
        self.authenticate(self.customer.login, self.customer.login)
        self._open("/my/billing", POISON)
        self._open(f"/my/billing/{self.project.id}", POISON)
        self._open(f"/my/invoices/{move.id}", POISON)
        self._open("/my/billing/statement")

    def test_sign_off(self):
        """I27: the pages on which a client signs, refuses or asks."""
        self._ask_sign_off()
        self.authenticate(self.customer.login, self.customer.login)
        url = f"/my/billing/milestone/{self.milestone.id}"
        for step in ("", "accept", "part", "refuse", "question"):
            with self.subTest(step):
                self._open(f"{url}?step={step}", POISON)


@tagged("post_install", "-at_install")
class TestInjectionClientMails(InjectionClient):
    """What the client, and whoever answers, is told."""

    def _assert_told(self):
        """Deliver, and assert that nothing that was told runs anything."""
        self._deliver()
        messages = self._new("mail.message")
        self.assertTrue(messages)
        for message in messages:
            with self.subTest(message.subject or message.body[:40]):
                self.assertLiteral(message.body or "<p/>")
                self.assertNotIn(RESULT, message.subject or "")

    def test_question(self):
        """I27: a question and its answer, in mails and notes."""
        move = self._post(self.request).sudo()
        self._answer_question(self._ask(move))
        self._assert_told()

    def test_sign_off(self):
        """I27: the mail that asks to sign off."""
        self._ask_sign_off()
        self._assert_told()

    def test_reminder(self):
        """I27: the mail that reminds names customer and invoice in letters."""
        self.company.billing_reminders = True
        move = self._post(self.request).sudo()
        move.line_ids.filtered("date_maturity").date_maturity = "2020-01-31"
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(REMIND).sudo().method_direct_trigger()
        self._assert_told()
        reminders = self.env["project.billing.reminder"].sudo()
        self.assertTrue(reminders.search([("move_id", "=", move.id)]))
