"""Categories of expenses: without a re-invoice policy, no order has their expenses."""

from odoo import models

#: A write of these may take the re-invoice policy off a product.
POLICY_FIELDS = {"can_be_expensed", "expense_policy", "is_storable", "sale_ok", "type"}


class ProductTemplate(models.Model):
    """Odoo empties the customer to re-invoice of expenses without writing them."""

    _inherit = "product.template"

    def write(self, vals):
        expenses = self.env["hr.expense"]
        if vals.keys() & POLICY_FIELDS and expenses._billing_is_on():
            expenses = expenses._billing_planned_on_orders(self.product_variant_ids)
        result = super().write(vals)
        expenses.filtered(lambda each: not each.sudo().sale_order_id)._billing_sync()
        return result
