"""Minimum fees: a request bills at least this amount for the work of a rule."""

from odoo import api, fields, models, tools


class ProjectBillingRule(models.Model):
    """The minimum amount of a request that bills any work of the rule."""

    _inherit = "project.billing.rule"

    minimum_fee = fields.Monetary(
        help="A request with work of this rule bills at least this much of it; what "
        "is missing becomes a line of its own. 0 for none.",
    )

    _minimum_positive = models.Constraint(
        "CHECK (minimum_fee IS NULL OR minimum_fee >= 0)",
        "A minimum fee cannot be negative.",
    )

    @api.model
    @tools.ormcache()
    def _minimum_project_ids(self):
        """Return the ids of the projects with a minimum fee, archived rules included.

        Cached, so that collecting for projects without one costs nothing.
        """
        # sudo: only ids of projects leave
        every_sudo = self.sudo().with_context(active_test=False)
        rules = every_sudo._read_group([("minimum_fee", ">", 0)], ["project_id"])
        return frozenset(project.id for (project,) in rules)
