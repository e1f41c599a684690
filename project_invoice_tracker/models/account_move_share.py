"""Posted documents: who stands behind their lines is written down with them."""

from odoo import models


class AccountMove(models.Model):
    """What is posted, or is no longer, changes what was billed by whom."""

    _inherit = "account.move"

    def _billing_follow_state(self, before):
        """Override to let the analysis follow, once the ledger has."""
        result = super()._billing_follow_state(before)
        changed = self.filtered(
            lambda move: (
                move.state != before[move.id]
                and "posted" in (move.state, before[move.id])
            )
        )
        # sudo: written by one statement, whoever posts
        self.env["project.billing.share"].sudo()._follow(changed)
        return result
