"""Companies: what customers see on the portal."""

from odoo import fields, models


class ResCompany(models.Model):
    """Settings of the customer portal."""

    _inherit = "res.company"

    billing_portal_unbilled = fields.Boolean(
        string="Unbilled Work on the Portal",
        help="Clients read on the portal what is done and not invoiced yet, of all "
        "projects. It can be switched on for single projects as well.",
    )


class ResConfigSettings(models.TransientModel):
    """Settings of the customer portal, on the settings page."""

    _inherit = "res.config.settings"

    billing_portal_unbilled = fields.Boolean(
        related="company_id.billing_portal_unbilled", readonly=False
    )
