"""Milestones of a sales order item are delivered and billed by the order."""

from odoo import api, models
from odoo.tools import SQL

from .former_sql import paid


class ProjectBillingKindMilestone(models.AbstractModel):
    """A milestone with a sales order item has no item, but counts in the contract."""

    _inherit = "project.billing.kind.milestone"

    @api.model
    def _milestone_condition(self):
        """Override: leave out milestones that an order has, or was paid for."""
        return SQL(
            "%s AND (coalesce(milestone.billing_held, FALSE)"
            " OR milestone.sale_line_id IS NULL AND NOT %s)",
            super()._milestone_condition(),
            paid(self.env, "milestone_id", SQL("milestone.id")),
        )

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        wanted = super()._wanted_items(rules, projects, source_ids)
        milestones = self.env["project.milestone"].browse(
            values["milestone_id"] for values in wanted
        )
        ours = set(milestones._billing_ours().ids)
        return [values for values in wanted if values["milestone_id"] in ours]


class ProjectBillingRule(models.Model):
    """Leave progress of milestones with an order item to their order."""

    _inherit = "project.billing.rule"

    def _progress_scopes(self):
        scopes = super()._progress_scopes()
        milestones = self.env["project.milestone"].union(*(s[0] for s in scopes))
        ours = milestones._billing_ours()
        return [scope for scope in scopes if not scope[0] or scope[0] in ours]
