"""An expense that Sales re-invoices to a customer is billed by that order only (I1)."""

from datetime import date

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import SourceClosed
from odoo.addons.project_invoice_tracker_expense.tests.test_expense import (
    ExpenseCommon,
)


@tagged("post_install", "-at_install")
class TestExpensesOfOrders(ExpenseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.order = cls.env["sale.order"].create({"partner_id": cls.partner_a.id})
        cls.order.action_confirm()
        cls.travel.expense_policy = "cost"
        cls.travel.supplier_taxes_id = False

    def _items_of(self, expense):
        self.env.cr.flush()
        self.env.invalidate_all()
        return self.env["project.billing.item"].search(
            [("expense_id", "=", expense.id)]
        )

    def _leaks(self, *codes):
        self.env.cr.flush()
        self.env.invalidate_all()
        return self.env["project.billing.leak"].search(
            [
                ("project_id", "=", self.project.id),
                ("code", "in", codes or ("cost", "order_cost")),
            ]
        )

    def test_customer_to_reinvoice(self):
        """The order chosen on an expense bills it; what is held is not given to one."""
        sold = self._create_expense(60, sale_order_id=self.order.id)
        self.assertFalse(self._items_of(sold))
        ours = self._create_expense(40)
        self.assertTrue(self._items_of(ours))
        request = self._prepare()
        with self.assertRaisesRegex(SourceClosed, request.name):
            ours.sale_order_id = self.order

    def test_policy_taken_off_after_the_order_billed(self):
        """150 that the order invoiced, and no 150 more when the policy goes."""
        expense = self._create_expense(150, sale_order_id=self.order.id)
        self.order._create_invoices().action_post()
        self.travel.expense_policy = "no"
        self.env.flush_all()
        self.assertFalse(expense.sale_order_id)
        expense._billing_sync()
        self.assertFalse(self._items_of(expense))
        self.assertFalse(self._leaks())

    def test_policy_taken_off_before_the_order_bills(self):
        """The order still has it to invoice."""
        expense = self._create_expense(150, sale_order_id=self.order.id)
        self.travel.expense_policy = "no"
        self.env.flush_all()
        expense._billing_sync()
        self.assertFalse(self._items_of(expense))
        self.assertTrue(self.order.order_line.qty_to_invoice)

    def test_policy_taken_off_an_expense_that_no_order_bills(self):
        """Odoo empties the customer to re-invoice: the expense is ours, or nobody's."""
        expenses = self._create_expense(60) | self._create_expense(40)
        for expense in expenses:
            expense.sale_order_id = self.order
        self.order.locked = True
        variant, template = self.travel, self.travel.product_tmpl_id
        for product, policy_off in (
            (template, {"expense_policy": "no"}),
            (template, {"sale_ok": False}),
            (variant, {"expense_policy": "no"}),
        ):
            with self.subTest(policy_off), self.env.cr.savepoint() as savepoint:
                self.assertFalse(self._items_of(expenses[0]))
                product.write(policy_off)
                self.env.flush_all()
                for expense in expenses:
                    self.assertFalse(expense.sale_order_id)
                    self.assertEqual(self._items_of(expense).quantity, 1)
                self.assertFalse(self._leaks())
                savepoint.rollback()
                self.env.invalidate_all()

    def test_policy_that_there_never_was(self):
        """Chosen all the same, and emptied by writing what the product says already."""
        self.travel.expense_policy = "no"
        expense = self._create_expense(50, sale_order_id=self.order.id)
        self.assertEqual(expense.sale_order_id, self.order)
        self.assertFalse(self._items_of(expense))
        self.travel.write({"expense_policy": "no"})
        self.env.flush_all()
        self.assertFalse(expense.sale_order_id)
        self.assertEqual(self._items_of(expense).quantity, 1)

    def test_customer_to_reinvoice_taken_off(self):
        expense = self._create_expense(150, sale_order_id=self.order.id)
        self.order._create_invoices().action_post()
        expense.sale_order_id = False
        self.assertFalse(self._items_of(expense))

    def test_reset_and_booked_again_without_the_policy(self):
        """What the order invoiced stays billed by it, also of a new entry."""
        expense = self._create_expense(150, sale_order_id=self.order.id)
        invoice = self.order._create_invoices()
        invoice.action_post()
        day = {"invoice_date": date(2026, 3, 5), "date": date(2026, 3, 5)}
        expense.account_move_id._reverse_moves([day], cancel=True)
        self.travel.expense_policy = "no"
        self.env.flush_all()
        self._book(expense)
        self.assertFalse(self._items_of(expense))
        self.assertFalse(self._leaks())
        credit = invoice._reverse_moves([{"invoice_date": date(2026, 3, 31)}])
        credit.action_post()
        self.assertTrue(self._items_of(expense))
        request = self._prepare()
        with (
            self.assertRaisesRegex(SourceClosed, request.name),
            self.env.cr.savepoint(),
        ):
            credit.button_draft()

    def test_booked_again_higher_without_the_policy(self):
        """The order is paid for 150 of 210: 60 are a leak."""
        expense = self._create_expense(150, sale_order_id=self.order.id)
        self.order._create_invoices().action_post()
        day = {"invoice_date": date(2026, 3, 5), "date": date(2026, 3, 5)}
        expense.account_move_id._reverse_moves([day], cancel=True)
        self.travel.expense_policy = "no"
        self.env.flush_all()
        expense.write({"total_amount_currency": 210, "price_unit": 210})
        self._book(expense)
        self.assertFalse(self._items_of(expense))
        leak = self._leaks("order_grown")
        self.assertEqual(leak.amount, 60)

    def test_given_to_a_paid_order_later(self):
        """100 that no item of the order stands for: a leak, and the button mends it."""
        expense = self._create_expense(100)
        expense.sale_order_id = self.order
        self.assertFalse(self._items_of(expense))
        leak = self._leaks()
        self.assertEqual((leak.code, leak.amount), ("order_cost", 100))
        self.assertIn(self.order.name, leak.name)
        leak.with_user(self.pm).action_fix()
        self.assertFalse(expense.sale_order_id)
        self.assertTrue(self._items_of(expense))
        self.assertFalse(self._leaks())

    def test_order_line_deleted(self):
        """The item that the order had for an expense is deleted: 100 by nobody."""
        expense = self._create_expense(100, sale_order_id=self.order.id)
        self.assertFalse(self._leaks())
        line = self.order.order_line
        self.order.action_cancel()
        leak = self._leaks()
        self.assertEqual((leak.code, leak.amount), ("order_cost", 100))
        self.order.action_draft()
        line.unlink()
        leak = self._leaks()
        self.assertEqual((leak.code, leak.amount), ("order_cost", 100))
        leak.with_user(self.pm).action_fix()
        self.assertTrue(self._items_of(expense))

    def test_order_cancelled(self):
        expense = self._create_expense(100, sale_order_id=self.order.id)
        self.order.action_cancel()
        leak = self._leaks()
        self.assertEqual((leak.code, leak.amount), ("order_cost", 100))
        leak.with_user(self.pm).action_fix()
        self.assertTrue(self._items_of(expense))
        self.assertFalse(self._leaks())

    def test_held_expense_is_not_reinvoiced(self):
        """What a request has goes on no order when its entry is written anew."""
        expense = self._create_expense(40)
        self._prepare()
        lines = expense.account_move_id.line_ids
        self.env.cr.execute(
            "UPDATE hr_expense SET sale_order_id = %s WHERE id = %s",
            [self.order.id, expense.id],
        )
        self.env.invalidate_all()
        self.assertFalse(lines._sale_create_reinvoice_sale_line())
        self.assertFalse(self.order.order_line)
