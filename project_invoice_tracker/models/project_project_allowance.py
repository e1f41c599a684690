"""Projects: how many of the included or prepaid hours are left."""

from odoo import api, fields, models

from ..const import BILLING_GROUPS


class ProjectProject(models.Model):
    """The balance of included and prepaid hours of a project."""

    _inherit = "project.project"

    billing_allowance_balance = fields.Char(
        string="Hours Left",
        compute="_compute_billing_allowance_balance",
        groups=BILLING_GROUPS,
        help="Included and prepaid hours that may be used now.",
    )

    @api.depends("billing_rule_ids.allowance_balance")
    def _compute_billing_allowance_balance(self):
        # read as the user: a colleague's project shows no balance
        Allowance = self.env["project.billing.allowance"]
        rows = Allowance
        if Allowance.has_access("read"):
            rows = Allowance.search([("project_id", "in", self.ids)])
        balances = {
            project: rules.rule_id
            for project, rules in rows.grouped("project_id").items()
        }
        for project in self:
            texts = [
                rule.allowance_balance
                for rule in balances.get(project, [])
                if rule.allowance_balance
            ]
            project.billing_allowance_balance = ", ".join(texts)

    def action_billing_open_allowances(self):
        """Open the balances of included and prepaid hours of this project."""
        return self._billing_open("project_billing_allowance_action")
