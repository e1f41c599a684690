"""Companies: choices about billing."""

from odoo import fields, models


class ResCompany(models.Model):
    """What a company decided about the way from approval to invoice."""

    _inherit = "res.company"

    billing_invoice_on_approval = fields.Boolean(
        string="Create Invoice on Approval",
        help="The last approval creates the draft invoice. Otherwise the project's "
        "manager does, with a button.",
    )
