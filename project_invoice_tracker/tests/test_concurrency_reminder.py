"""Two sessions remind at once, or one dies in between: the customer gets one mail."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .concurrency_common import ConcurrencyCase


class Killed(BaseException):
    """Ends a delivery as the end of the process does: nothing catches it."""


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestConcurrencyReminder(ConcurrencyCase):
    def setUp(self):
        # a customer gets one reminder a day: each test has its own
        with self._session() as env:
            customer = {"name": "Customer", "email": "client@example.com"}
            self.partner_id = env["res.partner"].create(customer).id
        super().setUp()
        self.move_id = self._posted()
        with self._session() as env:
            company = env.ref("base.main_company")
            env["project.billing.reminder.level"]._create_defaults(company)
            # the invoices of the other tests are left alone
            move = env["account.move"].browse(self.move_id)
            others = env["account.move"].search([("id", "!=", move.id)])
            others.line_ids.filtered("date_maturity").no_followup = True
            company.billing_reminders = True
            self.moment = fields.Datetime.to_datetime(
                move.invoice_date_due + timedelta(days=7)
            ) + timedelta(hours=12)

    def _queue(self, env):
        env = env(su=True, context={"lang": "en_US"})
        company = env.ref("base.main_company")
        return env["project.billing.reminder"]._queue_company(company)

    def _deliver(self, env):
        env(su=True, context={})["project.billing.outbox"]._cron_deliver()
        return True

    def _count(self):
        """Return how many reminders are logged, mailed and delivered."""
        with self._session() as env:
            logged = env["project.billing.reminder"].search(
                [("move_id", "=", self.move_id)]
            )
            mailed = env["mail.message"].search_count(
                [
                    ("model", "=", "account.move"),
                    ("res_id", "=", self.move_id),
                    ("message_type", "=", "user_notification"),
                ]
            )
            rows = env["project.billing.outbox"].search(
                [("id", "in", logged.outbox_id.ids), ("state", "=", "done")]
            )
            return len(logged), mailed, len(rows)

    def test_reminder_two_runs_at_once(self):
        """I12, I25: two daily runs at the same time queue and send one mail."""
        with freeze_time(self.moment, tick=True):
            first, second = self._race((None, self._queue), (None, self._queue))
            self.assertEqual(len(first), 1)
            self.assertEqual(second, [])
            with self._session() as env:
                self._deliver(env)
            with self._session() as env:
                self.assertEqual(self._queue(env), [])
        self.assertEqual(self._count(), (1, 1, 1))

    def test_reminder_two_deliveries_at_once(self):
        """I25: two crons deliver the same row; it goes out once."""

        def hold(env):
            env(su=True, context={})["project.billing.outbox"]._claim()._deliver()
            return True

        with freeze_time(self.moment, tick=True):
            with self._session() as env:
                self.assertEqual(len(self._queue(env)), 1)
            first, second = self._race((None, hold), (None, self._deliver))
            self.assertIs(first, True)
            self.assertIs(second, True)
            with self._session() as env:
                self._deliver(env)
        self.assertEqual(self._count(), (1, 1, 1))

    def test_reminder_while_it_is_paid(self):
        """I25: a payment that is being booked comes first; no mail after it."""

        def pay(env):
            move = env(su=True)["account.move"].browse(self.move_id)
            wizard = env(su=True)["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            )
            wizard.create({})._create_payments()
            return move.payment_state

        with freeze_time(self.moment, tick=True):
            with self._session() as env:
                self.assertEqual(len(self._queue(env)), 1)
            state, delivered = self._race((None, pay), (None, self._deliver))
            self.assertIn(state, ("paid", "in_payment"))
            self.assertIs(delivered, True)
            with self._session() as env:
                rows = env["project.billing.outbox"].search(
                    [("kind", "=", "dunning"), ("state", "=", "waiting")]
                )
                rows._engine().next_try = fields.Datetime.now()
            with self._session() as env:
                self._deliver(env)
        self.assertEqual(self._count(), (0, 0, 0))

    def test_reminder_process_killed(self):
        """I12, I25: the process ends after the mail is made, before the commit."""

        reminders = self.registry["project.billing.reminder"]

        def die(_reminders):
            raise Killed

        with freeze_time(self.moment, tick=True):
            with self._session() as env:
                self.assertEqual(len(self._queue(env)), 1)
            with (
                patch.object(reminders, "_tell_managers", die),
                self.assertRaises(Killed),
                self._session() as env,
            ):
                self._deliver(env)
            self.assertEqual(self._count(), (0, 0, 0))
            # the next process tries again, when the attempt is over
            with freeze_time(self.moment + timedelta(minutes=10), tick=True):
                for _time in range(2):
                    with self._session() as env:
                        self._queue(env)
                        self._deliver(env)
        self.assertEqual(self._count(), (1, 1, 1))
