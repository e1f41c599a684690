"""Ask why: for a rejection, and for sending an invoice back."""

from odoo import fields, models


class ProjectBillingReason(models.TransientModel):
    """One question, passed on to the step that asked it."""

    _name = "project.billing.reason"
    _inherit = ["project.billing.input"]
    _description = "Reason of a Billing Step"

    request_ids = fields.Many2many("project.billing.request", required=True)
    step = fields.Selection(
        [("reject", "Reject"), ("send_back", "Send back")], required=True
    )
    reason = fields.Text(required=True)

    def action_apply(self):
        """Take the step with the reason."""
        self.ensure_one()
        if self.step == "reject":
            self.request_ids.action_reject(self.reason)
            return {"type": "ir.actions.act_window_close"}
        invoices = self.request_ids.invoice_id
        for invoice in invoices:
            invoice.action_billing_send_back(self.reason)
        # the draft that was on the screen is gone
        return self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
