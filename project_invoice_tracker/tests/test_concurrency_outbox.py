"""Two sessions tell somebody something at once: it is told once."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .concurrency_common import ConcurrencyCase


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestConcurrencyOutbox(ConcurrencyCase):
    def _messages(self, request_id, kind):
        """Return who got a message of a kind, having counted all messages."""
        with self._session() as env:
            rows = env["project.billing.outbox"].search(
                [("request_id", "=", request_id), ("state", "=", "done")]
            )
            told = env["mail.message"].search(
                [
                    ("model", "=", "project.billing.request"),
                    ("res_id", "=", request_id),
                    ("message_type", "=", "user_notification"),
                ]
            )
            # one mail per row, and one row per person and kind
            self.assertEqual(len(told), len(rows.message_id))
            return sorted(row.user_id.login for row in rows if row.kind == kind)

    def _remind(self, env):
        env = env(su=True, context={"lang": "en_US"})
        company = env.ref("base.main_company")
        waiting = env["project.billing.request"].search(
            [("state", "=", "submitted"), ("project_id", "=", self.project_id)]
        )
        rows = waiting._reminders_due(company)
        return env["project.billing.outbox"]._queue(rows)

    def _deliver(self, env):
        env = env(su=True, context={})
        env["project.billing.outbox"]._cron_deliver()
        return True

    def test_reminder_reminder(self):
        """I25: two schedulers at the same time queue and send one reminder each."""
        request_id = self._request("submitted")
        later = fields.Datetime.now() + timedelta(days=4)
        with freeze_time(later):
            first, second = self._race(("boss", self._remind), ("boss", self._remind))
            self.assertTrue(first)
            self.assertEqual(second, [])
            with self._session("boss") as env:
                self._deliver(env)
        people = self._messages(request_id, "reminder")
        self.assertEqual(people, sorted(set(people)))
        self.assertIn("race_approver", people)

    def test_deliver_deliver(self):
        """I25: two crons deliver the same rows; each row goes out once."""
        request_id = self._request("submitted")

        def hold(env):
            # delivered, and not committed before the other cron has begun
            env(su=True, context={})["project.billing.outbox"]._claim()._deliver()
            return True

        _first, second = self._race(("boss", hold), ("boss", self._deliver))
        self.assertIs(second, True)
        people = self._messages(request_id, "approval")
        self.assertEqual(people, sorted(set(people)))
        self.assertIn("race_approver", people)
        with self._session() as env:
            env["project.billing.outbox"]._cron_deliver()
        self.assertEqual(self._messages(request_id, "approval"), people)

    def test_send_send(self):
        """I25: two windows, one mail: the second is told that it was sent."""
        move_id = self._posted()
        with self._session() as env:
            request_id = env["account.move"].browse(move_id).billing_request_ids.id
            env["res.partner"].browse(self.partner_id).email = "client@example.com"
        send = self._step(request_id, "action_send", [])
        first, second = self._race(("pm", send), ("pm", send))
        self.assertTrue(first)
        self.assertIn("was sent before", str(second))
        with self._session() as env:
            self.assertEqual(
                len(env["account.move"].browse(move_id)._billing_sendings()), 1
            )
