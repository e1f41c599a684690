"""Credit notes for lines of corrections, whose quantities are negative."""

from odoo import models

from ..billing.rounding import exact
from ..exceptions import BillingError


class ProjectBillingLine(models.Model):
    """A billing line of corrections, when it is credited."""

    _inherit = "project.billing.line"

    def _billing_remove_from_invoice(self):
        """Override to refuse an invoice that its corrections would make negative.

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

    def _billing_takes_back(self):
        """Tell whether this is a line of corrections, and not an automatic line."""
        self.ensure_one()
        return not self.adjusts and self.quantity < 0

    def _billing_names(self, note, left):
        """Override to compare negative lines with both signs turned."""
        if not self._billing_takes_back():
            return super()._billing_names(note, left)
        quantity, price = self._billing_read_credit(note)
        full = exact(self.price_unit * (1 - self.discount / 100), 4)
        return quantity < 0 and (
            price >= full
            or left.turned().names(
                -quantity,
                -exact(note.price_subtotal),
                exact(self.currency_id.rounding),
            )
        )

    def _billing_release_credited(self, note, left):
        """Override to have a negative line credited by a negative line only."""
        if not self._billing_takes_back():
            return super()._billing_release_credited(note, left)
        if not self._billing_names(note, left):
            return None
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        slices = ledger._slices(self, "billed").get(self.id, [])
        held = sum((part.quantity for part in slices), exact(0))
        done = self._billing_released_by(note)
        quantity, _price = self._billing_read_credit(note)
        credited = held
        is_all = left.turned().is_all(-quantity, -exact(note.price_subtotal))
        if done and not is_all and self._reads_as(done, quantity):
            return None
        if not is_all and quantity > self._reads(held + done):
            named = self._billing_named(note, slices)
            credited = max(min(named - done, exact(0)), held)
        if credited:
            parts = self._billing_take_credited(slices, credited, note)
            ledger._release_parts(parts, "credited", note)
        return None
