"""Amounts of a request: totals as its invoice will have them."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models

from ..billing.rounding import exact_money
from .currency_step import has_coins, step_of
from .service_terms import income_account


class ProjectBillingRequest(models.Model):
    """Totals of a request, computed by Odoo's own tax engine."""

    _inherit = "project.billing.request"

    amount_untaxed = fields.Monetary(compute="_compute_amounts", store=True)
    amount_tax = fields.Monetary(string="Taxes", compute="_compute_amounts", store=True)
    amount_total = fields.Monetary(
        string="Total", compute="_compute_amounts", store=True, tracking=True
    )
    tax_totals = fields.Binary(compute="_compute_tax_totals", exportable=False)
    hours = fields.Float(compute="_compute_hours")

    @api.depends("line_ids.price_subtotal", "line_ids.price_total", "line_ids.removed")
    def _compute_amounts(self):
        for request in self:
            totals = request._get_tax_totals()
            request.amount_untaxed = totals["base_amount_currency"]
            request.amount_tax = totals["tax_amount_currency"]
            request.amount_total = totals["total_amount_currency"]

    @api.depends_context("lang")
    @api.depends("line_ids.price_subtotal", "line_ids.price_total", "line_ids.removed")
    def _compute_tax_totals(self):
        for request in self:
            request.tax_totals = request._get_tax_totals()

    @api.depends("line_ids.quantity", "line_ids.removed")
    def _compute_hours(self):
        for request in self:
            time_lines = request.line_ids._live().filtered(
                lambda line: line.unit == "minute"
            )
            request.hours = sum(line._hours() for line in time_lines)

    def _get_tax_totals(self, move=None, added=()):
        """Return the summary of Odoo's tax engine over the lines to be invoiced.

        Of one request, or of several that share an invoice.

        :param move: the invoice, if it has lines of accounting's own
        :param added: those lines
        """
        AccountTax = self.env["account.tax"]
        company = self.company_id
        base_lines = [line._prepare_base_line() for line in self.line_ids._live()]
        if added:
            base_lines += move._billing_added_base_lines(added)
        else:
            for request in self:
                base_lines += request._prepare_early_discount_base_lines()
        AccountTax._add_tax_details_in_base_lines(base_lines, company)
        AccountTax._round_base_lines_tax_details(base_lines, company)
        currency = self.currency_id or company.currency_id
        totals = AccountTax._get_tax_totals_summary(
            base_lines=base_lines, currency=currency, company=company
        )
        if has_coins(currency):
            self._count_coins(totals, base_lines, currency)
        return totals

    def _count_coins(self, totals, base_lines, currency):
        """Set totals to the sum of the journal items, in currencies with coins.

        In a currency whose smallest coin is more than its last decimal, Odoo rounds the
        document, spreads the difference over the lines by decimals, and then rounds
        each journal item to coins again. Their sum is posted and owed; it may differ
        from the rounded document by some coins.
        """
        AccountTax, company = self.env["account.tax"], self.company_id
        step = step_of(currency)
        AccountTax._add_accounting_data_in_base_lines_tax_details(base_lines, company)
        items = AccountTax._prepare_tax_lines(base_lines, company)
        posted = {
            "base": [values for _line, values in items["base_lines_to_update"]],
            "tax": items["tax_lines_to_add"],
        }
        subtotals = totals["subtotals"]
        for what, rows in posted.items():
            name = f"{what}_amount_currency"
            amount = sum(
                (exact_money(row["amount_currency"], step) for row in rows), Decimal(0)
            )
            more = float(amount - exact_money(totals[name], step))
            if not more:
                continue
            totals[name] += more
            totals["total_amount_currency"] += more
            if subtotals:
                subtotals[-1][name] += more
            groups = subtotals[-1]["tax_groups"] if subtotals else []
            if what == "tax" and groups:
                largest = max(groups, key=lambda group: abs(group[name]))
                largest[name] += more

    def _joint_tax_amount(self):
        """Return the taxes of the invoice that these requests share."""
        if len(self) == 1:
            return self.amount_tax
        return self._get_tax_totals()["tax_amount_currency"]

    def _prepare_early_discount_base_lines(self):
        """Return the tax lines of an early payment discount that always lowers taxes.

        Odoo puts such lines on the invoice, one for each account and analytic
        distribution: the discount with the taxes of the service, and the same amount
        back without.
        """
        term = self.payment_term_id
        if not term.early_discount or term.early_pay_discount_computation != "mixed":
            return []
        amounts, analytic = defaultdict(float), self._analytic_of_services()
        for line in self.line_ids._live().filtered("tax_ids"):
            taxes = line.tax_ids.filtered(lambda tax: tax.amount_type != "fixed")
            discount = line.price_subtotal * term.discount_percentage / 100
            discount = self.currency_id.round(discount)
            # sudo: the account of the service, as on the invoice
            product_sudo = line.product_id.sudo()
            account = income_account(
                product_sudo, self.company_id, self.fiscal_position_id
            )
            distribution = frozenset(analytic.get(line.product_id, {}).items())
            amounts[taxes, account, distribution] -= discount
            amounts[taxes.browse(), account, None] += discount
        return [
            self.env["account.tax"]._prepare_base_line_for_taxes_computation(
                self,
                price_unit=amount,
                quantity=1.0,
                tax_ids=taxes,
                partner_id=self.partner_id,
                currency_id=self.currency_id,
                rate=1.0,
                special_mode="total_excluded",
                special_type="early_payment",
            )
            for (taxes, _account, _distribution), amount in amounts.items()
        ]
