"""The check of time: the manager looks at it before it may be billed."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DAY, BillingCommon

MANY = 2000


class TimeCheckCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.billing_check_time = True

    def _items(self, entries=None):
        domain = [("project_id", "=", self.project.id), ("kind", "=", "time")]
        if entries is not None:
            domain.append(("analytic_line_id", "in", entries.ids))
        return self.env["project.billing.item"].search(domain, order="id")

    def _check(self, entries, user=None):
        self._items(entries).with_user(user or self.pm).action_check_time()

    def _billable(self):
        return sum(self._items().filtered("ready").mapped("hours_open"))


@tagged("post_install", "-at_install")
class TestTimeCheck(TimeCheckCommon):
    def test_only_checked_time_is_billed(self):
        first, second = self._log(2), self._log(3)
        item = self._items(first)
        self.assertFalse(item.ready)
        self.assertEqual((item.waits_for, item.amount), ("Not checked yet", 200))
        with self.assertRaisesRegex(UserError, "Nothing to bill for Website"):
            self._prepare()
        self._check(first)
        self.assertEqual((item.ready, item.waits_for), (True, False))
        self.assertEqual(first.billing_checked_by_id, self.pm)
        project = self.project.with_user(self.pm)
        self.assertEqual(project.billing_hours_ready, 2)
        self.assertEqual(project.billing_hours_to_check, 3)
        self.assertEqual(project.billing_amount_planned, 0, "worked, not planned")
        self.env.flush_all()
        report = self.env["project.billing.report.wip"].with_user(self.pm)
        rows = report.search([("project_id", "=", self.project.id)])
        stages = {(row.stage, row.bucket != "planned"): row.amount for row in rows}
        self.assertEqual(stages, {("ready", True): 200, ("check", True): 300})
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 200)
        self._check(second)
        request.collect()
        self.assertEqual(request.amount_untaxed, 500)

    def test_what_undoes_it(self):
        """Day, quantity, task, text, person: what was checked is what is billed."""
        task = self.env["project.task"].create(
            {"name": "Task", "project_id": self.project.id}
        )
        entry = self._log(2)
        for values in (
            {"unit_amount": 2.5},
            {"date": date(2026, 3, 3)},
            {"task_id": task.id},
            {"name": "Other work"},
            {"employee_id": self.bob.id},
        ):
            with self.subTest(values):
                self._check(entry)
                self.assertTrue(entry.billing_checked and self._items(entry).ready)
                entry.write(values)
                self.assertFalse(entry.billing_checked)
                self.assertFalse(entry.billing_checked_by_id)
                self.assertFalse(self._items(entry).ready)
        self._check(entry)
        entry.write({"name": "Other work", "unit_amount": 2.5})
        self.assertTrue(entry.billing_checked, "nothing was changed")
        self.assertFalse(entry.copy().billing_checked)

    def test_a_change_among_checked_ones(self):
        """One write of two entries: only the one that it changes is unchecked."""
        first, second = self._log(2), self._log(3)
        self._check(first | second)
        (first | second).write({"unit_amount": 3})
        self.assertEqual((first | second).mapped("billing_checked"), [False, True])
        self.assertEqual((first | second).billing_checked_by_id, self.pm)

    def test_rights(self):
        entry = self._log(2)
        for user in (self.other_pm, self.worker, self.approver, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._check(entry, user)
        self.assertFalse(entry.billing_checked)
        self.project.billing_deputy_ids = self.other_pm
        self._check(entry, self.other_pm)
        self.project.message_subscribe(self.worker.partner_id.ids)
        self.assertTrue(entry.with_user(self.worker).billing_checked, "workers see it")

    def test_no_forging(self):
        """I25: neither a value nor a default nor an elevated flow sets it."""
        entry = self._log(2)
        lines = self.env["account.analytic.line"]
        values = {"name": "x", "project_id": self.project.id, "unit_amount": 1}
        for user in (self.worker, self.pm, self.admin, self.env.user):
            mine = entry.with_user(user).sudo()
            for forged in (
                {"billing_checked": True},
                {"billing_checked_by_id": self.pm.id},
                {"billing_checked_on": "2026-03-02 10:00:00"},
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    mine.write(forged)
        with self.assertRaises(AccessError):
            lines.create({**values, "employee_id": self.ann.id, "billing_checked": 1})
        with self.assertRaises(AccessError):
            lines.with_context(default_billing_checked=True).create(
                {**values, "employee_id": self.ann.id}
            )

    def test_taking_it_back(self):
        first, second = self._log(2), self._log(3)
        self._check(first | second)
        items = self._items(first).with_user(self.pm)
        items.action_uncheck_time()
        self.assertFalse(first.billing_checked)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 300)
        with self.assertRaisesRegex(UserError, f"is in billing request {request.name}"):
            self._items(second).with_user(self.pm).action_uncheck_time()
        with self.assertRaises(AccessError):
            items.with_user(self.other_pm).action_uncheck_time()

    def test_a_whole_week(self):
        """Monday to Sunday of that person, on the own projects only."""
        other = self._create_project(name="Colleague", user_id=self.other_pm.id)
        self._create_rule(other)
        week = self._log(1, DAY) | self._log(1, date(2026, 3, 8))
        before, after = self._log(1, date(2026, 3, 1)), self._log(1, date(2026, 3, 9))
        bobs = self._log(1, employee_id=self.bob.id)
        foreign = self._log(1, project_id=other.id)
        self._items(week[0]).with_user(self.pm).action_check_week()
        checked = (week | before | after | bobs | foreign).filtered("billing_checked")
        self.assertEqual(checked, week)

    def test_only_time(self):
        item = self._items(self._log(2))
        with self.assertRaisesRegex(UserError, "at least one billing item"):
            item.browse().action_check_time()
        self._create_rule(
            kind="milestone",
            contract_amount=1000,
            price_unit=0,
            product_id=self.env.ref("project_invoice_tracker.product_milestone").id,
        )
        milestone = self._create_milestones(50)
        of_milestone = milestone.billing_item_ids.with_user(self.pm)
        self.assertEqual(of_milestone.waits_for, "Not reached yet")
        with self.assertRaisesRegex(UserError, "Only recorded time"):
            of_milestone.action_check_time()


@tagged("post_install", "-at_install")
class TestTimeCheckSwitch(TimeCheckCommon):
    def test_company_and_project(self):
        other = self._create_project(name="Free")
        self._create_rule(other)
        self._log(2)
        self._log(4, project_id=other.id)
        items = self.env["project.billing.item"].search(
            [("project_id", "in", (self.project | other).ids)], order="id"
        )

        def ready():
            items.invalidate_recordset()
            return items.mapped("ready")

        self.assertEqual(ready(), [False, False])
        other.billing_check_time = "no"
        self.assertEqual(ready(), [False, True])
        self.company.billing_check_time = False
        self.assertEqual(ready(), [True, True])
        other.billing_check_time = "yes"
        self.assertEqual(ready(), [True, False])
        self.assertTrue(self._items(self._log(1)).ready)
        self.assertFalse(
            self.env["project.billing.item"]
            .search([("analytic_line_id", "=", self._log(1, project_id=other.id).id)])
            .ready
        )
        rows = self.env["project.billing.journal"].search(
            [("action", "=", "switch_changed"), ("project_id", "=", other.id)]
        )
        self.assertEqual(
            [row.after for row in rows.sorted("id")],
            [{"billing_check_time": "no"}, {"billing_check_time": "yes"}],
        )

    def test_what_is_in_use_stays(self):
        self.company.billing_check_time = False
        billed, reserved = self._log(2), self._log(3, date(2026, 4, 2))
        move = self._post(self._prepare(date_to=date(2026, 3, 31)))
        self._prepare()
        left = self._log(4)
        self.company.billing_check_time = True
        self.assertEqual(self._items(billed | reserved).mapped("ready"), [True, True])
        self.assertFalse(self._items(left).ready)
        self.assertMinutes((240, 180, 120, 0))
        self._credit(move)
        self.assertEqual(self._billable(), 2, "what came back is as it was")
        with self.assertRaisesRegex(UserError, "Nothing to bill"):
            self._prepare()
        self.assertFalse(self._items(billed).ready, "and is looked at before it goes")

    def test_many_at_once(self):
        """As many entries as there are, in the same few queries."""
        values = {
            "name": "Work",
            "project_id": self.project.id,
            "employee_id": self.ann.id,
            "date": DAY,
            "unit_amount": 1,
        }
        entries = self.env["account.analytic.line"].create([values] * MANY)
        items = self._items(entries).with_user(self.pm)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(20):
            items.action_check_time()
        self.assertEqual(self._billable(), MANY)
        with self.assertQueryCount(40):
            self.company.billing_check_time = False
            self.company.billing_check_time = True

    def test_costs_nothing_where_nobody_checks(self):
        self.company.billing_check_time = False
        kind = self.env["project.billing.kind"]._get("time")
        self.assertEqual(kind._ready_condition().code, "TRUE")
        with self.assertQueryCount(0):
            kind._ready_condition()
