"""Invoices: the day on which they were first sent."""

from odoo import api, fields, models

from ..engine import engine_context, is_engine


class AccountMove(models.Model):
    """An invoice with the day it was first sent; Odoo only knows that it was."""

    _inherit = "account.move"

    billing_date_sent = fields.Date(
        string="Sent First",
        copy=False,
        readonly=True,
        help="The day, where the company is, that the customer was sent the invoice.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override to refuse the day among the values: only sending sets it."""
        moves = super().create(vals_list)
        if not is_engine(self.env) and any(moves.mapped("billing_date_sent")):
            moves._billing_refuse_flag()
        return moves

    def write(self, vals):
        """Override to note the day on which an invoice is marked as sent."""
        if "billing_date_sent" in vals and not is_engine(self.env):
            self._billing_refuse_flag()
        result = super().write(vals)
        if "is_move_sent" in vals:
            self._billing_note_sending()
        return result

    def _billing_note_sending(self):
        """Note today as the day of what is sent for the first time."""
        engine = self.with_context(**engine_context())
        for company, moves in engine.grouped("company_id").items():
            tracked = moves.filtered("billing_tracked")
            sent = tracked.filtered(
                lambda m: m.is_move_sent and not m.billing_date_sent
            )
            if sent:
                sent.billing_date_sent = company._billing_today()
            taken_back = tracked.filtered(
                lambda m: not m.is_move_sent and m.billing_date_sent
            )
            if taken_back:
                taken_back.billing_date_sent = False

    def _billing_other_method(self):
        """Return how the customer receives invoices, in words, if not by email."""
        self.ensure_one()
        # sudo: what is said of the customer, whoever sends
        customer_sudo = self.commercial_partner_id.with_company(self.company_id).sudo()
        method = customer_sudo.invoice_sending_method
        if method in (False, "email"):
            return ""
        labels = customer_sudo._fields["invoice_sending_method"]
        return dict(labels._description_selection(self.env)).get(method, method)


class AccountMoveSend(models.AbstractModel):
    """Sending of invoices; making the PDF alone does not count as sent."""

    _inherit = "account.move.send"

    @api.model
    def _link_invoice_documents(self, invoices_data):
        """Override of `account` to mark as sent only what reaches the customer.

        Odoo marks every invoice of which it makes the PDF, also when the customer has
        no valid address for the chosen way of sending.
        """
        before = {
            invoice: invoice.is_move_sent
            for invoice in invoices_data
            if invoice.billing_tracked
        }
        result = super()._link_invoice_documents(invoices_data)
        for invoice, was_sent in before.items():
            data = invoices_data[invoice]
            if not was_sent and not self._billing_reaches(invoice, data):
                invoice.is_move_sent = False
        return result

    @api.model
    def _billing_reaches(self, invoice, data):
        """Tell whether one of the chosen ways of sending reaches the customer."""
        methods = data.get("sending_methods") or ()
        return not methods or any(
            self._is_applicable_to_move(method, invoice, **data)
            and (
                method != "email"
                or data.get("mail_partner_ids")
                or invoice.partner_id.email
            )
            for method in methods
        )
