"""Billing analysis and realisation: invoiced amounts by person, and their worth."""

from odoo import fields, models

from ..const import KINDS
from .report_sql import BILLED


class ProjectBillingReportBilled(models.Model):
    """Posted invoices less posted credit notes, by the people behind them.

    One row for each line, person and job; and one for what was written off, with its
    reason. Untaxed, in the currency of the request, by the date of the document.
    Realisation is what was billed, in percent of the recorded work at its rate before
    volume prices, discounts and write-offs.
    """

    _name = "project.billing.report.billed"
    _inherit = ["project.billing.report.person"]
    _auto = False
    _description = "Billing Analysis"
    _rec_name = "document"
    _depends = {
        "project.billing.share": ["amount", "date"],
        "project.billing.line": ["request_id", "product_id", "rule_id"],
        "project.billing.request": ["user_id"],
        "account.move": ["name", "commercial_partner_id"],
    }
    _ratios = {"realisation": ("amount", "amount_standard", 100)}
    _sources = {"own_share": ("share", 1, 0)}

    date = fields.Date(string="Invoice Date", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    product_id = fields.Many2one("product.product", "Service", readonly=True)
    rule_id = fields.Many2one("project.billing.rule", readonly=True)
    request_id = fields.Many2one("project.billing.request", readonly=True)
    document = fields.Char(
        string="Invoice", readonly=True, help="Number of the invoice or credit note."
    )
    credit = fields.Boolean(string="Credit Note", readonly=True)
    reason = fields.Char(
        string="Write-off Reason", readonly=True, help="Why the work was written off."
    )
    hours = fields.Float(string="Hours Billed", readonly=True)
    hours_recorded = fields.Float(
        readonly=True, help="Recorded time behind what was billed or written off."
    )
    amount = fields.Monetary(
        string="Billed", readonly=True, help="Untaxed; credit notes count negative."
    )
    amount_standard = fields.Monetary(
        string="Standard Value",
        readonly=True,
        help="The recorded work at its rate, before volume prices, discounts, "
        "increments and write-offs.",
    )
    amount_volume = fields.Monetary(
        string="Volume Prices",
        readonly=True,
        help="What volume prices take off the standard value.",
    )
    amount_discount = fields.Monetary(string="Discounts", readonly=True)
    amount_written_off = fields.Monetary(
        string="Write-offs",
        readonly=True,
        help="Work that is never billed, by hand or because it is over a cap.",
    )
    amount_rebate = fields.Monetary(
        string="Rebates",
        readonly=True,
        help="Credit notes that lower a price and give no work back.",
    )
    amount_rounding = fields.Monetary(
        string="Increments and Rounding",
        readonly=True,
        help="What increments add to the recorded time, and cents.",
    )
    realisation = fields.Float(
        string="Realisation (%)",
        readonly=True,
        aggregator="avg",
        help="Billed, in percent of the standard value.",
    )

    @property
    def _table_query(self):
        return self._rows(BILLED)
