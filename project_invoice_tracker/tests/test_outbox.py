"""The outbox: once, after the commit, a few attempts, and a word when it fails."""

import contextlib
from datetime import timedelta
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..models.project_billing_outbox import CRON, MAIL_QUEUE
from .common import BillingCommon

BROKEN = UserError("The template is broken.")


@tagged("post_install", "-at_install")
class OutboxCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outbox = cls.env["project.billing.outbox"].sudo()
        cls.outbox.search([])._engine().unlink()

    def _deliver(self):
        """Let the crons run as the server does it, with transactions of their own."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            for name in (CRON, MAIL_QUEUE):
                self.env.ref(name).sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _rows(self, kind=None, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        if kind:
            domain.append(("kind", "=", kind))
        return self.outbox.search(domain)

    def _told(self, request, user):
        """Return the messages about a request that a person got."""
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", request._name),
                    ("res_id", "=", request.id),
                    ("message_type", "=", "user_notification"),
                    ("partner_ids", "in", user.partner_id.ids),
                ]
            )
        )

    def _submitted(self, hours=4, project=None):
        self._log(hours, project_id=(project or self.project).id)
        request = self._prepare(project)
        request.action_submit()
        return request.sudo()


@tagged("post_install", "-at_install")
class TestOutbox(OutboxCommon):
    def test_once_and_after_the_commit(self):
        """I12: a request asks each approver once; the mail is made by the cron."""
        request = self._submitted()
        row = self._rows("approval", request_id=request.id, user_id=self.approver.id)
        self.assertRecordValues(
            row, [{"state": "waiting", "owner_id": self.pm.id, "attempts": 0}]
        )
        self.assertFalse(self._told(request, self.approver))
        self._deliver()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.message_id, self._told(request, self.approver))
        self._deliver()
        request._queue_asking()
        self._deliver()
        self.assertEqual(len(self._told(request, self.approver)), 1)

    def test_a_new_submission_asks_again(self):
        request = self._submitted()
        self._deliver()
        request.with_user(self.pm).action_withdraw()
        request.with_user(self.pm).action_submit()
        self._deliver()
        self.assertEqual(len(self._told(request, self.approver)), 2)

    def test_rollback_leaves_nothing(self):
        """I8: what is rolled back after it was queued tells nobody."""

        class Rollback(Exception):
            pass

        self._log(4)
        request = self._prepare()
        with self.assertRaises(Rollback), self.env.cr.savepoint():
            request.action_submit()
            self.assertTrue(self._rows("approval", request_id=request.id))
            raise Rollback
        self.env.invalidate_all()
        self.assertFalse(self._rows(request_id=request.id))
        self._deliver()
        self.assertFalse(self._told(request.sudo(), self.approver))

    def test_repeated_transaction(self):
        """I8: a step that Odoo repeats after a serialization failure asks once."""
        self._log(4)
        request = self._prepare()
        for _attempt in range(3):
            savepoint = self.env.cr.savepoint()
            request.action_submit()
            # the failure comes at the commit, when everything has been queued
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all()
        request.action_submit()
        self._deliver()
        self.assertEqual(len(self._told(request.sudo(), self.approver)), 1)

    @mute_logger("odoo.sql_db")
    def test_unique_key(self):
        """I12: PostgreSQL itself keeps a second row with the same key out."""
        request = self._submitted()
        row = self._rows("approval", request_id=request.id)[:1]
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            row._engine().copy({"key": row.key})
        self.assertEqual(
            self.outbox._queue(
                [
                    {"key": row.key, "kind": "approval", "request_id": request},
                    {"key": f"{row.key}/x", "kind": "approval", "request_id": request},
                ]
            ),
            [f"{row.key}/x"],
        )

    def test_decided_meanwhile(self):
        """I25: who is no longer asked gets nothing."""
        request = self._submitted()
        request.with_user(self.approver).action_approve()
        self._deliver()
        row = self._rows("approval", request_id=request.id, user_id=self.approver.id)
        self.assertRecordValues(row, [{"state": "skipped", "message_id": False}])
        self.assertFalse(self._told(request, self.approver))

    def test_one_bad_row_stops_no_other(self):
        """I11: the bad one is tried three times and then shown; the other is out."""
        bad = self._submitted()
        good = self._submitted(project=self._good_project())
        deliver = type(self.outbox)._notify_decision

        def explode(row, subject):
            if row.request_id == bad:
                raise BROKEN
            return deliver(row, subject)

        now = fields.Datetime.now()
        with patch.object(type(self.outbox), "_notify_decision", explode):
            for hours in range(5):
                with freeze_time(now + timedelta(hours=2 * hours)):
                    self._deliver()
        row = self._rows("approval", request_id=bad.id, user_id=self.approver.id)
        self.assertRecordValues(
            row,
            [{"state": "failed", "attempts": 3, "error": "The template is broken."}],
        )
        self.assertEqual(len(self._told(good, self.approver)), 1)
        activity = bad.activity_ids.filtered(lambda a: a.user_id == self.pm)
        self.assertEqual(len(activity), len(self._rows("approval", request_id=bad.id)))
        self.assertIn("The template is broken.", activity[0].note)
        row.with_user(self.pm).action_retry()
        self._deliver()
        self.assertEqual(row.state, "done")
        self.assertFalse(bad.activity_ids.filtered(lambda a: a.user_id == self.pm))

    def test_a_row_that_ends_the_process(self):
        """I8, I11: what kills the server each time is given up, the others go out."""

        class Killed(BaseException):
            pass

        bad = self._submitted()
        good = self._submitted(project=self._good_project())
        deliver = type(self.outbox)._notify_decision

        def die(row, subject):
            if row.request_id == bad:
                raise Killed
            return deliver(row, subject)

        now = fields.Datetime.now()
        rows = self._rows("approval", request_id=bad.id)
        with patch.object(type(self.outbox), "_notify_decision", die):
            for hours in range(4 * len(rows) + 1):
                with (
                    freeze_time(now + timedelta(hours=2 * hours)),
                    contextlib.suppress(Killed),
                ):
                    self._deliver()
        self.env.invalidate_all()
        self.assertEqual(set(rows.mapped("state")), {"failed"})
        self.assertIn("server stopped", rows[0].error)
        self.assertEqual(len(self._told(good, self.approver)), 1)
        rows[0].with_user(self.pm).action_retry()
        self._deliver()
        self.assertEqual((rows[0].state, rows[0].attempts), ("done", 0))

    def _good_project(self):
        project = self._create_project(name="Other")
        self._create_rule(project)
        return project

    def test_growing_delay(self):
        request = self._submitted()
        row = self._rows("approval", request_id=request.id, user_id=self.approver.id)
        now = fields.Datetime.now()
        broken = patch.object(
            type(self.outbox), "_notify_decision", side_effect=UserError("No.")
        )
        with broken, freeze_time(now):
            self._deliver()
            self._deliver()
            self.assertEqual(row.attempts, 1)
            self.assertEqual(row.next_try, now + timedelta(minutes=5))
        with broken, freeze_time(now + timedelta(minutes=6)):
            self._deliver()
            self.assertEqual(row.attempts, 2)
            self.assertEqual(row.next_try, now + timedelta(minutes=66))

    @mute_logger("odoo.addons.project_invoice_tracker.models.project_billing_outbox")
    def test_unexpected_error_in_words(self):
        request = self._submitted()
        broken = patch.object(
            type(self.outbox), "_notify_decision", side_effect=KeyError("secret 41.37")
        )
        with broken:
            self._deliver()
        row = self._rows("approval", request_id=request.id, user_id=self.approver.id)
        self.assertEqual(
            row.error, "An unexpected error (KeyError). The server's log says more."
        )

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_mail_server_down(self):
        """I11: a refused mail is the same mail at each attempt, three in all."""
        request = self._submitted()
        row = self._rows("approval", request_id=request.id, user_id=self.approver.id)
        now = fields.Datetime.now()
        down = patch.object(
            IrMail_Server,
            "_connect__",
            side_effect=ConnectionRefusedError("Connection refused"),
        )
        with down:
            for hours in range(8):
                with freeze_time(now + timedelta(hours=2 * hours)):
                    self._deliver()
        self.assertRecordValues(row, [{"state": "failed", "attempts": 3}])
        self.assertIn("Connection refused", row.error)
        self.assertEqual(len(row._mails()), 1)
        self.assertEqual(len(self._told(request, self.approver)), 1)
        row.with_user(self.pm).action_retry()
        self.assertEqual(row._mails().state, "exception")
        with freeze_time(now + timedelta(days=2)):
            self._deliver()
            self.assertEqual(row._mails().state, "outgoing")
            # tests send nothing; this is what Odoo's queue leaves
            row._mails().state = "sent"
            self._deliver()
        self.assertRecordValues(row, [{"state": "done", "mail_checked": True}])
        self.assertEqual(len(self._told(request, self.approver)), 1)

    def test_a_mail_that_may_be_out_is_not_repeated(self):
        """I25: only a mail that no server has taken goes out again by itself."""
        request = self._submitted()
        self._deliver()
        row = self._rows("approval", request_id=request.id, user_id=self.approver.id)
        row._mails().write(
            {
                "state": "exception",
                "failure_type": "unknown",
                "failure_reason": "Lost after the first recipient",
            }
        )
        self._deliver()
        self.assertRecordValues(row, [{"state": "failed", "attempts": 1}])
        self.assertIn("Lost after the first recipient", row.error)

    def test_closed(self):
        """I28: nobody writes the outbox, and only managers repeat what is theirs."""
        request = self._submitted()
        row = self._rows("approval", request_id=request.id)[:1]
        for user in (self.pm, self.admin, self.approver, self.accountant):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    row.with_user(user).write({"state": "done"})
                with self.assertRaises(AccessError):
                    row.with_user(user).unlink()
        for user in (self.other_pm, self.approver, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                row.with_user(user).action_retry()
        with self.assertRaisesRegex(UserError, "has not failed"):
            row.with_user(self.pm).action_retry()
        with self.assertRaisesRegex(UserError, "at least one"):
            self.outbox.with_user(self.pm).browse().action_retry()
