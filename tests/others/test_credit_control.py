"""Where OCA's Account Credit Control reminds customers, this add-on does not (I25)."""

from odoo.tests import Form, tagged

from odoo.addons.project_invoice_tracker.tests.reminder_common import ReminderCommon


@tagged("post_install", "-at_install")
class TestCreditControl(ReminderCommon):
    def test_ours_stays_off(self):
        """I25: one module reminds, although both are switched on."""
        self.assertIn("credit.control.run", self.env.registry)
        move = self._owed()
        for offset in (-3, 7, 21, 35):
            self._run(offset)
        self.assertFalse(self._sent(move))
        self.assertFalse(self._mails())
        self.assertFalse(self.outbox.search([("kind", "=", "dunning")]))

    def test_queued_before(self):
        """I25: what was queued before the other module came is not sent after."""
        move = self._owed()
        company = self.env.registry["res.company"]
        self.patch(company, "_billing_reminders_elsewhere", lambda _company: False)
        with self.freeze_day(7):
            self.log._queue_company(self.company)
        self.assertTrue(self.outbox.search([("kind", "=", "dunning")]))
        self.patch(company, "_billing_reminders_elsewhere", lambda _company: True)
        self._run(7)
        self.assertFalse(self._sent(move))
        self.assertEqual(
            self.outbox.search([("kind", "=", "dunning")]).state, "skipped"
        )

    def test_settings_say_so(self):
        """The settings say who reminds, and so does the invoice."""
        move = self._owed()
        with Form(self.env["res.config.settings"]) as form:
            self.assertTrue(form.billing_reminders_elsewhere)
        row = self.env["project.billing.invoice"].search([("move_id", "=", move.id)])
        self.assertIn("Another module", row.reminder_next)
