"""An expense that Sales re-invoices to a customer is billed by that order only (I1)."""

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import SourceClosed
from odoo.addons.project_invoice_tracker_expense.tests.test_expense import (
    ExpenseCommon,
)


@tagged("post_install", "-at_install")
class TestExpensesOfOrders(ExpenseCommon):
    def test_customer_to_reinvoice(self):
        """The order chosen on an expense bills it; what is held is not given to one."""
        self.env.user.group_ids += self.env.ref("sales_team.group_sale_manager")
        order = self.env["sale.order"].create({"partner_id": self.partner_a.id})
        order.action_confirm()
        self.travel.expense_policy = "cost"
        sold = self._create_expense(60, sale_order_id=order.id)
        self.assertFalse(self._items_of(sold))
        ours = self._create_expense(40)
        self.assertTrue(self._items_of(ours))
        request = self._prepare()
        with self.assertRaisesRegex(SourceClosed, request.name):
            ours.sale_order_id = order

    def _items_of(self, expense):
        return self.env["project.billing.item"].search(
            [("expense_id", "=", expense.id)]
        )
