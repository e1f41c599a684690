"""Invoices that another add-on validates: what is noted on them changes nothing."""

from odoo import api, models


class AccountMove(models.Model):
    """OCA's `account_move_tier_validation` closes a validated invoice to any write.

    That it was sent, its evidence pack and a hold of its reminders are notes on the
    invoice, which guard themselves: nothing that was validated is in them.
    """

    _inherit = "account.move"

    @api.model
    def _get_validation_exceptions(self, *args, **kwargs):
        """Override of OCA's `account_move_tier_validation`: leave our notes open."""
        parent = getattr(super(), "_get_validation_exceptions", None)
        return [
            *(parent(*args, **kwargs) if parent else ()),
            *(name for name in self._fields if name.startswith("billing_")),
        ]
