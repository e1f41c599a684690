"""Amounts and content of a request: totals as the invoice will have them."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.fingerprint import fingerprint
from ..billing.rounding import exact


class ProjectBillingRequest(models.Model):
    """Totals by Odoo's own tax engine, and the fingerprint of the content."""

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
            request.hours = sum(time_lines.mapped("quantity"))

    def _get_tax_totals(self):
        """Return the summary of Odoo's tax engine over the lines to be invoiced."""
        self.ensure_one()
        AccountTax = self.env["account.tax"]
        base_lines = [line._prepare_base_line() for line in self.line_ids._live()]
        base_lines += self._prepare_early_discount_base_lines()
        AccountTax._add_tax_details_in_base_lines(base_lines, self.company_id)
        AccountTax._round_base_lines_tax_details(base_lines, self.company_id)
        return AccountTax._get_tax_totals_summary(
            base_lines=base_lines,
            currency=self.currency_id or self.company_id.currency_id,
            company=self.company_id,
        )

    def _prepare_early_discount_base_lines(self):
        """Return what lowers the tax when the payment term says that it always does.

        Odoo puts such lines on the invoice: the discount with the taxes of the
        service, and the same amount back without.
        """
        term = self.payment_term_id
        if not term.early_discount or term.early_pay_discount_computation != "mixed":
            return []
        amounts = defaultdict(float)
        for line in self.line_ids._live().filtered("tax_ids"):
            taxes = line.tax_ids.filtered(lambda tax: tax.amount_type != "fixed")
            discount = line.price_subtotal * term.discount_percentage / 100
            discount = self.currency_id.round(discount)
            amounts[taxes] -= discount
            amounts[taxes.browse()] += discount
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
            for taxes, amount in amounts.items()
        ]

    # === FINGERPRINT ===

    def _fingerprints(self):
        """Return ``{request id: fingerprint}`` of everything that is approved."""
        slices = self._content_slices()
        return {
            request.id: fingerprint(request._content(slices[request.id]))
            for request in self
        }

    def _content(self, slices):
        """Return the content an approval is given for, as plain values."""
        self.ensure_one()
        currency_decimals = self.currency_id.decimal_places
        return {
            "company": self.company_id.id,
            "project": self.project_id.id,
            "partner": self.partner_id.id,
            "currency": self.currency_id.id,
            "fiscal_position": self.fiscal_position_id.id,
            "payment_term": self.payment_term_id.id,
            "period": [self.date_from or None, self.date_to or None],
            "reference": self.customer_reference or "",
            "message": str(self.narration or ""),
            "amounts": [
                exact(self.amount_untaxed, currency_decimals),
                exact(self.amount_tax, currency_decimals),
            ],
            "lines": [line._content() for line in self.line_ids.sorted("id")],
            "slices": slices,
        }

    def _content_slices(self):
        """Return the slices behind the lines, as plain values by request."""
        slices = defaultdict(list)
        if not self:
            return slices
        self.env["project.billing.ledger"]._flush()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT request_id, line_id, item_id, quantity, action
                  FROM project_billing_allocation
                 WHERE request_id IN %s AND state <> 'released'
                 ORDER BY request_id, line_id, item_id, action
                """,
                tuple(self.ids),
            )
        )
        for request_id, line_id, item_id, quantity, action in rows:
            slices[request_id].append([line_id, item_id, exact(quantity), action])
        return slices


class ProjectBillingLine(models.Model):
    """The part of a line that an approval is given for."""

    _inherit = "project.billing.line"

    def _content(self):
        """Return text, quantity, price, service and taxes as plain values."""
        self.ensure_one()
        return [
            self.id,
            self.kind,
            self.name,
            self.sequence,
            self.product_id.id,
            exact(self.quantity),
            exact(self.price_unit),
            sorted(self.tax_ids.ids),
            self.removed,
            # only when there is one: what was approved before an upgrade stays so
            *([exact(self.discount)] if self.discount else []),
        ]
