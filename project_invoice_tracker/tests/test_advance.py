"""Deposits: billed, deducted and given back, to the last cent (I19, I23)."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..exceptions import BillingError
from .common import ORACLE, BillingCommon


class AdvanceCommon(BillingCommon):
    """A project with time at 100.00 an hour and a deposit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "VAT 19",
                "amount": 19,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
            }
        )
        cls.service.taxes_id = cls.tax
        cls.deposit_service = cls.env["product.product"].create(
            {
                "name": "Deposit",
                "type": "service",
                "taxes_id": [Command.set(cls.tax.ids)],
            }
        )

    @classmethod
    def _create_deposit(cls, **values):
        return cls._create_rule(
            **{
                "kind": "advance",
                "name": "Deposit",
                "product_id": cls.deposit_service.id,
                "advance_amount": 1000.0,
                "advance_consumption": "at_once",
                **values,
            }
        )

    def assertBalance(self, rule, billed, deducted, left):
        """Assert what is billed, deducted and left, and that the ledger agrees."""
        self.env.flush_all()
        rule.invalidate_recordset()
        self.assertEqual(
            (rule.advance_billed, rule.advance_deducted, rule.advance_left),
            (billed, deducted, left),
        )
        self.assertFalse(self.env.execute_query(SQL(ORACLE)), "the ledger disagrees")

    def _amounts(self, request):
        """Return untaxed amount, tax and total, also those of the invoice."""
        amounts = (request.amount_untaxed, request.amount_tax, request.amount_total)
        move = request.sudo().invoice_id
        if move:
            self.assertEqual(
                (move.amount_untaxed, move.amount_tax, move.amount_total), amounts
            )
        return amounts

    def _deductions(self, request):
        return request.line_ids.filtered("adjusts").mapped("price_subtotal")


