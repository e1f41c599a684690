"""Progress: the completed share of a contract amount."""

from odoo import models


class ProjectBillingKindProgress(models.AbstractModel):
    """Each report of progress is worth what it adds to the earlier ones."""

    _name = "project.billing.kind.progress"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Progress"

    _kind = "progress"
