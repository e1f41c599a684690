"""Retention: a share held back, and released later."""

from odoo import models


class ProjectBillingKindRetention(models.AbstractModel):
    """What is held back of a request is one item; each release is another one."""

    _name = "project.billing.kind.retention"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Retentions"

    _kind = "retention"
