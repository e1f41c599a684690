"""Customers: how they want to be billed."""

from odoo import fields, models


class ResPartner(models.Model):
    """Whether a customer gets one invoice for all projects."""

    _inherit = "res.partner"

    billing_one_invoice = fields.Boolean(
        string="One Invoice for Several Projects",
        groups="project_invoice_tracker.group_billing_user,"
        "account.group_account_invoice",
        help="Requests share one invoice, with a section per project: those that are "
        "approved later join the draft, until accounting changes or posts it.",
    )
