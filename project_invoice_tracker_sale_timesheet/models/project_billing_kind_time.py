"""Time: what belongs to a sales order item makes no item of ours."""

from odoo import api, models
from odoo.tools import SQL

from .claim_sql import INVOICED_BY_ORDER

#: Ours is what no order has, and what we hold.
OURS = f"""
    (coalesce(line.billing_held, FALSE)
     OR line.so_line IS NULL AND NOT {INVOICED_BY_ORDER})
"""


class ProjectBillingKindTime(models.AbstractModel):
    """Entries of sales orders are left to their orders, also at a fixed price."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _entry_condition(self):
        return SQL("%s AND %s", super()._entry_condition(), SQL(OURS))

    @api.model
    def _flush_entries(self):
        self.env["account.analytic.line"].flush_model(
            ["so_line", "timesheet_invoice_id"]
        )
        self.env["account.move"].flush_model(["state", "payment_state"])
        return super()._flush_entries()

    @api.model
    def _store_wanted(self, source_field, projects, source_ids, wanted):
        """Override: what included hours cover from now on is no order's."""
        result = super()._store_wanted(source_field, projects, source_ids, wanted)
        only = (
            SQL("%s", tuple(source_ids))
            if source_ids is not None
            else SQL(
                "(SELECT id FROM account_analytic_line WHERE project_id IN %s)",
                tuple(projects.ids),
            )
        )
        self.env["account.analytic.line"]._billing_follow_claims(only)
        return result
