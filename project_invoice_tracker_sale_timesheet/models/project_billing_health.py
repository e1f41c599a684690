"""Billing health looks after the triggers that keep both billers apart."""

from odoo import api, models
from odoo.tools import SQL

from .claim_sql import ENTRY_FUNCTION, MILESTONE_FUNCTION

GUARDED = {
    ENTRY_FUNCTION: "account.analytic.line",
    MILESTONE_FUNCTION: "project.milestone",
}


class ProjectBillingHealth(models.Model):
    """A trigger that is gone would let an order bill what a request holds."""

    _inherit = "project.billing.health"

    @api.model
    def _guards(self):
        return [*super()._guards(), *GUARDED]

    def _repair_guards(self, ids):
        """Override to put ours back; other triggers there are not our business."""
        result = super()._repair_guards(ids)
        for trigger, name in GUARDED.items():
            model = self.env[name]
            model.init()
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE %s ENABLE TRIGGER %s",
                    SQL.identifier(model._table),
                    SQL.identifier(trigger),
                )
            )
        return result
