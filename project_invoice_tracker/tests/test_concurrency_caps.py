"""Two sessions under one cap, with committed data (I20)."""

from odoo import Command
from odoo.tests import tagged

from .concurrency_common import DAY, UNTIL, ConcurrencyCase


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestConcurrencyCaps(ConcurrencyCase):
    def test_two_projects_under_one_cap(self):
        """I20: two sessions that bill under one cap together never exceed it."""
        with self._session() as env:
            project = env["project.project"].browse(self.project_id)
            other = project.copy({"name": "Other", "user_id": self.users["pm"]})
            rule = project.billing_rule_ids
            rules = rule | rule.copy({"project_id": other.id})
            cap = env["project.billing.cap"].create(
                {
                    "name": "Order",
                    "company_id": rule.company_id.id,
                    "currency_id": rule.currency_id.id,
                    "limit_hours": 3,
                    "rule_ids": [Command.set(rules.ids)],
                }
            )
            values = {"project_id": other.id, "employee_id": self.employee_id}
            env["account.analytic.line"].create(
                {**values, "name": "Work", "date": DAY, "unit_amount": 2}
            )
            other_id, cap_id = other.id, cap.id

        def prepare_other(env):
            requests = env["project.billing.request"]
            return sum(requests.prepare([other_id], UNTIL).mapped("hours"))

        _request, hours = self._race(("pm", self._prepare), ("pm", prepare_other))
        self.assertEqual(hours, 1.0)
        with self._session() as env:
            cap = env["project.billing.cap"].browse(cap_id)
            self.assertEqual(cap.minutes_used, 180)
            requests = env["project.billing.request"].search(
                [("project_id", "in", [self.project_id, other_id])]
            )
            self.assertEqual(sum(requests.mapped("hours")), 3.0)
