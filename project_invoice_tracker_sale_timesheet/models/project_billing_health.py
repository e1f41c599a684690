"""Billing health checks the triggers that keep orders and requests apart."""

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.models.guards_sql import triggers_of

from .claim_sql import (
    ENTRY_FUNCTION,
    ENTRY_GUARD,
    MILESTONE_FUNCTION,
    MILESTONE_GUARD,
)
from .former_sql import REMEMBER_ENTRIES, REMEMBER_MILESTONES

GUARDED = {
    ENTRY_FUNCTION: "account.analytic.line",
    MILESTONE_FUNCTION: "project.milestone",
}


class ProjectBillingHealth(models.Model):
    """Without these triggers an order could bill what a request holds."""

    _inherit = "project.billing.health"

    @api.model
    def _guard_statements(self):
        return [
            *super()._guard_statements(),
            ENTRY_GUARD,
            MILESTONE_GUARD,
            REMEMBER_ENTRIES,
            REMEMBER_MILESTONES,
        ]

    def _repair_guards(self, ids):
        """Override to create the triggers of this add-on again, and no others."""
        result = super()._repair_guards(ids)
        for name in (*GUARDED.values(), "project.billing.order.memory"):
            self.env[name].init()
        for trigger in triggers_of(self._guard_statements()):
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE %s ENABLE TRIGGER %s",
                    SQL.identifier(trigger.table),
                    SQL.identifier(trigger.name),
                )
            )
        return result
