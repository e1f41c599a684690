"""Costs: vendor bills (and, with their add-on, expenses) on a project."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..billing.costs import Cost, distribution_share
from ..billing.rounding import exact
from .cost_pricing import CostPricer
from .currency_step import step_of

#: Who bills the costs of an analytic account: one project, if several share it.
OWNERS = """
    SELECT DISTINCT ON (project.account_id) project.account_id, project.id
      FROM project_project project
      JOIN project_billing_rule rule
        ON rule.project_id = project.id AND rule.kind = 'cost' AND rule.active
     WHERE project.account_id IN %(accounts)s
     ORDER BY project.account_id, project.id
"""
#: Lines of posted bills, with what their items are made of.
BILL_LINES = """
    SELECT line.id, line.company_id, line.currency_id, line.amount_currency AS amount,
           line.quantity * CASE WHEN move.move_type = 'in_refund' THEN -1 ELSE 1 END
               AS quantity,
           line.product_id, line.product_uom_id AS uom_id, line.name AS text,
           coalesce(move.invoice_date, line.date) AS day,
           coalesce(line.deductible_amount, 100) AS deductible,
           line.analytic_distribution AS distribution,
           move.commercial_partner_id AS vendor_id, vendor.name AS heading,
           category.id AS category_id,
           coalesce(category.complete_name, account.name ->> own.lang,
               account.name ->> 'en_US') AS category,
           EXISTS (
               SELECT FROM account_move_line_account_tax_rel tax
                 LEFT JOIN account_tax_filiation_rel part
                   ON part.parent_tax = tax.account_tax_id
                 JOIN account_tax_repartition_line repartition
                   ON repartition.tax_id = coalesce(part.child_tax, tax.account_tax_id)
                WHERE tax.account_move_line_id = line.id
                  AND repartition.repartition_type = 'tax'
                  AND NOT coalesce(repartition.use_in_tax_closing, FALSE)
           ) AS keeps_tax
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN account_account account ON account.id = line.account_id
      JOIN res_company company ON company.id = line.company_id
      JOIN res_partner own ON own.id = company.partner_id
      LEFT JOIN res_partner vendor ON vendor.id = move.commercial_partner_id
      LEFT JOIN product_product product ON product.id = line.product_id
      LEFT JOIN product_template template ON template.id = product.product_tmpl_id
      LEFT JOIN product_category category ON category.id = template.categ_id
     WHERE line.parent_state = 'posted' AND line.display_type = 'product'
       AND move.move_type IN ('in_invoice', 'in_refund', 'in_receipt')
       AND line.company_id IN %(companies)s
       AND coalesce(move.invoice_date, line.date) >= %(start)s
       AND %(accounts)s && %(distribution)s
       AND %(only)s AND %(counts)s
     ORDER BY line.id
