"""What accounting does with our documents: copies, numbers, days and ways to send."""

from datetime import date
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from ..exceptions import BillingError
from .automatic_common import AutomaticCommon
from .common import BillingCommon
from .test_credit_chain import ChainCommon
from .test_sending import SendingCommon


@tagged("post_install", "-at_install")
class TestCopies(ChainCommon):
    """I1: no copy of a document of ours bills its work again."""

    def test_recurring_entry_is_refused(self):
        """Auto-post each month, by every route; the remedy is a schedule."""
        move = self._invoice()
        for interval in ("monthly", "quarterly", "yearly"):
            with self.subTest(interval), self.assertRefused("schedule"):
                move.auto_post = interval
        note = self._credit(self._post_again(), post=False)
        with self.assertRefused("schedule"):
            note.auto_post = "monthly"
        with self.assertRefused("schedule"), Form(move) as form:
            form.auto_post = "monthly"

    def _post_again(self):
        self._log(1, day=date(2026, 3, 5))
        return self._post()

    def test_recurring_entry_by_import_and_default(self):
        move = self._invoice()
        external = move.sudo().export_data(["id"])["datas"][0][0]
        result = self.env["account.move"].load(
            ["id", "auto_post"], [[external, "monthly"]]
        )
        self.assertIn("schedule", str(result["messages"]))
        self.assertEqual(move.auto_post, "no")
        self._log(1, day=date(2026, 3, 5))
        request = self._approve(self._prepare())
        request.with_context(default_auto_post="monthly").action_create_invoice()
        self.assertEqual(request.sudo().invoice_id.auto_post, "no")

    @freeze_time("2026-03-20")
    def test_set_up_before_the_update(self):
        """A draft of an older version: the job says so, and copies nothing."""
        move = self._invoice()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET auto_post = 'monthly' WHERE id = %s", [move.id]
        )
        self.env.invalidate_all()
        with self.assertRefused("schedule"):
            move.action_post()
        self.assertEqual(self._owes(), 0)

    @freeze_time("2026-03-20")
    def test_posted_at_a_date(self):
        """A draft that waits for its day is no copy: Odoo posts it then."""
        move = self._invoice()
        move.write({"auto_post": "at_date", "invoice_date": date(2026, 4, 1)})
        move.date = date(2026, 4, 1)
        with freeze_time("2026-04-01"):
            self.env["account.move"].browse(move.id)._post()
        self.assertBooks(960, (0, 0, 480, 0))

    def test_duplicates_are_plain_and_say_so(self):
        """Invoice, credit note and its reversal: no links, and a word on the copy."""
        move = self._post()
        note = self._credit(move)
        again = self._reverse(note)
        for document, words in (
            (move, "the same work once more"),
            (note, "once more and give no work back"),
            (again, "the same work once more"),
        ):
            with self.subTest(document.name):
                copy = document.copy()
                self.assertFalse(copy.billing_tracked)
                self.assertFalse(copy.billing_joinable)
                lines = copy.invoice_line_ids
                self.assertFalse(lines.billing_line_id)
                self.assertFalse(lines.billing_origin_line_id)
                self.assertFalse(lines.billing_reversed_line_id)
                self.assertIn(words, " ".join(copy.message_ids.mapped("body")))
        self.assertBooks(0, (480, 0, 0, 0))
        # a copy is no document of the project, nor is what credits it
        copy = move.copy()
        copy.action_post()
        self._reverse(copy).action_post()
        self.assertBooks(0, (480, 0, 0, 0))

    def test_copy_without_lines(self):
        """As a debit note without lines: nothing of ours, and not tracked."""
        move = self._post()
        other = move.copy({"line_ids": [(5, 0, 0)]})
        self.assertFalse(other.billing_tracked)
        self.assertFalse(other.invoice_line_ids)


