"""Invoices: the day they were sent first."""

from odoo import api, fields, models

from ..engine import engine_context, is_engine


class AccountMove(models.Model):
    """Odoo knows that an invoice was sent; this add-on also needs to know when."""

    _inherit = "account.move"

    billing_date_sent = fields.Date(
        string="Sent First",
        copy=False,
        readonly=True,
        help="The day, where the company is, that the customer was sent the invoice.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override: the day is noted, never given."""
        moves = super().create(vals_list)
        if not is_engine(self.env) and any(moves.mapped("billing_date_sent")):
            moves._billing_refuse_flag()
        return moves

    def write(self, vals):
        """Override to note the day, whoever sends and how."""
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
