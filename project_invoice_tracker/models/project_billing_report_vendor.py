"""Vendor costs: which bills and expenses were passed on to the customer."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..const_figures import VENDOR_COST_STATES
from .report_sql import VENDOR_COSTS


class ProjectBillingReportVendor(models.Model):
    """Each line of a bill or expense on a project, and what was billed for it.

    The cost is in the currency of the company, as booked, the billed amount in that of
    the contract; nothing is converted, so the percentage covers only contracts in the
    currency of the company.
    """

    _name = "project.billing.report.vendor"
    _inherit = ["project.billing.report"]
    _auto = False
    _description = "Vendor Costs"
    _depends = {
        "project.billing.item": ["quantity_billed", "amount_open", "price_unit"],
        "project.billing.rule": ["project_id", "kind", "active"],
        "account.analytic.line": [
            "project_id",
            "account_id",
            "date",
            "amount",
            "move_line_id",
            "general_account_id",
        ],
        "project.project": [
            "account_id",
            "user_id",
            "partner_id",
            "billing_partner_id",
        ],
    }
    _ratios = {"recovery": ("amount_billed_home", "cost", 100)}

    name = fields.Char(string="Description", readonly=True)
    date = fields.Date(readonly=True)
    vendor_id = fields.Many2one("res.partner", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    state = fields.Selection(VENDOR_COST_STATES, string="Passed On", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_id = fields.Many2one(
        "res.currency", string="Contract Currency", readonly=True
    )
    cost = fields.Monetary(
        readonly=True, currency_field="company_currency_id", help="As booked."
    )
    amount_billed = fields.Monetary(string="Billed", readonly=True)
    amount_billed_home = fields.Monetary(
        string="Billed in Company Currency",
        readonly=True,
        currency_field="company_currency_id",
        help="Of contracts in the currency of the company; empty for others.",
    )
    amount_reserved = fields.Monetary(string="In a Request", readonly=True)
    amount_open = fields.Monetary(string="To Bill", readonly=True)
    amount_written_off = fields.Monetary(string="Written Off", readonly=True)
    recovery = fields.Float(
        string="Recovery (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="Billed, in percent of the cost.",
    )

    @property
    def _table_query(self):
        return self._rows(
            VENDOR_COSTS,
            item=self._item_condition(),
            elsewhere=self._elsewhere_condition(),
        )

    @api.model
    def _elsewhere_condition(self):
        """Return the condition for costs (``cost.move_line_id``) that others bill.

        Overridden by add-ons.
        """
        return SQL("FALSE")

    @api.model
    def _item_condition(self):
        """Return the condition that ``item`` bills the entry ``cost.move_line_id``.

        Overridden by add-ons.
        """
        return SQL("item.cost_line_id = cost.move_line_id")