@tagged("post_install", "-at_install")
class TestAdvance(AdvanceCommon):
    def test_share_of_a_contract(self):
        """I19, I23: 30 % of 145.05, deducted in proportion, the rest at the end."""
        for method in ("round_per_line", "round_globally"):
            with self.subTest(method=method):
                self.company.tax_calculation_rounding_method = method
                self.project = self._create_project(name=method)
                self._story_of_a_share()

    def _story_of_a_share(self):
        self._create_rule(
            project=self.project,
            kind="milestone",
            product_id=self.service.id,
            contract_amount=145.05,
        )
        rule = self._create_deposit(
            project=self.project,
            advance_basis="percentage",
            advance_percentage=30,
            advance_consumption="proportion",
        )
        first, second = self._create_milestones(33.333, 66.667, project=self.project)
        deposit = self._prepare(self.project)
        # 30 % of 145.05 is 43.515
        self.assertEqual(self._amounts(deposit), (43.52, 8.27, 51.79))
        self.assertBalance(rule, 0, 0, 0)
        invoice = self._invoice(deposit)
        self.assertBalance(rule, 0, 0, 0)
        invoice.action_post()
        self.assertBalance(rule, 43.52, 0, 43.52)
        # a third is 48.35, of which 30 % are 14.505
        first.is_reached = True
        request = self._prepare(self.project)
        self.assertEqual(self._deductions(request), [-14.51])
        self.assertEqual(self._amounts(request), (33.84, 6.43, 40.27))
        self.assertBalance(rule, 43.52, 14.51, 29.01)
        self._post(request)
        self.assertEqual(self._amounts(request), (33.84, 6.43, 40.27))
        self.assertBalance(rule, 43.52, 14.51, 29.01)
        # the contract is fully billed with the rest: all that is left is deducted
        second.is_reached = True
        request = self._prepare(self.project)
        self.assertEqual(self._deductions(request), [-29.01])
        self._post(request)
        self.assertEqual(self._amounts(request), (67.69, 12.86, 80.55))
        self.assertBalance(rule, 43.52, 43.52, 0)
        untaxed = sum(
            self.env["project.billing.request"]
            .search([("project_id", "=", self.project.id)])
            .mapped("amount_untaxed")
        )
        self.assertEqual(round(untaxed, 2), 145.05)

    def test_at_once(self):
        """I23: a deposit covers a request to the cent; nothing negative, ever."""
        rule = self._create_deposit()
        self._post()
        self.assertBalance(rule, 1000, 0, 1000)
        self._log(4)
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-400])
        self.assertEqual(self._amounts(request), (0, 0, 0))
        self.assertTrue(request.is_covered)
        move = self._post(request)
        self.assertEqual((move.state, move.amount_total), ("posted", 0))
        self.assertBalance(rule, 1000, 400, 600)
        self._log(10)
        request = self._prepare()
        self.assertEqual(self._amounts(request), (400, 76, 476))
        self._post(request)
        self.assertBalance(rule, 1000, 1000, 0)
        self._log(1)
        request = self._prepare()
        self.assertFalse(self._deductions(request))
        self.assertEqual(self._amounts(request), (100, 19, 119))

    def test_adjusting_again_changes_nothing(self):
        rule = self._create_deposit()
        self._post()
        self._log(4)
        request = self._prepare()
        before = self._picture(request)
        request._adjust_lines()
        self.env.flush_all()
        self.assertEqual(self._picture(request), before)
        self._log(2)
        request.collect("2026-12-31")
        self.assertEqual(self._deductions(request), [-600])
        self.assertBalance(rule, 1000, 600, 400)
        work = request.line_ids.filtered(lambda line: not line.adjusts)
        work.change_quantity(1)
        self.assertEqual(self._deductions(request), [-100])
        self.assertBalance(rule, 1000, 100, 900)
        work.unlink()
        self.assertFalse(request.line_ids)
        self.assertBalance(rule, 1000, 0, 1000)

    def _picture(self, request):
        self.env.flush_all()
        allocations = request.sudo().allocation_ids.sorted("id")
        return (
            request.line_ids.read(["name", "quantity", "price_unit", "price_total"]),
            allocations.read(["item_id", "line_id", "quantity", "state"]),
        )

    def test_leaving_it_out_once(self):
        rule = self._create_deposit()
        self._post()
        self._log(4)
        request = self._prepare()
        request.deduct_advance = False
        self.assertEqual(self._amounts(request), (400, 76, 476))
        self.assertBalance(rule, 1000, 0, 1000)
        request.deduct_advance = True
        self.assertEqual(self._amounts(request), (0, 0, 0))
        self.assertBalance(rule, 1000, 400, 600)
        request.action_submit()
        with self.assertRaisesRegex(BillingError, "frozen"):
            request.deduct_advance = False
        with self.assertRaises(AccessError):
            request.with_user(self.other_pm).deduct_advance = False

    def test_the_line_is_not_edited(self):
        self._create_deposit()
        self._post()
        self._log(4)
        line = self._prepare().line_ids.filtered("adjusts")
        for change in (
            lambda: line.change_quantity(0),
            lambda: line.write({"price_unit": 1.0}),
            lambda: line.write({"quantity": -2.0}),
            line.unlink,
        ):
            with self.assertRaises(UserError):
                change()
        line.name = "Less what you paid in May"

    def test_steps_and_back(self):
        """I13: whatever takes the invoice away gives the deduction back."""
        rule = self._create_deposit()
        self._post()
        self._log(4)
        request = self._prepare()
        move = self._invoice(request)
        self.assertBalance(rule, 1000, 400, 600)
        move.action_billing_send_back("Please wait")
        self.assertBalance(rule, 1000, 400, 600)
        request.action_cancel()
        self.assertBalance(rule, 1000, 0, 1000)
        request = self._prepare()
        move = self._invoice(request)
        move.button_cancel()
        self.assertBalance(rule, 1000, 0, 1000)
        move.button_draft()
        self.assertBalance(rule, 1000, 400, 600)
        move.action_post()
        move.button_draft()
        move.action_post()
        self.assertBalance(rule, 1000, 400, 600)
        credit = self._credit(move)
        self.assertBalance(rule, 1000, 0, 1000)
        credit.button_draft()
        self.assertBalance(rule, 1000, 400, 600)

    def test_part_of_a_deduction_is_credited(self):
        """A credit note names the amount of the deduction that it gives back."""
        rule = self._create_deposit(advance_amount=300.0)
        self._post()
        self._log(4)
        move = self._post()
        self.assertEqual(move.amount_untaxed, 100)

        def edit(lines):
            deduction = lines.filtered(lambda line: line.quantity < 0)
            deduction.price_unit = 120.0
            (lines - deduction).quantity = 2.0

        self._credit(move, edit)
        self.assertBalance(rule, 300, 180, 120)
        self.assertMinutes(
            (120, 0, 120, 0),
            self.env["account.analytic.line"].search(
                [("project_id", "=", self.project.id)]
            ),
        )

    def test_a_deposit_that_is_deducted_stays(self):
        """I19: it is credited after the deductions, which the sentence names."""
        rule = self._create_deposit()
        deposit = self._post()
        self._log(4)
        request = self._prepare()
        move = self._post(request)
        for step in (deposit.button_draft, lambda: self._credit(deposit)):
            with self.assertRaisesRegex(BillingError, move.name), self.cr.savepoint():
                step()
        self.env.invalidate_all()
        self._credit(move)
        self.assertBalance(rule, 1000, 0, 1000)
        self._credit(deposit)
        self.assertBalance(rule, 0, 0, 0)
        # work and deposit are to be billed again
        self.assertEqual(self._prepare().amount_untaxed, 1400)

    def test_drafts_let_go_of_a_deposit(self):
        """A draft follows when the deposit is posted, and when it is no more."""
        rule = self._create_deposit()
        deposit = self._invoice()
        self._log(4)
        request = self._prepare()
        self.assertEqual(self._amounts(request), (400, 76, 476))
        deposit.action_post()
        self.assertEqual(self._amounts(request), (0, 0, 0))
        self.assertBalance(rule, 1000, 400, 600)
        deposit.button_draft()
        self.assertEqual(self._amounts(request), (400, 76, 476))
        self.assertBalance(rule, 0, 0, 0)

    def test_terms(self):
        for values, message in (
            ({"advance_amount": 0}, "how large"),
            ({"advance_basis": "percentage", "advance_percentage": 30}, "contract"),
            ({"advance_consumption": "proportion"}, "contract"),
            ({"contract_amount": 999.0}, "more than the contract"),
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, message),
                self.cr.savepoint(),
            ):
                self._create_deposit(**values)

    def test_archiving_waits_for_the_balance(self):
        rule = self._create_deposit()
        self._post()
        with self.assertRaisesRegex(ValidationError, "1,000.00"):
            rule.active = False

    def test_nothing_for_others(self):
        """A deposit of another project is never touched."""
        rule = self._create_deposit()
        self._post()
        other = self._create_project(name="Other")
        self._create_rule(other)
        self._log(4, project_id=other.id)
        request = self._prepare(other)
        self.assertEqual(self._amounts(request), (400, 76, 476))
        self.assertBalance(rule, 1000, 0, 1000)
