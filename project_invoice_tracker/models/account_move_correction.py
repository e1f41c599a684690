"""Crediting a line of corrections."""

from odoo import models

from ..billing.rounding import exact, ledger_quantity
from ..exceptions import BillingError


class ProjectBillingLine(models.Model):
    """A line of what was taken back, as it is credited."""

    _inherit = "project.billing.line"

    def _billing_remove_from_invoice(self):
        """Override: no invoice is left with less than its corrections take back.

        :raises BillingError: naming the line, and the remedy
        """
        result = super()._billing_remove_from_invoice()
        for request in self.request_id:
            live = request.line_ids._live()
            back = live.filtered(lambda line: line.quantity < 0 and not line.adjusts)
            if back and not request._is_not_negative():
                raise BillingError(
                    self.env._(
                        "Without “%(line)s” the invoice would be below zero: "
                        "“%(back)s” takes back more than the rest. Remove that line "
                        "first, or send the invoice back.",
                        line=(self & request.line_ids)[:1].name,
                        back=back[0].name,
                    )
                )
        return result

    def _billing_release_credited(self, note):
        """Override: a line less than nothing is credited by one that is so, too."""
        if self.adjusts or self.quantity >= 0:
            return super()._billing_release_credited(note)
        quantity, price = self._billing_read_credit(note)
        full = exact(self.price_unit * (1 - self.discount / 100), 4)
        if quantity >= 0 or price < full:
            return None
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        slices = ledger._slices(self, "billed").get(self.id, [])
        held = sum((part.quantity for part in slices), exact(0))
        own = self.allocation_ids.filtered(
            lambda part: part.credit_line_id == note and not part.reverted
        )
        done = sum((exact(part.quantity) for part in own), exact(0))
        credited = held
        if quantity > self._readable(held + done, self.unit):
            named = ledger_quantity(quantity, self.unit)
            credited = max(min(named - done, exact(0)), held)
        if credited:
            parts = self._billing_take_credited(slices, credited, note)
            ledger._release_parts(parts, "credited", note)
        return None
