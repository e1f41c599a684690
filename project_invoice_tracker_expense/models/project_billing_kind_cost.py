"""Costs: the expenses of employees on a project."""

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.models.project_billing_kind_cost import (
    unrecovered_tax,
)

#: Expenses whose entry is made, with what their items are made of. The company's
#: currency is what the employee was paid back in.
EXPENSES = """
    SELECT expense.id, expense.company_id, company.currency_id,
           expense.untaxed_amount AS amount, expense.quantity,
           expense.product_id, expense.product_uom_id AS uom_id,
           expense.name AS text, expense.date AS day, 100 AS deductible,
           expense.analytic_distribution AS distribution,
           vendor.commercial_partner_id AS vendor_id, expense.employee_id,
           coalesce(template.name ->> own.lang, template.name ->> 'en_US') AS heading,
           category.id AS category_id, category.complete_name AS category,
           EXISTS (SELECT FROM expense_tax WHERE expense_id = expense.id) AS keeps_tax
      FROM hr_expense expense
      JOIN res_company company ON company.id = expense.company_id
      JOIN res_partner own ON own.id = company.partner_id
      LEFT JOIN res_partner vendor ON vendor.id = expense.vendor_id
      LEFT JOIN product_product product ON product.id = expense.product_id
      LEFT JOIN product_template template ON template.id = product.product_tmpl_id
      LEFT JOIN product_category category ON category.id = template.categ_id
     WHERE expense.state IN ('posted', 'in_payment', 'paid')
       AND expense.company_id IN %(companies)s AND expense.date >= %(start)s
       AND %(accounts)s && %(distribution)s
       AND %(only)s AND %(counts)s
     ORDER BY expense.id
"""

#: Expenses, by each analytic account that they name, without an item.
UNCOVERED = """
    SELECT expense.company_id, company.currency_id, account.id::int AS account_id,
           expense.date AS day,
           expense.untaxed_amount * share.value::numeric / 100 AS amount
      FROM hr_expense expense
      JOIN own ON own.company_id = expense.company_id
      JOIN res_company company ON company.id = expense.company_id
      CROSS JOIN LATERAL jsonb_each_text(expense.analytic_distribution) AS share
      CROSS JOIN LATERAL unnest(string_to_array(share.key, ',')) AS account(id)
     WHERE expense.state IN ('posted', 'in_payment', 'paid')
       AND expense.untaxed_amount <> 0 AND (%(ours)s)
       AND NOT EXISTS (
           SELECT FROM project_billing_item item
             JOIN project_project project ON project.id = item.project_id
            WHERE item.expense_id = expense.id
              AND project.account_id = account.id::int)
"""


class ProjectBillingKindCost(models.AbstractModel):
    """Bill expenses as costs; the journal entry made from one is not billed again."""

    _inherit = "project.billing.kind.cost"

    @api.model
    def _sync_items(self, projects, source_ids=None):
        result = super()._sync_items(projects, source_ids)
        if source_ids is None:
            self._sync_expenses(projects)
        return result

    @api.model
    def _sync_costs(self, source_field, projects, source_ids):
        if source_field == "expense_id":
            return self._sync_expenses(projects, source_ids)
        return super()._sync_costs(source_field, projects, source_ids)

    @api.model
    def _sync_expenses(self, projects, expense_ids=None):
        """Create, update and delete the items of expenses by their rules.

        :param expense_ids: only these, wherever they belong now
        """
        if not projects or expense_ids == []:
            return
        rules = self._get_rules(projects)
        costs = self._read_expenses(rules, expense_ids) if rules else []
        wanted = self._cost_items(rules, costs, "expense_id")
        self._store_wanted("expense_id", projects, expense_ids, wanted)

    @api.model
    def _read_expenses(self, rules, expense_ids=None):
        """Return the :class:`Cost` of expenses, one per expense and project."""
        owners = self._owners(rules.project_id)
        if not owners:
            return []
        expenses = self.env["hr.expense"]
        for name in ("hr.expense", "account.move", "product.template"):
            self.env[name].flush_model()
        self._flush_bills()
        rows = self.env.execute_query_dict(
            SQL(
                EXPENSES,
                companies=tuple(rules.company_id.ids),
                start=min(rules.mapped("date_start")),
                accounts=[str(account_id) for account_id in owners],
                distribution=expenses._query_analytic_accounts("expense"),
                only=SQL("expense.id IN %s", tuple(expense_ids))
                if expense_ids is not None
                else SQL("TRUE"),
                counts=self._expense_condition(),
            )
        )
        taxed = expenses.browse(row["id"] for row in rows if row["keeps_tax"])
        taxes = self._unrecovered_taxes_of_expenses(taxed)
        splits = self._read_splits(rows, "expense_id")
        return [
            cost
            for row in rows
            for cost in self._shares(row, owners, taxes.get(row["id"], 0), splits)
        ]

    @api.model
    def _expense_condition(self):
        """Return the condition for expenses (alias ``expense``) that are billed here.

        Overridden by add-ons. What Sales re-invoices to a customer is billed by that
        sales order. An expense that names an order which does not bill it is planned
        for that order: it is a leak until the order is removed from the expense.
        """
        if "sale_order_id" in self.env["hr.expense"]._fields:
            return SQL(
                "expense.sale_order_id IS NULL AND NOT (%s)", self._expense_of_order()
            )
        return SQL("TRUE")

    @api.model
    def _unrecovered_taxes_of_expenses(self, expenses):
        """Return ``{expense id: tax}`` of the tax that is not recovered."""
        taxes = {}
        for company, own in expenses.grouped("company_id").items():
            base_lines = [
                expense._prepare_base_line_for_taxes_computation(
                    price_unit=expense.total_amount,
                    quantity=1.0,
                    currency_id=company.currency_id,
                    rate=1.0,
                )
                for expense in own
            ]
            for base_line in base_lines:
                # one by one, as Odoo computes the tax of an expense
                self._with_tax_details([base_line], company)
                taxes[base_line["record"].id] = unrecovered_tax(base_line)
        return taxes

    @api.model
    def _bill_condition(self):
        return SQL("%s AND line.expense_id IS NULL", super()._bill_condition())

    @api.model
    def _uncovered_costs(self):
        """Override: expenses without a billing rule are leaks as well."""
        self.env["hr.expense"].flush_model()
        return SQL(
            "%s UNION ALL %s",
            super()._uncovered_costs(),
            SQL(UNCOVERED, ours=self._expense_condition()),
        )
