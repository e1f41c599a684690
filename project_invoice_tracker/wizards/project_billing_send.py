"""Window to send an invoice: recipients, and the mail before it is sent."""

from odoo import api, fields, models

from ..exceptions import BillingError


class ProjectBillingSend(models.TransientModel):
    """Recipients, subject and text of one mail. Created by ``action_send`` only.

    Its values were filled in after the checks; nothing here is computed from an id that
    a caller sends.
    """

    _name = "project.billing.send"
    _inherit = ["project.billing.input"]
    _description = "Send an Invoice"

    request_id = fields.Many2one(
        "project.billing.request", required=True, readonly=True, ondelete="cascade"
    )
    customer_id = fields.Many2one("res.partner", readonly=True)
    number = fields.Integer(readonly=True, default=1)
    partner_ids = fields.Many2many(
        "res.partner",
        string="To",
        required=True,
        help="Contacts of the customer who have an e-mail address.",
    )
    subject = fields.Char(required=True)
    body = fields.Html(string="Text", sanitize="email_outgoing")
    attachment_names = fields.Text(string="Attached", readonly=True)
    note = fields.Char(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        # not a constraint: Odoo runs those with elevated rights
        wizards.request_id.check_access("read")
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self.request_id.check_access("read")
        return result

    def action_send(self):
        """Queue the mail, unless it was sent since this window was opened."""
        self.ensure_one()
        if not self.partner_ids:
            raise BillingError(self.env._("Choose at least one contact."))
        self.request_id._send_from_window(self)
        return {"type": "ir.actions.act_window_close"}


class ProjectBillingRequest(models.Model):
    """Sending a request's invoice from the window."""

    _inherit = "project.billing.request"

    def _send_from_window(self, wizard):
        """Check everything again as the user, and queue the mail of the window."""
        self._check_can_send()
        [(move, _requests)] = self._by_invoice()
        contacts = self._check_contacts(wizard.partner_ids.ids)
        if wizard.number <= len(move._billing_sendings()):
            self._check_not_sent(move, move._billing_sendings())
        number = len(move._billing_sendings()) + 1
        row = self._prepare_sending(move, contacts, wizard.subject, wizard.body, number)
        return self.env["project.billing.outbox"]._queue([row])
