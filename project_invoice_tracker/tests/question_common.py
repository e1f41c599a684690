"""What the tests of questions share: a posted invoice, and a client who asks."""

from odoo import Command
from odoo.tests import new_test_user

from .test_outbox import OutboxCommon


class QuestionCommon(OutboxCommon):
    """A client with a login of the portal, and another customer's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner_a.write({"email": "client@example.com", "lang": "en_US"})
        cls.client = cls._create_client("client_test", cls.partner_a)
        cls.stranger = cls._create_client("stranger_test", cls.partner_b)
        cls.rule.detail = "day"

    @classmethod
    def _create_client(cls, login, customer):
        contact = cls.env["res.partner"].create(
            {
                "name": f"{login} contact",
                "email": f"{login}@example.com",
                "parent_id": customer.id,
            }
        )
        user = new_test_user(
            cls.env,
            login,
            groups="base.group_portal",
            partner_id=contact.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        contact.name = f"{login} contact"
        return user

    def _posted_invoice(self, *hours):
        """Post an invoice with a line per day; returns it (elevated)."""
        for number, amount in enumerate(hours or (4.5, 3.5), 2):
            self._log(amount, day=f"2026-03-{number:02}")
        return self._post().sudo()

    def _line(self, move, quantity):
        return move.invoice_line_ids.filtered(lambda line: line.quantity == quantity)

    def _ask(self, line, quantity=None, text="Why so much?", user=None):
        """Ask as the portal does it for a client who is logged in."""
        user = user or self.client
        move = self.env(user=user, su=True)["account.move"].browse(line.move_id.id)
        return move._billing_ask(
            line.id, text, quantity=quantity, partner=user.partner_id
        )

    def _as(self, user, question):
        """Return a question as a user reads it."""
        return question.with_env(self.env(user=user, su=False, context={}))

    def _questioned(self, move):
        """Return what is questioned of an invoice: of it, and of its projects' rows."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["project.billing.invoice"].search(
            [("move_id", "=", move.id), ("credit", "=", False)]
        )
        amount = move._billing_amount_questioned()[move]
        self.assertAlmostEqual(sum(rows.mapped("amount_questioned")), amount)
        return amount

    def _journal_actions(self, question):
        rows = self.env["project.billing.journal"].search(
            [("model", "=", question._name), ("res_id", "=", question.id)], order="id"
        )
        return rows.mapped("action")
