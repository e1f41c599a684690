"""Invoices under tier validation: the add-on's own fields stay writable."""

from odoo import api, models


class AccountMove(models.Model):
    """An invoice that OCA's `account_move_tier_validation` may close to any write.

    That it was sent, its evidence pack and a hold of its reminders are notes on the
    invoice with protections of their own. They change nothing that was validated.
    """

    _inherit = "account.move"

    @api.model
    def _get_validation_exceptions(self, *args, **kwargs):
        """Override of OCA's `account_move_tier_validation` to allow our own fields."""
        parent = getattr(super(), "_get_validation_exceptions", None)
        return [
            *(parent(*args, **kwargs) if parent else ()),
            *(name for name in self._fields if name.startswith("billing_")),
        ]
