"""Bills whose lines are billed stay as they were billed; others are followed."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from ..exceptions import BillingError, SourceClosed
from .cost_common import CostCommon


@tagged("post_install", "-at_install")
class TestCostGuard(CostCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bill = cls._create_bill(1000.0)
        cls.line = cls.bill.invoice_line_ids
        cls.clerk = new_test_user(
            cls.env,
            "clerk_test",
            groups="account.group_account_invoice,analytic.group_analytic_accounting",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def test_unused_bill_is_followed(self):
        """Everything an accountant corrects reaches the item, whoever does it."""
        line = self.line.with_user(self.clerk)
        line.analytic_distribution = {str(self.account.id): 80}
        self.assertAmounts([900.0], self._items())
        self.bill.with_user(self.clerk).button_draft()
        self.assertFalse(self._items())
        line.price_unit = 500.0
        self.bill.with_user(self.clerk).action_post()
        self.assertAmounts([450.0], self._items())
        self.bill.button_draft()
        self.bill.invoice_date = "2026-03-05"
        self.bill.action_post()
        self.assertEqual(str(self._items().date), "2026-03-05")
        self.bill.button_draft()
        self.bill.button_cancel()
        self.assertFalse(self._items())

    def test_analytic_items_are_followed(self):
        """Odoo writes the distribution when the analytic items change: we follow."""
        analytic = self.line.analytic_line_ids.filtered(
            lambda line: line.account_id == self.account
        )
        analytic.amount = -300.0
        self.assertAmounts([337.5], self._items())
        analytic.unlink()
        self.assertFalse(self._items())

    def test_account_of_the_project_is_followed(self):
        self.project.account_id = self.other_account
        self.assertAmounts([450.0], self._items())
        self.project.account_id = False
        self.assertFalse(self._items())

    def test_used_bill_is_closed(self):
        """I15: no route changes a bill that a request holds; the sentence says so."""
        request = self._prepare()
        analytic = self.line.analytic_line_ids
        routes = {
            "draft": lambda: self.bill.button_draft(),
            "price": lambda: self.line.write({"price_unit": 900.0}),
            "quantity": lambda: self.line.write({"quantity": 2.0}),
            "product": lambda: self.line.write({"product_id": self.product_a.id}),
            "share": lambda: self.line.write(
                {"analytic_distribution": {str(self.account.id): 100}}
            ),
            "analytic item": lambda: analytic.unlink(),
            "no distribution": lambda: self.line.write({"analytic_distribution": {}}),
            "delete": lambda: self.line.with_context(force_delete=True).unlink(),
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
        self.assertEqual(self.bill.state, "posted")
        self.assertAmounts([675.0], self._items())

    def test_used_bill_names_the_invoice(self):
        move = self._post()
        with self.assertRaisesRegex(SourceClosed, move.name):
            self.bill.button_draft()

    def test_what_stays_open(self):
        """The share of others, the text and the account are accounting's business."""
        self._prepare()
        third = self.other_account.copy()
        self.line.analytic_distribution = {
            str(self.account.id): 60,
            str(third.id): 40,
        }
        self.line.name = "Server, corrected"
        self.line.account_id = self.company_data["default_account_assets"]
        self.assertAmounts([675.0], self._items())

    def test_share_of_another_project_is_followed(self):
        """I1: a part that is in use leaves the parts of other projects free."""
        other = self._create_project(name="Shop", account_id=self.other_account.id)
        self._create_cost_rule(other, cost_policy="cost")
        self._prepare()
        self.assertAmounts([400.0], self._items(project=other))
        self.line.analytic_distribution = {
            str(self.account.id): 60,
            str(self.other_account.id): 25,
        }
        self.assertAmounts([250.0], self._items(project=other))
        self.line.analytic_distribution = {str(self.account.id): 60}
        self.assertFalse(self._items(project=other))
        self.assertAmounts([675.0], self._items(project=self.project))

    def test_free_again(self):
        """A cancelled request opens the bill; the item has what the bill says now."""
        request = self._prepare()
        request.action_cancel()
        self.bill.button_draft()
        self.line.price_unit = 100.0
        self.bill.action_post()
        self.assertAmounts([67.5], self._items())

    def test_reversal_is_allowed(self):
        """What the vendor takes back is a credit of its own, also of a used bill."""
        self._post()
        self._refund(self.bill)
        self.assertAmounts([675.0, -675.0], self._items())

    # === ITS COST IN QUERIES ===

    def test_nothing_without_a_rule(self):
        """Posting a bill costs no query where nobody bills costs."""
        self.cost_rule.unlink()
        self.project.account_id = False
        bills = [self._create_bill(*[10.0] * 5, post=False) for _number in range(3)]
        bills[0].action_post()
        self.env.flush_all()
        line = bills[0].invoice_line_ids
        with self.assertQueryCount(0):
            self.assertFalse(line._billing_cost_lines())
            self.assertFalse(bills[0]._billing_cost_bills({"state": "posted"}))

    def test_many_lines(self):
        """As many statements for a bill of 200 lines as for one of 20."""
        counts = []
        self._create_bill(10.0)  # whatever is looked up once
        for size in (20, 200):
            bill = self._create_bill(*[10.0] * size, post=False)
            bill.action_post()
            self.env.flush_all()
            items = self._items(bill)
            self.assertEqual(len(items), size)
            items._engine()._drop_items(items.ids)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            bill.line_ids._billing_sync_costs()
            counts.append(self.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] + 3)
        self.assertLess(counts[1], 40)


@tagged("post_install", "-at_install")
class TestCostReceipts(CostCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.bill = self._create_bill(100.0)
        self.item = self._items()

    def _attach(self, name, record=None):
        record = record or self.bill
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": name.encode(),
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    def _fetch(self, user):
        self.authenticate(user.login, user.login)
        return self.url_open(f"/project_invoice_tracker/receipts/{self.item.id}")

    def test_manager_reads_the_receipt(self):
        """The manager reads the receipt, not the bill; nobody else reads either."""
        item = self.item.with_user(self.pm)
        with self.assertRaises(BillingError):
            item.action_open_receipts()
        self._attach("receipt.txt")
        self._attach("other.txt", self._create_bill(10.0))
        self.item.invalidate_recordset()
        self.assertEqual(item.receipt_count, 1)
        self.assertEqual(item.action_open_receipts()["type"], "ir.actions.act_url")
        with self.assertRaises(AccessError):
            item.action_open_source()
        action = self.item.with_user(self.accountant).action_open_source()
        self.assertEqual(action["res_id"], self.bill.id)
        self.assertEqual(self._fetch(self.pm).content, b"receipt.txt")
        self.assertEqual(self._fetch(self.other_pm).status_code, 404)
        self.assertEqual(self._fetch(self.worker).status_code, 404)

    def test_several_receipts_are_one_file(self):
        self._attach("a.txt")
        self._attach("a.txt")
        response = self._fetch(self.pm)
        self.assertEqual(response.headers["Content-Type"], "application/zip")
