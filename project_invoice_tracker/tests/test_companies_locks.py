"""Locked periods, hash-locked journals and the audit trail."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..exceptions import BillingError
from .common import BillingCommon

TODAY = date(2026, 3, 20)


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestLockDates(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._log(2)

    def _lock(self, day, name="sale_lock_date"):
        self.company[name] = day

    def test_told_at_submission(self):
        """C7: the user reads until when, and which day it would be; nothing moves."""
        request = self._prepare()
        for name in ("sale_lock_date", "fiscalyear_lock_date", "tax_lock_date"):
            with self.subTest(name):
                self._lock(date(2026, 3, 31), name)
                request.invalidate_recordset()
                note = (
                    f"The period is locked until 03/31/2026; the invoice of "
                    f"{request.name} would be dated 04/01/2026."
                )
                self.assertEqual(request.lock_note, note)
                with self.assertRaises(BillingError) as refused:
                    request.action_submit()
                self.assertIn(note, refused.exception.args[0])
                self.assertIn("the first open day", refused.exception.args[0])
                self.assertEqual(request.state, "draft")
                self._lock(False, name)
                request.invalidate_recordset()
                self.assertFalse(request.lock_note)

    def test_the_chosen_day_is_the_invoices(self):
        """C7: the first open day, chosen by the manager, is on the invoice."""
        self._lock(date(2026, 3, 31))
        request = self._prepare()
        request.invoice_dating = "open"
        move = self._invoice(request)
        self.assertEqual(move.invoice_date, date(2026, 4, 1))
        self.assertEqual(move.date, date(2026, 4, 1))
        move.action_post()
        self.assertRecordValues(
            move,
            [{"state": "posted", "date": date(2026, 4, 1), "amount_untaxed": 200}],
        )

    def test_open_period_asks_nothing(self):
        """C7: a lock before today changes nothing, whatever was chosen."""
        self._lock(date(2026, 2, 28))
        for dating in ("today", "open"):
            with self.subTest(dating):
                self._log(1)
                request = self._prepare()
                self.assertFalse(request.lock_note)
                request.invoice_dating = dating
                move = self._invoice(request)
                self.assertFalse(move.invoice_date)
                move.action_post()
                self.assertEqual((move.invoice_date, move.date), (TODAY, TODAY))

    def test_locked_after_approval(self):
        """C7: told before the invoice as well; the day alone voids no approval."""
        request = self._approve(self._prepare())
        self._lock(date(2026, 3, 31))
        with self.assertRaisesRegex(BillingError, "locked until 03/31/2026"):
            request.action_create_invoice()
        self.assertFalse(request.sudo().invoice_id)
        with self.assertRaises(UserError):
            request.with_user(self.approver).invoice_dating = "open"
        request.invoice_dating = "open"
        self.assertEqual(request.state, "approved")
        request.action_create_invoice()
        self.assertEqual(request.sudo().invoice_id.invoice_date, date(2026, 4, 1))
        with self.assertRaisesRegex(BillingError, "is chosen before"):
            request.invoice_dating = "today"

    def test_locked_after_the_draft(self):
        """C7: an undated draft is not re-dated by its posting without a word."""
        move = self._invoice()
        self._lock(date(2026, 3, 31))
        with self.assertRaisesRegex(BillingError, "locked until 03/31/2026"):
            move.action_post()
        self.assertEqual(move.state, "draft")
        move.invoice_date = date(2026, 4, 1)
        move.action_post()
        self.assertEqual(move.date, date(2026, 4, 1))

    def test_exception_of_accounting(self):
        """C7: an exception that holds for everybody opens the period."""
        self._lock(date(2026, 3, 31))
        self.env["account.lock_exception"].create(
            {
                "company_id": self.company.id,
                "user_id": False,
                "sale_lock_date": date(2026, 2, 28),
                "end_datetime": False,
                "reason": "year end",
            }
        )
        self.env.invalidate_all()
        request = self._prepare()
        self.assertFalse(request.lock_note)
        request.action_submit()

    def test_day_of_the_company(self):
        """I18: today is the company's day; the lock ends in its time zone."""
        self.company.partner_id.tz = "Pacific/Kiritimati"
        self._lock(date(2026, 3, 20))
        request = self._prepare()
        with freeze_time("2026-03-20 09:00:00"):
            self.assertTrue(request.lock_note)
        with freeze_time("2026-03-20 11:00:00"):
            request.invalidate_recordset()
            self.assertFalse(request.lock_note, "the 21st has begun there")

    def test_different_days_do_not_share(self):
        """C7: a request for another day gets an invoice of its own."""
        self.partner_a.billing_one_invoice = True
        other = self._create_project(name="Shop")
        self._create_rule(other)
        self._log(1, project_id=other.id)
        requests = self._prepare(self.project | other)
        requests[1].invoice_dating = "open"
        requests.action_submit()
        requests.with_user(self.approver).action_approve()
        self._lock(date(2026, 3, 31))
        requests[0].invoice_dating = "open"
        requests.action_create_invoice()
        self.assertEqual(len(requests.sudo().invoice_id), 1)


