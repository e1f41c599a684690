"""Costs: what a sales order re-invoices is no cost of ours."""

from odoo import api, models
from odoo.tools import SQL

#: Lines of bills that stand on an order, and what vendors took back of those.
REINVOICED = """
    EXISTS (SELECT FROM account_analytic_line sold
             WHERE sold.move_line_id = line.id AND sold.so_line IS NOT NULL)
    OR EXISTS (SELECT FROM account_move_line origin
                 JOIN account_analytic_line sold ON sold.move_line_id = origin.id
                WHERE origin.move_id = move.reversed_entry_id
                  AND origin.product_id = line.product_id
                  AND sold.so_line IS NOT NULL)
"""


class ProjectBillingKindCost(models.AbstractModel):
    """One biller for each line of a bill: the order it was put on, or our rule."""

    _inherit = "project.billing.kind.cost"

    @api.model
    def _bill_condition(self):
        return SQL("%s AND NOT (%s)", super()._bill_condition(), SQL(REINVOICED))

    @api.model
    def _flush_bills(self):
        self.env["account.analytic.line"].flush_model(["so_line", "move_line_id"])
        return super()._flush_bills()
