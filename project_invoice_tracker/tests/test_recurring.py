"""Retainers: every day once, one period a line, missed ones caught up (I18)."""

from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestRecurring(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "UTC"
        cls.retainer_service = cls.env.ref("project_invoice_tracker.product_recurring")

    @classmethod
    def _create_retainer(cls, **values):
        return cls._create_rule(
            **{
                "kind": "recurring",
                "name": "Retainer",
                "product_id": cls.retainer_service.id,
                "price_unit": 0,
                "recurring_price": 2000.0,
                "recurring_interval": "month",
                **values,
            }
        )

    def _items(self, rule):
        return self.env["project.billing.item"].search(
            [("rule_id", "=", rule.id), ("source_key", "!=", False)],
            order="period_start",
        )

    def _periods(self, rule, ready=None):
        """Return ``[(first day, last day, fee)]`` of the items, as text."""
        return [
            (str(item.period_start), str(item.period_end), item.amount)
            for item in self._items(rule)
            if ready is None or item.ready == ready
        ]

    def _follow(self):
        self.env["project.billing.rule"]._cron_follow_calendar()

    def _collect(self, day):
        """Look at the calendar on a day, and collect what is due then."""
        with freeze_time(day):
            self._follow()
            return self._prepare()

    @freeze_time("2026-01-16")
    def test_calendar_months_in_advance(self):
        """I18: the first month by its days; a year ahead is planned."""
        rule = self._create_retainer(
            date_start=date(2026, 1, 16), recurring_alignment="calendar"
        )
        items = self._items(rule)
        self.assertEqual(len(items), 13)
        self.assertEqual(
            self._periods(rule)[:3],
            [
                ("2026-01-16", "2026-01-31", 1032.26),
                ("2026-02-01", "2026-02-28", 2000.0),
                ("2026-03-01", "2026-03-31", 2000.0),
            ],
        )
        self.assertEqual(items.filtered("ready"), items[0])
        self.assertEqual(items[0].date, date(2026, 1, 16))
        self.assertEqual(self.project.billing_amount_ready, 1032.26)
        self.assertEqual(self.project.billing_amount_planned, 24000.0)

    def test_missed_periods_one_by_one(self):
        """I18: nobody billed for months; each period is a line of its own."""
        with freeze_time("2026-01-01"):
            rule = self._create_retainer(recurring_timing="arrears")
            self.assertFalse(self._periods(rule, ready=True))
        request = self._collect("2026-04-10")
        self.assertEqual(
            [(line.name, line.quantity, line.price_unit) for line in request.line_ids],
            [
                ("Retainer, January 1, 2026 – January 31, 2026", 1, 2000),
                ("Retainer, February 1, 2026 – February 28, 2026", 1, 2000),
                ("Retainer, March 1, 2026 – March 31, 2026", 1, 2000),
            ],
        )
        self.assertEqual(request.amount_untaxed, 6000)
        with freeze_time("2026-04-30"):
            self._follow()
            self.assertEqual(
                [p[0] for p in self._periods(rule, ready=True)][-1], "2026-04-01"
            )
        request.action_cancel()
        with freeze_time("2026-04-30"):
            self.assertEqual(self._prepare().amount_untaxed, 8000)

    @freeze_time("2026-01-31")
    def test_anchor_day(self):
        """I18: from 31 January on the periods start on the last days."""
        rule = self._create_retainer(date_start=date(2026, 1, 31))
        self.assertEqual(
            self._periods(rule)[:4],
            [
                ("2026-01-31", "2026-02-27", 2000.0),
                ("2026-02-28", "2026-03-30", 2000.0),
                ("2026-03-31", "2026-04-29", 2000.0),
                ("2026-04-30", "2026-05-30", 2000.0),
            ],
        )

    @freeze_time("2026-01-10")
    def test_every_interval(self):
        for interval, count in (
            ("week", 53),
            ("month", 13),
            ("quarter", 5),
            ("year", 2),
        ):
            with self.subTest(interval=interval):
                rule = self._create_retainer(
                    recurring_interval=interval, date_start=date(2026, 1, 10)
                )
                self.assertEqual(len(self._items(rule)), count)
                rule.unlink()

    @freeze_time("2026-01-01")
    def test_end_by_days(self):
        """I18: the last period by its days, and nothing beyond."""
        rule = self._create_retainer(date_end=date(2026, 3, 10))
        self.assertEqual(self._periods(rule)[-1], ("2026-03-01", "2026-03-10", 645.16))
        self.assertEqual(len(self._items(rule)), 3)
        rule.date_end = date(2026, 2, 14)
        self.assertEqual(
            self._periods(rule)[1:], [("2026-02-01", "2026-02-14", 1000.0)]
        )

    def test_days_before(self):
        """I18: in advance, with days ahead; the company's day decides."""
        with freeze_time("2026-02-22"):
            rule = self._create_retainer(recurring_lead_days=7)
            self.assertEqual(len(self._periods(rule, ready=True)), 3)
            rule.recurring_lead_days = 6
            self.assertEqual(len(self._periods(rule, ready=True)), 2)
        self.company.partner_id.tz = "Pacific/Kiritimati"
        with freeze_time("2026-02-22 10:30:00"):
            self._follow()
            self.assertEqual(len(self._periods(rule, ready=True)), 3)
        self.company.partner_id.tz = "Pacific/Midway"
        with freeze_time("2026-02-23 10:30:00"):
            self._follow()
            self.assertEqual(len(self._periods(rule, ready=True)), 2)

    def test_changes_leave_what_is_billed(self):
        """I18, I22: price, interval and start change what is open only."""
        with freeze_time("2026-02-10"):
            rule = self._create_retainer()
            move = self._post()
            self.assertEqual(move.amount_untaxed, 4000)
            rule.recurring_price = 2500
            self.assertEqual(
                self._periods(rule)[:3],
                [
                    ("2026-01-01", "2026-01-31", 2000.0),
                    ("2026-02-01", "2026-02-28", 2000.0),
                    ("2026-03-01", "2026-03-31", 2500.0),
                ],
            )
            rule.write({"recurring_interval": "quarter", "recurring_price": 6000})
            self.assertEqual(
                self._periods(rule)[1:4],
                [
                    ("2026-02-01", "2026-02-28", 2000.0),
                    ("2026-03-01", "2026-03-31", 2066.67),
                    ("2026-04-01", "2026-06-30", 6000.0),
                ],
            )
            self._credit(move)
            self.assertEqual(
                self._periods(rule)[:2],
                [
                    ("2026-01-01", "2026-01-31", 2000.0),
                    ("2026-02-01", "2026-02-28", 2000.0),
                ],
                "until the rule is looked at again",
            )
            self._follow()
            self.assertEqual(
                self._periods(rule)[0], ("2026-01-01", "2026-03-31", 6000.0)
            )

    @freeze_time("2026-01-01")
    def test_archived_plans_nothing(self):
        rule = self._create_retainer()
        request = self._prepare()
        rule.active = False
        self.assertEqual(len(self._items(rule)), 1, "in a request")
        request.action_cancel()
        rule.active = True
        self.assertEqual(len(self._items(rule)), 13)

    @freeze_time("2026-01-15")
    def test_language_and_hours_on_the_line(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.partner_a.lang = "de_DE"
        self._create_retainer(included_hours=20)
        line = self._prepare().line_ids
        self.assertIn("Retainer, 1. Januar 2026 – 31. Januar 2026", line.name)
        self.assertIn("20,00 h", line.name)

    def test_refusals(self):
        """Refuse what cannot be billed, before it is planned."""
        for values in (
            {"recurring_price": 0},
            {"recurring_interval": False},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, "fee"),
                self.env.cr.savepoint(),
            ):
                self._create_retainer(**values)
        for values in (
            {"recurring_price": -1},
            {"recurring_lead_days": -1},
            {"recurring_lead_days": 400},
            {"included_hours": -1},
            {"rollover_hours": -5},
            {"rollover_periods": -1},
            {"date_start": date(2026, 3, 1), "date_end": date(2026, 2, 1)},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._create_retainer(**values)

    def test_hours_included_once(self):
        """I21: two retainers do not include the same work at the same time."""
        first = self._create_retainer(included_hours=20, date_end=date(2026, 6, 30))
        refused = self.assertRaisesRegex(ValidationError, "same service")
        with refused, self.env.cr.savepoint():
            self._create_retainer(included_hours=5, date_start=date(2026, 6, 30))
        self._create_retainer(included_hours=5, date_start=date(2026, 7, 1))
        with refused, self.env.cr.savepoint():
            first.date_end = False
        self._create_retainer(date_start=date(2026, 2, 1))
        self._create_retainer(included_hours=5, product_id=self.service.id)