@tagged("post_install", "-at_install")
class TestLockedBooks(BillingCommon):
    """The main story where nothing that was posted may change (C8)."""

    def _story(self):
        """Bill, post, credit half, bill that again; return the first invoice."""
        entry = self._log(8)
        move = self._post()
        self.assertMinutes((0, 0, 480, 0), entry)
        credit = self._credit(move, edit=lambda lines: lines.write({"quantity": 4}))
        self.assertEqual(credit.amount_untaxed, 400)
        self.assertMinutes((240, 0, 240, 0), entry)
        again = self._post()
        self.assertEqual(again.amount_untaxed, 400)
        self.assertMinutes((0, 0, 480, 0), entry)
        return move

    def test_hash_locked_journal(self):
        """C8: the story holds; nothing of ours writes on a hashed invoice."""
        journal = self.company_data["default_journal_sale"]
        journal.restrict_mode_hash_table = True
        move = self._story()
        self.assertTrue(move.sudo().inalterable_hash)
        for step in (move.button_draft, move.unlink, move.button_cancel):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                step()
        self.assertEqual(move.state, "posted")
        self.assertMinutes((0, 0, 480, 0))
        report = self.company._check_hash_integrity()
        self.assertNotIn("corrupted", repr(report))

    def test_draft_beside_a_hashed_one(self):
        """C8: what is a draft still is sent back and cancelled as ever."""
        self.company_data["default_journal_sale"].restrict_mode_hash_table = True
        self._log(1)
        self._post()
        self._log(2)
        draft = self._invoice()
        draft.action_billing_send_back("another text")
        self.assertMinutes((0, 120, 60, 0))
        request = self.env["project.billing.request"].search(
            [("project_id", "=", self.project.id), ("state", "=", "draft")]
        )
        self._approve(request)
        request.with_user(self.pm).action_create_invoice()
        request.invoice_id.with_user(self.accountant).button_cancel()
        self.assertMinutes((120, 0, 60, 0))

    def test_audit_trail(self):
        """C8: nothing once posted is deleted; the sentence says to cancel."""
        self.company.restrictive_audit_trail = True
        move = self._story()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            move.unlink()
        self._log(1)
        late = self._post()
        late.button_draft()
        self.assertMinutes((0, 60, 480, 0))
        before = self._minutes()
        for step in (late.unlink, lambda: late.action_billing_send_back("why")):
            with (
                self.assertRaisesRegex(UserError, "(?i)cancel"),
                self.env.cr.savepoint(),
            ):
                step()
            late.invalidate_recordset()
            self.assertEqual(late.state, "draft")
            self.assertEqual(self._minutes(), before)
        late.button_cancel()
        self.assertMinutes((60, 0, 480, 0))
        self.assertEqual(late.billing_request_ids.state, "cancelled")

    def test_delete_in_the_middle(self):
        """C8: a once posted invoice in the middle of the numbers is not deleted."""
        self._log(1)
        first = self._post()
        self._log(2)
        self._post()
        first.button_draft()
        with (
            self.assertRaisesRegex(UserError, "sequence number"),
            self.env.cr.savepoint(),
        ):
            first.unlink()
        first.invalidate_recordset()
        first.billing_request_ids.invalidate_recordset()
        self.assertEqual(first.billing_request_ids.state, "invoiced")
        self.assertMinutes((0, 60, 120, 0))
