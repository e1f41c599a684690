"""Credit notes on deposits that lower the price only."""

from odoo import models

from ..billing.rounding import exact


class AccountMove(models.Model):
    """A credit note that lowers a deposit's price, so that less is left to deduct."""

    _inherit = "account.move"

    def _billing_follow_state(self, before):
        """Override to update what deposits leave to deduct after a price credit.

        :raises BillingError: when more of a deposit is deducted than stays billed
        """
        result = super()._billing_follow_state(before)
        changed = self.filtered(
            lambda move: (
                before[move.id] != move.state
                and "posted" in (before[move.id], move.state)
            )
        )
        # sudo: accounting credits a deposit; what there is to deduct follows
        lines_sudo = changed.sudo().line_ids.billing_origin_line_id
        lines_sudo._billing_follow_rebates()
        return result


class ProjectBillingLine(models.Model):
    """A billing line with the price credits of its credit notes."""

    _inherit = "project.billing.line"

    def _billing_follow_rebates(self):
        """Update what these deposits leave to deduct, by their price credits."""
        lines = self.filtered(lambda line: line.kind == "advance" and not line.adjusts)
        if lines:
            kind = self.env["project.billing.kind"]._get("advance")
            kind._follow_ledger(lines.allocation_ids.item_id)

    def _billing_rebates(self):
        """Return the amount that posted credit notes took off the price (elevated).

        Only credit notes that gave no work back count; taxes are in it where the price
        includes them.
        """
        if not self:
            return exact(0)
        notes = self.env["account.move.line"].search(
            [
                ("billing_origin_line_id", "in", self.ids),
                ("parent_state", "=", "posted"),
            ]
        )
        every = self.allocation_ids.filtered(lambda slice_: not slice_.reverted)
        notes -= every.credit_line_id
        return sum((self._rebate_of(note) for note in notes), exact(0))

    def _rebate_of(self, note):
        """Return the amount that one line of a credit note took off the price."""
        line = note.billing_origin_line_id
        kind = self.env["project.billing.kind"]
        amount = kind._in_terms_of_price(note, line.tax_ids)
        if note.currency_id != line.currency_id:
            amount = exact(
                note.currency_id._convert(
                    float(amount), line.currency_id, note.company_id, note.date
                )
            )
        # an invoice that takes a credit note back names the same line
        return amount if note.move_id.move_type == "out_refund" else -amount
