"""Currencies with coins: money is rounded to 0.05, never to two decimals (I2, I19)."""

from decimal import Decimal
from random import Random

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..billing.rounding import exact, exact_money, money
from ..models.currency_step import rounded_sql, step_of
from .test_contract import ContractCommon

#: Currencies that round to coins, and to notes.
ROUNDINGS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 100.0, 0.001)


@tagged("post_install", "-at_install")
class TestCurrencyStep(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.francs = cls._currency("CHF", 1.1, 0.05)
        cls.tax_15 = cls.env["account.tax"].create(
            {"name": "15", "amount": 15, "type_tax_use": "sale"}
        )
        for product in (cls.service, cls.product_a):
            product.taxes_id = [Command.set(cls.tax_15.ids)]

    def _francs_project(self, **rule):
        project = self._create_project(name="Zürich")
        rule = {"kind": "time", "currency_id": self.francs.id, **rule}
        return project, self._create_rule(project, **rule)

    def _same_when_posted(self, request):
        """Post the invoice of a request; both have the same amounts, in coins."""
        approved = request.mapped("line_ids.price_subtotal")
        totals = (request.amount_untaxed, request.amount_tax, request.amount_total)
        for amount in (*approved, *totals):
            self.assertEqual(exact(amount) % Decimal("0.05"), 0)
        move = self._post(request)
        posted = (move.amount_untaxed, move.amount_tax, move.amount_total)
        for ours, theirs in zip(totals, posted, strict=True):
            self.assertAlmostEqual(ours, theirs, 6)
        return move

    def _create_deposit_service(self, taxes):
        account = self.company_data["default_account_revenue"].copy(
            {"name": "Deposits", "account_type": "liability_current", "code": "23999"}
        )
        return self.env["product.product"].create(
            {
                "name": "Deposit",
                "type": "service",
                "property_account_income_id": account.id,
                "taxes_id": [Command.set(taxes.ids)],
            }
        )

    def test_steps_are_those_of_the_currency(self):
        """C4: as ``res.currency.round``, half up and symmetric, in Python and SQL."""
        random = Random(13)
        for rounding in ROUNDINGS:
            self.francs.rounding = rounding
            self.env.flush_all()
            step = step_of(self.francs)
            self.assertEqual(float(step), rounding)
            amounts = [
                Decimal(random.randrange(-(10**7), 10**7)) / 1000 for _ in "x" * 300
            ]
            amounts += [step * n / 2 for n in range(-9, 10)]
            rounded = self.env.execute_query_dict
            rows = rounded(self._sql_of(rounded_sql("amount", "rounding"), amounts))
            for amount, row in zip(amounts, rows, strict=True):
                ours = money(amount, step)
                self.assertEqual(ours, -money(-amount, step))
                self.assertEqual(ours, exact_money(float(amount), step))
                self.assertEqual(float(ours), row["rounded"])
                theirs = self.francs.round(float(amount))
                self.assertAlmostEqual(float(ours), theirs, 9, (rounding, amount))

    def _sql_of(self, expression, amounts):
        return SQL(
            "SELECT %s AS rounded FROM unnest(%s::numeric[]) WITH ORDINALITY"
            " AS given(amount, place) CROSS JOIN res_currency currency"
            " WHERE currency.id = %s ORDER BY place",
            SQL(expression),
            amounts,
            self.francs.id,
        )

    def test_francs_are_approved_as_they_are_posted(self):
        """C4: 115.00 approved and posted, with any lines and either rounding rule."""
        random = Random(5)
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            for hours, price in (
                ([1], 100.0),
                ([1], 100.02),
                ([0.5, 0.5], 100.03),
                ([1, 1, 1], 33.34),
                *(
                    (
                        [
                            random.randrange(1, 900) / 100
                            for _ in range(random.randint(1, 5))
                        ],
                        random.randrange(100, 20000) / 100,
                    )
                    for _ in range(10)
                ),
            ):
                with self.subTest(method, hours=hours, price=price):
                    project, _rule = self._francs_project(
                        price_unit=price, detail="entry"
                    )
                    for count in hours:
                        self._log(count, project_id=project.id)
                    self._same_when_posted(self._prepare(project))

    def test_thirds_never_exceed_the_contract(self):
        """C4: thirds of 100.00 francs are 33.35, 33.35 and 33.30."""
        project, rule = self._francs_project(
            kind="milestone", product_id=self.product_a.id, contract_amount=100.0
        )
        milestones = self._create_milestones(33.333, 33.333, 33.334, project=project)
        milestones.is_reached = True
        items = milestones.billing_item_ids
        self.assertEqual(
            [exact(amount, 2) for amount in items.mapped("amount")],
            [Decimal("33.35"), Decimal("33.35"), Decimal("33.30")],
        )
        move = self._same_when_posted(self._prepare(project))
        self.assertAlmostEqual(move.amount_untaxed, 100.0)

    def test_a_deposit_of_333_35(self):
        """C4: 30 % of 1,111.10 francs is 333.35, and 333.35 is billed and deducted."""
        deposit_service = self._create_deposit_service(self.tax_15)
        project, _rule = self._francs_project(
            kind="milestone", product_id=self.product_a.id, contract_amount=1111.10
        )
        deposit = self._create_rule(
            project,
            kind="advance",
            name="Deposit",
            product_id=deposit_service.id,
            currency_id=self.francs.id,
            advance_basis="percentage",
            advance_percentage=30,
        )
        move = self._same_when_posted(self._prepare(project))
        self.assertAlmostEqual(move.amount_untaxed, 333.35)
        milestone = self._create_milestones(100, project=project)
        milestone.is_reached = True
        request = self._prepare(project)
        self._same_when_posted(request)
        self.assertAlmostEqual(deposit.advance_deducted, 333.35)
        self.assertAlmostEqual(request.amount_untaxed, 777.75)
