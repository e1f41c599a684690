"""Entries of expenses: while an expense is billed, its entry stays."""

from odoo import models


class AccountMove(models.Model):
    """Deleting the entry would make its expenses unbooked without a write of them."""

    _inherit = "account.move"

    def unlink(self):
        # sudo: what the entry was made from, whoever deletes it
        expenses = self.sudo().expense_ids.with_env(self.env)
        if not expenses or not expenses._billing_is_on():
            return super().unlink()
        expenses._billing_refuse_used()
        result = super().unlink()
        expenses._billing_sync()
        return result
