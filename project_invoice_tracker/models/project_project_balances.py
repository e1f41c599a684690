"""What is left of the deposits of a project, and its retention balance."""

from odoo import fields, models

from ..const import BILLING_GROUPS


class ProjectProject(models.Model):
    """Deposit and retention balances, for the manager before billing."""

    _inherit = "project.project"

    billing_advance_left = fields.Monetary(
        string="Deposits to Deduct",
        compute="_compute_billing_balances",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="Billed in advance, and not deducted from a request yet.",
    )
    billing_retention_left = fields.Monetary(
        string="Retained",
        compute="_compute_billing_balances",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="Held back on posted invoices, and not released yet.",
    )

    def _compute_billing_balances(self):
        for project in self:
            # archived rules have no balance
            rules = project.billing_rule_ids
            project.billing_advance_left = sum(rules.mapped("advance_left"))
            project.billing_retention_left = sum(rules.mapped("retention_left"))
