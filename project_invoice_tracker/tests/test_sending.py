"""Sending an invoice, and posting on approval."""

from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_outbox import OutboxCommon

YEAR_CLOSED = UserError("The year is closed.")


class SendingCommon(OutboxCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner_a.write({"email": "client@example.com", "lang": "en_US"})
        cls.contact, cls.silent = cls.env["res.partner"].create(
            [
                {
                    "name": "Bookkeeper",
                    "email": "books@example.com",
                    "parent_id": cls.partner_a.id,
                },
                {"name": "Silent", "parent_id": cls.partner_a.id},
            ]
        )
        cls.partner_b.email = "stranger@example.com"

    def _posted(self, hours=4, **values):
        self._log(hours, **values)
        move = self._post()
        return move.sudo(), move.sudo().billing_request_ids.with_user(self.pm)

    def _mails(self, move):
        """Return the messages that customers got on an invoice."""
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "account.move"),
                    ("res_id", "=", move.id),
                    ("message_type", "=", "comment"),
                ]
            )
        )

    def _journal(self, action, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["project.billing.journal"].search(
            [("action", "=", action), *domain]
        )


@tagged("post_install", "-at_install")
class TestSending(SendingCommon):
    def test_manager_sends(self):
        """I28: without any right in accounting, to contacts of the customer."""
        move, request = self._posted()
        with self.assertRaises(AccessError):
            move.with_user(self.pm).sudo(False).read(["name"])
        request.action_send([self.contact.id, self.partner_a.id])
        self.assertFalse(self._mails(move), "sent before the commit")
        self.assertRecordValues(request, [{"send_state": "waiting"}])
        self._deliver()
        message = self._mails(move)
        self.assertEqual(len(message), 1)
        self.assertEqual(message.notified_partner_ids, self.contact | self.partner_a)
        self.assertEqual(message.author_id, self.pm.partner_id)
        self.assertIn(move.name, message.subject)
        self.assertTrue(message.attachment_ids)
        self.assertTrue(move.is_move_sent)
        self.assertTrue(move.invoice_pdf_report_id)
        self.assertNotIn(self.pm.partner_id, move.message_partner_ids)
        self.assertEqual(request.send_state, "done")
        self.assertRegex(request.sent_note, "Sent on .* to .*Bookkeeper")
        self.assertRecordValues(
            self._journal("sent", invoice_id=move.id),
            [
                {
                    "user_id": self.pm.id,
                    "request_id": request.id,
                    "document": move.name,
                }
            ],
        )

    def test_default_contacts(self):
        move, request = self._posted()
        request.action_send([])
        self._deliver()
        self.assertEqual(self._mails(move).notified_partner_ids, self.partner_a)

    def test_deputy(self):
        """I4: a deputy sends; a former deputy does not."""
        move, request = self._posted()
        with self.assertRaises(AccessError):
            request.with_user(self.other_pm).action_send([])
        self.project.billing_deputy_ids = self.other_pm
        request.with_user(self.other_pm).action_send([])
        self._deliver()
        self.assertEqual(self._mails(move).author_id, self.other_pm.partner_id)

    def test_who_lost_the_project_sends_nothing(self):
        """I4: the role is asked again when the mail goes out."""
        move, request = self._posted()
        request.action_send([])
        self.project.user_id = self.other_pm
        self._deliver()
        self.assertFalse(self._mails(move))
        row = self._rows("invoice", invoice_id=move.id)
        self.assertIn("does not manage the project any more", row.error)

    def test_nobody_else(self):
        """I28: approvers and accounting use Odoo's own button, colleagues nothing."""
        _move, request = self._posted()
        for user in (self.other_pm, self.approver, self.accountant, self.worker):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                request.with_user(user).action_send([])
        with self.assertRaisesRegex(UserError, "at least one"):
            request.browse().action_send([])
        self.assertFalse(self._rows("invoice"))

    def test_foreign_contacts(self):
        """I28: no id of somebody else's contact reaches the elevated step."""
        _move, request = self._posted()
        for ids in (
            self.partner_b.ids,
            [self.contact.id, self.partner_b.id],
            [2**31 - 5],
            self.pm.partner_id.ids,
        ):
            with (
                self.subTest(ids=ids),
                self.assertRaisesRegex(UserError, "contacts of this customer only"),
            ):
                request.action_send(ids)
        for ids in ("1", 1, ["1"], [True], {"id": 1}):
            with self.subTest(ids=ids), self.assertRaisesRegex(UserError, "list of"):
                request.action_send(ids)
        self.assertFalse(self._rows("invoice"))

    def test_no_address(self):
        _move, request = self._posted()
        with self.assertRaisesRegex(UserError, "Silent.* has no e-mail address"):
            request.action_send(self.silent.ids)
        self.partner_a.email = False
        self.contact.email = False
        for ids in ([], None):
            with self.assertRaisesRegex(UserError, "partner_a.* has no e-mail"):
                request.action_send(ids)

    def test_not_posted(self):
        """I7: a draft, a cancelled or a missing invoice is never sent."""
        self._log(4)
        request = self._prepare()
        with self.assertRaisesRegex(UserError, "is draft and has no posted invoice"):
            request.action_send([])
        move = self._invoice(request)
        with self.assertRaisesRegex(UserError, "accounting has posted it"):
            request.action_send([])
        move.button_cancel()
        with self.assertRaisesRegex(UserError, "is cancelled"):
            request.action_send([])

    def test_reset_before_it_goes_out(self):
        move, request = self._posted()
        request.action_send([])
        move.with_user(self.accountant).button_draft()
        self._deliver()
        self.assertFalse(self._mails(move))
        self.assertIn("is not posted any more", self._rows("invoice").error)

    def test_once_unless_on_purpose(self):
        move, request = self._posted()
        request.action_send([])
        with self.assertRaisesRegex(UserError, "was sent before .*Is being sent"):
            request.action_send([])
        self._deliver()
        with self.assertRaisesRegex(UserError, "was sent before .*Sent on"):
            request.action_send([])
        self.assertEqual(len(self._mails(move)), 1)
        request.action_send([], again=True)
        self._deliver()
        self.assertEqual(len(self._mails(move)), 2)

    def test_paid(self):
        move, request = self._posted()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
        wizard = self._open(request)
        self.assertIn("paid already", wizard.note)
        wizard.action_send()
        self._deliver()
        self.assertEqual(len(self._mails(move)), 1)

    def _open(self, request):
        action = request.action_send()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        return wizard.with_user(self.pm)

    def test_window(self):
        move, request = self._posted()
        wizard = self._open(request)
        self.assertRecordValues(
            wizard,
            [{"partner_ids": self.partner_a.ids, "number": 1, "note": ""}],
        )
        self.assertIn(move.name, wizard.subject)
        self.assertIn("460.00", wizard.body)
        self.assertRegex(wizard.attachment_names, r"\.pdf")
        with Form(wizard) as form:
            form.subject = "Our invoice"
            form.body = "<p>Hello<script>alert(1)</script></p>"
        wizard.action_send()
        self._deliver()
        message = self._mails(move)
        self.assertEqual(message.subject, "Our invoice")
        self.assertIn("Hello", message.body)
        self.assertNotIn("script", message.body)

    def test_two_windows(self):
        """A second click, or a colleague's window opened before, sends nothing more."""
        move, request = self._posted()
        first, second = self._open(request), self._open(request)
        first.action_send()
        for wizard in (first, second):
            with self.assertRaisesRegex(UserError, "was sent before"):
                wizard.action_send()
        self._deliver()
        third = self._open(request)
        self.assertIn("Sent on", third.note)
        third.action_send()
        self._deliver()
        self.assertEqual(len(self._mails(move)), 2)

    def test_window_of_somebody_else(self):
        """I28: a window with a foreign request shows and sends nothing."""
        _move, request = self._posted()
        wizards = self.env["project.billing.send"].with_user(self.other_pm)
        with self.assertRaises(AccessError):
            wizards.create(
                {
                    "request_id": request.id,
                    "partner_ids": [Command.set(self.contact.ids)],
                    "subject": "x",
                }
            )

    def test_text_is_never_interpreted(self):
        """I27: what a manager types is text, in subject and body."""
        move, request = self._posted()
        request.action_send(
            [], subject="{{ object.name }}", body="<p>${object.name}{{ 1 + 1 }}</p>"
        )
        self._deliver()
        message = self._mails(move)
        self.assertEqual(message.subject, "{{ object.name }}")
        self.assertIn("{{ 1 + 1 }}", message.body)

    def test_shared_invoice_goes_out_once(self):
        """Either manager sends it; the preview shows no figure of the other."""
        self.partner_a.billing_one_invoice = True
        other = self._create_project(name="Mobile", user_id=self.other_pm.id)
        self._create_rule(other)
        self._log(4)
        self._log(2, project_id=other.id)
        mine = self._prepare()
        theirs = (
            self.env["project.billing.request"]
            .with_user(self.other_pm)
            .prepare(other, fields.Date.to_date("2026-12-31"))
        )
        self._approve(mine)
        theirs.action_submit()
        theirs.with_user(self.approver).action_approve()
        mine.with_user(self.pm).action_create_invoice()
        theirs.with_user(self.other_pm).action_create_invoice()
        move = mine.sudo().invoice_id
        self.assertEqual(move, theirs.sudo().invoice_id)
        move.with_user(self.accountant).action_post()
        wizard = self._open(mine)
        self.assertNotIn("690", wizard.body)
        wizard.action_send()
        with self.assertRaisesRegex(UserError, "was sent before"):
            theirs.with_user(self.other_pm).action_send([])
        self._deliver()
        self.assertEqual(len(self._mails(move)), 1)
        self.assertEqual(theirs.send_state, "done")
        self.assertEqual(len(self._journal("sent", invoice_id=move.id)), 2)

    def test_failed_sending_is_shown(self):
        """I11: three attempts, then the manager reads why; the invoice is whole."""
        move, request = self._posted()
        request.action_send([])
        broken = patch.object(
            type(self.env["account.move.send"]),
            "_generate_and_send_invoices",
            side_effect=UserError("The report is missing."),
        )
        row = self._rows("invoice", invoice_id=move.id)
        with broken:
            for _attempt in range(4):
                row._engine().next_try = fields.Datetime.now()
                self._deliver()
        self.assertRecordValues(row, [{"state": "failed", "attempts": 3}])
        self.assertEqual(request.sent_note, "Could not be sent: The report is missing.")
        self.assertFalse(move.is_move_sent)
        self.assertFalse(self._journal("sent", invoice_id=move.id))
        # no need to say that it is on purpose: nothing went out
        request.action_send([])
        self._deliver()
        self.assertEqual(len(self._mails(move)), 1)


@tagged("post_install", "-at_install")
class TestPostOnApproval(SendingCommon):
    def _approved(self, hours=4):
        self._log(hours)
        return self._approve(self._prepare())

    def test_never_by_itself(self):
        """I7: without the switch no step of ours posts."""
        request = self._approved()
        self.assertEqual(request.state, "approved")
        self.company.billing_invoice_on_approval = True
        other = self._approved()
        self.assertEqual(other.state, "invoiced")
        self.assertEqual(other.sudo().invoice_id.state, "draft")
        for user in (self.pm, self.approver, self.admin):
            move = other.sudo().invoice_id.with_user(user).sudo(False)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                move.action_post()
        self.assertFalse(self._journal("posted"))

    def test_last_approval_posts(self):
        """I7: with the switch the approval posts, and the journal says whose."""
        self.company.billing_post_on_approval = True
        self.assertTrue(self.company.billing_invoice_on_approval)
        request = self._approved()
        move = request.sudo().invoice_id
        self.assertEqual(move.state, "posted")
        self.assertRecordValues(
            self._journal("posted"),
            [
                {
                    "user_id": self.approver.id,
                    "request_id": request.id,
                    "invoice_id": move.id,
                    "document": move.name,
                }
            ],
        )
        self.assertMinutes((0, 0, 240, 0))

    def test_by_hand_it_stays_a_draft(self):
        """I7: what was approved before the switch was on is not posted by a manager."""
        request = self._approved()
        self.company.billing_post_on_approval = True
        request.with_user(self.pm).action_create_invoice()
        self.assertEqual(request.sudo().invoice_id.state, "draft")

    def test_not_posted_leaves_a_draft(self):
        """I8, I11: the approval and the draft stay, and people are told why."""
        self.company.billing_post_on_approval = True
        post = type(self.env["account.move"])._post

        def refuse(moves, soft=True):
            post(moves, soft)
            raise YEAR_CLOSED

        with patch.object(type(self.env["account.move"]), "_post", refuse):
            request = self._approved()
        move = request.sudo().invoice_id
        self.assertEqual((request.state, move.state), ("invoiced", "draft"))
        self.assertMinutes((0, 240, 0, 0))
        self.assertFalse(self._journal("posted"))
        told = request.sudo().message_ids.filtered(
            lambda message: self.pm.partner_id in message.partner_ids
        )
        self.assertIn("The year is closed.", told[0].body)
        self.assertIn("The year is closed.", move.activity_ids.summary)
        self.assertTrue(
            move.activity_ids.user_id.has_group("account.group_account_invoice")
        )
        move.with_user(self.accountant).action_post()
        self.assertMinutes((0, 0, 240, 0))

    def test_no_invoice_possible(self):
        """I8: the approval stays, nothing is half-done, and people are told why."""
        self.company.billing_post_on_approval = True
        requests = type(self.env["project.billing.request"])
        broken = patch.object(
            requests, "_create_chunk", side_effect=UserError("No journal.")
        )
        with broken:
            request = self._approved()
        self.assertEqual(request.state, "approved")
        self.assertFalse(request.sudo().invoice_id)
        self.assertMinutes((0, 240, 0, 0))
        self.assertIn("No journal.", request.sudo().message_ids[0].body)
        request.with_user(self.pm).action_create_invoice()
        self.assertEqual(request.state, "invoiced")

    def test_one_invoice_waits_for_the_others(self):
        """A customer who gets one invoice gets one, when the last one is approved."""
        self.company.billing_post_on_approval = True
        self.partner_a.billing_one_invoice = True
        other = self._create_project(name="Mobile")
        self._create_rule(other)
        self._log(4)
        self._log(2, project_id=other.id)
        first, second = self._prepare(), self._prepare(other)
        (first | second).action_submit()
        first.with_user(self.approver).action_approve()
        move = first.sudo().invoice_id
        self.assertEqual(move.state, "draft")
        self.assertIn(second.name, first.sudo().message_ids[0].body)
        second.with_user(self.approver).action_approve()
        self.assertEqual(second.sudo().invoice_id, move)
        self.assertEqual(move.state, "posted")

    def test_switches_are_logged(self):
        """I7: who switched what, in the journal and on the company."""
        before = self._journal("switch_changed", company_id=self.company.id)
        self.company.billing_post_on_approval = True
        rows = self._journal("switch_changed", company_id=self.company.id) - before
        self.assertEqual(
            sorted(rows.mapped("reason")),
            ["Create Invoice on Approval", "Post on Approval"],
        )
        self.assertEqual(rows.user_id, self.env.user)
        note = self.company.message_ids[:1]
        self.assertIn("switched on", note.body)
        self.company.billing_invoice_on_approval = False
        self.assertFalse(self.company.billing_post_on_approval)
        rows = self._journal("switch_changed", company_id=self.company.id) - before
        self.assertEqual(len(rows), 4)
        self.company.billing_invoice_on_approval = False
        self.assertEqual(
            self._journal("switch_changed", company_id=self.company.id) - before, rows
        )

    def test_settings_page(self):
        # what Odoo says of the cash basis taxes of its own tests
        with (
            mute_logger("odoo.tests.form.onchange"),
            Form(self.env["res.config.settings"]) as form,
        ):
            form.billing_post_on_approval = True
            self.assertTrue(form.billing_invoice_on_approval)
        form.record.execute()
        self.assertTrue(self.env.company.billing_post_on_approval)
        with self.assertRaisesRegex(UserError, "0 .never. to 365"):
            self.company.billing_remind_days = -1

    def test_only_administrators_switch(self):
        """I7: no role of ours turns posting on."""
        for user in (self.pm, self.approver, self.admin, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.company.with_user(user).write({"billing_post_on_approval": True})
