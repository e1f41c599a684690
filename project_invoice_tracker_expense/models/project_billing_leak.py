"""Leaks: expenses that name a sales order which does not bill them."""

from odoo import api, models
from odoo.tools import SQL

#: Last part of the ids of the leaks that this file finds.
NUMBER = 22
#: Booked expenses with an order, which have no item of it that bills.
PLANNED = """
    SELECT expense.id, expense.company_id, expense.sale_order_id AS order_id,
           account.id::int AS account_id, expense.date AS day,
           expense.untaxed_amount * share.value::numeric / 100 AS amount
      FROM hr_expense expense
      LEFT JOIN sale_order_line sold ON sold.id = (
           SELECT max(entry.so_line) FROM account_analytic_line entry
             JOIN account_move_line cost ON cost.id = entry.move_line_id
            WHERE cost.move_id = expense.account_move_id
              AND cost.expense_id = expense.id)
      LEFT JOIN sale_order sale ON sale.id = sold.order_id
     CROSS JOIN LATERAL jsonb_each_text(expense.analytic_distribution) AS share
     CROSS JOIN LATERAL unnest(string_to_array(share.key, ',')) AS account(id)
     WHERE expense.state IN ('posted', 'in_payment', 'paid')
       AND expense.untaxed_amount <> 0
       AND CASE WHEN sold.id IS NULL
                THEN expense.sale_order_id IS NOT NULL AND NOT (%(of_order)s)
                ELSE coalesce(sold.qty_invoiced, 0) = 0
                     AND (sale.state <> 'sale' OR sold.qty_to_invoice = 0) END
"""
COSTS = f"""
    SELECT min(found.id)::bigint * 32 + {NUMBER}, 'order_cost', found.company_id,
           project.id, company.currency_id, NULL::int, NULL::int, NULL::int,
           min(sale.name), NULL::varchar, NULL::numeric, count(*), 0.0::float8,
           sum(found.amount)::numeric, min(found.day)
      FROM ({PLANNED}) found
      JOIN project_project project ON project.account_id = found.account_id
       AND project.active
      JOIN mine ON mine.project_id = project.id
      JOIN own ON own.company_id = found.company_id
      JOIN res_company company ON company.id = found.company_id
      LEFT JOIN sale_order sale ON sale.id = found.order_id
     GROUP BY found.company_id, project.id, company.currency_id, found.order_id
"""


class ProjectBillingLeak(models.Model):
    """Find expenses that name a sales order which does not bill them."""

    _inherit = "project.billing.leak"

    @api.model
    def _queries(self):
        queries = super()._queries()
        if "sale_order_id" not in self.env["hr.expense"]._fields:
            return queries
        self.env["hr.expense"].flush_model()
        cost = self.env["project.billing.kind"]._get("cost")
        return [*queries, SQL(COSTS, of_order=cost._expense_of_order())]

    def _fix_take_over(self):
        """Override to remove the order from expenses, which have no item yet."""
        if self.id % 32 == NUMBER:
            self.project_id._billing_check_manager()
            self._planned_expenses_sudo()._billing_leave_order()
            return True
        return super()._fix_take_over()

    def _planned_expenses_sudo(self):
        """Return the expenses that this leak counts (elevated)."""
        # sudo: which order it is, of a leak that the user sees
        first_sudo = self.env["hr.expense"].sudo().browse(self.id // 32)
        cost = self.env["project.billing.kind"]._get("cost")
        rows = self.env.execute_query(
            SQL(
                "SELECT found.id FROM (%(planned)s) found WHERE found.account_id ="
                " %(account)s AND found.order_id IS NOT DISTINCT FROM %(order)s",
                planned=SQL(PLANNED, of_order=cost._expense_of_order()),
                account=self.project_id.sudo().account_id.id,  # sudo: an id
                order=first_sudo.sale_order_id.id or None,
            )
        )
        return first_sudo.browse(row[0] for row in rows)


class HrExpense(models.Model):
    """Remove the sales order from expenses."""

    _inherit = "hr.expense"

    def _billing_leave_order(self):
        """Remove the orders from these expenses, so that the rules bill them."""
        entries = self.account_move_id.line_ids.filtered(
            lambda line: line.expense_id in self
        ).analytic_line_ids.filtered("so_line")
        self.sale_order_id = False
        if entries:
            entries._billing_leave_order()
        self._billing_sync()
