"""Sales orders: a hand-over invoices only what was delivered."""

from odoo import models


class SaleOrder(models.Model):
    """Invoice nothing that was sold in advance when a project is handed over."""

    _inherit = "sale.order"

    def _get_invoiceable_lines(self, final=False):
        """Override of `sale`: only what was delivered, when a hand-over asks for it."""
        lines = super()._get_invoiceable_lines(final)
        if not self.env.context.get("billing_delivered_only"):
            return lines
        return lines.filtered(
            lambda line: (
                line.display_type
                or line.is_downpayment
                or line.is_expense
                or line.product_id.invoice_policy != "order"
            )
        )
