"""Update requests when accounting changes, cancels or restores their invoice."""

from odoo import models
from odoo.tools import SQL, format_date

from ..exceptions import BillingError


class ProjectBillingRequest(models.Model):
    """Checks at posting, and changes that follow from the invoice."""

    _inherit = "project.billing.request"

    def _billing_check_invoice(self, move):
        """Refuse an invoice that differs from what its requests were approved for."""
        lines = self.line_ids._live()
        if (
            move.partner_id != self.partner_id
            or move.currency_id != self.currency_id
            or move.move_type != "out_invoice"
        ):
            raise BillingError(
                self.env._(
                    "The customer and the currency of %(invoice)s were approved with "
                    "%(requests)s. Send it back to have them changed.",
                    invoice=move.display_name,
                    requests=", ".join(self.mapped("name")),
                )
            )
        self._billing_check_rate(move.invoice_date or move.company_id._billing_today())
        invoiced = {line.billing_line_id: line for line in move.invoice_line_ids}
        for line in lines:
            target = invoiced.get(line)
            if not target:
                raise BillingError(
                    self.env._(
                        "“%(line)s” of %(request)s is missing on the invoice.",
                        line=line.name,
                        request=line.request_id.name,
                    )
                )
            line._billing_check_taxes(target)

    def _billing_check_rate(self, day):
        """Refuse a foreign currency without an exchange rate; never assume 1.0."""
        for company, currency in {(r.company_id, r.currency_id) for r in self}:
            if currency == company.currency_id:
                continue
            # sudo: rates are read whoever creates or posts the invoice
            rates_sudo = self.env["res.currency.rate"].sudo()
            domain = [
                ("currency_id", "=", currency.id),
                ("company_id", "in", (False, company.root_id.id)),
                ("name", "<=", day),
            ]
            if not rates_sudo.search(domain, limit=1):
                raise BillingError(
                    self.env._(
                        "No exchange rate for %(currency)s on %(day)s. Ask accounting "
                        "to enter one.",
                        currency=currency.name,
                        day=format_date(self.env, day),
                    )
                )

    def _billing_invoice_gone(self, cause):
        """Release all work of requests whose invoice was cancelled or deleted."""
        gone = self.filtered(lambda request: request.state == "invoiced")
        if not gone:
            return
        gone.line_ids._give_back(cause)
        comment = dict(
            self.env["project.billing.allocation"]
            ._fields["release_cause"]
            ._description_selection(self.env)
        )[cause]
        gone._move("invoice_cancelled", comment)
        gone._tell_manager(self.env._("%s. Its work can be billed again.", comment))

    def _billing_invoice_back(self):
        """Reserve the slices again: the cancelled invoice is a draft again."""
        if not self:
            return
        # a line lowered to nothing is not on the invoice, but holds what it wrote off
        lines = self.line_ids.filtered(lambda line: not line.removed)
        self.env["project.billing.ledger"]._engine_ledger()._take_back(
            SQL(
                "release_cause = 'invoice_cancelled' AND line_id IN %s",
                tuple(lines.ids) or (0,),
            ),
            "reserved",
        )
        self._move("invoice_restored")


class ProjectBillingLine(models.Model):
    """Checks and changes that follow from the invoice line."""

    _inherit = "project.billing.line"

    def _billing_check_taxes(self, invoice_line):
        """Refuse an invoice line whose amounts differ from the approved line."""
        self.ensure_one()
        if any(
            self.currency_id.compare_amounts(invoice_line[name], self[name])
            for name in ("price_subtotal", "price_total")
        ):
            raise BillingError(
                self.env._(
                    "The taxes of “%(line)s” are not those that were approved "
                    "with %(request)s. Restore them, or correct the taxes of "
                    "the service or the customer and send the invoice back.",
                    line=self.name,
                    request=self.request_id.name,
                )
            )

    def _billing_remove_from_invoice(self):
        """Give back lines that accounting removed from a draft invoice."""
        self._give_back("invoice_line_removed")
        self._engine().write({"removed": True})
        for request in self.request_id:
            request._tell_manager(
                self.env._(
                    "Accounting removed from the invoice: %s. "
                    "The work can be billed again.",
                    ", ".join((self & request.line_ids).mapped("name")),
                )
            )
            if request.state == "invoiced" and not request.line_ids._live():
                # what was written off on lines without a quantity is free as well
                request.line_ids._give_back("invoice_cancelled")
                request._move("invoice_cancelled", self.env._("No line is left"))
                request._engine().invoice_id = False
