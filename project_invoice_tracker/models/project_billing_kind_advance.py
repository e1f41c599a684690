"""Advances: billed before the work, deducted from later invoices."""

from odoo import models


class ProjectBillingKindAdvance(models.AbstractModel):
    """A deposit is one item; what is left of it, another one that is deducted."""

    _name = "project.billing.kind.advance"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Advances"

    _kind = "advance"