"""


class ProjectBillingKindCost(models.AbstractModel):
    """Each cost of a project with a rule of this kind is one item.

    A bill that several projects share is an item of each; ``part`` is the project. The
    day of a cost is that of the vendor's bill, which the customer reads on the receipt;
    accounting may have posted it on a later day.
    """

    _name = "project.billing.kind.cost"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Costs"

    _kind = "cost"
    _source_field = "cost_line_id"
    _line_may_credit = True
    _parts_apart = True

    @api.model
    def _section_title(self):
        return self.env._("Costs")

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        costs = self._read_bills(rules, source_ids)
        return self._cost_items(rules, costs, self._source_field)

    @api.model
    def _sync_sources(self, source_field, source_ids, distributions):
        """Bring the items of some sources up to date, in all projects concerned.

        :param distributions: the analytic distributions of the sources, as they are
        """
        account_ids = self.env["account.move.line"]
        account_ids = account_ids._get_analytic_account_ids_from_distributions(
            [distribution for distribution in distributions if distribution]
        )
        billed = self.env["project.billing.rule"]._billed_project_ids(self._kind)
        projects = self.env["project.project"].with_context(active_test=False)
        concerned = projects.search(
            [("account_id", "in", list(account_ids)), ("id", "in", list(billed))]
        )
        items = self.env["project.billing.item"].search(
            [(source_field, "in", source_ids)]
        )
        self._sync_costs(source_field, concerned | items.project_id, source_ids)

    @api.model
    def _sync_costs(self, source_field, projects, source_ids):
        """Update the items of some sources; add-ons extend it for other sources."""
        if source_field == self._source_field:
            self._sync_items(projects, source_ids)

    # === READING ===

    @api.model
    def _owners(self, projects):
        """Return ``{analytic account id: project id}`` of these projects."""
        self.env["project.project"].flush_model(["account_id"])
        accounts = tuple(projects.account_id.ids)
        if not accounts:
            return {}
        rows = self.env.execute_query(SQL(OWNERS, accounts=accounts))
        own = set(projects.ids)
        return {account: project for account, project in rows if project in own}

    @api.model
    def _read_bills(self, rules, source_ids=None):
        """Return the :class:`Cost` of bills, one per line and project."""
        owners = self._owners(rules.project_id)
        if not owners:
            return []
        self._flush_bills()
        lines = self.env["account.move.line"]
        rows = self.env.execute_query_dict(
            SQL(
                BILL_LINES,
                companies=tuple(rules.company_id.ids),
                start=min(rules.mapped("date_start")),
                accounts=[str(account_id) for account_id in owners],
                distribution=lines._query_analytic_accounts("line"),
                only=SQL("line.id IN %s", tuple(source_ids))
                if source_ids is not None
                else SQL("TRUE"),
                counts=self._bill_condition(),
            )
        )
        taxes = self._unrecovered_taxes([row["id"] for row in rows if row["keeps_tax"]])
        parts = self._read_splits(rows, self._source_field)
        costs = (self._shares(r, owners, taxes.get(r["id"], 0), parts) for r in rows)
        return [cost for shares in costs for cost in shares]

    @api.model
    def _bill_condition(self):
        """Return SQL that tells which bill lines are themselves costs; for add-ons."""
        return SQL("TRUE")

    @api.model
    def _expense_of_order(self):
        """Return SQL that tells which expenses an order bills; for add-ons.

        A condition on the alias ``expense``.
        """
        return SQL("FALSE")

    @api.model
    def _shares(self, row, owners, tax, splits):
        """Yield the cost of each project in a bill's or an expense's distribution."""
        step = step_of(self.env["res.currency"].browse(row["currency_id"]))
        # a part of the bill may be private; the books take it off the cost as well
        amount = (exact(row["amount"]) + tax) * exact(row["deductible"]) / 100
        names = self.env["account.move.line"]
        account_ids = names._get_analytic_account_ids_from_distributions(
            row["distribution"]
        )
        precision = self.env["decimal.precision"].precision_get("Product Unit")
        piece = Decimal(1).scaleb(-precision)
        for account_id in sorted(owners.keys() & account_ids):
            share = distribution_share(row["distribution"], account_id)
            parts = splits.parts(row, account_ids, account_id)
            text = " ".join((row["text"] or row["category"] or "").split())
            yield Cost(
                source_id=row["id"],
                project_id=owners[account_id],
                company_id=row["company_id"],
                day=row["day"],
                currency_id=row["currency_id"],
                amount=parts("amount", amount, step),
                share=share,
                quantity=parts("quantity", exact(row["quantity"]), piece),
                text=", ".join(filter(None, dict.fromkeys((row["heading"], text)))),
                category=row["category"],
                product_id=row["product_id"],
                uom_id=row["uom_id"],
                category_id=row["category_id"],
                vendor_id=row["vendor_id"],
                employee_id=row.get("employee_id"),
            )

    @api.model
    def _unrecovered_taxes(self, line_ids):
        """Return ``{line id: tax that is not recovered}``, signed like the line.

        Odoo itself adds it to the cost: it comes from repartition lines that do not go
        to the tax closing (they have no account, or one of the expenses).
        """
        taxes = {}
        wanted = self.env["account.move.line"].browse(line_ids)
        for move in wanted.move_id:
            base_lines = [
                move._prepare_product_base_line_for_taxes_computation(line)
                for line in move.line_ids
                if line.display_type == "product"
            ]
            for base_line in self._with_tax_details(base_lines, move.company_id):
                tax = unrecovered_tax(base_line)
                taxes[base_line["record"].id] = tax * move.direction_sign
        return taxes

    @api.model
    def _with_tax_details(self, base_lines, company):
        """Return lines with their taxes, computed as on the invoice."""
        AccountTax = self.env["account.tax"]
        AccountTax._add_tax_details_in_base_lines(base_lines, company)
        AccountTax._round_base_lines_tax_details(base_lines, company)
        AccountTax._add_accounting_data_in_base_lines_tax_details(base_lines, company)
        return base_lines

    @api.model
    def _flush_bills(self):
        for name in ("account.move", "account.move.line", "product.template"):
            self.env[name].flush_model()

    # === ITEMS ===

    @api.model
    def _cost_items(self, rules, costs, source_field):
        """Return the values of the items of some costs."""
        rules_of = defaultdict(list)
        for rule in rules if costs else ():
            rules_of[rule.project_id.id].append(_CostRule(rule))
        products = {cost.product_id for cost in costs} - {None}
        self.env["product.product"].browse(products).mapped("uom_id")  # together
        pricer = CostPricer(self.env)
        wanted = []
        for cost in costs:
            rule = next(
                (rule for rule in rules_of[cost.project_id] if rule.matches(cost)), None
            )
            if not rule:
                continue
            quantity, price, values = pricer.price(rule.record, cost)
            if quantity and (price or values["problem"]):
                wanted.append(
                    self._item_values(
                        rule.record,
                        quantity,
                        price,
                        name=cost.text,
                        employee_id=cost.employee_id,
                        date=cost.day,
                        part=cost.project_id,
                        **{source_field: cost.source_id},
                        **values,
                    )
                )
        return wanted


def unrecovered_tax(base_line):
    """Return the tax of one line that is not recovered, as an exact number."""
    return sum(
        (
            exact(part["tax_amount_currency"])
            for tax in base_line["tax_details"]["taxes_data"]
            for part in tax["tax_reps_data"]
            if not part["tax_rep"].use_in_tax_closing
        ),
        exact(0),
    )


class _CostRule:
    """A rule with the values to match costs, read once for many of them."""

    def __init__(self, rule):
        self.record = rule
        self.products = set(rule.cost_product_ids.ids)
        self.vendors = set(rule.cost_partner_ids.commercial_partner_id.ids)
        categories = rule.cost_category_ids
        self.categories = set(
            categories.search([("id", "child_of", categories.ids)]).ids
            if categories
            else ()
        )

    def matches(self, cost):
        """Tell whether the rule covers this cost."""
        rule = self.record
        return (
            cost.company_id == rule.company_id.id
            and rule.date_start <= cost.day
            and (not rule.date_end or cost.day <= rule.date_end)
            and (not self.products or cost.product_id in self.products)
            and (not self.categories or cost.category_id in self.categories)
            and (not self.vendors or cost.vendor_id in self.vendors)
        )
