"""Credit notes for project invoices: each line stays linked to the line it credits."""

from odoo import api, fields, models

from ..engine import engine_context
from ..exceptions import BillingError


class AccountMoveReversal(models.TransientModel):
    """Override of `account`: choose what to credit; link replacements to the work."""

    _inherit = "account.move.reversal"

    billing_billed_item_ids = fields.Many2many(
        "project.billing.item",
        compute="_compute_billing_billed_item_ids",
        help="The work that the invoices bill.",
    )
    billing_item_ids = fields.Many2many(
        "project.billing.item",
        string="Only This Work",
        help="The credit note is for this work alone. Leave empty for all of it.",
    )

    @api.depends("move_ids")
    def _compute_billing_billed_item_ids(self):
        for wizard in self:
            # sudo: the slices of invoices that the user is about to credit
            moves = wizard.move_ids._filtered_access("read")
            lines_sudo = moves.sudo().line_ids.billing_line_id
            wizard.billing_billed_item_ids = lines_sudo.allocation_ids.filtered(
                lambda slice_: slice_.state == "billed" and slice_.action == "bill"
            ).item_id

    def reverse_moves(self, is_modify=False):
        if not any(self.move_ids.mapped("billing_tracked")):
            return super().reverse_moves(is_modify=is_modify)
        picked = self.billing_item_ids
        if picked and (is_modify or picked - self.billing_billed_item_ids):
            raise BillingError(
                self.env._(
                    "Pick work that the invoice bills, and reverse without a "
                    "replacement: a replacement is for all of it."
                )
            )
        engine = self.with_context(**engine_context())
        action = super(AccountMoveReversal, engine).reverse_moves(is_modify=is_modify)
        if is_modify:
            engine.new_move_ids._billing_adopt_replacements()
        elif picked:
            engine.new_move_ids._billing_credit_only(picked)
        return action
