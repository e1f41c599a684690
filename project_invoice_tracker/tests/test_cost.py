"""Costs: vendor bills become items at cost, marked up, or at the sales price."""

from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..exceptions import BillingError, NothingToBill
from .cost_common import BILL_DAY, CostCommon


@tagged("post_install", "-at_install")
class TestCost(CostCommon):
    # === THE STORY ===

    def test_bill_to_invoice(self):
        """I1, I2: 60 % of 1,000.00 plus 12.5 % are 675.00, to the invoice and back."""
        bill = self._create_bill(1000.0)
        self.assertEqual(bill.amount_total, 1190.0)
        item = self._items()
        self.assertEqual(item.cost_line_id, bill.invoice_line_ids)
        self.assertEqual(item.name, "Hoster, Server 1")
        self.assertEqual(item.date, BILL_DAY)
        self.assertEqual(item.cost_category, "Hosting")
        self.assertEqual(item.cost_amount, 600.0)
        self.assertFalse(item.conversion_date)
        self.assertEqual((item.quantity, item.price_unit), (1.0, 675.0))
        self.assertEqual(item.pricing["share"], "60.0000")
        self.assertIn("60 % of the cost", item.explanation)
        self.assertIn("plus 12.5 %", item.explanation)
        request = self._prepare()
        self.assertEqual(request.line_ids.name, "Hoster, Server 1")
        self.assertEqual(request.line_ids.product_id, self.expense_product)
        self.assertEqual(request.amount_untaxed, 675.0)
        move = self._post(request)
        self.assertEqual(move.amount_untaxed, 675.0)
        self.assertFalse(self.env["ir.attachment"].search([("res_id", "=", item.id)]))
        self.assertEqual(self._items().state, "billed")
        self._credit(move)
        self.assertEqual(self._items().state, "open")
        self.assertAmounts([675.0], self._items())

    def test_policies(self):
        """I2: at cost, and at the sales price for the share of the quantity."""
        self.cost_rule.cost_policy = "cost"
        self._create_bill(100.0, quantity=5)
        self.assertAmounts([300.0], self._items())
        self.cost_rule.cost_policy = "sales_price"
        item = self._items()
        self.assertEqual((item.quantity, item.price_unit), (3.0, 150.0))
        self.assertAmounts([450.0], item)
        self.assertIn("sales price", item.explanation)

    def test_no_sales_price(self):
        """No sales price: a sentence with the remedy, never a silent 0."""
        self.cost_rule.cost_policy = "sales_price"
        self.hosting.lst_price = 0.0
        self._create_bill(100.0)
        self.assertIn("has no sales price", self._items().problem)
        with self.assertRaisesRegex(BillingError, "has no sales price"):
            self._prepare()
        self.hosting.lst_price = 200.0
        self.assertEqual(self._prepare().amount_untaxed, 120.0)

    def test_pricelist_of_the_customer(self):
        everybody = self.env.ref("base.group_user")
        everybody.implied_ids |= self.env.ref("product.group_product_pricelist")
        self.cost_rule.cost_policy = "sales_price"
        self.partner_a.with_company(
            self.company
        ).specific_property_product_pricelist = self.env["product.pricelist"].create(
            {
                "name": "Ten off",
                "currency_id": self.company.currency_id.id,
                "item_ids": [
                    Command.create(
                        {"compute_price": "percentage", "percent_price": 10.0}
                    )
                ],
            }
        )
        self._create_bill(100.0, share=100)
        self.assertAmounts([135.0], self._items())

    # === WHAT IS A COST ===

    def test_tax_that_is_not_recovered_is_cost(self):
        """Net of the recoverable tax: a tax booked on the cost belongs to it."""
        self.cost_rule.cost_policy = "cost"
        kept = self._create_tax(10)
        self._create_bill(100.0, share=100, taxes=kept | self.vat)
        self.assertAmounts([110.0], self._items())
        half = self._create_tax(20, self.company_data["default_account_assets"])
        for lines in (
            half.invoice_repartition_line_ids,
            half.refund_repartition_line_ids,
        ):
            lines.filtered(lambda line: line.repartition_type == "tax").copy(
                {"account_id": False, "factor_percent": 50, "use_in_tax_closing": False}
            )
            lines.filtered("account_id").factor_percent = 50
        bill = self._create_bill(100.0, share=100, taxes=half)
        self.assertAmounts([110.0], self._items(bill))
        self.assertAmounts([-110.0], self._items(self._refund(bill)))

    def test_share_that_is_deductible(self):
        """Of a bill that is private in part, the part in the books counts."""
        self.cost_rule.cost_policy = "cost"
        self._create_bill(100.0, share=100, deductible_amount=40.0)
        self.assertAmounts([40.0], self._items())

    def test_only_posted_bills_of_the_project(self):
        """Drafts, other accounts, customer invoices and old bills are no costs."""
        bill = self._create_bill(100.0, post=False)
        self._create_bill(100.0, distribution={str(self.other_account.id): 100})
        self._create_bill(100.0, invoice_date=date(2025, 12, 31))
        self._create_bill(100.0, move_type="out_invoice", taxes=self.tax_sale_a)
        self.assertFalse(self._items())
        bill.action_post()
        self.assertAmounts([67.5], self._items())
        receipt = self._create_bill(10.0, move_type="in_receipt", share=100)
        self.assertAmounts([11.25], self._items(receipt))

    def test_bill_shared_by_projects(self):
        """I1: each project bills its share, and a shared account is billed once."""
        other = self._create_project(name="Shop", account_id=self.other_account.id)
        twin = self._create_project(name="Twin", account_id=self.account.id)
        bill = self._create_bill(1000.0)
        self._create_cost_rule(other, cost_policy="cost")
        self._create_cost_rule(twin, cost_policy="cost")
        self.assertAmounts([675.0], self._items(project=self.project))
        self.assertAmounts([400.0], self._items(project=other))
        self.assertFalse(self._items(project=twin))
        self._prepare()
        self._prepare(other)
        with self.assertRaises(NothingToBill):
            self._prepare(twin)
        self.assertEqual(len(self._items(bill)), 2)

    def _split(self, price, shares, **values):
        """Split a bill of some projects; return the bill and the projects."""
        plan = self.account.plan_id
        accounts = self.env["account.analytic.account"].create(
            [
                {"name": f"Part {n}", "plan_id": plan.id, "company_id": self.company.id}
                for n in range(len(shares))
            ]
        )
        projects = self.env["project.project"]
        for account in accounts:
            projects |= self._create_project(name=account.name, account_id=account.id)
        for project in projects:
            self._create_cost_rule(project, **{"cost_policy": "cost", **values})
        split = {str(a.id): s for a, s in zip(accounts, shares, strict=True)}
        return self._create_bill(price, distribution=split), projects

    def test_parts_of_a_bill_sum_to_it(self):
        """C6: 98/2 of 182.25 is 182.25, thirds of 10.01 are 10.01; so is a refund."""
        for price, shares, parts in (
            (182.25, (98, 2), [178.61, 3.64]),
            (10.01, (33.33, 33.33, 33.34), [3.34, 3.33, 3.34]),
        ):
            with self.subTest(price):
                bill, projects = self._split(price, shares)
                self.assertAmounts(parts, self._items(bill))
                refund = self._refund(bill)
                self.assertAmounts([-part for part in parts], self._items(refund))
                for project in projects:
                    # a sync of one project finds the same as that of all
                    self.env["project.billing.kind.cost"].sudo()._sync_items(project)
                self.assertAmounts(parts, self._items(bill))

    def test_pieces_of_a_bill_sum_to_it(self):
        """C6: thirds of a piece at its sales price of 150.00 are one piece."""
        bill, _projects = self._split(
            100.0, (33.33, 33.33, 33.34), cost_policy="sales_price"
        )
        items = self._items(bill)
        self.assertAlmostEqual(sum(items.mapped("quantity")), 1)
        self.assertAlmostEqual(sum(items.mapped("amount")), 150)

    def test_parts_beside_an_old_one(self):
        """C6: a part that was billed as 3.65 stays, and the other one gives way."""
        bill, projects = self._split(182.25, (98, 2))
        small = self._items(bill, projects[1])
        self._prepare(projects[1])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE project_billing_item SET cost_amount = 3.65, price_unit = 3.65,"
            " amount = 3.65 WHERE id = %s",
            (small.id,),
        )
        self.env.invalidate_all()
        self.env["project.billing.kind.cost"].sudo()._sync_items(projects)
        self.assertAmounts([178.60, 3.65], self._items(bill))

    def test_distribution_over_several_plans(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        department = self.env["account.analytic.account"].create(
            {"name": "Web", "plan_id": plan.id}
        )
        key = f"{self.account.id},{department.id}"
        self._create_bill(100.0, distribution={key: 30, str(self.account.id): 50})
        self.assertAmounts([90.0], self._items())

    def test_equal_costs_stay_two(self):
        """I1: two equal lines are two items, and two lines of the invoice."""
        self._create_bill(80.0, 80.0, share=100)
        self.assertAmounts([90.0, 90.0], self._items())
        self.assertEqual(len(self._prepare().line_ids), 2)

    # === RULES ===

    def test_first_rule_that_matches(self):
        """Filters by category, product and vendor; the first match wins."""
        child = self.category.create({"name": "Cloud", "parent_id": self.category.id})
        cloud = self.hosting.create({"name": "Cloud", "categ_id": child.id})
        special = self._create_cost_rule(
            sequence=1,
            cost_policy="cost",
            cost_category_ids=[Command.set(self.category.ids)],
            cost_partner_ids=[Command.set(self.vendor.ids)],
        )
        bill = self._create_bill(100.0, share=100, product_id=cloud.id)
        self.assertEqual(self._items(bill).rule_id, special)
        self.assertAmounts([100.0], self._items(bill))
        bill = self._create_bill(100.0, share=100, partner_id=self.partner_b.id)
        self.assertAmounts([112.5], self._items(bill))
        special.cost_product_ids = self.product_a
        self.assertEqual(self._items().rule_id, self.cost_rule)
        special.write({"cost_product_ids": False, "date_end": date(2026, 3, 1)})
        self.assertEqual(self._items().rule_id, self.cost_rule)

    def test_markup_is_not_negative(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.cost_rule.cost_markup = -1.0
            self.env.flush_all()

    # === WHAT THE VENDOR TAKES BACK ===

    def test_refund_is_set_off(self):
        """A partial credit of the vendor is a line of its own, less than nothing."""
        self.cost_rule.cost_policy = "cost"
        bill = self._create_bill(100.0, share=100)
        refund = self._refund(bill, amount=30.0)
        item = self._items(refund)
        self.assertEqual((item.quantity, item.price_unit, item.amount), (-1, 30, -30))
        request = self._prepare()
        self.assertEqual(request.line_ids.mapped("price_subtotal"), [100.0, -30.0])
        move = self._post(request)
        self.assertEqual(move.amount_untaxed, 70.0)
        self.assertEqual(set(self._items().mapped("state")), {"billed"})
        credit = self._credit(move)
        self.assertEqual(credit.amount_untaxed, 70.0)
        self.assertEqual(set(self._items().mapped("state")), {"open"})
        credit.button_draft()
        self.assertEqual(set(self._items().mapped("state")), {"billed"})
        credit.action_post()
        self.assertEqual(self._prepare().amount_untaxed, 70.0)

    def test_full_refund_cancels_out(self):
        """A bill and its whole credit never reach the client."""
        self._refund(self._create_bill(100.0))
        with self.assertRaises(NothingToBill):
            self._prepare()
        other = self._create_bill(40.0, share=100)
        request = self._prepare()
        self.assertEqual(request.line_ids.allocation_ids.item_id, self._items(other))
        self.assertEqual(request.amount_untaxed, 45.0)

    def test_refund_of_billed_cost_is_carried(self):
        """I1: what was billed stays; the credit waits for work to be set against."""
        bill = self._create_bill(100.0, share=100)
        self._post()
        self._refund(bill)
        self.assertAmounts([112.5, -112.5], self._items())
        with self.assertRaises(NothingToBill):
            self._prepare()
        self._log(2.0)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 87.5)
        self.assertEqual(len(request.line_ids), 2)
