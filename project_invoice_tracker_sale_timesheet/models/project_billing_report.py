"""Reports: work billed by sales orders is billable, and shown separately."""

from odoo import api, models
from odoo.tools import SQL

from .former_sql import cover

#: What orders were paid for of what they had, and lines of bills and of expenses that
#: orders re-invoice, with what vendors took back of those.
PAID = """
    WITH paid AS MATERIALIZED (
        SELECT cover.* FROM (%(cover)s) cover
         WHERE cover.covered > 0 AND NOT cover.held),
    sold AS (
        SELECT entry.move_line_id FROM account_analytic_line entry
         WHERE entry.so_line IS NOT NULL AND entry.move_line_id IS NOT NULL
           AND NOT coalesce(entry.billing_held, FALSE)
         UNION SELECT paid.move_line_id FROM paid WHERE paid.move_line_id IS NOT NULL
         UNION %(expenses)s),
    passed AS (
        SELECT sold.move_line_id FROM sold
         UNION
        SELECT line.id FROM sold
          JOIN account_move_line origin ON origin.id = sold.move_line_id
          JOIN account_move move ON move.reversed_entry_id = origin.move_id
          JOIN account_move_line line ON line.move_id = move.id
           AND line.product_id = origin.product_id)
"""
PASSED_ON = f"""
    cost.move_line_id IN ({PAID} SELECT passed.move_line_id FROM passed)
"""
OF_ORDERS = f"""
    (entry.so_line IS NOT NULL AND NOT coalesce(entry.billing_held, FALSE)
     OR entry.id IN ({PAID}
        SELECT paid.analytic_line_id FROM paid WHERE paid.analytic_line_id IS NOT NULL
         UNION ALL
        SELECT cost.id FROM passed
          JOIN account_analytic_line cost ON cost.move_line_id = passed.move_line_id))
"""
#: An expense is remembered itself, as its entry may be made anew.
EXPENSES = """
    SELECT line.id FROM paid
      JOIN account_move_line line ON line.expense_id = paid.expense_id
"""


def _of_orders(env, statement):
    """Return a condition of this module with its parameters."""
    env["project.billing.order.memory"]._flush()
    expenses = "expense_id" in env["account.move.line"]._fields
    return SQL(
        statement,
        cover=cover(env),
        expenses=SQL(EXPENSES if expenses else "SELECT NULL::integer WHERE FALSE"),
    )


class AccountAnalyticLine(models.Model):
    """Hours that an order bills are billable; their cost belongs to the order."""

    _inherit = "account.analytic.line"

    @api.model
    def _billed_elsewhere(self):
        return _of_orders(self.env, OF_ORDERS)


class ProjectBillingReportVendor(models.Model):
    """Count costs that an order re-invoices as passed on."""

    _inherit = "project.billing.report.vendor"

    @api.model
    def _elsewhere_condition(self):
        return _of_orders(self.env, PASSED_ON)
