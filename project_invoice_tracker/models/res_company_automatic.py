"""Companies: whether billing may submit and send automatically."""

from odoo import api, fields, models


class ResCompany(models.Model):
    """Whether schedules may submit and send requests; off by default."""

    _inherit = "res.company"

    billing_auto_submit = fields.Boolean(
        string="Submit Automatically",
        help="Schedules of projects may submit what they prepare. Whoever has to "
        "approve is asked as ever.",
    )
    billing_auto_send = fields.Boolean(
        string="Send Automatically",
        help="Schedules of projects may send their invoices to the customer, as soon "
        "as these are posted.",
    )

    @api.model
    def _billing_switches(self):
        switches = super()._billing_switches()
        return [*switches, "billing_auto_submit", "billing_auto_send"]


class ResConfigSettings(models.TransientModel):
    """Permissions of automatic billing, on the settings page."""

    _inherit = "res.config.settings"

    billing_auto_submit = fields.Boolean(
        related="company_id.billing_auto_submit", readonly=False
    )
    billing_auto_send = fields.Boolean(
        related="company_id.billing_auto_send", readonly=False
    )
