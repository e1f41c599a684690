"""Posted documents: the people behind their lines are stored for the analysis."""

from odoo import models


class AccountMove(models.Model):
    """An invoice or credit note that changes who has billed how much."""

    _inherit = "account.move"

    def _billing_follow_state(self, before):
        """Override to update the shares of people, after the ledger has followed."""
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
