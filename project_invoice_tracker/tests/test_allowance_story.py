"""Four months of a retainer, and packs to their end, as a bookkeeper reads them."""

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL

from .test_allowance import AllowanceCommon


@tagged("post_install", "-at_install")
class TestAllowanceStory(AllowanceCommon):
    def assertHours(self, covered, billed, open_, source=None):
        """Assert what became of the work: all of it, and nothing twice (I21)."""
        self.env.flush_all()
        [found] = self.env.execute_query(
            SQL(
                "SELECT coalesce(sum(quantity_covered), 0) / 60,"
                " coalesce(sum(quantity_reserved + quantity_billed), 0) / 60,"
                " coalesce(sum(quantity_open), 0) / 60"
                " FROM project_billing_item WHERE project_id = %s AND kind = 'time'",
                self.project.id,
            )
        )
        self.assertEqual(
            tuple(float(hours) for hours in found), (covered, billed, open_)
        )
        entries = self.env["account.analytic.line"].search(
            [("project_id", "=", self.project.id)]
        )
        worked = sum(entries.mapped("unit_amount"))
        self.assertEqual(worked, covered + billed + open_, "work got lost")
        source = source or self.rule.allowance_rule_id
        used = sum(self._rows(source).mapped("minutes_used"))
        self.assertEqual(used, covered * 60, "the account is not that of the work")
        self.assertMinutes(self._minutes())

    def _request(self):
        """Collect what is ready; return ``[(name, quantity, price)]`` with it."""
        self.env["project.billing.rule"]._cron_follow_calendar()
        request = self._prepare(date_to=None)
        lines = [(line.quantity, line.price_unit) for line in request.line_ids]
        return request, sorted(lines)

    def _retainer_until_february(self):
        """January with 16 h, February with 28 h, both billed: 480.00 beyond."""
        with freeze_time("2026-01-31"):
            rule = self._create_retainer()
            self._log(10, date(2026, 1, 5))
            self._log(6, date(2026, 1, 20))
            self.assertHours(16, 0, 0)
            self.assertEqual(self._account(rule, 1), [(20, 0, 16, 0, 0, 4)])
            request, lines = self._request()
            self.assertEqual(lines, [(1, 2000)])
            self._post(request)
        with freeze_time("2026-02-28"):
            self._log(10, date(2026, 2, 3))
            self.assertEqual(
                self._account(rule, 2), [(20, 0, 16, 4, 0, 0), (20, 4, 10, 0, 0, 14)]
            )
            self._log(18, date(2026, 2, 9))
            self.assertHours(40, 0, 4)
            mistake = self._log(1, date(2026, 2, 4))
            self.assertHours(40, 0, 5)
            mistake.unlink()
            self.assertHours(40, 0, 4)
            self.assertEqual(
                self._account(rule, 2), [(20, 0, 16, 4, 0, 0), (20, 4, 24, 0, 0, 0)]
            )
            request, lines = self._request()
            self.assertEqual(lines, [(1, 2000), (4, 120)])
            self.assertIn(
                "24.00 of 24.00 h included used",
                "".join(request.line_ids.mapped("name")),
            )
            self.assertEqual(request.amount_untaxed, 2480)
            move = self._post(request)
            self.assertHours(40, 4, 0)
        return rule, move

    def test_four_months_of_a_retainer(self):
        """I21: 2,000.00 a month with 20 h, 5 h roll over once, 120.00 beyond."""
        rule, _move = self._retainer_until_february()
        with freeze_time("2026-03-05"):
            # forgotten in January: 2 h of its 4 h that February used are not there
            self._log(2, date(2026, 1, 20))
            self.assertHours(40, 4, 2)
            self.assertEqual(
                self._account(rule, 3),
                [(20, 0, 18, 2, 0, 0), (20, 2, 22, 0, 0, 0), (20, 0, 0, 0, 0, 20)],
            )
            self._log(5, date(2026, 3, 3))
            self.assertHours(45, 4, 2)
        with freeze_time("2026-04-30"):
            self._log(26, date(2026, 4, 15))
            self.assertHours(70, 4, 3)
            self.assertEqual(
                self._account(rule, 4)[2:],
                [(20, 0, 5, 5, 10, 0), (20, 5, 25, 0, 0, 0)],
            )
            request, lines = self._request()
            self.assertEqual(lines, [(1, 2000), (1, 2000), (3, 120)])
            self.assertEqual(self._post(request).amount_untaxed, 4360)
            self.assertHours(70, 7, 0)

    def test_credited_overage(self):
        """I21: what is credited is free again, and is covered by what is left."""
        rule, move = self._retainer_until_february()
        with freeze_time("2026-03-05"):
            self._credit(move)
            self.assertHours(40, 0, 4)
            rule.included_hours = 22
            self.assertEqual(
                self._account(rule, 2), [(20, 0, 16, 4, 0, 0), (22, 4, 26, 0, 0, 0)]
            )
            self.assertHours(42, 0, 2)

    def test_entry_grows_moves_and_is_taken_back(self):
        """I21: every change of an entry is a change of what is left."""
        with freeze_time("2026-02-28"):
            rule = self._create_retainer(rollover_hours=0)
            first = self._log(15, date(2026, 2, 3))
            second = self._log(8, date(2026, 2, 9))
            self.assertHours(20, 0, 3)
            first.unit_amount = 10
            self.assertHours(18, 0, 0)
            second.date = date(2026, 1, 9)
            self.assertEqual(
                self._account(rule, 2), [(20, 0, 8, 0, 12, 0), (20, 0, 10, 0, 0, 10)]
            )
            self._log(15, date(2026, 2, 10))
            self.assertHours(28, 0, 5)
            self._log(-7, date(2026, 2, 11))
            self.assertHours(26, 0, 0)
            self.assertEqual(
                self._account(rule, 2), [(20, 0, 8, 0, 12, 0), (20, 0, 18, 0, 0, 2)]
            )

    @freeze_time("2026-03-15")
    def test_rules_share_the_hours(self):
        """I21: two rules draw on the same hours, in the order of the work."""
        task = self.env["project.task"].create(
            {"name": "Design", "project_id": self.project.id}
        )
        self._create_packs(pack_hours=10)
        design = self._create_rule(price_unit=80, task_ids=task.ids, sequence=1)
        design.allowance_rule_id = self.rule.allowance_rule_id
        self._log(6, date(2026, 3, 2))
        late = self._log(7, date(2026, 3, 3), task_id=task.id)
        self.assertHours(10, 0, 3)
        open_items = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", late.id), ("quantity_open", "!=", 0)]
        )
        self.assertEqual(sum(open_items.mapped("amount_open")), 240)
        self.rule.allowance_rule_id = False
        self.assertHours(7, 0, 6, design.allowance_rule_id)

    @freeze_time("2026-03-15")
    def test_prepaid_hours_with_the_next_pack(self):
        """I21: 50 h for 5,000.00; the 51st hour sells the next 50."""
        rule = self._create_packs(overage_policy="next_pack")
        self._log(45, date(2026, 3, 2))
        self.assertHours(45, 0, 0)
        self.assertEqual(rule.allowance_balance, "5 of 50 h")
        self.assertEqual(len(self.project.activity_ids), 1)
        request, lines = self._request()
        self.assertEqual(lines, [(1, 5000)])
        self._post(request)
        beyond = self._log(10, date(2026, 3, 9))
        self.assertHours(55, 0, 0)
        self.assertEqual(
            self._account(rule), [(50, 0, 50, 0, 0, 0), (50, 0, 5, 0, 0, 45)]
        )
        beyond.unit_amount = 4
        self.assertEqual(self._account(rule), [(50, 0, 49, 0, 0, 1)])
        self.assertEqual(self.project.billing_amount_ready, 0)
        beyond.unit_amount = 10
        self.project.invalidate_recordset()
        self.assertEqual(self.project.billing_amount_ready, 5000)
        request, lines = self._request()
        self.assertEqual(lines, [(1, 5000)])
        beyond.unlink()
        self.assertHours(45, 0, 0)
        self.assertEqual(
            self._account(rule), [(50, 0, 45, 0, 0, 5), (50, 0, 0, 0, 0, 50)]
        )

    @freeze_time("2026-03-15")
    def test_prepaid_hours_then_the_rate(self):
        """I21: 55 h on a pack of 50 h are 5 h at 120.00."""
        rule = self._create_packs()
        self._log(45, date(2026, 3, 2))
        self._log(10, date(2026, 3, 9))
        self.assertHours(50, 0, 5)
        request, lines = self._request()
        self.assertEqual(lines, [(1, 5000), (5, 120)])
        self.assertEqual(request.amount_untaxed, 5600)
        self._post(request)
        self.assertHours(50, 5, 0)
        rule.pack_count = 2
        self._log(3, date(2026, 3, 12))
        self.assertHours(53, 5, 0)
        self.assertEqual(
            self._account(rule), [(50, 0, 50, 0, 0, 0), (50, 0, 3, 0, 0, 47)]
        )
