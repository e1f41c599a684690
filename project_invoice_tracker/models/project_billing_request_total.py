"""Compare the posted total with the approved one; note what accounting added."""

from odoo import api, fields, models
from odoo.tools import format_amount

from ..exceptions import BillingError


class ProjectBillingRequest(models.Model):
    """Totals of the invoice, compared with those of its requests at posting."""

    _inherit = "project.billing.request"

    amount_added = fields.Monetary(
        string="Added by Accounting",
        compute="_compute_amount_added",
        compute_sudo=True,
        help="What lines of accounting's own add to the invoice, with taxes: it was "
        "not part of what was approved. Of the whole invoice, where requests share "
        "one.",
    )

    @api.depends("invoice_id.line_ids.price_total", "invoice_id.state")
    def _compute_amount_added(self):
        for request in self:
            move = request.invoice_id.filtered(lambda move: move.state != "cancel")
            request.amount_added = sum(
                move._billing_added_lines().mapped("price_total")
            )

    def _billing_check_totals(self, move):
        """Refuse an invoice whose totals differ from what was approved.

        :raises BillingError: naming the lines, or both amounts
        """
        added = move._billing_added_lines()
        if added and not move.company_id.billing_accounting_lines:
            raise BillingError(
                self.env._(
                    "“%(line)s” on %(invoice)s was not approved with %(requests)s. "
                    "Take the line off, or put it on an invoice of its own. Whether "
                    "accounting may add lines is a setting of the company.",
                    line=added[0].name or added[0].product_id.display_name or "–",
                    invoice=move.display_name,
                    requests=", ".join(self.mapped("name")),
                )
            )
        untaxed, tax = self._billing_expected_totals(move, added)
        rounding = move._billing_rounding_amounts()
        self._billing_refuse_tax(move, move.amount_tax - rounding["tax"], tax)
        self._billing_refuse_untaxed(
            move, move.amount_untaxed - rounding["base"], untaxed
        )
        self._billing_check_rounding(move, untaxed + tax, sum(rounding.values()))
        self._billing_check_owed(move)

    def _billing_expected_totals(self, move, added):
        """Return the totals that the invoice must have: untaxed, and its taxes.

        :param added: lines of accounting's own
        """
        if not added and len(self) == 1:
            return self.amount_untaxed, self.amount_tax
        totals = self._get_tax_totals(move, added)
        return totals["base_amount_currency"], totals["tax_amount_currency"]

    def _billing_refuse_tax(self, move, found, expected):
        if not move.currency_id.compare_amounts(found, expected):
            return
        raise BillingError(
            self.env._(
                "The taxes of %(invoice)s are %(taxes)s, but %(expected)s were "
                "approved with %(requests)s. Restore them, or send it back.",
                invoice=move.display_name,
                taxes=move.currency_id.format(found),
                expected=move.currency_id.format(expected),
                requests=", ".join(self.mapped("name")),
            )
        )

    def _billing_refuse_untaxed(self, move, found, expected):
        """Refuse an untaxed amount that differs, in total or of one line."""
        currency = move.currency_id
        lines = move.line_ids.filtered(lambda line: line.display_type == "product")
        # taxes that are included are spread over the lines by the smallest unit
        spread = currency.rounding * len(lines)
        moved = [
            line
            for line in lines
            if abs(move.direction_sign * line.amount_currency - line.price_subtotal)
            > spread + currency.rounding / 2
        ]
        if moved:
            found = move.direction_sign * moved[0].amount_currency
            expected = moved[0].price_subtotal
        elif not currency.compare_amounts(found, expected):
            return
        raise BillingError(
            self.env._(
                "%(invoice)s comes to %(found)s untaxed%(where)s, but %(expected)s "
                "were approved with %(requests)s. Restore it, or send it back.",
                invoice=move.display_name,
                found=currency.format(found),
                where=self.env._(" on “%s”", moved[0].name) if moved else "",
                expected=currency.format(expected),
                requests=", ".join(self.mapped("name")),
            )
        )

    def _billing_check_rounding(self, move, total, rounding):
        """Refuse a cash rounding that its method does not give for the total."""
        method, currency = move.invoice_cash_rounding_id, move.currency_id
        expected = method.compute_difference(currency, total) if method else 0.0
        if currency.compare_amounts(rounding, expected):
            raise BillingError(
                self.env._(
                    "%(invoice)s is rounded by %(found)s; by its cash rounding it "
                    "would be %(expected)s. Restore it, or send it back.",
                    invoice=move.display_name,
                    found=currency.format(rounding),
                    expected=currency.format(expected),
                )
            )

    def _billing_check_owed(self, move):
        """Refuse an invoice whose receivable differs from its total."""
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        owed = sum(terms.mapped("amount_currency"))
        if move.currency_id.compare_amounts(owed, move.amount_total):
            raise BillingError(
                self.env._(
                    "%(invoice)s comes to %(total)s, but the customer would owe "
                    "%(owed)s. Restore its journal items, or send it back.",
                    invoice=move.display_name,
                    total=move.currency_id.format(move.amount_total),
                    owed=move.currency_id.format(owed),
                )
            )

    def _tell_added(self, move, amount):
        """Tell requester and approvers what accounting added (elevated)."""
        for request in self:
            request._tell(
                self.env._(
                    "Accounting posted %(invoice)s with lines of its own: %(amount)s "
                    "with taxes were not part of what was approved.",
                    invoice=move.name,
                    amount=format_amount(self.env, amount, move.currency_id),
                ),
                request._concerned(),
            )


