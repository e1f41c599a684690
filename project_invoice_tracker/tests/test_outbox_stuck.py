"""Messages that get stuck, are lost or go to whoever may not read them any more."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .test_outbox import OutboxCommon

NOW = fields.Datetime.to_datetime("2026-03-10 09:00:00")


@tagged("post_install", "-at_install")
class StuckCommon(OutboxCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._create_user("second_approver", "group_billing_approver")

    def _level(self, *approvers, **values):
        count = self.env["project.billing.level"].search_count([])
        return self.env["project.billing.level"].create(
            {
                "name": f"Level {count + 1}",
                "sequence": count + 1,
                "company_id": self.company.id,
                "approver_ids": [Command.set([user.id for user in approvers])],
                **values,
            }
        )

    def _at(self, day):
        """Run the reminding and the delivery some days after ``NOW``."""
        with freeze_time(NOW + timedelta(days=day)):
            self.env.flush_all()
            with self.enter_registry_test_mode():
                self.env.ref(
                    "project_invoice_tracker.ir_cron_remind"
                ).sudo().method_direct_trigger()
            self._deliver()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestOutboxStuck(StuckCommon):
    def test_owner_who_lost_the_role(self):
        """I12: whoever asked left; the row fails with a reason, others go out."""
        request = self._submitted()
        row = self._rows("approval", request_id=request.id, user_id=self.approver.id)
        later = self._rows("approval", request_id=request.id, user_id=self.second.id)
        later._engine().next_try = fields.Datetime.now() + timedelta(days=9)
        row._engine().owner_id = self.worker
        with patch.object(
            type(row), "_deliver_approval", side_effect=UserError("Broken.")
        ):
            for minutes in (0, 6, 70):
                with freeze_time(fields.Datetime.now() + timedelta(minutes=minutes)):
                    self._deliver()
        self.assertEqual(row.state, "failed")
        with freeze_time(fields.Datetime.now() + timedelta(days=10)):
            self._deliver()
        self.assertEqual(later.state, "done")

    def test_asked_for_a_later_level(self):
        """I12: who was not asked in time for one level is asked for the next."""
        self._level(self.approver, self.second)
        third = self._create_user("third_approver", "group_billing_approver")
        self._level(third)
        self._level(self.second)
        request = self._submitted()
        request.with_user(self.approver).action_approve()
        self._deliver()
        self.assertFalse(self._told(request, self.second), "not in turn any more")
        request.with_user(third).action_approve()
        self._deliver()
        self.assertEqual(len(self._told(request, self.second)), 1)

    def test_in_the_language_of_the_reader(self):
        """Subject and text are in the language of who gets them."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.approver.lang = "fr_FR"
        request = self._submitted()
        seen = []

        def deliver(row):
            seen.append((row.user_id.login, row.env.lang))

        with patch.object(type(self.outbox), "_deliver_approval", deliver):
            self._deliver()
        self.assertIn((self.approver.login, "fr_FR"), seen)
        self.assertIn((self.second.login, "en_US"), seen)
        self.assertTrue(request)

    def test_only_what_was_refused_goes_out_again(self):
        """I12: of the mails of a message, those that arrived are left alone."""
        request = self._submitted()
        self._deliver()
        row = self._rows("approval", request_id=request.id, user_id=self.approver.id)
        sent, refused = self.env["mail.mail"].create(
            [
                {"mail_message_id": row.message_id.id, "state": state}
                for state in ("sent", "exception")
            ]
        )
        row._engine().write({"state": "waiting", "next_try": NOW})
        row._engine()._deliver()
        self.assertEqual((sent.state, refused.state), ("sent", "outgoing"))

    def test_retry_of_what_was_sent_since(self):
        """I12: a sending that failed is not repeated after another one went out."""
        self.partner_a.email = "client@example.com"
        self._log(1)
        request = self._prepare()
        move = self._post(request)
        request.action_send(partner_ids=self.partner_a.ids)
        failed = self._rows("invoice", invoice_id=move.id)
        failed._engine().state = "failed"
        request.action_send(partner_ids=self.partner_a.ids, again=True)
        with self.assertRaisesRegex(UserError, "sent again since"):
            failed.with_user(self.pm).action_retry()
        self.assertEqual(failed.state, "failed")


