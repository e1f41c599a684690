"""Journal entries of expenses: they cannot be deleted while an expense is billed."""

from odoo import models


class AccountMove(models.Model):
    """Deleting an entry unbooks its expenses without a write that would be noticed."""

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
