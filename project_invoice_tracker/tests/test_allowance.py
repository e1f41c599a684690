"""Included and prepaid hours: covered once, accounted for every day (I21)."""

from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..billing.allowances import Usage
from .common import BillingCommon


@tagged("post_install", "-at_install")
class AllowanceCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "UTC"
        cls.rule.price_unit = 120.0

    @classmethod
    def _create_retainer(cls, **values):
        """Create 20 h a month for 2,000.00; 5 h roll over for one period."""
        rule = cls._create_rule(
            **{
                "kind": "recurring",
                "name": "Retainer",
                "product_id": cls.env.ref(
                    "project_invoice_tracker.product_recurring"
                ).id,
                "price_unit": 0,
                "recurring_price": 2000.0,
                "recurring_interval": "month",
                "included_hours": 20,
                "rollover_hours": 5,
                "rollover_periods": 1,
                **values,
            }
        )
        cls.rule.allowance_rule_id = rule
        return rule

    @classmethod
    def _create_packs(cls, **values):
        """Create a pack of 50 h for 5,000.00."""
        rule = cls._create_rule(
            **{
                "kind": "advance",
                "name": "Pack",
                "product_id": cls.env.ref("project_invoice_tracker.product_advance").id,
                "price_unit": 0,
                "advance_type": "hours",
                "pack_hours": 50,
                "pack_price": 5000.0,
                **values,
            }
        )
        cls.rule.allowance_rule_id = rule
        return rule

    def _cover(self, *usages):
        return self.env["project.billing.allowance"]._cover(
            self.rule.allowance_rule_id, usages
        )

    def _rows(self, rule):
        rows = self.env["project.billing.allowance"].search(
            [("rule_id", "=", rule.id)], order="number, period_start"
        )
        rows.invalidate_recordset()
        return rows

    def _account(self, rule, count=None):
        """Return (granted, in, used, out, expired, balance) hours of each row."""
        names = ("granted", "rolled_in", "used", "rolled_out", "expired", "balance")
        return [
            tuple(row[f"hours_{name}"] for name in names)
            for row in self._rows(rule)[:count]
        ]


