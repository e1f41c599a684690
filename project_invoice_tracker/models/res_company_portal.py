"""Companies: what clients see on the customer portal."""

from odoo import fields, models


class ResCompany(models.Model):
    """What a company shows its clients."""

    _inherit = "res.company"

    billing_portal_unbilled = fields.Boolean(
        string="Unbilled Work on the Portal",
        help="Clients read on the portal what is done and not invoiced yet, of all "
        "projects. It can be switched on for single projects as well.",
    )


class ResConfigSettings(models.TransientModel):
    """The same on the settings page."""

    _inherit = "res.config.settings"

    billing_portal_unbilled = fields.Boolean(
        related="company_id.billing_portal_unbilled", readonly=False
    )
