"""A bill that an order re-invoiced is not billed again (I1)."""

from odoo.tests import tagged

from .test_reinvoicing import ReinvoicingCommon


@tagged("post_install", "-at_install")
class TestReinvoicingAgain(ReinvoicingCommon):
    def _again(self, bill):
        """Reset the bill, take its policy away, and post it again."""
        bill.button_draft()
        self.hosting.expense_policy = "no"
        bill.action_post()
        self._end()

    def test_posted_again_after_the_policy_changed(self):
        """100 that the order invoiced, and no 100 more."""
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        move = self.sold.order_id._create_invoices()
        move.action_post()
        self._again(bill)
        self.assertFalse(self._items(bill))
        self.assertFalse(self._leaks("cost", "order_cost"))
        move._reverse_moves([{"invoice_date": bill.invoice_date}]).action_post()
        line = self.sold.order_id.order_line - self.sold
        line.product_uom_qty = 0
        self._end()
        self.assertTrue(self._items(bill))

    def test_posted_again_before_the_order_invoices(self):
        """The order still has the cost to invoice, ordered or delivered."""
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        self._again(bill)
        self.assertTrue(self.sold.order_id.order_line - self.sold)
        line = self.sold.order_id.order_line - self.sold
        self.assertEqual(bool(self._items(bill)), not line.qty_to_invoice)

    def test_posted_again_higher_after_the_policy_changed(self):
        """The order is paid for 100 of 150: the other 50 are a leak until it has them."""
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        self.sold.order_id._create_invoices().action_post()
        bill.button_draft()
        self.hosting.expense_policy = "no"
        bill.invoice_line_ids.price_unit = 150
        bill.action_post()
        self.assertFalse(self._leaks("cost", "order_cost"))
        leak = self._leaks("order_grown")
        self.assertEqual((leak.amount, leak.records), (50, 1))
        self.assertIn(self.sold.order_id.name, leak.name)
        self.assertEqual(leak.action_fix()["res_id"], self.sold.order_id.id)
        self.assertFalse(self._items(bill))
        line = self.sold.order_id.order_line - self.sold
        line.price_unit = 150
        self.assertFalse(self._leaks("order_grown"))

    def test_posted_again_lower_after_the_policy_changed(self):
        """As high as it was, or lower: nothing is missing."""
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        self.sold.order_id._create_invoices().action_post()
        bill.button_draft()
        self.hosting.expense_policy = "no"
        bill.action_post()
        self.assertFalse(self._leaks("order_grown"))
        bill.button_draft()
        bill.invoice_line_ids.price_unit = 80
        bill.action_post()
        self.assertFalse(self._leaks("order_grown"))

    def test_order_line_removed(self):
        self.sold.order_id.action_cancel()
        self.sold.order_id.action_draft()
        self.sold.order_id.action_confirm()
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        line = self.sold.order_id.order_line - self.sold
        self.sold.order_id.action_cancel()
        leak = self._leaks("order_cost")
        self.assertEqual((leak.amount, leak.records), (100, 1))
        line.unlink()
        self._end()
        self.assertTrue(self._items(bill))
        self.assertFalse(self._leaks("order_cost"))

    def test_cancelled_order_is_a_leak(self):
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        self.sold.order_id.action_cancel()
        leak = self._leaks("order_cost")
        self.assertEqual((leak.amount, leak.records), (100, 1))
        leak.with_user(self.pm).action_fix()
        self._end()
        self.assertTrue(self._items(bill))
        self.assertFalse(self._leaks("order_cost"))

    def _leaks(self, *codes):
        self._end()
        return self.env["project.billing.leak"].search(
            [("project_id", "=", self.project.id), ("code", "in", codes)]
        )
