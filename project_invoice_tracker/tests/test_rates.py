"""Rates: which one wins, what it is multiplied by, what a change does."""

from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..billing.rounding import money
from ..exceptions import BillingError
from .common import BillingCommon

MONDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 7)


@tagged("post_install", "-at_install")
class TestRates(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.price_unit = 0
        cls.currency = cls.company.currency_id

    @classmethod
    def _rate(cls, price, **values):
        return cls.env["project.billing.rate"].create(
            {"price_unit": price, "company_id": cls.company.id, **values}
        )

    def _items(self, entries):
        items = self.env["project.billing.item"].search(
            [("analytic_line_id", "in", entries.ids)]
        )
        items.invalidate_recordset()
        return items.sorted(lambda item: (item.analytic_line_id.id, item.part))

    def _price(self, entry):
        return self._items(entry).mapped("price_unit")

    def test_most_specific_scope_wins(self):
        """A company's rate, then the customer's, the project's, the rule's."""
        entry = self._log(2)
        self.assertTrue(self._items(entry).problem)
        expected = 0
        for price, scope in (
            (80, {}),
            (85, {"partner_id": self.partner_a.id}),
            (90, {"project_id": self.project.id}),
            (95, {"rule_id": self.rule.id}),
        ):
            expected = price
            rate = self._rate(price, **scope)
            with self.subTest(scope=rate.scope):
                self.assertEqual(self._price(entry), [expected])
                self.assertIn(rate._scope_in_words(), self._items(entry).explanation)
        self.assertFalse(self._items(entry).problem)
        # whoever it is for: a wider scope does not win
        self._rate(200, employee_id=self.ann.id)
        self.assertEqual(self._price(entry), [95])

    def test_task_person_job_tag(self):
        """Within a scope: the task, then the person, the job, a tag, anybody."""
        job = self.env["hr.job"].create({"name": "Architect"})
        tag = self.env["project.tags"].create({"name": "Workshop"})
        task = self.env["project.task"].create(
            {
                "name": "Kick-off",
                "project_id": self.project.id,
                "tag_ids": [Command.set(tag.ids)],
            }
        )
        self.ann.job_id = job
        entry = self._log(1, task_id=task.id)
        for price, who in (
            (50, {}),
            (60, {"tag_id": tag.id}),
            (70, {"job_id": job.id}),
            (80, {"employee_id": self.ann.id}),
            (90, {"task_id": task.id}),
        ):
            self._rate(price, project_id=self.project.id, **who)
            self.assertEqual(self._price(entry), [price])
        other = self._log(1, employee_id=self.bob.id)
        self.assertEqual(self._price(other), [50])
        # a tag that is taken off changes the price before it is billed
        self.env["project.billing.rate"].search(
            [("tag_id", "=", False), ("price_unit", "!=", 50)]
        ).unlink()
        task.tag_ids = False
        self.assertEqual(self._prepare().line_ids.mapped("price_unit"), [50])

    def test_job_of_the_day(self):
        """The job counts that the person had when the work was done."""
        junior, senior = self.env["hr.job"].create([{"name": "J"}, {"name": "S"}])
        self._rate(70, job_id=junior.id)
        self._rate(110, job_id=senior.id)
        self.ann.version_id.write({"job_id": junior.id, "date_version": "2025-01-01"})
        self.ann.create_version({"date_version": "2026-03-05", "job_id": senior.id})
        early, late = self._log(1, MONDAY), self._log(1, SATURDAY)
        self.assertEqual(self._price(early), [70])
        self.assertEqual(self._price(late), [110])

    def test_latest_start(self):
        """I22: the rate of the work date, frozen once it is in a request."""
        self._rate(100, rule_id=self.rule.id, date_to=date(2026, 3, 3))
        later = self._rate(110, rule_id=self.rule.id, date_from=date(2026, 3, 4))
        entries = self._log(1, MONDAY) | self._log(1, SATURDAY)
        self.assertEqual(self._price(entries), [100, 110])
        request = self._prepare(date_to=MONDAY)
        later.price_unit = 120
        self._rate(150, rule_id=self.rule.id, employee_id=self.ann.id)
        self.assertEqual(self._price(entries), [100, 150])
        self.assertEqual(request.amount_untaxed, 100)

    def test_overlap_is_refused(self):
        """Two rates of one scope on one day: refused, naming both."""
        for scope in ({}, {"partner_id": self.partner_a.id}):
            self._rate(80, date_from="2026-01-01", **scope)
            with self.assertRaises(ValidationError) as refused:
                self._rate(90, date_from="2026-06-01", **scope)
            self.assertRegex(str(refused.exception), "2026-01-01.*2026-06-01")
            self._rate(90, employee_id=self.ann.id, date_from="2026-06-01", **scope)

    def test_other_currency_is_another_rate(self):
        """No rate is ever used for a contract in another currency."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self._rate(80, currency_id=euro.id)
        entry = self._log(1)
        self.assertTrue(self._items(entry).problem)
        with self.assertRaisesRegex(BillingError, "Ann"):
            self._prepare()

    def test_day_rate(self):
        """1,000.00 a day of 7.5 hours: a full day is exactly that."""
        self._rate(1000, unit="day", hours_per_day=7.5, rule_id=self.rule.id)
        self._log(7.5)
        self._log(2.5, MONDAY.replace(day=3))
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 10.0)
        self.assertEqual(request.amount_untaxed, 1333.33)

    def test_weekend_and_overtime(self):
        """Weekend x 1.5; beyond 8 hours a day x 2; the higher of both."""
        self._rate(
            100,
            rule_id=self.rule.id,
            weekend_multiplier=1.5,
            daily_limit=8,
            overtime_multiplier=2,
        )
        first, second = self._log(7, MONDAY), self._log(3, MONDAY)
        weekend = self._log(9, SATURDAY)
        bob = self._log(8, MONDAY, employee_id=self.bob.id)
        self.assertEqual(self._price(first), [100])
        self.assertEqual(self._price(second), [100, 200])
        self.assertEqual(self._items(second).mapped("quantity"), [60, 120])
        self.assertEqual(self._price(weekend), [150, 200])
        self.assertEqual(self._price(bob), [100])
        self.assertIn("overtime", self._items(second)[1].explanation)
        self.assertIn("weekend", self._items(weekend)[0].explanation)
        # less work on Monday: what was overtime is not any more
        first.unit_amount = 4
        self.assertEqual(self._price(second), [100])
        self.assertMinutes((24 * 60, 0, 0, 0))
        request = self._prepare()
        prices = sorted(request.line_ids.mapped("price_unit"))
        self.assertEqual(prices, [100, 150, 200])
        self.assertEqual(request.amount_untaxed, 15 * 100 + 8 * 150 + 1 * 200)
        names = ", ".join(request.line_ids.mapped("name"))
        self.assertIn("(weekend × 1.5)", names)
        self.assertIn("(overtime × 2)", names)
        # one part in use: the entry keeps both, and its hours are closed
        self.assertEqual(self._price(weekend), [150, 200])
        with self.assertRaisesRegex(BillingError, "Take it out"):
            weekend.unit_amount = 1

    def test_price_list_is_the_last_resort(self):
        self.env["res.config.settings"].create(
            {"group_product_pricelist": True}
        ).execute()
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Key customers",
                "currency_id": self.currency.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": self.service.product_tmpl_id.id,
                            "compute_price": "fixed",
                            "fixed_price": 77,
                        }
                    )
                ],
            }
        )
        entry = self._log(1)
        self.partner_a.with_company(
            self.company
        ).specific_property_product_pricelist = pricelist
        self.assertEqual(self._prepare().line_ids.price_unit, 77)
        self.assertIn("price list", self._items(entry).explanation)
        self._rate(80)
        later = self._log(1)
        self.assertEqual(self._price(later), [80])

    def test_preview_before_saving(self):
        """A change says what it re-prices, before it does."""
        rate = self._rate(100, rule_id=self.rule.id)
        self._log(1)
        request = self._prepare()
        self._log(2)
        entries = self._log(3)
        with Form(rate) as form:
            form.price_unit = 120
            self.assertRegex(form.preview, r"2 open items.*500\.00.*600\.00")
            self.assertEqual(self._price(entries), [100])
            form.date_from = date(2026, 4, 1)
            self.assertRegex(form.preview, r"500\.00.*\s0\.00")
            form.date_from = False
        self.assertEqual(self._price(entries), [120])
        self.assertEqual(request.line_ids.price_unit, 100)
        new = Form(self.env["project.billing.rate"])
        new.rule_id = self.rule
        new.price_unit = 130
        new.employee_id = self.ann
        self.assertRegex(new.preview, r"2 open items.*600\.00.*650\.00")
        self.assertEqual(self._price(entries), [120])
        with Form(self.rule) as form:
            form.price_unit = 50
            self.assertRegex(form.price_preview, "No open item")
            form.price_unit = 0

    def test_explained_to_the_cent(self):
        """I2: what is explained recomputes to the amount of the line."""
        self.rule.write({"increment_minutes": 15, "discount": 10})
        rate = self._rate(
            900,
            unit="day",
            hours_per_day=7.5,
            employee_id=self.ann.id,
            weekend_multiplier=1.25,
        )
        self._log(1.1, SATURDAY)
        request = self._prepare()
        line = request.line_ids
        (explained,) = line.explain()
        pricing = explained["pricing"]
        self.assertEqual(pricing["rate_id"], rate.id)
        self.assertEqual((pricing["recorded"], pricing["minutes"]), (66, 75))
        price = Decimal(pricing["hourly"]) * Decimal(pricing["multiplier"])
        self.assertEqual(price, 150)
        amount = Decimal(75) / 60 * price * (1 - Decimal(pricing["discount"]) / 100)
        self.assertEqual(float(money(amount)), 168.75)
        self.assertEqual(line.price_subtotal, 168.75)
        self.assertEqual(explained["discount"], 10)
        words = (
            "900.00",
            "7.5 hours",
            "Ann",
            "company",
            "1.25",
            "weekend",
            "less 10 %",
        )
        for word in (*words, "75 minutes for 66"):
            self.assertIn(word, explained["explanation"])
        (item,) = request.allocation_ids.item_id.explain()
        self.assertEqual(item["pricing"], pricing)
        self.assertEqual(item["amount"], 168.75)
        move = self._post(request)
        self.assertEqual(move.invoice_line_ids.discount, 10)
        self.assertEqual(move.amount_untaxed, 168.75)
        with self.assertRaises(BillingError):
            request.line_ids.browse().explain()
