"""Lines that show days: 1.50 Days x 1,000.00, whatever the hours of a day are."""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..exceptions import BillingError
from ..models.health_checks import CHECKS
from .common import DAY, BillingCommon


class DayLinesCommon(BillingCommon):
    """A rule that shows days, at a price of 1,000 a day."""

    hours = 8.0
    allow_inherited_tests_method = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = cls.env.ref("uom.product_uom_day")
        cls.hour = cls.env.ref("uom.product_uom_hour")
        cls.rule.write({"price_unit": 0, "line_unit": "days"})
        cls.rate = cls._create_rate(cls.hours)

    @classmethod
    def _create_rate(cls, hours, price=1000, **values):
        return cls.env["project.billing.rate"].create(
            {
                "rule_id": cls.rule.id,
                "price_unit": price,
                "unit": "day",
                "hours_per_day": hours,
                **values,
            }
        )

    def _to_bill(self):
        self.env.flush_all()
        self.env.invalidate_all()
        items = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id)]
        )
        return round(sum(items.mapped("amount_open")), 2)

    def _billed_as_foreseen(self):
        """Prepare a request, assert that it was foreseen, and return its line."""
        foreseen = self._to_bill()
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, foreseen)
        return request.line_ids

    def _check_healthy(self):
        self.env.flush_all()
        health = self.env["project.billing.health"].sudo()
        mine = self.env["project.billing.request"].search(
            [("project_id", "=", self.project.id)]
        )
        items = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id)]
        )
        ids = {*mine.ids, *mine.line_ids.ids, *items.ids, self.project.id}
        for code, check in CHECKS.items():
            query = health._query(check)
            rows = self.env.execute_query(query) if query.code.strip() else []
            self.assertFalse([row for row in rows if row[0] in ids], code)

    def assertLine(self, line, quantity, price, amount):
        self.assertEqual(
            (line.product_uom_id, line.quantity, line.price_unit, line.price_subtotal),
            (self.day, quantity, price, amount),
        )


