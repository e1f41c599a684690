"""Deciding quickly: lists, mails and their pages, reminders, comments."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_outbox import OutboxCommon

NOW = fields.Datetime.to_datetime("2026-03-10 09:00:00")


@tagged("post_install", "-at_install")
class TestQuick(OutboxCommon):
    def _second(self, hours=2):
        project = self._create_project(name="Mobile")
        self._create_rule(project)
        return self._submitted(hours, project)

    def test_several_at_once(self):
        """I3: a selection is decided on as a whole, by the same checks."""
        both = self._submitted() | self._second()
        both.with_user(self.approver).action_approve()
        self.assertEqual(set(both.mapped("state")), {"approved"})
        both.with_user(self.approver).action_reject("Too late")
        self.assertEqual(set(both.mapped("state")), {"draft"})

    def test_mixed_selection(self):
        """I3: one sentence names the request in the way, and nothing is half-done."""
        first, second = self._submitted(), self._second()
        second.with_user(self.pm).action_withdraw()
        with (
            self.assertRaisesRegex(UserError, f"{second.name}.* is draft"),
            self.env.cr.savepoint(),
        ):
            (first | second).with_user(self.approver).action_approve()
        self.assertEqual(first.state, "submitted")
        with (
            self.assertRaisesRegex(UserError, f"{second.name}.* is draft"),
            self.env.cr.savepoint(),
        ):
            (first | second).with_user(self.approver).action_reject("No")
        self.assertEqual(first.state, "submitted")

    def test_reject_several_asks_once(self):
        both = self._submitted() | self._second()
        action = both.with_user(self.approver).action_reject()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.approver)
            .with_context(**action["context"])
            .create({"reason": "Prices"})
        )
        wizard.action_apply()
        self.assertEqual(set(both.mapped("state")), {"draft"})

    def test_facts_in_the_mail(self):
        """I5: customer, project, amounts and what is unusual; no cost, no markup."""
        self._log(2)
        before = self._approve(self._prepare())
        before.with_user(self.pm).action_create_invoice()
        self.partner_a.name = "<b>Client</b> & Co"
        self._log(4)
        request = self._prepare()
        request.action_submit()
        request.with_user(self.approver).action_reject("Typo <i>here</i>")
        request.with_user(self.pm).action_submit()
        self._deliver()
        message = self._told(request.sudo(), self.approver)[:1]
        self.assertIn("400.00", message.body)
        self.assertIn("460.00", message.body)
        self.assertIn("&lt;b&gt;Client&lt;/b&gt; &amp; Co", message.body)
        self.assertIn("Typo &lt;i&gt;here&lt;/i&gt;", message.body)
        self.assertIn(f"{before.name} until", message.body)
        self.assertIn("200.00 more now", message.body)
        self.assertIn(f"/billing/request/{request.id}/approve", message.body)
        self.assertIn(f"/billing/request/{request.id}/reject", message.body)
        for canary in ("41.37", "token", "30.0"):
            self.assertNotIn(canary, message.body)

    def test_age_and_points(self):
        with freeze_time(NOW):
            request = self._submitted()
            self.assertEqual(request.waiting_days, 0)
        with freeze_time(NOW + timedelta(days=5)):
            request.invalidate_recordset()
            self.assertEqual(request.waiting_days, 5)
            self.assertFalse(request.decision_note)
        request.with_user(self.pm).action_withdraw()
        self.assertEqual(request.waiting_days, 0)
        request.with_user(self.pm).line_ids.change_quantity(3, "write_off", "Goodwill")
        self.assertIn("written off", request.decision_note)


@tagged("post_install", "-at_install")
class TestReminders(OutboxCommon):
    def _remind(self, day, times=1):
        with freeze_time(NOW + timedelta(days=day)):
            for _time in range(times):
                self.env.flush_all()
                with self.enter_registry_test_mode():
                    self.env.ref(
                        "project_invoice_tracker.ir_cron_remind"
                    ).sudo().method_direct_trigger()
            self._deliver()
        self.env.invalidate_all()

    def _submit(self):
        with freeze_time(NOW):
            request = self._submitted()
            self._deliver()
        return request

    def _count(self, request):
        return len(self._told(request, self.approver)) - 1

    def test_hundred_runs_a_day(self):
        """I12, I25: one reminder per request, approver and day, however often."""
        request = self._submit()
        self._remind(3, times=100)
        self.assertEqual(self._count(request), 1)

    def test_again_after_as_many_days(self):
        """I25: after three days, and again after three more; missed days add none."""
        request = self._submit()
        wanted = {1: 0, 2: 0, 3: 1, 4: 1, 5: 1, 6: 2, 11: 3}
        for day, expected in wanted.items():
            self._remind(day)
            with self.subTest(day=day):
                self.assertEqual(self._count(request), expected)

    def test_never(self):
        self.company.billing_remind_days = 0
        request = self._submit()
        self._remind(30)
        self.assertEqual(self._count(request), 0)

    def test_decided(self):
        """I25: nobody is reminded of what is decided, also between queue and mail."""
        request = self._submit()
        with freeze_time(NOW + timedelta(days=3)):
            self.env["project.billing.outbox"]._queue(
                request._reminders_due(self.company)
            )
            request.with_user(self.approver).action_reject("No")
            self._deliver()
        self._remind(8)
        self.assertEqual(self._count(request), 0)
        row = self._rows("reminder", request_id=request.id, user_id=self.approver.id)
        self.assertEqual(row.state, "skipped")

    def test_new_submission_counts_anew(self):
        request = self._submit()
        with freeze_time(NOW + timedelta(days=2)):
            request.with_user(self.pm).action_withdraw()
            request.with_user(self.pm).action_submit()
            self._deliver()
        self._remind(3)
        self.assertEqual(self._count(request), 1, "two submissions, no reminder")
        self._remind(5)
        self.assertEqual(self._count(request), 2)

    def test_escalation(self):
        """I25: who is named for it is told once, however long it waits."""
        request = self._submit()
        named = [("step1", self.admin, NOW, 4)]
        requests = type(self.env["project.billing.request"])
        with patch.object(requests, "_escalations", lambda request: named):
            for day in (3, 4, 5, 9):
                self._remind(day)
        rows = self._rows("escalation", request_id=request.id)
        self.assertRecordValues(rows, [{"user_id": self.admin.id, "state": "done"}])
        self.assertIn("Nobody decides", rows.message_id.subject)


@tagged("post_install", "-at_install")
class TestComments(OutboxCommon):
    def setUp(self):
        super().setUp()
        self.request = self._submitted()
        self.line = self.request.line_ids

    def test_thread(self):
        """I27: question and answer reach the other side, as plain text."""
        fingerprints = self.request._fingerprints()
        self.line.with_user(self.approver).action_comment("Why <b>4</b> hours?")
        asked = self._told(self.request, self.pm)
        self.assertIn("Why &lt;b&gt;4&lt;/b&gt; hours?", asked.body)
        self.assertFalse(self._told(self.request, self.approver))
        self.line.with_user(self.pm).action_comment("Twice the work")
        self.assertIn("Twice the work", self._told(self.request, self.approver).body)
        self.assertEqual(self.line.comment_count, 2)
        self.assertRecordValues(
            self.line.comment_ids,
            [
                {"text": "Why <b>4</b> hours?", "user_id": self.approver.id},
                {"text": "Twice the work", "user_id": self.pm.id},
            ],
        )
        self.assertEqual(self.request._fingerprints(), fingerprints)
        self.request.with_user(self.approver).action_approve()

    def test_stays_after_invoicing(self):
        self.line.with_user(self.pm).action_comment("As agreed")
        self.request.with_user(self.approver).action_approve()
        self.request.with_user(self.pm).action_create_invoice()
        self.line.with_user(self.accountant).action_comment("Which account?")
        self.assertEqual(self.line.comment_count, 2)
        self.assertTrue(self._told(self.request, self.pm))

    def test_who_may_read_may_comment(self):
        """I4, I28: nobody else writes a comment or reads one."""
        self.line.with_user(self.pm).action_comment("Hello")
        for user in (self.other_pm, self.worker):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.line.with_user(user).action_comment("x")
                with self.assertRaises(AccessError):
                    self.line.sudo().comment_ids.with_user(user).sudo(False).read(
                        ["text"]
                    )
        comment = self.line.comment_ids
        for user in (self.pm, self.approver, self.admin):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                comment.with_user(user).sudo(False).write({"text": "x"})
        wizards = self.env["project.billing.write.comment"].with_user(self.other_pm)
        with self.assertRaises(AccessError):
            wizards.create({"line_id": self.line.id, "text": "x"})

    def test_bad_texts(self):
        for text, sentence in (
            (" ", "Write something"),
            (1, "Write something"),
            ("x" * 2001, "2000 characters"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(UserError, sentence):
                self.line.with_user(self.pm).action_comment(text)
        with self.assertRaisesRegex(UserError, "one line"):
            self.line.browse().action_comment("x")

    def test_window(self):
        action = self.line.with_user(self.approver).action_comment()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.approver)
            .with_context(**action["context"])
            .create({"text": "Fine"})
        )
        wizard.action_apply()
        self.assertEqual(wizard.comment_ids.mapped("text"), ["Fine"])


@tagged("post_install", "-at_install")
class TestDecisionPages(OutboxCommon, HttpCase):
    def _url(self, request, decision="approve"):
        return f"/billing/request/{request.id}/{decision}"

    def _answer(self, request, decision, **data):
        page = self.url_open(self._url(request, decision)).text
        token, submission = (
            page.split(f'name="{name}" value="')[1].split('"')[0]
            for name in ("csrf_token", "submission")
        )
        return self.url_open(
            self._url(request, decision),
            data={"csrf_token": token, "submission": submission, **data},
        )

    def setUp(self):
        super().setUp()
        self.request = self._submitted()
        for user in (self.approver, self.pm, self.worker):
            user.password = f"{user.login}-password"

    def _log_in(self, user):
        self.authenticate(user.login, f"{user.login}-password")

    def test_approve(self):
        """I3: opening the link asks; only the answer decides, as oneself."""
        self._log_in(self.approver)
        page = self.url_open(self._url(self.request))
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.request.name, page.text)
        self.assertIn("400.00", page.text)
        self.assertEqual(self.request.state, "submitted")
        answer = self._answer(self.request, "approve")
        self.assertIn("your approval is recorded", answer.text)
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "approved")
        self.assertEqual(
            self.request.approval_ids.filtered("valid").user_id, self.approver
        )
        page = self.url_open(self._url(self.request))
        self.assertIn("does not wait for a decision any more", page.text)

    def test_reject(self):
        """I3: with a reason, or a sentence that asks for one."""
        self._log_in(self.approver)
        answer = self._answer(self.request, "reject", reason=" ")
        self.assertIn("Say why", answer.text)
        answer = self._answer(self.request, "reject", reason="<b>No</b>")
        self.assertIn("the manager is told", answer.text)
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "draft")
        self.assertEqual(self.request.approval_ids[:1].comment, "<b>No</b>")

    def test_not_by_others(self):
        """I3, I28: without a login, a right or a token of the page, nothing happens."""
        page = self.url_open(self._url(self.request), allow_redirects=False)
        self.assertEqual(page.status_code, 303)
        self.assertIn("/web/login", page.headers["Location"])
        self._log_in(self.worker)
        self.assertEqual(self.url_open(self._url(self.request)).status_code, 404)
        self._log_in(self.pm)
        answer = self._answer(self.request, "approve")
        self.assertIn("You are not a billing approver", answer.text)
        self._log_in(self.approver)
        with mute_logger("odoo.http"):
            answer = self.url_open(self._url(self.request), data={"x": "1"})
        self.assertEqual(answer.status_code, 400)
        for address in (
            "/billing/request/2147483640/approve",
            f"/billing/request/{self.request.id}/post",
        ):
            self.assertEqual(self.url_open(address).status_code, 404)
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "submitted")
