"""Time entries that are kept in days: hours wherever hours are meant."""

from odoo.tests import tagged

from ..models.health_checks import CHECKS
from .common import DAY, BillingCommon


@tagged("post_install", "-at_install")
class TestDayUnits(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.days = cls.env.ref("uom.product_uom_day")
        cls.company.project_time_mode_id = cls.days
        cls.project.allocated_hours = 16
        cls.entry = cls._log(1, product_uom_id=cls.days.id)

    def test_hours_used_of_the_budget(self):
        """One day of 8 hours is half of a budget of 16 hours, not 6 %."""
        self.assertEqual(self.entry.product_uom_id, self.days)
        self.assertEqual(self.project.billing_hours_used, 8.0)
        self.assertEqual(self.project.billing_hours_percent, 50)
        self.assertEqual(self.project._billing_budgets_used()[self.project.id][0], 50)

    def test_hours_beside_entries_in_hours(self):
        """An entry counts in its own unit, whatever the company says today."""
        hour = self.env.ref("uom.product_uom_hour")
        self._log(2, product_uom_id=hour.id)
        self.assertEqual(self.project.billing_hours_used, 10.0)
        self.assertMinutes((600, 0, 0, 0))

    def test_reports(self):
        """Utilisation, margin and the effective rate count eight hours."""
        self.env.flush_all()
        domain = [("project_id", "=", self.project.id)]
        for model, field in (
            ("project.billing.utilisation", "hours"),
            ("project.billing.report.margin", "hours"),
            ("project.billing.report.rate", "hours"),
        ):
            [(hours,)] = self.env[model]._read_group(domain, [], [f"{field}:sum"])
            self.assertEqual(hours, 8.0, model)

    def test_leak_of_time_outside_the_rules(self):
        self.rule.date_end = DAY.replace(month=2)
        self.env.flush_all()
        leak = self.env["project.billing.leak"].search(
            [("project_id", "=", self.project.id), ("code", "=", "outside")]
        )
        self.assertEqual(leak.hours, 8.0)

    def test_health_and_long_days(self):
        """A billed day is as it was recorded; three days on one day are 24 hours."""
        self._log(3, product_uom_id=self.days.id, date=DAY.replace(day=9))
        self._log(0.125, product_uom_id=self.days.id, date=DAY.replace(day=9))
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 33.0)
        self.assertIn("25.00 h", request.long_days_note)
        self._post(request)
        health = self.env["project.billing.health"].sudo()
        self.env.flush_all()
        mine = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id)]
        )
        for code in ("sources", "complete"):
            rows = self.env.execute_query(health._query(CHECKS[code]))
            ids = {*mine.ids, self.project.id}
            self.assertFalse([row for row in rows if row[0] in ids], code)
