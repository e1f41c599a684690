"""Effective rate: the invoiced amount per hour of recorded work."""

from odoo import fields, models

from .report_sql import RATE


class ProjectBillingReportRate(models.Model):
    """Invoiced amounts without passed-on costs, and the hours of the same projects.

    Amounts count on the date of the invoice, hours on the day of the work; so projects
    at a fixed price have a rate as well. Untaxed, in the currency of the contract.
    """

    _name = "project.billing.report.rate"
    _inherit = ["project.billing.report.person"]
    _auto = False
    _description = "Effective Rate"
    _depends = {
        "project.billing.share": ["amount", "date"],
        "project.billing.rule": ["project_id", "currency_id", "sequence", "active"],
        "account.analytic.line": [
            "project_id",
            "date",
            "product_uom_id",
            "unit_amount",
            "employee_id",
        ],
        "project.project": ["user_id", "partner_id", "billing_partner_id"],
        "hr.version": ["job_id", "date_version", "active"],
    }
    _ratios = {"effective_rate": ("amount", "hours", 1)}
    _sources = {"own_share": ("share", 2, 0), "own_entry": ("entry", 2, 1)}

    date = fields.Date(
        readonly=True, help="Of the invoice for amounts, of the work for hours."
    )
    hours = fields.Float(
        string="Hours Recorded",
        readonly=True,
        help="Without those that sales orders bill.",
    )
    hours_billed = fields.Float(readonly=True)
    amount = fields.Monetary(string="Billed", readonly=True, help="Untaxed.")
    effective_rate = fields.Float(
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="Billed, divided by the recorded hours.",
    )

    @property
    def _table_query(self):
        return self._rows(RATE, hour=self._hour_id())
