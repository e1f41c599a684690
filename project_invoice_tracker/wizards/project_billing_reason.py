"""Window that asks for a reason: to reject requests, or to send an invoice back."""

from odoo import api, fields, models


class ProjectBillingReason(models.TransientModel):
    """The reason, which is passed on to the rejection or the sending back."""

    _name = "project.billing.reason"
    _inherit = ["project.billing.input"]
    _description = "Reason of a Billing Step"

    request_ids = fields.Many2many("project.billing.request", required=True)
    step = fields.Selection(
        [("reject", "Reject"), ("send_back", "Send back")], required=True
    )
    reason = fields.Text(required=True)
    gap_note = fields.Char(
        compute="_compute_gap_note",
        help="Sending the invoice back leaves a gap in the numbers.",
    )

    @api.depends("request_ids", "step")
    def _compute_gap_note(self):
        for wizard in self:
            # sudo: the number of the invoice that the user is about to send back
            invoices_sudo = wizard.sudo().request_ids.invoice_id
            leaves_gap = (
                wizard.step == "send_back" and invoices_sudo._billing_leaves_gap()
            )
            wizard.gap_note = leaves_gap and self.env._(
                "%s has a number, and later numbers are in use: it will be missing.",
                ", ".join(invoices_sudo.mapped("name")),
            )

    def action_apply(self):
        """Reject the requests or send the invoice back, with the reason."""
        self.ensure_one()
        if self.step == "reject":
            self.request_ids.action_reject(self.reason)
            return {"type": "ir.actions.act_window_close"}
        invoices = self.request_ids.invoice_id
        for invoice in invoices:
            # the window has just asked
            invoice.action_billing_send_back(
                self.reason, accept_gap=bool(self.gap_note)
            )
        # the draft that was on the screen is gone
        return self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
