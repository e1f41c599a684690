"""Minimum fees: what the client reads is the minimum, to the last cent (I19)."""

from odoo import Command
from odoo.tests import tagged

from .test_advance import AdvanceCommon

METHODS = ("round_per_line", "round_globally")
HOURS = (0.35, 1.37, 2.0)
PRICES = (33.33, 99.99)


@tagged("post_install", "-at_install")
class TestMinimumFeeRounding(AdvanceCommon):
    def _taxes(self, *rates, included=True, **values):
        return self.env["account.tax"].create(
            [
                {
                    "name": f"Tax {number} of {rate}",
                    "amount": rate,
                    "type_tax_use": "sale",
                    "company_id": self.company.id,
                    "sequence": number,
                    "price_include_override": (
                        "tax_included" if included else "tax_excluded"
                    ),
                    **values,
                }
                for number, rate in enumerate(rates, 1)
            ]
        )

    def _each(self, minimum, taxes, total, **values):
        """Prepare drafts of many hours and prices; each comes to the minimum."""
        self.service.taxes_id = [Command.set(taxes.ids)]
        self.rule.write({"minimum_fee": minimum, "detail": "entry", **values})
        for method in METHODS:
            self.company.tax_calculation_rounding_method = method
            for price in PRICES:
                self.rule.price_unit = price
                for hours in HOURS:
                    with self.subTest(method=method, price=price, hours=hours):
                        entries = self._log(hours) | self._log(0.4)
                        request = self._prepare()
                        self.assertEqual(request[total], minimum)
                        self.assertEqual(self._exact(request, total), minimum)
                        request.action_cancel()
                        entries.unlink()

    def _exact(self, request, total):
        """Return the total as Odoo's tax engine finds it on the same lines."""
        totals = request._get_tax_totals()
        name = {
            "amount_total": "total_amount_currency",
            "amount_untaxed": "base_amount_currency",
        }[total]
        return round(totals[name], 2)

    def test_minimum_with_tax_in_the_price(self):
        """At least 500.00, and not 499.99; 309.00, and not 309.01."""
        taxes = self._taxes(19)
        self._each(500, taxes, "amount_total")
        self._each(309, taxes, "amount_total")

    def test_minimum_with_several_taxes_in_the_price(self):
        self._each(500, self._taxes(7.7, 3.3), "amount_total")
        self._each(309, self._taxes(21, 2.5, 0.8), "amount_total")

    def test_minimum_without_taxes_in_the_price(self):
        self._each(500, self._taxes(19, included=False), "amount_untaxed")

    def test_minimum_with_a_discount(self):
        self._each(500, self._taxes(7.7, 3.3), "amount_total", discount=7.5)

    def test_minimum_within_a_cap(self):
        """The cap leaves 400.00: no more than that, and no less."""
        self.env["project.billing.cap"].create(
            {
                "name": "PO",
                "company_id": self.company.id,
                "currency_id": self.rule.currency_id.id,
                "rule_ids": [Command.set(self.rule.ids)],
                "limit_amount": 400,
            }
        )
        self.service.taxes_id = [Command.set(self._taxes(19).ids)]
        self.rule.write({"minimum_fee": 500, "price_unit": 87.65})
        for method in METHODS:
            with self.subTest(method=method):
                self.company.tax_calculation_rounding_method = method
                entry = self._log(1.37)
                request = self._prepare()
                self.assertLessEqual(request.amount_total, 400)
                self.assertGreaterEqual(request.amount_total, 399.98)
                request.action_cancel()
                entry.unlink()

    def test_minimum_on_the_invoice(self):
        self.service.taxes_id = [Command.set(self._taxes(21, 2.5, 0.8).ids)]
        self.rule.write({"minimum_fee": 309, "price_unit": 99.99, "detail": "entry"})
        self.company.tax_calculation_rounding_method = "round_globally"
        self._log(1.37)
        self._log(0.35)
        move = self._post()
        self.assertEqual(move.amount_total, 309)

    def test_no_minimum_when_more_is_billed(self):
        self.service.taxes_id = [Command.set(self._taxes(19).ids)]
        self.rule.write({"minimum_fee": 100, "price_unit": 100})
        self._log(1)
        self.assertFalse(self._deductions(self._prepare()))
