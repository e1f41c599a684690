"""Vendor costs: expenses of employees have items of their own."""

from odoo import api, models
from odoo.tools import SQL


class ProjectBillingReportVendor(models.Model):
    """Count the entry of an expense as passed on where the expense is billed."""

    _inherit = "project.billing.report.vendor"

    @api.model
    def _item_condition(self):
        return SQL(
            "%s OR item.expense_id = (SELECT entry.expense_id"
            " FROM account_move_line entry WHERE entry.id = cost.move_line_id)",
            super()._item_condition(),
        )
