"""Window to put reminders of invoices on hold: until when, and why."""

from odoo import fields, models
from odoo.exceptions import ValidationError


class ProjectBillingReminderHold(models.TransientModel):
    """The day and the reason, which are passed on to the invoices."""

    _name = "project.billing.reminder.hold"
    _inherit = ["project.billing.input"]
    _description = "Hold Reminders"

    invoice_ids = fields.Many2many("project.billing.invoice", required=True)
    until = fields.Date(help="The last day without reminders. Empty: until resumed.")
    reason = fields.Char(required=True)

    def action_apply(self):
        """Put the reminders of the invoices on hold, as the user.

        :raises ValidationError: for a day that is over, or no reason
        """
        self.ensure_one()
        invoices = self.invoice_ids
        invoices._check_reminders()
        if not (self.reason or "").strip():
            raise ValidationError(self.env._("Say why reminders are held."))
        today = min(company._billing_today() for company in invoices.company_id)
        if self.until and self.until < today:
            raise ValidationError(
                self.env._("Choose today or a later day as the last one on hold.")
            )
        invoices._write_hold(True, self.until, self.reason.strip())
        return {"type": "ir.actions.act_window_close"}
