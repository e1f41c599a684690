"""Time on a sales order item has no billing item."""

from odoo import api, models
from odoo.tools import SQL

from .claim_sql import INVOICED_BY_ORDER
from .former_sql import FORMER, paid

#: Entries that an order has, or was paid for. An invoice bills the entries linked to
#: it, unless their former order item is known: then quantities decide.
OF_ORDER = f"""
    (line.so_line IS NOT NULL
     OR CASE WHEN EXISTS (SELECT FROM {FORMER} had WHERE had.analytic_line_id = line.id)
             THEN %(paid)s ELSE {INVOICED_BY_ORDER} END)
"""


class ProjectBillingKindTime(models.AbstractModel):
    """Leave entries of sales orders to their orders, also at a fixed price."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _entry_condition(self):
        return SQL(
            "%s AND (coalesce(line.billing_held, FALSE) OR NOT %s)",
            super()._entry_condition(),
            self._order_condition(),
        )

    @api.model
    def _order_condition(self):
        """Return the condition for entries (``line``) that an order bills.

        Entries that a request holds are handled before.
        """
        return SQL(OF_ORDER, paid=paid(self.env, "analytic_line_id", SQL("line.id")))

    @api.model
    def _sync_stale(self, projects):
        """Override: first update what orders were paid for."""
        self.env["sale.order.line"].flush_model(["qty_to_invoice"])
        # sudo: items follow orders, whoever collects
        self.env["project.billing.order.memory"].sudo()._settle()
        return super()._sync_stale(projects)

    @api.model
    def _flush_entries(self):
        self.env["project.billing.order.memory"]._flush()
        return super()._flush_entries()

    @api.model
    def _store_wanted(self, source_field, projects, source_ids, wanted):
        """Override: take entries off orders that included hours pay for from now on."""
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