@tagged("post_install", "-at_install")
class TestAllowance(AllowanceCommon):
    @freeze_time("2026-02-15")
    def test_rows_of_a_retainer(self):
        """I21: one row per period; what rolls over is accounted as of today."""
        rule = self._create_retainer(date_end=date(2026, 3, 10))
        rows = self._rows(rule)
        self.assertEqual(
            [
                (
                    str(r.period_start),
                    str(r.period_end),
                    str(r.valid_until),
                    r.hours_granted,
                )
                for r in rows
            ],
            [
                ("2026-01-01", "2026-01-31", "2026-02-28", 20.0),
                ("2026-02-01", "2026-02-28", "2026-03-10", 20.0),
                ("2026-03-01", "2026-03-10", "2026-03-10", 387 / 60),
            ],
        )
        self.assertEqual(
            self._account(rule),
            [
                (20, 0, 0, 5, 15, 0),
                (20, 5, 0, 0, 0, 25),
                (6.45, 0, 0, 0, 0, 6.45),
            ],
        )
        self.assertEqual(rule.allowance_balance, "25 of 25 h")
        self.assertEqual(rule.allowance_hours_left, 25)
        self.assertEqual(
            self.project.with_user(self.pm).billing_allowance_balance, "25 of 25 h"
        )

    @freeze_time("2026-02-15")
    def test_cover(self):
        """I21: rolled hours first, then the period's own, then charged."""
        rule = self._create_retainer()
        january, february = self._rows(rule)[:2]
        work = [
            Usage(1, date(2026, 1, 10), 16 * 60),
            Usage(2, date(2026, 2, 3), 10 * 60),
            Usage(3, date(2026, 2, 9), 18 * 60),
        ]
        self.assertEqual(
            self._cover(*work),
            {
                1: [(january.id, 960)],
                2: [(january.id, 240), (february.id, 360)],
                3: [(february.id, 840), (None, 240)],
            },
        )
        self.assertEqual(
            self._account(rule, 2), [(20, 0, 16, 4, 0, 0), (20, 4, 24, 0, 0, 0)]
        )
        self.assertEqual(rule.allowance_balance, "0 of 24 h")

    @freeze_time("2026-02-15")
    def test_what_is_held_stays_covered(self):
        """I21: late work gets what is left; what a bill holds is not touched."""
        rule = self._create_retainer(rollover_hours=0)
        january = self._rows(rule)[0]
        held = Usage(2, date(2026, 1, 20), 12 * 60, ((january.id, 600), (None, 120)))
        late = Usage(1, date(2026, 1, 2), 15 * 60)
        self.assertEqual(
            self._cover(late, held),
            {
                1: [(january.id, 600), (None, 300)],
                2: [(january.id, 600), (None, 120)],
            },
        )
        self.assertEqual(self._account(rule, 1), [(20, 0, 20, 0, 0, 0)])
        # fewer hours than are held: what is billed stays granted
        rule.included_hours = 5
        self._cover(held)
        self.assertEqual(self._account(rule, 1), [(10, 0, 10, 0, 0, 0)])

    @freeze_time("2026-02-15")
    def test_work_far_ahead_makes_its_rows(self):
        rule = self._create_retainer(rollover_hours=0)
        parts = self._cover(Usage(1, date(2028, 5, 5), 60))
        last = self._rows(rule)[-1]
        self.assertEqual(str(last.period_start), "2028-05-01")
        self.assertEqual(parts, {1: [(last.id, 60)]})

    @freeze_time("2026-02-15")
    def test_billed_period_keeps_its_hours(self):
        """I21, I22: a change of the rule is for periods that nobody billed."""
        rule = self._create_retainer()
        self._post()
        rule.write({"included_hours": 10, "rollover_hours": 0})
        self.assertEqual(
            self._account(rule, 3),
            [(20, 0, 0, 5, 15, 0), (20, 5, 0, 0, 0, 25), (10, 0, 0, 0, 0, 10)],
        )

    @freeze_time("2026-03-15")
    def test_pack_then_rate(self):
        """I21: 50 h are drawn down, the rest is charged."""
        rule = self._create_packs()
        pack = self._rows(rule)
        item = self.env["project.billing.item"].search([("rule_id", "=", rule.id)])
        self.assertRecordValues(
            item,
            [{"amount": 5000, "ready": True, "source_key": f"{rule.id}/pack/1"}],
        )
        work = [Usage(1, date(2026, 1, 9), 45 * 60), Usage(2, date(2026, 3, 2), 600)]
        self.assertEqual(
            self._cover(*work),
            {1: [(pack.id, 2700)], 2: [(pack.id, 300), (None, 300)]},
        )
        self.assertEqual(self._account(rule), [(50, 0, 50, 0, 0, 0)])
        rule.pack_count = 2
        first, second = self._rows(rule)
        self.assertEqual(second.period_start, date(2026, 3, 15))
        self.assertEqual(self._cover(*work)[2], [(first.id, 300), (second.id, 300)])
        self.assertEqual(rule.allowance_balance, "45 of 100 h")

    @freeze_time("2026-03-15")
    def test_next_pack_by_itself(self):
        """I21: the next pack is sold by the work that needs it, and taken back."""
        rule = self._create_packs(overage_policy="next_pack")
        work = [Usage(1, date(2026, 1, 9), 45 * 60), Usage(2, date(2026, 3, 2), 600)]
        parts = self._cover(*work)
        first, second = self._rows(rule)
        self.assertEqual(parts[2], [(first.id, 300), (second.id, 300)])
        self.assertEqual(second.period_start, date(2026, 3, 2))
        self.assertEqual(
            self._account(rule), [(50, 0, 50, 0, 0, 0), (50, 0, 5, 0, 0, 45)]
        )
        items = self.env["project.billing.item"].search([("rule_id", "=", rule.id)])
        self.assertEqual(items.mapped("amount"), [5000, 5000])
        self.assertTrue(all(items.mapped("ready")))
        again = self._cover(*work)
        self.assertEqual(again, parts)
        self._cover(work[0])
        self.assertEqual(self._account(rule), [(50, 0, 45, 0, 0, 5)])
        self.assertEqual(len(items.exists()), 1)
        # once it is billed, it stays sold
        entry = self._log(55, date(2026, 3, 2))
        request = self._prepare()
        self.assertEqual(
            request.line_ids.mapped("name"),
            ["Deposit, pack 1 (50.00 h)", "Deposit, pack 2 (50.00 h)"],
        )
        entry.unlink()
        self.assertEqual(
            self._account(rule), [(50, 0, 0, 0, 0, 50), (50, 0, 0, 0, 0, 50)]
        )

    def test_packs_expire(self):
        """I21: what is left of a pack expires after its months."""
        with freeze_time("2026-01-01"):
            rule = self._create_packs(pack_expiry_months=6)
            self._cover(Usage(1, date(2026, 1, 9), 600))
            self.assertEqual(self._rows(rule).period_end, date(2026, 6, 30))
        with freeze_time("2026-06-30"):
            parts = self._cover(
                Usage(1, date(2026, 1, 9), 600), Usage(2, date(2026, 7, 1), 60)
            )
            self.assertEqual(parts[2], [(None, 60)])
            self.assertEqual(self._account(rule), [(50, 0, 10, 0, 0, 40)])
        with freeze_time("2026-07-01"):
            self._cover(Usage(1, date(2026, 1, 9), 600))
            self.assertEqual(self._account(rule), [(50, 0, 10, 0, 40, 0)])

    @freeze_time("2026-03-15")
    def test_warning_once_per_pack(self):
        """The manager is told once that less than a fifth of the pack is left."""
        rule = self._create_packs()
        day = date(2026, 3, 2)

        def activities():
            return self.project.activity_ids.filtered(
                lambda a: "Pack" in (a.summary or "")
            )

        self._cover(Usage(1, day, 40 * 60))
        self.assertFalse(activities(), "10 of 50 h are exactly 20 %")
        self._cover(Usage(1, day, 40 * 60 + 6))
        self.assertRecordValues(
            activities(),
            [{"user_id": self.pm.id, "summary": "Pack: 9.9 of 50 h left"}],
        )
        self._cover(Usage(1, day, 45 * 60))
        self.assertEqual(len(activities()), 1)
        rule.pack_count = 2
        self._cover(Usage(1, day, 95 * 60))
        self.assertEqual(len(activities()), 2)

    def test_refusals(self):
        """Refuse packs without hours or price, and hours of other projects."""
        for values in ({"pack_hours": 0}, {"pack_price": 0}, {"pack_hours": 0.001}):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, "pack"),
                self.env.cr.savepoint(),
            ):
                self._create_packs(**values)
        for values in (
            {"pack_hours": -1},
            {"pack_price": -1},
            {"pack_count": -1},
            {"pack_expiry_months": -1},
            {"pack_warning_percent": 101},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._create_packs(**values)
        packs = self._create_packs()
        other = self._create_rule(self._create_project(name="Shop"))
        milestones = self._create_rule(kind="milestone", contract_amount=10)
        for rule, source in (
            (other, packs),
            (self.rule, milestones),
            (milestones, packs),
        ):
            with (
                self.assertRaisesRegex(ValidationError, "own project"),
                self.env.cr.savepoint(),
            ):
                rule.allowance_rule_id = source

    def test_hours_in_use_are_not_deleted(self):
        packs = self._create_packs()
        with (
            self.assertRaisesRegex(ValidationError, "Archive"),
            self.env.cr.savepoint(),
        ):
            packs.unlink()
        self.rule.allowance_rule_id = False
        packs.unlink()
        self.assertFalse(packs.exists())

    @freeze_time("2026-03-15")
    def test_archived_hours_cover_nothing(self):
        """I21: without the retainer, its time is charged; what was billed stays."""
        packs = self._create_packs(pack_count=2)
        self._log(60, date(2026, 3, 2))
        self.assertEqual(self._account(packs)[1], (50, 0, 10, 0, 0, 40))
        packs.active = False
        self.assertFalse(self._rows(packs))
        self.assertMinutes((3600, 0, 0, 0))
        packs.active = True
        self.assertEqual(self._account(packs)[1], (50, 0, 10, 0, 0, 40))

    @freeze_time("2026-03-15")
    def test_nobody_writes_the_account(self):
        """I21: the account is written by the engine only, and adds up by itself."""
        row = self._rows(self._create_packs())
        for values in ({"minutes_balance": 9}, {"minutes_granted": 9}, {"warned": 1}):
            with self.assertRaises(AccessError):
                row.with_user(self.admin).write(values)
            with self.assertRaises(AccessError):
                row.sudo().write(values)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            row._engine().write({"minutes_used": 60})
            self.env.flush_all()
