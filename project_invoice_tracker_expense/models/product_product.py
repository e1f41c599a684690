"""Expense categories: without a re-invoice policy no order bills their expenses."""

import contextlib

from odoo import models

#: A write of these may take the re-invoice policy off a product.
POLICY_FIELDS = {"can_be_expensed", "expense_policy", "is_storable", "sale_ok", "type"}


class ProductProduct(models.Model):
    """Update expenses whose order Odoo removes with the re-invoice policy."""

    _inherit = "product.product"

    def write(self, vals):
        if not vals.keys() & POLICY_FIELDS:
            return super().write(vals)
        with self._billing_following_policy():
            return super().write(vals)

    @contextlib.contextmanager
    def _billing_following_policy(self):
        """Bill expenses that named an order, if a write takes that off them."""
        expenses = self.env["hr.expense"]
        if expenses._billing_is_on():
            expenses = expenses._billing_planned_on_orders(self)
        yield
        # elevated, as they were found
        expenses.filtered(lambda expense: not expense.sale_order_id)._billing_sync()


class ProductTemplate(models.Model):
    """Update expenses when the policy of all variants of a product changes."""

    _inherit = "product.template"

    def write(self, vals):
        if not vals.keys() & POLICY_FIELDS:
            return super().write(vals)
        variants = self.with_context(active_test=False).product_variant_ids
        with variants._billing_following_policy():
            return super().write(vals)
