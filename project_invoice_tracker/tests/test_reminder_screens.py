"""Holding reminders, and what the manager reads about them."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .reminder_common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderScreens(ReminderCommon):
    def _row(self, move, user=None):
        rows = self.env["project.billing.invoice"].with_user(user or self.pm)
        rows.invalidate_model()
        return rows.search([("move_id", "=", move.id), ("credit", "=", False)])

    def _hold(self, row, until=None, reason="Agreed by phone"):
        action = row.action_hold_reminders()
        wizard = self.env[action["res_model"]].with_user(row.env.user)
        wizard = wizard.with_context(**action["context"]).create(
            {"reason": reason, "until": until}
        )
        return wizard.action_apply()

    def test_last_and_next(self):
        """The invoice says when the customer was reminded and will be."""
        move = self._owed()
        with self.freeze_day(0):
            row = self._row(move)
            self.assertFalse(row.reminder_last)
            self.assertEqual(row.reminder_next, "03/31/2026: Before the due date")
        self._run(0)
        with self.freeze_day(1):
            row = self._row(move)
            self.assertEqual(row.reminder_last, "03/31/2026: Before the due date")
            self.assertEqual(row.reminder_next, "04/07/2026: First reminder")
        self._run(60)
        with self.freeze_day(61):
            row = self._row(move)
            self.assertEqual(row.reminder_last, "05/30/2026: Last reminder")
            self.assertIn("None", row.reminder_next)
        self._pay(move, offset=61)
        with self.freeze_day(62):
            row = self._row(move)
            self.assertFalse(row.reminder_next)
            self.assertFalse(row.reminder_possible)

    def test_why_not(self):
        """Without a next reminder there is a reason."""
        move = self._owed()
        with self.freeze_day():
            self.company.billing_reminders = False
            self.assertIn("company", self._row(move).reminder_next)
            self.company.billing_reminders = True
            self.partner_a.billing_reminders = "none"
            self.assertIn("customer", self._row(move).reminder_next)

    def test_hold_and_resume(self):
        """The manager holds and resumes; both documents say who did, and why."""
        move = self._owed()
        with self.freeze_day():
            self._hold(self._row(move), until=self._day(10))
            row = self._row(move)
            self.assertTrue(row.reminder_hold)
            self.assertIn("Agreed by phone", row.reminder_next)
        self._run(7)
        self.assertFalse(self._sent(move))
        for document in (move, move.billing_request_ids):
            notes = [note.body for note in document.message_ids]
            self.assertTrue(any("Agreed by phone" in note for note in notes))
        with self.freeze_day(8):
            self._row(move).action_resume_reminders()
            self.assertFalse(self._row(move).reminder_hold)
        self._run(8)
        self.assertEqual(len(self._sent(move)), 1)

    def test_who_may_hold(self):
        """The project's manager and accounting; nobody else."""
        move = self._owed()
        row = self._row(move)
        for user in (self.other_pm, self.approver, self.worker):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                row.with_user(user).action_hold_reminders()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                row.with_user(user).action_resume_reminders()
        with self.freeze_day():
            self._hold(self._row(move, self.accountant))
        self.assertTrue(move.billing_reminder_hold)

    def test_bad_holds(self):
        """A day that is over, no reason, nothing chosen, and what is settled."""
        move = self._owed()
        with self.freeze_day():
            row = self._row(move)
            with self.assertRaisesRegex(ValidationError, "later day"):
                self._hold(row, until=self._day(-1))
            with self.assertRaisesRegex(ValidationError, "why"):
                self._hold(row, reason="  ")
            with self.assertRaises(UserError):
                row.browse().action_hold_reminders()
        self._pay(move)
        with self.assertRaisesRegex(UserError, "not open"):
            self._row(move).action_hold_reminders()

    def test_log_of_the_manager(self):
        """I4: managers see the reminders of their invoices, without amounts."""
        move = self._owed()
        self._run(7)
        log = self.env["project.billing.reminder"].with_user(self.pm)
        row = log.search([("move_id", "=", move.id)])
        (read,) = row.read(["level_id", "customer_id"])
        self.assertEqual(read["level_id"][1], "First reminder")
        self.assertEqual(read["customer_id"][0], self.partner_a.id)
        with self.assertRaises(AccessError):
            row.read(["amount"])
        with self.assertRaises(AccessError):
            log.formatted_read_group([], ["level_id"], ["amount:sum"])
        action = row.action_open_invoice()
        self.assertEqual(action["res_id"], self._row(move).id)
        self.assertFalse(log.with_user(self.other_pm).search([]))
        seen = log.with_user(self.accountant).search([("move_id", "=", move.id)])
        self.assertEqual(seen.amount, 460)

    def test_levels_of_a_company(self):
        """Every company begins with four levels; two on one day are refused."""
        company = self.env["res.company"].create({"name": "New"})
        levels = self.env["project.billing.reminder.level"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(levels.mapped("days"), [-3, 7, 21, 35])
        self.assertFalse(company.billing_reminders)
        levels._create_defaults()
        self.assertEqual(
            levels.search_count([("company_id", "=", company.id)]), len(levels)
        )
        with self.assertRaisesRegex(ValidationError, "at most"):
            levels[0].days = 5000
        with self.assertRaisesRegex(ValidationError, "written for reminders"):
            levels[0].mail_template_id = self.env.ref(
                "project_invoice_tracker.mail_template_invoice"
            )

    def test_switch_is_in_the_journal(self):
        """I26: who switched reminders on or off is written down."""
        rows = self.env["project.billing.journal"].search(
            [("action", "=", "switch_changed"), ("company_id", "=", self.company.id)]
        )
        self.assertIn({"billing_reminders": True}, rows.mapped("after"))
