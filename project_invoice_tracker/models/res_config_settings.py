"""Settings of Project Billing."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of the company, on the settings page."""

    _inherit = "res.config.settings"

    billing_invoice_on_approval = fields.Boolean(
        related="company_id.billing_invoice_on_approval", readonly=False
    )
    billing_allow_self_approval = fields.Boolean(
        related="company_id.billing_allow_self_approval", readonly=False
    )
