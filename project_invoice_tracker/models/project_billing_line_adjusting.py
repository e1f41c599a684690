"""Automatic lines: invoicing, crediting and releasing them."""

from odoo import api, fields, models

from ..billing.rounding import exact, money
from ..exceptions import BillingError
from .currency_step import step_of

#: After these, a line never comes back: its own item goes with it.
FINAL_CAUSES = {"request_cancelled", "invoice_deleted", "invoice_line_removed"}


class ProjectBillingLine(models.Model):
    """An automatic line; deductions and retentions are negative.

    What they use is given back by amount.
    """

    _inherit = "project.billing.line"

    extra_tax_data = fields.Json(
        readonly=True,
        export_string_translation=False,
        help="Taxes of a deduction that covers its request to the last cent.",
    )

    adjusts_note = fields.Char(string="Automatic Line", compute="_compute_adjusts_note")

    # === COMPUTE ===

    @api.depends("extra_tax_data")
    def _compute_amounts(self):
        return super()._compute_amounts()

    def _compute_tax_ids(self):
        """Override to deduct a deposit with the taxes that it was billed with."""
        result = super()._compute_tax_ids()
        for line in self.filtered(lambda line: line.adjusts and line.kind == "advance"):
            billed = line.rule_id._deposit_lines()
            if billed:
                line.tax_ids = billed[-1].tax_ids
        return result

    def _taxes_today(self, position):
        if self.adjusts and self.kind == "advance":
            return self.tax_ids
        return super()._taxes_today(position)

    def _compute_adjusts_note(self):
        for line in self:
            if not line.adjusts:
                line.adjusts_note = False
            elif line.quantity > 0:
                line.adjusts_note = self.env._("Added automatically")
            elif line.kind == "retention":
                line.adjusts_note = self.env._("Held back automatically")
            else:
                line.adjusts_note = self.env._("Deducted automatically")

    def explain(self):
        """Override: the slice of a deposit is an amount, whose price is the line's."""
        rows = super().explain()
        by_id = {line.id: line for line in self}
        for row in rows:
            line = by_id[row["line_id"]]
            if line.unit == "amount":
                row["price"] = line.price_unit
        return rows

    # === BUSINESS ===

    def _prepare_invoice_line(self, shared):
        values = super()._prepare_invoice_line(shared)
        if self.extra_tax_data:
            values["extra_tax_data"] = self.extra_tax_data
        return values

    def _billing_copy_values(self):
        return {**super()._billing_copy_values(), "extra_tax_data": self.extra_tax_data}

    def _billing_replace(self, request, move_line):
        """Override to refuse a deduction that was credited in part."""
        credited = self.allocation_ids.filtered(
            lambda a: a.release_cause == "credited" and not a.reverted
        )
        if self.unit == "amount" and len(credited.credit_line_id) > 1:
            raise BillingError(
                self.env._(
                    "“%s” cannot be replaced: it was credited in part before. Credit "
                    "the rest and bill the work again instead.",
                    self.name,
                )
            )
        return super()._billing_replace(request, move_line)

    def _give_back(self, cause):
        """Override to delete the items that only these lines had."""
        # sudo: ids only, as for lines that were typed by hand
        items_sudo = self.filtered("adjusts").sudo().allocation_ids.item_id
        result = super()._give_back(cause)
        if cause in FINAL_CAUSES:
            items_sudo.filtered("is_adjustment")._engine()._drop_own_items()
        return result

    def _billing_release_credited(self, note, left):
        """Override: a credit note of a negative line names an amount.

        Crediting the whole line gives back all that it used, a smaller credit its
        amount, which can then be deducted from a deposit again.
        """
        if not self._billing_by_amount():
            return super()._billing_release_credited(note, left)
        quantity, _price = self._billing_read_credit(note)
        if quantity >= 0:
            return None
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        slices = ledger._slices(self, "billed").get(self.id, [])
        done = self._billing_released_by(note)
        for part in slices[:1]:
            named = self._billing_named(note, slices)
            if exact(note.price_subtotal) <= left.amount:
                named = part.quantity + done
            credited = max(min(named - done, exact(0)), part.quantity)
            ledger._release_parts([(part, credited)], "credited", note)
        return None

    def _billing_named(self, document, slices):
        """Override to return the amount, or its share of the ledger quantity."""
        if not self._billing_by_amount():
            return super()._billing_named(document, slices)
        quantity, price = self._billing_read_credit(document)
        if self.unit == "amount":
            return money(quantity * price, step_of(self.currency_id))
        return exact(quantity * price / exact(self.price_unit))