class DayLinesCases:
    """What holds for days of any length."""

    def test_one_day_and_a_half(self):
        """1.50 Days x 1,000.00 = 1,500.00, on the request and the posted invoice."""
        self._log(self.hours)
        self._log(self.hours / 2, DAY + timedelta(days=1))
        line = self._billed_as_foreseen()
        self.assertLine(line, 1.5, 1000, 1500)
        self.assertEqual(line.request_id.hours, self.hours * 1.5)
        move = self._post(line.request_id)
        row = move.sudo().invoice_line_ids
        self.assertEqual(
            (row.product_uom_id, row.quantity, row.price_unit, row.price_subtotal),
            (self.day, 1.5, 1000, 1500),
        )
        self.assertMinutes((0, 0, self.hours * 90, 0))
        self._check_healthy()

    def test_thirds_of_a_day(self):
        """A third reads as 0.33 days; three of them on one line as one day."""
        self._log(self.hours / 3)
        self.assertLine(self._billed_as_foreseen(), 0.33, 1000, 330)
        self._log(self.hours / 3)
        self._log(self.hours / 3)
        self.assertEqual(self._to_bill(), 670)
        request = self._prepare()
        self.assertLine(request.line_ids, 1.0, 1000, 1000)
        self._check_healthy()

    def test_lowered(self):
        """One day of 1.5 is written off, or billed later; a quantity is one of days."""
        self._log(self.hours)
        self._log(self.hours / 2, DAY + timedelta(days=1))
        line = self._prepare().line_ids
        line.change_quantity(1.25)
        self.assertLine(line, 1.25, 1000, 1250)
        item = line.allocation_ids.filtered(lambda a: a.state == "reserved").item_id
        self.assertEqual(sum(item.mapped("quantity_reserved")), self.hours * 75)
        line.change_quantity(0.5, "write_off", "goodwill")
        self.assertLine(line, 0.5, 1000, 500)
        self.assertIn("0.75", line.written_off_note)
        with self.assertRaisesRegex(BillingError, "has only 0.50"):
            line.change_quantity(4)
        self._check_healthy()

    def test_explained_in_days(self):
        self._log(self.hours / 2)
        line = self._prepare().line_ids
        [row] = line.explain()
        self.assertEqual((row["quantity"], row["of"], row["price"]), (0.5, 0.5, 1000))

    def test_credited_in_days(self):
        """Half a day credited of 1.5 days gives back half a day of minutes."""
        self._log(self.hours * 1.5)
        move = self._post()
        self._credit(move, lambda rows: rows.write({"quantity": 0.5}))
        half = int(self.hours * 30)
        self.assertMinutes((half, 0, 2 * half, 0))
        self.assertEqual(self._to_bill(), 500)
        self._credit(move)
        self.assertMinutes((3 * half, 0, 0, 0))
        self.assertEqual(self._to_bill(), 1500)
        self._check_healthy()

    def test_credited_in_hours(self):
        """Hours of the rule's day: half a day of 7.5 h is 3.75 hours, not 4."""
        self._log(self.hours * 1.5)
        move = self._post()
        hourly = round(1000 / self.hours, 2)

        def edit(rows):
            rows.write({"product_uom_id": self.hour.id, "quantity": self.hours / 2})
            rows.write({"price_unit": hourly})

        self._credit(move, edit)
        half = int(self.hours * 30)
        self.assertMinutes((half, 0, 2 * half, 0))
        self._check_healthy()

    def test_more_than_is_left_is_refused(self):
        self._log(self.hours)
        move = self._post()
        with self.assertRaises(BillingError):
            self._credit(move, lambda rows: rows.write({"quantity": 1.5}))

    def test_reversed_and_replaced(self):
        """The reversal of a credit note takes the days back; so does a replacement."""
        self._log(self.hours * 1.5)
        move = self._post()
        note = self._credit(move)
        self._credit(note)
        day = int(self.hours * 60)
        self.assertMinutes((0, 0, day * 3 // 2, 0))
        self._check_healthy()

    def test_replacement(self):
        self._log(self.hours * 1.5)
        move = self._post()
        new = self._credit(move, modify=True)
        line = new.sudo().invoice_line_ids.billing_line_id
        self.assertLine(line, 1.5, 1000, 1500)
        self.assertEqual(line.day_minutes, self.hours * 60)

    def test_corrections(self):
        """Time taken back is taken off the days, of a draft too."""
        self._log(self.hours * 2)
        self._log(-self.hours / 2, DAY + timedelta(days=1))
        line = self._billed_as_foreseen()
        self.assertLine(line, 1.5, 1000, 1500)
        self._log(-self.hours / 2, DAY + timedelta(days=2))
        self.assertEqual(self._to_bill(), -500)
        self._prepare()
        self.assertLine(line, 1.0, 1000, 1000)
        self._check_healthy()

    def test_corrections_of_another_rate_are_cut(self):
        """They take at most what the other days come to; the rest waits."""
        self._create_rate(self.hours, 400, employee_id=self.bob.id)
        self._log(self.hours)
        self._log(-self.hours * 4, employee_id=self.bob.id)
        request = self._prepare()
        self.assertGreater(request.amount_untaxed, 0)
        self.assertLess(request.amount_untaxed, 5)
        self._check_healthy()

    def test_cap_in_money_and_hours(self):
        """Days are cut so that their amount stays within the cap."""
        cap = self.env["project.billing.cap"].create(
            {
                "name": "Order",
                "limit_amount": 1234,
                "rule_ids": [Command.set(self.rule.ids)],
            }
        )
        self._log(self.hours * 2)
        line = self._billed_as_foreseen()
        self.assertLine(line, 1.23, 1000, 1230)
        self.env.flush_all()
        cap.invalidate_recordset()
        self.assertEqual(cap.amount_used, 1230)
        self._check_healthy()

    def test_discount(self):
        self.rule.discount = 10
        self._log(self.hours * 1.5)
        self.assertLine(self._billed_as_foreseen(), 1.5, 1000, 1350)

    def test_included_tax(self):
        """1,210.00 a day with 21 % in it: 1.50 days are 1,500.00 untaxed."""
        tax = self.env["account.tax"].create(
            {
                "name": "VAT 21",
                "amount": 21,
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        self.service.taxes_id = tax
        self.rate.price_unit = 1210
        self._log(self.hours * 1.5)
        line = self._billed_as_foreseen()
        self.assertLine(line, 1.5, 1210, 1500)
        line.change_quantity(1)
        self.assertLine(line, 1, 1210, 1000)
        move = self._post(line.request_id)
        self.assertEqual(move.amount_total, 1210)

    def test_half_days(self):
        """An increment of half a day, per entry, person and day, or line."""
        self.rule.increment_part = "half"
        self.assertEqual(self.rule.increment_minutes, self.hours * 30)
        for scope, days in (("entry", 1.0), ("person_day", 0.5), ("line", 0.5)):
            self.rule.increment_scope = scope
            entries = self._log(1) | self._log(2)
            line = self._billed_as_foreseen()
            self.assertLine(line, days, 1000, 1000 * days)
            line.request_id.with_user(self.pm).action_cancel()
            entries.unlink()

    def test_other_hours_of_a_day_do_not_mix(self):
        """Two days of different length are two lines, at the same price."""
        self._create_rate(6, employee_id=self.bob.id)
        self._log(self.hours)
        self._log(6, employee_id=self.bob.id)
        lines = self._billed_as_foreseen()
        self.assertEqual(len(lines), 2)
        for line in lines:
            self.assertLine(line, 1, 1000, 1000)
        self.assertEqual(lines[0].request_id.hours, self.hours + 6)

    def test_question_and_portal(self):
        self._log(self.hours * 1.5)
        move = self._post()
        line = move.sudo().invoice_line_ids.billing_line_id
        self.assertEqual(line._billed_quantities()[line], 1.5)

    def test_reports_and_shares_count_hours(self):
        self._log(self.hours * 1.5)
        self._post()
        self.env.flush_all()
        share = (
            self.env["project.billing.share"]
            .sudo()
            .search([("project_id", "=", self.project.id)])
        )
        self.assertEqual(sum(share.mapped("minutes")), self.hours * 90)
        self.assertEqual(sum(share.mapped("amount")), 1500)


@tagged("post_install", "-at_install")
class TestDayLines(DayLinesCases, DayLinesCommon):
    """Days of 8 hours."""

    def test_hours_by_default(self):
        """A rule that says nothing shows hours, as ever."""
        self.rule.line_unit = "hours"
        self._log(12)
        line = self._billed_as_foreseen()
        self.assertEqual(
            (line.product_uom_id, line.quantity, line.price_unit), (self.hour, 12, 125)
        )

    def test_changed_beside_a_draft(self):
        """A draft keeps its unit; what comes later has a line of its own."""
        self._log(8)
        request = self._prepare()
        self.rule.line_unit = "hours"
        self._log(4)
        self.assertEqual(self._to_bill(), 500)
        self._prepare()
        self.assertEqual(request.line_ids.mapped("quantity"), [1.0, 4.0])
        self._check_healthy()

    def test_hours_of_the_rule_without_a_rate_per_day(self):
        """130 an hour and a day of 7.7 hours: 1,001.00 a day."""
        self.rate.unlink()
        self.rule.write({"price_unit": 130, "day_hours": 7.7})
        self._log(7.7)
        self.assertLine(self._billed_as_foreseen(), 1, 1001, 1001)

    def test_weekend(self):
        self.rate.weekend_multiplier = 1.5
        self._log(8, DAY.replace(day=7))
        self.assertLine(self._billed_as_foreseen(), 1, 1500, 1500)

    def test_increment_follows_the_day(self):
        self.rule.write({"increment_part": "quarter"})
        self.assertEqual(self.rule.increment_minutes, 120)
        self.rule.write({"increment_part": "half", "day_hours": 7.5})
        self.assertEqual(self.rule.increment_minutes, 225)
        with self.assertRaises(ValidationError):
            self.rule.increment_part = "quarter"
        self.rule.increment_minutes = 15
        self.assertEqual(self.rule.increment_part, "minutes")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.rule.day_hours = 0
            self.env.flush_all()

    def test_set_up(self):
        project = self._create_project(name="New")
        self.env["project.billing.setup"].create(
            {"project_id": project.id, "hourly_rate": 125, "line_unit": "days"}
        ).action_apply()
        rule = project.billing_rule_ids.filtered(lambda rule: rule.kind == "time")
        self.assertEqual((rule.line_unit, rule.day_hours), ("days", 8.0))


@tagged("post_install", "-at_install")
class TestShortDayLines(DayLinesCases, DayLinesCommon):
    """Days of 7.5 hours, of which the units of measure know nothing."""

    hours = 7.5

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.day_hours = 7.5

    def test_the_rule_in_days(self):
        """1,000 a day of 7.5 hours: 11.25 hours are 1.50 Days x 1,000.00."""
        self._log(11.25)
        self.assertLine(self._billed_as_foreseen(), 1.50, 1000.00, 1500)
        self._log(2.5, DAY + timedelta(days=1))
        move = self._post(self._prepare())
        self.assertEqual(move.amount_untaxed, 1830)

        def in_hours(rows):
            rows.write({"product_uom_id": self.hour.id, "quantity": 3.75})
            rows.write({"price_unit": 133.33})

        self._credit(move, in_hours)
        self.assertEqual(self._minutes()[0], 225)

    def test_the_rule_in_half_days(self):
        """A half day of 7.5 hours is 225 minutes: one and two hours are 0.50 each."""
        self.rule.increment_part = "half"
        self.assertEqual(self.rule.increment_minutes, 225)
        self.rule.detail = "entry"
        self._log(1)
        self._log(2)
        self.assertEqual(self._prepare().line_ids.mapped("quantity"), [0.50, 0.50])