@tagged("post_install", "-at_install")
class TestSendBackGap(ChainCommon):
    """A number that later ones follow is not dropped without a question."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chief = cls._create_user("chief_test", "account.group_account_manager")

    def _middle(self):
        """Return a draft that had a number, and a later invoice."""
        first = self._post()
        self._log(1, day=date(2026, 3, 5))
        self._post()
        first.button_draft()
        return first

    def test_invoicing_user_gets_a_sentence(self):
        move = self._middle()
        for reason in (None, "Wrong month"):
            with self.subTest(reason), self.assertRefused(f"{move.name}.*Cancel"):
                move.action_billing_send_back(reason)
        self.assertEqual(move.state, "draft")
        move.button_cancel()
        self.assertEqual(move.name, "INV/2026/00001")
        self.assertMinutes((480, 0, 60, 0))

    def test_administrator_is_asked(self):
        """Nothing happens before the question is answered."""
        move = self._middle().with_user(self.chief)
        name = move.name
        request = move.sudo().billing_request_ids
        action = move.action_billing_send_back("Wrong month")
        self.assertTrue(move.exists())
        self.assertEqual(request.state, "invoiced")
        self.assertEqual(action["res_model"], "project.billing.reason")
        wizard = Form(
            self.env["project.billing.reason"]
            .with_user(self.chief)
            .with_context(**action["context"])
        )
        self.assertIn(name, wizard.gap_note)
        self.assertEqual(wizard.reason, "Wrong month")
        wizard.save().action_apply()
        self.assertFalse(move.exists())
        self.assertEqual(request.state, "draft")
        self.assertMinutes((0, 480, 60, 0))

    def test_the_last_number_is_used_again(self):
        """Without a later number there is no gap, and no question."""
        move = self._post()
        move.button_draft()
        request = move.sudo().billing_request_ids
        action = move.action_billing_send_back()
        wizard = Form(
            self.env["project.billing.reason"]
            .with_user(self.accountant)
            .with_context(**action["context"])
        )
        self.assertFalse(wizard.gap_note)
        move.action_billing_send_back("Wrong month")
        self.assertFalse(move.exists())
        self.assertEqual(request.state, "draft")
        self.assertMinutes((0, 480, 0, 0))


@freeze_time("2026-03-20")
@tagged("post_install", "-at_install")
class TestLockedLater(BillingCommon):
    """A draft with a day that was locked since is not posted on another day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._log(2)

    def test_dated_draft_is_not_posted_on_another_day(self):
        move = self._invoice()
        move.invoice_date = date(2026, 3, 10)
        for name in (
            "sale_lock_date",
            "tax_lock_date",
            # a hard lock Odoo refuses itself, as long as there are drafts
            "fiscalyear_lock_date",
        ):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.company[name] = date(2026, 3, 15)
                with self.assertRaises(BillingError) as refused:
                    move.action_post()
                self.assertIn("locked until 03/15/2026", str(refused.exception))
                self.assertEqual(move.state, "draft")
                savepoint.rollback()
            self.env.invalidate_all()
        self.company.sale_lock_date = date(2026, 3, 15)
        move.invoice_date = date(2026, 3, 16)
        move.action_post()
        self.assertEqual(
            (move.invoice_date, move.date), (date(2026, 3, 16), date(2026, 3, 16))
        )

    def test_first_open_day_that_is_locked_later(self):
        self.company.sale_lock_date = date(2026, 3, 31)
        request = self._prepare()
        request.invoice_dating = "open"
        move = self._invoice(request)
        self.assertEqual(move.invoice_date, date(2026, 4, 1))
        self.company.sale_lock_date = date(2026, 4, 30)
        with self.assertRaises(BillingError):
            move.action_post()

    def test_exceptions_count(self):
        """An exception that accounting made for the user opens the period."""
        move = self._invoice()
        move.invoice_date = date(2026, 3, 10)
        self.company.sale_lock_date = date(2026, 3, 15)
        self.env["account.lock_exception"].create(
            {
                "company_id": self.company.id,
                "user_id": self.accountant.id,
                "sale_lock_date": date(2026, 2, 28),
                "end_datetime": False,
                "reason": "late",
            }
        )
        self.env.invalidate_all()
        move.action_post()
        self.assertEqual(move.date, date(2026, 3, 10))

    def test_credit_note(self):
        move = self._post()
        note = self._credit(move, post=False)
        note.invoice_date = date(2026, 3, 10)
        self.company.sale_lock_date = date(2026, 3, 15)
        with self.assertRaises(BillingError):
            note.action_post()


