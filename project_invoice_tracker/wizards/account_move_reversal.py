"""Crediting an invoice of ours: its lines stay linked to what they credit."""

from odoo import models

from ..engine import engine_context


class AccountMoveReversal(models.TransientModel):
    """Override of `account`: replacements hold the slices they replace."""

    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        if not any(self.move_ids.mapped("billing_tracked")):
            return super().reverse_moves(is_modify=is_modify)
        engine = self.with_context(**engine_context())
        action = super(AccountMoveReversal, engine).reverse_moves(is_modify=is_modify)
        if is_modify:
            engine.new_move_ids._billing_adopt_replacements()
        return action
