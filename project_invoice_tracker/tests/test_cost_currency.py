"""Costs in other currencies: converted once, on the day of the invoice (I17)."""

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from ..exceptions import BillingError
from .cost_common import CostCommon


@tagged("post_install", "-at_install")
class TestCostCurrency(CostCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.eur = cls._use_currency("EUR", {"2026-03-01": 0.8, "2026-03-20": 0.9})
        cls.jpy = cls._use_currency("JPY", {"2026-03-01": 160.0})
        cls.kwd = cls._use_currency("KWD", {"2026-03-01": 0.31})
        cls.startClassPatcher(freeze_time("2026-03-10"))

    @classmethod
    def _use_currency(cls, name, rates):
        """Activate a currency with exactly these rates (to one US dollar)."""
        currency = cls.env["res.currency"].with_context(active_test=False)
        currency = currency.search([("name", "=", name)])
        currency.active = True
        currency.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": currency.id,
                    "company_id": cls.company.id,
                    "name": day,
                    "rate": rate,
                }
                for day, rate in rates.items()
            ]
        )
        return currency

    def _foreign_bill(self, currency, price):
        return self._create_bill(price, share=100, currency_id=currency.id)

    def test_conversion_is_kept(self):
        """I17: both amounts, the rate and its day; half up, with no, 2, 3 decimals."""
        self.assertEqual(self.company.currency_id.name, "USD")
        item = self._items(self._foreign_bill(self.jpy, 10001.0))
        # 10,001 / 160 = 62.50625, plus 12.5 % = 70.31953…
        self.assertEqual(item.amount, 70.32)
        self.assertEqual(item.cost_amount, 10001.0)
        self.assertEqual(item.cost_currency_id, self.jpy)
        self.assertEqual(item.conversion_rate, 0.00625)
        self.assertEqual(item.conversion_date, date(2026, 3, 10))
        self.assertEqual(item.currency_id, self.company.currency_id)
        item = self._items(self._foreign_bill(self.kwd, 12.345))
        # 12.345 / 0.31 = 39.82258…, plus 12.5 % = 44.80040…
        self.assertEqual((item.cost_amount, item.amount), (12.345, 44.8))
        # the exact rate is kept; a person reads the digits that matter
        self.assertIn("at 3.225806 of", item.explanation)

    def test_contract_with_other_decimals(self):
        """I17: the price has the decimals of the contract's currency."""
        self.rule.unlink()
        for currency, expected in ((self.jpy, 16021.0), (self.kwd, 31.04)):
            self.cost_rule.write(
                {"currency_id": currency.id, "cost_policy": "cost", "cost_markup": 0}
            )
            bill = self._create_bill(100.125, share=100)
            item = self._items(bill)
            self.assertEqual(item.currency_id, currency)
            # the bill itself is in cents: 100.125 is 100.13
            self.assertEqual(item.cost_amount, 100.13)
            self.assertEqual(item.amount, expected)
            bill.button_draft()

    def test_same_currency_is_not_converted(self):
        self.rule.unlink()
        self.cost_rule.currency_id = self.eur
        item = self._items(self._foreign_bill(self.eur, 100.0))
        self.assertEqual(item.amount, 112.5)
        self.assertFalse(item.conversion_rate)
        self.assertFalse(item.conversion_date)

    def test_no_rate_is_an_error(self):
        """Never 1.0: the sentence names the currencies and the day."""
        chf = self._use_currency("CHF", {"2026-03-12": 0.9})
        item = self._items(self._foreign_bill(chf, 100.0))
        self.assertEqual(item.amount, 0.0)
        self.assertIn("No exchange rate from CHF to USD on 03/10/2026", item.problem)
        with self.assertRaisesRegex(BillingError, "No exchange rate from CHF to USD"):
            self._prepare()
        with freeze_time("2026-03-12"):
            self.assertEqual(self._prepare().amount_untaxed, 125.0)

    def test_converted_on_the_day_of_the_invoice(self):
        """I2, I17: one rate, of the day of submission, which the invoice is of."""
        self.cost_rule.cost_policy = "cost"
        self._foreign_bill(self.eur, 90.0)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 112.5)  # 90 / 0.8
        with freeze_time("2026-03-21"):
            self.assertEqual(request.amount_untaxed, 112.5)
            self._approve(request)
            self.assertEqual(request.amount_untaxed, 100.0)  # 90 / 0.9
            item = self._items()
            self.assertEqual(item.conversion_date, date(2026, 3, 21))
            self.assertEqual((item.price_unit, item.amount), (100.0, 100.0))
        with freeze_time("2026-03-25"):
            request.with_user(self.pm).action_create_invoice()
            move = request.sudo().invoice_id
            self.assertEqual(move.invoice_date, date(2026, 3, 21))
            self.assertEqual(move.amount_untaxed, 100.0)
            move.with_user(self.accountant).action_post()
        self.assertEqual(self._items().amount, 100.0)

    def test_no_rate_at_submission(self):
        """A rate that is gone by then keeps the request a draft."""
        self._foreign_bill(self.eur, 90.0)
        request = self._prepare()
        self.eur.rate_ids.unlink()
        with (
            freeze_time("2026-03-21"),
            self.assertRaisesRegex(BillingError, "No exchange rate from EUR to USD"),
        ):
            request.with_user(self.pm).action_submit()
        self.assertEqual(request.state, "draft")

    def test_part_billed_before_keeps_its_rate(self):
        """I17: once converted, the rest of a cost has the rate of its first part."""
        self.cost_rule.cost_policy = "cost"
        self._foreign_bill(self.eur, 90.0)
        first = self._prepare()
        first.line_ids.with_user(self.pm).change_quantity(0.5)
        self._post(first)
        with freeze_time("2026-03-21"):
            second = self._prepare()
            move = self._invoice(second)
            self.assertFalse(move.invoice_date, "the day of posting, as always")
            self.assertEqual(second.amount_untaxed, 56.25)
            self.assertEqual(self._items().conversion_date, date(2026, 3, 10))
        self.assertEqual(first.amount_untaxed, 56.25)

    def test_part_in_another_draft(self):
        """I2: the first part's invoice is of its day, whoever has the rest by then."""
        self._foreign_bill(self.eur, 90.0)
        first = self._prepare()
        first.line_ids.with_user(self.pm).change_quantity(0.5)
        self._approve(first)
        with freeze_time("2026-03-21"):
            second = self._prepare()
            second.with_user(self.pm).action_submit()
            move = self._invoice_of(first)
            self.assertEqual(move.invoice_date, date(2026, 3, 10))
            for request in (first, second):
                line = request.line_ids
                self.assertEqual(line.price_unit, self._items().price_unit)

    def _invoice_of(self, request):
        request.with_user(self.pm).action_create_invoice()
        return request.sudo().invoice_id

    def test_plain_costs_leave_the_date_alone(self):
        self._create_bill(100.0)
        self.assertFalse(self._invoice().invoice_date)
