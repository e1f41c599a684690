"""Deposits that cover everything leave exactly nothing (R8, R9; I2, I23)."""

from odoo import Command
from odoo.tests import tagged

from .test_advance import AdvanceCommon

METHODS = ("round_per_line", "round_globally")


@tagged("post_install", "-at_install")
class TestAdvanceRounding(AdvanceCommon):
    def _cover(self, prices, deposit, tax=None, project_values=None, **rule_values):
        """Bill a deposit, then lines it covers; return the request and its rule."""
        taxes = self.tax if tax is None else tax
        self.service.taxes_id = [Command.set(taxes.ids)]
        self.deposit_service.taxes_id = [Command.set(taxes.ids)]
        project = self._create_project(name="Rounding", **(project_values or {}))
        rule = self._create_deposit(
            project=project, advance_amount=deposit, **rule_values
        )
        self._post(self._prepare(project))
        self._create_rule(project, kind="milestone", currency_id=rule.currency_id.id)
        for price in prices:
            self._create_milestones(
                0,
                project=project,
                billing_basis="fixed",
                billing_fixed_price=price,
                is_reached=True,
            )
        return self._prepare(project), rule

    def assertCovered(self, request):
        """Assert that nothing is left, in the request as in the posted invoice."""
        self.assertEqual(self._amounts(request), (0, 0, 0))
        self.assertTrue(request.is_covered)
        before = request.line_ids.read(["quantity", "price_unit", "price_total"])
        request._adjust_lines()
        self.assertEqual(
            request.line_ids.read(["quantity", "price_unit", "price_total"]), before
        )
        move = self._post(request)
        self.assertEqual(self._amounts(request), (0, 0, 0))
        self.assertEqual(move.state, "posted")
        # nothing is owed in the company's currency either
        owed = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertFalse(any(owed.mapped("balance")))
        self.assertEqual(move.payment_state, "paid")
        return move

    def test_half_a_cent(self):
        """R8: 0.5 x 1.01 less 0.51 is 0.00, not -0.01."""
        for method in METHODS:
            with self.subTest(method):
                self.company.tax_calculation_rounding_method = method
                project = self._create_project(name=method)
                rule = self._create_deposit(project=project, advance_amount=0.51)
                self._post(self._prepare(project))
                self._create_rule(project, price_unit=1.01)
                self._log(0.5, project_id=project.id)
                request = self._prepare(project)
                self.assertCovered(request)
                self.assertLessEqual(rule.advance_deducted, 0.51)

    def test_taxes_rounded_line_by_line(self):
        """R8: thirty taxes of 0.06 are more, or less, than the tax of the whole."""
        for method in METHODS:
            self.company.tax_calculation_rounding_method = method
            for price in (0.33, 0.36, 1.05):
                with self.subTest(method, price=price):
                    request, _rule = self._cover([price] * 30, 1000.0)
                    self.assertCovered(request)

    def test_the_whole_contract_in_advance(self):
        """R8: all of it paid in advance, billed in parts: the last invoice is 0.00."""
        for method in METHODS:
            with self.subTest(method):
                self.company.tax_calculation_rounding_method = method
                request, rule = self._cover([48.35, 48.35, 48.35], 145.05)
                self.assertCovered(request)
                self.assertBalance(rule, 145.05, 145.05, 0)

    def test_taxes_in_the_price(self):
        """R9: a deposit of 550.00 with the taxes in it is 550.00."""
        included = self.tax.copy(
            {"name": "In it", "amount": 20, "price_include_override": "tax_included"}
        )
        for method in METHODS:
            with self.subTest(method):
                self.company.tax_calculation_rounding_method = method
                request, rule = self._cover([100.01, 33.33], 550.0, included)
                self.assertBalance(rule, 550, 133.34, 416.66)
                deposit = rule._deposit_lines().request_id
                self.assertEqual(deposit.amount_total, 550)
                self.assertCovered(request)

    def test_several_taxes(self):
        both = self.tax | self.tax.copy({"name": "Second", "amount": 3.7})
        for method in METHODS:
            with self.subTest(method):
                self.company.tax_calculation_rounding_method = method
                request, _rule = self._cover([0.37] * 17, 100.0, both)
                self.assertCovered(request)

    def test_other_taxes_than_the_work(self):
        """I23: neither the untaxed amount nor the total goes below zero."""
        none = self.env["account.tax"]
        for work, deposit in ((self.tax, none), (none, self.tax)):
            project = self._create_project(name="Mixed")
            self.deposit_service.taxes_id = [Command.set(deposit.ids)]
            self._create_deposit(project=project)
            self._post(self._prepare(project))
            self.service.taxes_id = [Command.set(work.ids)]
            self._create_rule(project)
            self._log(1, project_id=project.id)
            request = self._prepare(project)
            self.assertGreaterEqual(request.amount_untaxed, 0)
            self.assertGreaterEqual(request.amount_total, 0)
            self.assertTrue(self._deductions(request))
            self._post(request)

    def test_currencies(self):
        """R8: nothing is left in currencies of 0 and 3 decimals either."""
        for code, rounding, prices in (
            ("JPY", 1, [333, 1, 77]),
            ("BHD", 0.001, [0.333, 1.005, 0.001]),
        ):
            currency = self.env["res.currency"].search(
                [("name", "=", code), ("active", "in", (True, False))]
            )
            currency.write({"active": True, "rounding": rounding})
            self.env["res.currency.rate"].create(
                {"currency_id": currency.id, "name": "2026-01-01", "rate": 3.7}
            )
            for method in METHODS:
                with self.subTest(code, method=method):
                    self.company.tax_calculation_rounding_method = method
                    request, _rule = self._cover(
                        prices, 5000.0, currency_id=currency.id
                    )
                    self.assertEqual(request.currency_id, currency)
                    self.assertCovered(request)
