"""Costs that a sales order re-invoices are no costs of ours (I1)."""

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import NothingToBill, SourceClosed
from odoo.addons.project_invoice_tracker.tests.cost_common import CostCommon

from .sale_common import SaleBillingCommon


class ReinvoicingCommon(CostCommon, SaleBillingCommon):
    """An order that re-invoices what is bought for its project."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = cls._create_order()
        cls.sold.order_id.project_id = cls.project
        cls.hosting.expense_policy = "cost"

    def _items(self, bill):
        return self.env["project.billing.item"].search(
            [("cost_line_id", "in", bill.line_ids.ids)]
        )


@tagged("post_install", "-at_install")
class TestReinvoicing(ReinvoicingCommon):
    """A bill line is on an order, or an item of ours, never both."""

    def test_reinvoiced_bill(self):
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        reinvoiced = self.sold.order_id.order_line - self.sold
        self.assertEqual(len(reinvoiced), 1)
        self.assertFalse(self._items(bill))
        with self.assertRaises(NothingToBill):
            self._prepare()

    def test_bill_without_policy(self):
        self.hosting.expense_policy = "no"
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        self.assertFalse(self.sold.order_id.order_line - self.sold)
        self.assertEqual(self._items(bill).amount, 112.5)

    def test_vendor_takes_it_back(self):
        """The vendor's credit note of a re-invoiced bill is the order's as well."""
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        credit = bill._reverse_moves([{"invoice_date": bill.invoice_date}])
        credit.action_post()
        self.assertFalse(self._items(credit))

    def test_by_hand(self):
        """Accounting may put a cost on an order, unless a request holds it."""
        self.hosting.expense_policy = "no"
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        analytic = bill.line_ids.analytic_line_ids
        analytic.so_line = self.sold
        self.assertFalse(self._items(bill))
        analytic.so_line = False
        self.assertTrue(self._items(bill))
        request = self._prepare()
        self.assertTrue(analytic.billing_held)
        with self.assertRaisesRegex(SourceClosed, request.name):
            analytic.so_line = self.sold
        request.action_cancel()
        self.assertFalse(analytic.billing_held)
        analytic.so_line = self.sold
        self.assertFalse(self._items(bill))

    def test_held_cost_is_not_reinvoiced(self):
        """A distribution written anew puts no held cost on an order."""
        self.hosting.expense_policy = "no"
        bill = self._create_bill(100, share=60, product_id=self.hosting.id)
        self._prepare()
        self.hosting.expense_policy = "cost"
        line = bill.invoice_line_ids
        line.analytic_distribution = {
            **line.analytic_distribution,
            str(self.account.id): 60,
        }
        line._create_analytic_lines()
        self.assertFalse(self.sold.order_id.order_line - self.sold)
