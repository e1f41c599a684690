"""Profitability: what was billed, what it cost, and what is left."""

from odoo import fields, models

from .report_sql import MARGIN


class ProjectBillingReportMargin(models.Model):
    """Revenue and cost of projects, in the currency of the company, as booked.

    Revenue is what was billed here, by the date of the invoice; cost of time is the
    cost of the time entries, by the day of the work; other costs are bills, expenses
    and all other entries on the analytic account of the project. What sales orders bill
    is shown separately. Only for people who may see what an hour of an employee costs:
    see the record rules.
    """

    _name = "project.billing.report.margin"
    _inherit = ["project.billing.report.person"]
    _auto = False
    _description = "Profitability"
    _depends = {
        "project.billing.share": ["amount_company", "date"],
        "project.billing.rule": ["project_id", "kind", "active"],
        "account.analytic.line": [
            "project_id",
            "account_id",
            "date",
            "product_uom_id",
            "unit_amount",
            "amount",
            "employee_id",
            "general_account_id",
        ],
        "project.project": [
            "account_id",
            "user_id",
            "partner_id",
            "billing_partner_id",
        ],
        "hr.version": ["job_id", "date_version", "active"],
    }
    _ratios = {"margin_percent": ("margin", "revenue", 100)}
    _sources = {
        "own_share": ("share", 3, 0),
        "own_entry": ("entry", 3, 1),
        "own_owner": ("entry", 3, 2),
    }

    date = fields.Date(
        readonly=True, help="Of the invoice for revenue, of the work for its cost."
    )
    hours = fields.Float(
        string="Hours Recorded",
        readonly=True,
        help="Without those that sales orders bill.",
    )
    revenue = fields.Monetary(
        readonly=True, help="Billed, untaxed, at the exchange rate of the invoice."
    )
    cost_time = fields.Monetary(string="Cost of Time", readonly=True)
    cost_other = fields.Monetary(
        string="Other Costs", readonly=True, help="Bills, expenses and other bookings."
    )
    cost = fields.Monetary(string="Total Cost", readonly=True)
    cost_elsewhere = fields.Monetary(
        string="Cost Billed Elsewhere",
        readonly=True,
        help="Time and costs that sales orders bill. Their revenue is not in this "
        "report, so it is not in the cost or the margin.",
    )
    margin = fields.Monetary(readonly=True, help="Revenue less cost.")
    margin_percent = fields.Float(
        string="Margin (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="Margin, in percent of the revenue.",
    )

    @property
    def _table_query(self):
        return self._rows(MARGIN, hour=self._hour_id())
