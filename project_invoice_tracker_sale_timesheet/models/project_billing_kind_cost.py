"""Costs: what a sales order re-invoices, the rules do not bill."""

from odoo import api, models
from odoo.tools import SQL

from .former_sql import paid

#: Lines of bills that stand on an order, and what vendors took back of those.
REINVOICED = """
    EXISTS (SELECT FROM account_analytic_line sold
             WHERE sold.move_line_id = line.id AND sold.so_line IS NOT NULL)
    OR %(paid)s
    OR EXISTS (SELECT FROM account_move_line origin
                WHERE origin.move_id = move.reversed_entry_id
                  AND origin.product_id = line.product_id
                  AND (EXISTS (SELECT FROM account_analytic_line sold
                                WHERE sold.move_line_id = origin.id
                                  AND sold.so_line IS NOT NULL)
                       OR %(origin_paid)s))
"""
#: Expenses whose entry stands on an order.
REINVOICED_EXPENSE = """
    EXISTS (SELECT FROM account_move_line entry
              JOIN account_analytic_line sold ON sold.move_line_id = entry.id
             WHERE entry.move_id = expense.account_move_id
               AND entry.expense_id = expense.id AND sold.so_line IS NOT NULL)
    OR %(paid)s
"""


class ProjectBillingKindCost(models.AbstractModel):
    """Each line of a bill is billed by the order it is on, or else by a rule."""

    _inherit = "project.billing.kind.cost"

    @api.model
    def _bill_condition(self):
        return SQL(
            "%s AND NOT (%s)",
            super()._bill_condition(),
            SQL(
                REINVOICED,
                paid=paid(self.env, "move_line_id", SQL("line.id")),
                origin_paid=paid(self.env, "move_line_id", SQL("origin.id")),
            ),
        )

    @api.model
    def _expense_of_order(self):
        """Override: an expense's order item decides, not the order chosen on it."""
        return SQL(
            REINVOICED_EXPENSE, paid=paid(self.env, "expense_id", SQL("expense.id"))
        )

    @api.model
    def _flush_bills(self):
        self.env["project.billing.order.memory"]._flush()
        return super()._flush_bills()