@tagged("post_install", "-at_install")
class TestEscalation(StuckCommon):
    def _submit(self):
        with freeze_time(NOW):
            request = self._submitted()
            self._deliver()
        return request

    def _escalated(self, request):
        rows = self._rows("escalation", request_id=request.id).sorted("id")
        self.assertEqual(set(rows.mapped("state")) - {"done"}, set())
        return rows.mapped("user_id.login")

    def test_by_the_level(self):
        """I25: the level says after how many days who is told, once."""
        self.company.billing_remind_days = 0
        self._level(
            self.approver,
            escalate_after_days=4,
            escalate_to_ids=[Command.set(self.admin.ids)],
        )
        request = self._submit()
        for day, expected in (
            (3, []),
            (4, [self.admin.login]),
            (9, [self.admin.login]),
        ):
            self._at(day)
            with self.subTest(day=day):
                self.assertEqual(self._escalated(request), expected)
        message = self._rows("escalation", request_id=request.id).message_id
        self.assertIn("Nobody decides", message.subject)
        self.assertIn("nobody has", message.body)

    def test_each_level_by_its_own_days(self):
        """I25: the next level waits from when it is asked, and tells its own people."""
        self.company.billing_remind_days = 0
        self._level(
            self.approver,
            escalate_after_days=4,
            escalate_to_ids=[Command.set(self.admin.ids)],
        )
        self._level(
            self.second,
            escalate_after_days=2,
            escalate_to_ids=[Command.set(self.accountant.ids)],
        )
        request = self._submit()
        with freeze_time(NOW + timedelta(days=3)):
            request.with_user(self.approver).action_approve()
        for day, expected in ((4, []), (5, [self.accountant.login])):
            self._at(day)
            with self.subTest(day=day):
                self.assertEqual(self._escalated(request), expected)
        # a new submission waits anew
        with freeze_time(NOW + timedelta(days=6)):
            request.with_user(self.pm).action_withdraw()
            request.line_ids.with_user(self.pm).change_quantity(3, "write_off", "Gift")
            request.with_user(self.pm).action_submit()
        self._at(9)
        self.assertEqual(len(self._escalated(request)), 1)
        self._at(10)
        self.assertEqual(
            self._escalated(request), [self.accountant.login, self.admin.login]
        )

    def test_who_decided_meanwhile_or_left(self):
        """I25: nobody is told of what is decided, nor whoever is archived."""
        self.company.billing_remind_days = 0
        self._level(
            self.approver,
            escalate_after_days=4,
            escalate_to_ids=[Command.set((self.admin | self.second).ids)],
        )
        request = self._submit()
        self.second.active = False
        with freeze_time(NOW + timedelta(days=5)):
            rows = request._escalations_due(self.company)
            self.assertEqual([row["user_id"] for row in rows], [self.admin])
            self.env["project.billing.outbox"]._queue(rows)
            request.with_user(self.approver).action_approve()
            self._deliver()
        self.assertEqual(
            self._rows("escalation", request_id=request.id).state, "skipped"
        )


@tagged("post_install", "-at_install")
class TestCommentReaders(StuckCommon):
    def test_who_left_hears_nothing(self):
        """I4, I28: a deputy who took part and left gets no later comment."""
        self.project.billing_deputy_ids = self.other_pm
        request = self._submitted()
        line = request.line_ids
        line.with_user(self.other_pm).action_comment("Mine")
        self.project.billing_deputy_ids = False
        line.with_user(self.approver).action_comment("Secret")
        self.assertFalse(
            self._told(request, self.other_pm).filtered(lambda m: "Secret" in m.body)
        )
        self.assertTrue(
            self._told(request, self.pm).filtered(lambda m: "Secret" in m.body)
        )

    def test_approvers_of_every_level_hear(self):
        """I27: who approved a level that was not the last takes part as well."""
        self._level(self.approver)
        self._level(self.second)
        request = self._submitted()
        request.with_user(self.approver).action_approve()
        request.with_user(self.second).action_approve()
        request.line_ids.with_user(self.pm).action_comment("Thanks")
        for user in (self.approver, self.second):
            with self.subTest(user=user.login):
                self.assertTrue(
                    self._told(request, user).filtered(lambda m: "Thanks" in m.body)
                )


@tagged("post_install", "-at_install")
class TestDecisionPageTruth(StuckCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.approver.password = "approver-password"
        self.request = self._submitted()
        self.authenticate(self.approver.login, "approver-password")
        self.url = f"/billing/request/{self.request.id}/approve"

    def _hidden(self, page):
        """Return the hidden values of the form on the page."""
        return {
            name: page.split(f'name="{name}" value="')[1].split('"')[0]
            for name in ("csrf_token", "submission")
        }

    def test_voided_is_not_approved(self):
        """I6: a page that found another content does not thank for an approval."""
        data = self._hidden(self.url_open(self.url).text)
        self.env.cr.execute(
            "UPDATE project_billing_line SET name = 'Other' WHERE request_id = %s",
            [self.request.id],
        )
        self.env.invalidate_all()
        answer = self.url_open(self.url, data=data).text
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "draft")
        self.assertNotIn("your approval is recorded", answer)
        self.assertIn("changed after it was submitted", answer)

    def test_submitted_again_since(self):
        """I6: who saw an earlier submission looks at the new one first."""
        data = self._hidden(self.url_open(self.url).text)
        self.request.with_user(self.pm).action_withdraw()
        self.request.with_user(self.pm).line_ids.change_quantity(3, "write_off", "Gift")
        self.request.with_user(self.pm).action_submit()
        self.env.flush_all()
        answer = self.url_open(self.url, data=data).text
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "submitted")
        self.assertIn("submitted again", answer)
        answer = self.url_open(self.url, data=self._hidden(answer)).text
        self.assertIn("your approval is recorded", answer)
