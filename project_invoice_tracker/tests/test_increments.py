"""Increments, tiers and discounts: what is billed of what was recorded."""

from datetime import date, timedelta

from psycopg2.errors import CheckViolation

from odoo.tests import tagged
from odoo.tools import is_html_empty, mute_logger

from ..exceptions import NothingToBill
from .common import DAY, BillingCommon

TUESDAY = DAY + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestIncrements(BillingCommon):
    def _billed(self, entries):
        items = self.env["project.billing.item"].search(
            [("analytic_line_id", "in", entries.ids)]
        )
        items.invalidate_recordset()
        by_entry = {entry.id: 0 for entry in entries}
        for item in items:
            by_entry[item.analytic_line_id.id] += int(item.quantity)
        return list(by_entry.values())

    def _log_minutes(self, *minutes, day=DAY, **values):
        entries = self.env["account.analytic.line"]
        for each in minutes:
            entries |= self._log(each / 60, day, **values)
        return entries

    def test_per_entry(self):
        self.rule.increment_minutes = 15
        entries = self._log_minutes(20, 5, 5)
        self.assertEqual(self._billed(entries), [30, 15, 15])
        self.assertEqual(self._prepare().line_ids.quantity, 1.0)

    def test_per_person_and_day(self):
        """20 + 5 + 5 + 4 minutes of Ann are 45, Bob's 5 are 15, Tuesday's 5 are 15."""
        self.rule.write({"increment_minutes": 15, "increment_scope": "person_day"})
        ann = self._log_minutes(20, 5, 5)
        self.assertEqual(self._billed(ann), [20, 5, 5])
        ann |= self._log_minutes(4)
        self.assertEqual(self._billed(ann), [31, 5, 5, 4])
        bob = self._log_minutes(5, employee_id=self.bob.id)
        tuesday = self._log_minutes(5, day=TUESDAY)
        self.assertEqual(self._billed(bob | tuesday), [15, 15])
        self.assertEqual([round(e.unit_amount * 60) for e in ann], [20, 5, 5, 4])
        # moved to Tuesday, both days are rounded anew
        ann[3].date = TUESDAY
        self.assertEqual(self._billed(ann), [20, 5, 5, 4])
        self.assertEqual(self._billed(tuesday), [11])
        request = self._prepare(date_to=DAY)
        self.assertEqual(request.line_ids.quantity, 0.75)
        # what is in use stays: ten more minutes of the day fill the next quarter
        more = self._log_minutes(10)
        self.assertEqual(self._billed(ann[:3] | more), [20, 5, 5, 15])
        request.action_cancel()
        self._log_minutes(5)
        self.assertMinutes((45 + 15 + 15, 0, 0, 0))
        self.assertEqual(self._prepare(date_to=DAY).line_ids.quantity, 1.0)

    def test_per_line(self):
        """The line is rounded, its longest work carries the difference."""
        self.rule.write(
            {"increment_minutes": 30, "increment_scope": "line", "detail": "person"}
        )
        entries = self._log_minutes(20, 5, 10)
        self.assertEqual(self._billed(entries), [20, 5, 10])
        request = self._prepare()
        line = request.line_ids
        self.assertEqual(line.quantity, 1.0)
        self.assertEqual(self._billed(entries), [45, 5, 10])
        self.assertMinutes((0, 60, 0, 0))
        # more work joins the line: rounded anew from what was recorded
        entries |= self._log_minutes(20)
        request.collect(date(2026, 12, 31))
        self.assertEqual(request.line_ids, line)
        self.assertEqual(line.quantity, 1.0)
        self.assertMinutes((0, 60, 0, 0))
        # given back, the entries are what they were
        request.action_cancel()
        self._log_minutes(6)
        self.rule.increment_method = "down"
        self.assertEqual(self._billed(entries), [20, 5, 10, 20])
        self.assertEqual(self._prepare().line_ids.quantity, 1.0)
        self.assertMinutes((0, 60, 0, 0))

    def test_less_than_one_increment_beside_a_cap(self):
        """A cap, of whatever work, does not make an empty draft a failure."""
        self.env["project.billing.cap"].sudo().create(
            {"name": "Order", "limit_amount": 1000.0, "rule_ids": self.rule.ids}
        )
        self.test_per_line_less_than_one_increment()

    def test_per_line_less_than_one_increment(self):
        self.rule.write(
            {
                "increment_minutes": 30,
                "increment_scope": "line",
                "increment_method": "down",
            }
        )
        self._log_minutes(20)
        with self.assertRaises(NothingToBill):
            self._prepare()
        self.assertMinutes((20, 0, 0, 0))
        self.assertFalse(self.project.billing_request_count)
        self._log_minutes(15)
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 0.5)
        # beside another project that has work, nothing of it is left to see
        other = self._create_project(name="Other")
        self._create_rule(
            other,
            increment_minutes=30,
            increment_scope="line",
            increment_method="down",
        )
        self._log_minutes(10, project_id=other.id)
        self._log_minutes(60)
        self.assertEqual(self._prepare(self.project | other), request)

    def test_correction_nets(self):
        """I23: -2 h against 5 h of open work; alone it is carried."""
        self._log(-2)
        with self.assertRaises(NothingToBill):
            self._prepare()
        work = self._log(5, TUESDAY)
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 3.0)
        self.assertMinutes((0, 180, 0, 0))
        self.assertMinutes((0, 300, 0, 0), work)
        self._post(request)
        self.assertMinutes((0, 0, 180, 0))

    def test_correction_in_increments(self):
        """A correction takes back what the work it corrects was billed as."""
        self.rule.increment_minutes = 15
        entries = self._log_minutes(20, -20, 50)
        self.assertEqual(self._billed(entries), [30, -30, 60])
        self.assertEqual(self._prepare().line_ids.quantity, 1.0)

    def test_tiers(self):
        """The first 10 hours at 100.00, the next 10 at 90.00, then 5 % off 100.00."""
        self.rule.tier_ids = [
            (0, 0, {"hours_from": 10, "price_unit": 90}),
            (0, 0, {"hours_from": 20, "discount": 5}),
        ]
        self._log(8)
        entry = self._log(4, TUESDAY)
        self.assertEqual(self._billed(entry), [240])
        request = self._prepare()
        amounts = {
            line.price_unit: (line.quantity, line.price_subtotal)
            for line in request.line_ids
        }
        self.assertEqual(amounts, {100: (10.0, 1000.0), 90: (2.0, 180.0)})
        self._post(request)
        # what is billed counts for the volume, also when more is logged before it
        late = self._log(10, DAY)
        request = self._prepare()
        amounts = {
            (line.price_unit, line.discount): line.price_subtotal
            for line in request.line_ids
        }
        self.assertEqual(sum(amounts.values()), request.amount_untaxed)
        self.assertEqual(self._billed(late), [600])
        self.assertEqual(sum(line.quantity for line in request.line_ids), 10.0)

    def test_tiers_in_order(self):
        self.rule.tier_ids = [(0, 0, {"hours_from": 20, "discount": 5})]
        self._log(19)
        self._log(3, TUESDAY)
        request = self._prepare()
        amounts = {line.discount: line.price_subtotal for line in request.line_ids}
        self.assertEqual(amounts, {0: 2000.0, 5: 190.0})
        self.assertEqual(self._post(request).amount_untaxed, 2190.0)

    @mute_logger("odoo.sql_db")
    def test_refusals(self):
        """A tier says something, and no discount is above 100 %."""
        tier = self.env["project.billing.tier"]
        for step in (
            lambda: tier.create({"rule_id": self.rule.id, "hours_from": 10}),
            lambda: tier.create(
                {"rule_id": self.rule.id, "hours_from": -1, "discount": 5}
            ),
            lambda: self.rule.write({"discount": 101}),
            lambda: self.rule.write({"increment_minutes": -5}),
        ):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                step()
                self.env.flush_all()

    def test_discount(self):
        """10 % off: on the line, the invoice and in what is still to bill."""
        self.rule.discount = 10
        self._log(2)
        self.assertEqual(self.project.billing_amount_ready, 180)
        request = self._prepare()
        self.assertEqual(request.line_ids.discount, 10)
        self.assertEqual(request.amount_untaxed, 180)
        request.line_ids.change_quantity(1.5)
        self.assertEqual(request.amount_untaxed, 135)
        self.project.invalidate_recordset()
        self.assertEqual(self.project.billing_amount_ready, 45)
        move = self._post(request)
        self.assertEqual(
            (move.invoice_line_ids.discount, move.amount_untaxed), (10, 135)
        )
        self._credit(move)
        self.assertMinutes((120, 0, 0, 0))

    def test_discount_in_preview(self):
        """What the client is shown says why 2 x 100 are 180."""
        self._log(2)
        request = self._prepare()
        self.assertNotIn("Disc.%", self._preview(request))
        request.action_cancel()
        self.rule.discount = 10
        request = self._prepare()
        preview = self._preview(request)
        self.assertIn("Disc.%", preview)
        self.assertIn("10.00", preview)

    def _preview(self, request):
        name = "project_invoice_tracker.report_billing_request_document"
        values = {"doc": request, "lang": None, "is_html_empty": is_html_empty}
        report = self.env["ir.actions.report"].sudo()  # sudo: as the button does
        return report._render_template(name, values).decode()