@tagged("post_install", "-at_install")
class TestCompanyDay(BillingCommon):
    """The last day of a request is today where the company is."""

    def test_default_last_day_is_the_companys(self):
        self.company.partner_id.tz = "Pacific/Kiritimati"  # 14 hours ahead
        self.pm.tz = "UTC"
        with freeze_time("2026-03-20 12:00:00"):
            self._log(1, day=date(2026, 3, 21))
            requests = self.env["project.billing.request"].with_user(self.pm)
            request = requests.with_context(tz="UTC").prepare(self.project)
            self.assertEqual(request.date_to, date(2026, 3, 21))
            self.assertEqual(request.amount_untaxed, 100)
            for model in ("project.billing.run", "project.billing.schedule"):
                name = "date_to" if model.endswith("run") else "date_start"
                found = self.env[model].default_get([name])[name]
                self.assertEqual(fields.Date.to_date(found), date(2026, 3, 21), model)

    def test_behind_the_user(self):
        self.company.partner_id.tz = "Pacific/Honolulu"
        with freeze_time("2026-03-20 05:00:00"):
            self._log(1, day=date(2026, 3, 19))
            self._log(2, day=date(2026, 3, 20))
            requests = self.env["project.billing.request"].with_user(self.pm)
            request = requests.with_context(tz="UTC").prepare(self.project)
            self.assertEqual(request.amount_untaxed, 100)

    def test_posted_on_the_day_of_the_company(self):
        self.company.partner_id.tz = "Pacific/Kiritimati"
        with freeze_time("2026-03-20 12:00:00"):
            self._log(1)
            move = self._invoice().with_context(tz="UTC")
            move.action_post()
            self.assertRecordValues(
                move,
                [
                    {
                        "state": "posted",
                        "invoice_date": date(2026, 3, 21),
                        "date": date(2026, 3, 21),
                    }
                ],
            )


@tagged("post_install", "-at_install")
class TestSendingMethod(AutomaticCommon):
    """Nothing is marked as sent that was not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"billing_auto_submit": True, "billing_auto_send": True})
        cls.schedule = cls._schedule(submit=True, send=True)
        cls._log(2, date(2026, 3, 30))

    @freeze_time("2026-04-01 06:00:00")
    def test_by_post_is_not_sent_by_itself(self):
        self.partner_a.invoice_sending_method = "manual"
        self._work()
        request = self._requests()
        request.with_user(self.approver).action_approve()
        request.with_user(self.pm).action_create_invoice()
        move = request.sudo().invoice_id.with_user(self.accountant).sudo(False)
        move.action_post()
        self.assertFalse(request.sudo().invoice_id._billing_sendings())
        self.assertFalse(move.is_move_sent)
        self.assertIn("Manual", self._activities(request).note)

    def test_no_address_for_the_way(self):
        """Odoo makes the PDF, and nobody gets it."""
        move = self._post(self._prepare()).sudo()
        sender = self.env["account.move.send"]
        with patch.object(
            type(sender), "_is_applicable_to_move", lambda *_a, **_k: False
        ):
            sender._link_invoice_documents(
                {
                    move: {
                        "sending_methods": {"manual"},
                        "pdf_attachment_values": {
                            "name": "i.pdf",
                            "raw": b"%PDF",
                            "mimetype": "application/pdf",
                            "res_model": "account.move",
                            "res_id": move.id,
                            "res_field": "invoice_pdf_report_file",
                        },
                    }
                }
            )
        self.assertFalse(move.is_move_sent)
        self.assertFalse(move.billing_date_sent)


@tagged("post_install", "-at_install")
class TestSentMail(SendingCommon):
    """What comes to no mail is no sent invoice."""

    def test_no_mail_came_of_it(self):
        move, request = self._posted()
        self.partner_a.invoice_sending_method = "manual"
        request.action_send(partner_ids=self.partner_a.ids)
        row = move._billing_sendings()
        with (
            patch.object(
                type(self.env["account.move.send"]), "_send_mails", lambda *_a: None
            ),
            self.assertRaises(UserError) as refused,
        ):
            row._deliver_invoice()
        self.assertIn(move.name, str(refused.exception))
        self.assertFalse(move.is_move_sent)
        row._deliver_invoice()
        self.assertTrue(move.is_move_sent)
