"""Tell sales orders what requests hold, and refuse what belongs to orders."""

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.const import CONTRACT_KINDS

from .claim_sql import ENTRIES_OF_ITEMS, MILESTONES_OF_ITEMS


class ProjectBillingLedger(models.AbstractModel):
    """Update who holds the sources of items whenever the ledger changes."""

    _inherit = "project.billing.ledger"

    @api.model
    def _tell_kinds(self, item_ids):
        self._tell_orders(list(item_ids))
        return super()._tell_kinds(item_ids)

    @api.model
    def _tell_orders(self, item_ids):
        """Mark entries and milestones that requests hold, and unmark released ones.

        :raises BillingError: when a request takes what belongs to a sales order
        """
        entries = self.env["account.analytic.line"]
        taken = entries._billing_follow_claims(SQL(ENTRIES_OF_ITEMS, items=item_ids))
        if taken:
            taken._billing_refuse_ordered()
        rules = self.env["project.billing.rule"]
        if any(rules._billed_project_ids(kind) for kind in CONTRACT_KINDS):
            milestones = self.env["project.milestone"]._billing_follow_claims(
                SQL(MILESTONES_OF_ITEMS, items=item_ids)
            )
            if milestones:
                milestones._billing_refuse_ordered()