class AccountMove(models.Model):
    """Lines that accounting added to an invoice of billing requests."""

    _inherit = "account.move"

    def _billing_added_lines(self):
        """Return the lines of these invoices that are in no approved request."""
        return self.invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and not line.billing_line_id
        )

    def _billing_added_base_lines(self, added):
        """Return lines that are not ours, in the form of Odoo's tax engine.

        Includes the lines by which an early payment discount lowers the tax, of all
        lines.
        """
        self.ensure_one()
        early = self.line_ids.filtered(lambda line: line.display_type == "epd")
        return [
            *map(self._prepare_product_base_line_for_taxes_computation, added),
            *map(self._prepare_epd_base_line_for_taxes_computation, early),
        ]

    def _billing_rounding_amounts(self):
        """Return what a cash rounding adds: ``{"tax": …, "base": …}``.

        It makes a line of its own, which Odoo counts as tax when its method says
        “modify tax amount”. It rounds the amount due, and changes no price.
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.display_type == "rounding")
        taxes = lines.filtered("tax_repartition_line_id")
        return {
            name: self.direction_sign * sum(found.mapped("amount_currency"))
            for name, found in (("tax", taxes), ("base", lines - taxes))
        }

    def _billing_note_added(self):
        """Note what accounting added to invoices that were just posted."""
        journal = self.env["project.billing.journal"]
        # sudo: the requests behind, whoever posts
        for move in self.sudo().filtered("billing_request_ids"):
            amount = sum(move._billing_added_lines().mapped("price_total"))
            domain = [("action", "=", "lines_added"), ("invoice_id", "=", move.id)]
            # sudo: as above
            if not amount and not journal.sudo().search_count(domain, limit=1):
                continue
            requests = move.billing_request_ids
            journal._record(
                "lines_added",
                [
                    {
                        "company_id": move.company_id.id,
                        "project_id": requests.project_id[:1].id,
                        "request_id": requests[:1].id,
                        "invoice_id": move.id,
                        "document": move.name,
                        "before": {"amount": sum(requests.mapped("amount_total"))},
                        "after": {"amount": move.amount_total, "added": amount},
                    }
                ],
            )
            if amount:
                requests._tell_added(move, amount)
