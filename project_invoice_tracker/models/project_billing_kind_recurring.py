"""Recurring: a fee per week, month, quarter or year."""

from odoo import models


class ProjectBillingKindRecurring(models.AbstractModel):
    """Each period of a retainer is one item."""

    _name = "project.billing.kind.recurring"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Retainers"

    _kind = "recurring"
