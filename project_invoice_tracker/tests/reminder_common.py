"""Invoices that are due, customers to remind, and the days on which that happens."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..models.project_billing_outbox import CRON, MAIL_QUEUE
from .common import BillingCommon

#: When the invoices of these tests are due.
DUE = date(2026, 3, 31)
REMIND = "project_invoice_tracker.ir_cron_reminder"


@tagged("post_install", "-at_install")
class ReminderCommon(BillingCommon):
    """A company that reminds 3 days before, 7, 21 and 35 days after the due date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outbox = cls.env["project.billing.outbox"].sudo()
        cls.outbox.search([])._engine().unlink()
        cls.log = cls.env["project.billing.reminder"].sudo()
        cls.company.partner_id.tz = "UTC"
        cls.company.billing_reminders = True
        cls.partner_a.email = "client@example.com"
        cls.levels = cls.env["project.billing.reminder.level"].search(
            [("company_id", "=", cls.company.id)]
        )
        cls.before, cls.first, cls.second, cls.last = cls.levels

    def _owed(self, hours=4, due=DUE, terms=None, project=None, **values):
        """Post an invoice of so many hours that is due on a day; returns it elevated.

        An hour is 100, with taxes 115.
        """
        self._log(hours, project_id=(project or self.project).id)
        move = self._invoice(self._prepare(project))
        move.invoice_date = due
        move.invoice_payment_term_id = terms
        move.write(values)
        if not terms:
            move.invoice_date_due = due
        move.action_post()
        self.assertEqual(move.amount_total, hours * 115)
        return move.sudo()

    def _half_and_half(self):
        """Return terms of two instalments, at once and after 30 days."""
        return self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    Command.create({"value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )

    def _day(self, offset=0):
        """Return a day by its distance from the due date."""
        return DUE + timedelta(days=offset)

    def freeze_day(self, offset=0):
        """Return a context in which it is noon (UTC) of a day."""
        return freeze_time(f"{self._day(offset)} 12:00:00")

    def _run(self, offset=0, times=1, crons=(REMIND, CRON, MAIL_QUEUE)):
        """Let the crons run on a day, as the server does it."""
        self.env.flush_all()
        with self.freeze_day(offset):
            for _time in range(times):
                with self.enter_registry_test_mode():
                    for name in crons:
                        self.env.ref(name).sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _pay(self, move, amount=None, offset=0):
        """Book a payment of the customer; returns nothing."""
        values = {"payment_date": self._day(offset)}
        if amount:
            values["amount"] = amount
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create(values)
        )
        wizard.action_create_payments()

    def _sent(self, move=None):
        """Return ``(level, person, distance from the due date)`` of the log."""
        domain = [("move_id", "in", move.ids)] if move else []
        return [
            (row.level_id.days, row.partner_id.email, (row.day - DUE).days)
            for row in self.log.search(domain, order="day, id")
        ]

    def _mails(self, partner=None):
        """Return the reminders that a customer got as messages."""
        partner = partner or self.partner_a
        messages = self.env["mail.message"].sudo()
        return messages.search(
            [
                ("model", "=", "account.move"),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", partner.ids),
            ],
            order="id",
        )

    def _question(self, amounts):
        """Have customers question amounts of invoices from now on.

        :param dict amounts: ``{invoice: amount}``
        """
        klass = self.env.registry["account.move"]
        self.patch(
            klass,
            "_billing_amount_questioned",
            lambda moves: {move: amounts.get(move, 0.0) for move in moves},
        )
