"""Costs: vendor bills and expenses on the project."""

from odoo import models


class ProjectBillingKindCost(models.AbstractModel):
    """Each cost of a project with a rule of this kind is one item."""

    _name = "project.billing.kind.cost"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Costs"

    _kind = "cost"
