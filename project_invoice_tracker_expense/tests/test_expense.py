"""Expenses of employees become items, and close when they are billed."""

import base64
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.exceptions import (
    NothingToBill,
    SourceClosed,
)
from odoo.addons.project_invoice_tracker.tests.cost_common import CostCommon

#: A picture of one dot.
IMAGE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)
REVERSAL = [[{"invoice_date": date(2026, 3, 5), "date": date(2026, 3, 5)}]]


class ExpenseCommon(CostCommon):
    """An employee with expenses on the project, and who approves and books them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.travel = cls.env["product.product"].create(
            {
                "name": "Travel",
                "type": "service",
                "can_be_expensed": True,
                "categ_id": cls.category.id,
                "standard_price": 0.0,
                "lst_price": 0.5,
                "supplier_taxes_id": [Command.set(cls.vat.ids)],
            }
        )
        cls.chief = new_test_user(
            cls.env,
            "chief_test",
            groups="hr_expense.group_hr_expense_manager,account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.bob.work_contact_id = cls.env["res.partner"].create({"name": "Bob"})

    @classmethod
    def _create_expense(cls, total, share=100, booked=True, **values):
        distribution = {str(cls.account.id): share}
        if share < 100:
            distribution[str(cls.other_account.id)] = 100 - share
        expense = cls.env["hr.expense"].create(
            {
                "name": "Taxi",
                "employee_id": cls.bob.id,
                "product_id": cls.travel.id,
                "date": date(2026, 3, 2),
                **({"total_amount_currency": total} if total else {}),
                "company_id": cls.company.id,
                "analytic_distribution": distribution,
                **values,
            }
        )
        if booked:
            cls._book(expense)
        return expense

    @classmethod
    def _book(cls, expenses):
        """Submit, approve and post, as the people concerned do."""
        expenses = expenses.with_user(cls.chief)
        for expense in expenses.filtered(lambda each: each.state == "draft"):
            expense.action_submit()
            if expense.state == "submitted":
                expense._do_approve(check=False)
        expenses._post_without_wizard()

    def _costs(self, expenses=None):
        domain = [("kind", "=", "cost"), ("quantity", "!=", 0)]
        if expenses:
            domain += [("expense_id", "in", expenses.ids)]
        self.env["project.billing.item"].invalidate_model()
        return self.env["project.billing.item"].search(domain, order="id")


@tagged("post_install", "-at_install")
class TestExpense(ExpenseCommon):
    def test_expense_to_invoice(self):
        """I1, I2: 119.00 with 19 % included are 100.00, plus 12.5 % are 112.50."""
        expense = self._create_expense(119.0, booked=False)
        self.assertFalse(self._costs())
        self._book(expense)
        self.assertEqual(expense.state, "posted")
        item = self._costs()
        self.assertEqual(item.expense_id, expense)
        self.assertFalse(item.cost_line_id, "its entry is not another cost")
        self.assertEqual(item.name, "Travel, Taxi")
        self.assertEqual(item.cost_category, "Hosting")
        self.assertEqual(item.employee_id, self.bob)
        self.assertEqual((item.cost_amount, item.amount), (100.0, 112.5))
        move = self._post()
        self.assertEqual(move.amount_untaxed, 112.5)
        self.assertEqual(self._costs().state, "billed")

    def test_equal_expenses_stay_two(self):
        """I1: two equal taxis are two items and two lines, reversed one by one."""
        one = self._create_expense(119.0, booked=False)
        two = self._create_expense(119.0, booked=False)
        self._book(one | two)
        self.assertEqual(one.account_move_id, two.account_move_id)
        self.assertAmounts([112.5, 112.5], self._costs())
        self.assertEqual(len(self._prepare().line_ids), 2)

    def test_share_and_tax_that_is_kept(self):
        """Net of the recoverable tax only, and the share of the project only."""
        self.cost_rule.cost_policy = "cost"
        kept = self._create_tax(10)
        self._create_expense(110.0, share=60, tax_ids=[Command.set(kept.ids)])
        self.assertAmounts([66.0], self._costs())

    def test_foreign_expense(self):
        """What the employee was paid back, in the company's currency, is the cost."""
        self.cost_rule.cost_policy = "cost"
        expense = self._create_expense(
            100.0,
            currency_id=self.setup_other_currency("EUR").id,
            tax_ids=[],
            booked=False,
        )
        expense.total_amount = 45.67
        self._book(expense)
        item = self._costs()
        self.assertEqual(item.cost_currency_id, self.company.currency_id)
        self.assertEqual((item.cost_amount, item.amount), (45.67, 45.67))

    def test_sales_price(self):
        """Kilometres at the price of the product, half of them for the project."""
        self.cost_rule.cost_policy = "sales_price"
        self.travel.standard_price = 0.3
        self._create_expense(None, share=50, quantity=120.0)
        self.assertAmounts([30.0], self._costs())

    def test_company_pays(self):
        expense = self._create_expense(
            119.0, payment_mode="company_account", booked=False
        )
        expense.with_user(self.chief).action_submit()
        if expense.state == "submitted":
            expense.with_user(self.chief)._do_approve(check=False)
        expense.with_user(self.chief).action_post()
        self.assertEqual(expense.state, "paid")
        self.assertAmounts([112.5], self._costs())

    # === REVERSAL ===

    def test_reversal_of_unused(self):
        """The entry is reversed: no cost any more; posted again: the same one."""
        expense = self._create_expense(119.0)
        expense.account_move_id._reverse_moves(*REVERSAL, cancel=True)
        self.assertEqual(expense.state, "approved")
        self.assertFalse(self._costs())
        with self.assertRaises(NothingToBill):
            self._prepare()
        self._book(expense)
        self.assertAmounts([112.5], self._costs())

    def test_reset_of_unused(self):
        expense = self._create_expense(119.0)
        expense.account_move_id.button_draft()
        expense.account_move_id.unlink()
        self.assertEqual(expense.state, "approved")
        self.assertFalse(self._costs())
        expense.with_user(self.chief).action_reset()
        expense.unlink()
        self.assertFalse(expense.exists())

    def test_correction_of_unused(self):
        expense = self._create_expense(119.0)
        expense.sudo().analytic_distribution = {str(self.account.id): 50}
        self.assertAmounts([56.25], self._costs())

    def test_without_a_rule(self):
        """An expense that no rule passes on is a leak, with its share."""
        leaks = self.env["project.billing.leak"].with_user(self.pm)
        domain = [("project_id", "=", self.project.id), ("code", "=", "cost")]
        self._create_expense(119.0, share=60)
        self.assertFalse(leaks.search(domain))
        self.cost_rule.active = False
        self.env.flush_all()
        found = leaks.search(domain)
        self.assertEqual((found.records, found.amount), (1, 60.0))

    def test_used_is_closed(self):
        """I15: no route changes an expense that a request holds."""
        expense = self._create_expense(119.0)
        request = self._prepare()
        move = expense.account_move_id
        routes = {
            "reverse": lambda: move._reverse_moves(*REVERSAL, cancel=True),
            "cancel": lambda: (move.button_draft(), move.button_cancel()),
            "delete the entry": lambda: (move.button_draft(), move.unlink()),
            "amount": lambda: expense.sudo().write({"total_amount_currency": 1.0}),
            "share": lambda: expense.sudo().write(
                {"analytic_distribution": {str(self.other_account.id): 100}}
            ),
            "reset": lambda: expense._do_reset_approval(),
            "refuse": lambda: expense.sudo().write({"account_move_id": False}),
        }
        for name, route in routes.items():
            with (
                self.subTest(name),
                self.assertRaisesRegex(SourceClosed, request.name),
                self.cr.savepoint(),
            ):
                route()
                self.env.flush_all()
            self.env.invalidate_all()
        with self.assertRaises(UserError), self.cr.savepoint():
            expense.unlink()
        self.assertAmounts([112.5], self._costs())
        request.action_cancel()
        move._reverse_moves(*REVERSAL, cancel=True)
        self.assertFalse(self._costs())

    # === RECEIPTS ===

    def test_only_its_own_receipt(self):
        """The entry of several expenses has the receipts of all; an item only its."""
        one = self._create_expense(119.0, booked=False)
        two = self._create_expense(238.0, booked=False)
        for expense in one | two:
            self.env["ir.attachment"].create(
                {
                    "name": f"{expense.total_amount}.txt",
                    "raw": b"receipt",
                    "res_model": "hr.expense",
                    "res_id": expense.id,
                }
            )
        self._book(one | two)
        item = self._costs(one).with_user(self.pm)
        self.assertEqual(item.receipt_count, 1)
        self.assertEqual(item._receipts().name, "119.0.txt")
        action = self._costs(one).with_user(self.chief).action_open_source()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("hr.expense", one.id)
        )

    def test_receipt_in_the_pack(self):
        """The client gets the receipt of the expense that is billed, and no other."""
        one = self._create_expense(119.0, booked=False)
        two = self._create_expense(238.0, booked=False)
        files = self.env["ir.attachment"].create(
            [
                {
                    "name": f"{expense.total_amount}.png",
                    "raw": base64.b64decode(IMAGE),
                    "res_model": "hr.expense",
                    "res_id": expense.id,
                }
                for expense in one | two
            ]
        )
        self._book(one | two)
        request = self._prepare()
        request.line_ids.filtered(
            lambda line: line.allocation_ids.item_id.expense_id == two
        ).with_user(self.pm).change_quantity(0)
        move = self._post(request).sudo()
        files.sudo().unlink()
        [project] = move._billing_annex()["projects"]
        self.assertEqual(project["receipts"], [{"number": 1, "name": "119.0.png"}])
        self.assertEqual(project["costs"]["rows"][0]["receipts"], "1")
        pages, unprinted = move._billing_receipt_pages()
        self.assertEqual((len(pages), unprinted), (1, []))
        self.assertTrue(pages[0].startswith(b"%PDF"))

    def test_many_expenses(self):
        """As many statements for 60 expenses as for 10."""
        counts = []
        for size in (10, 60):
            expenses = self.env["hr.expense"].union(
                *(self._create_expense(119.0, booked=False) for _number in range(size))
            )
            self._book(expenses)
            self.assertEqual(len(self._costs(expenses)), size)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            expenses._billing_sync()
            counts.append(self.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] + 5)


@tagged("post_install", "-at_install")
class TestExpenseOfOrder(ExpenseCommon):
    """What Sales re-invoices to a customer is billed by that order only (I1)."""

    def test_condition(self):
        kind = self.env.registry["project.billing.kind.cost"]
        foreign = SQL("expense.name <> 'Foreign'")
        with patch.object(kind, "_expense_condition", return_value=foreign):
            ours, sold = (
                self._create_expense(60),
                self._create_expense(60, name="Foreign"),
            )
        self.assertTrue(self._items(ours))
        self.assertFalse(self._items(sold))

    def _items(self, expense):
        return self.env["project.billing.item"].search(
            [("expense_id", "=", expense.id)]
        )
