"""Posted documents: what is on them is told to the journal."""

from odoo import models
from odoo.tools import SQL

from .health_approved_sql import TELL_PAPER


class AccountMove(models.Model):
    """What a client was sent is known, whatever becomes of the rows behind it."""

    _inherit = "account.move"

    def _billing_follow_state(self, before):
        """Override to tell the journal of what was posted, in one statement."""
        result = super()._billing_follow_state(before)
        posted = self.filtered(
            lambda move: before[move.id] != "posted" and move.state == "posted"
        )
        if posted:
            self.env.flush_all()
            self.env.cr.execute(SQL(TELL_PAPER, moves=posted.ids, uid=self.env.uid))
        return result
