"""Two sessions at once: the own limit of a month, and two approvers (I13, I24)."""

from odoo.tests import tagged

from .concurrency_common import UNTIL, ConcurrencyCase


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestConcurrencyLimit(ConcurrencyCase):
    def _second_request(self):
        """Have another draft of the same manager, for two hours at 100."""
        with self._session() as env:
            project = env["project.project"].browse(self.project_id).copy({"name": "B"})
            project.user_id = self.users["pm"]
            rule = env["project.billing.rule"].search(
                [("project_id", "=", self.project_id)], limit=1
            )
            env["project.billing.rule"].create(
                {
                    "project_id": project.id,
                    "kind": "time",
                    "price_unit": 100,
                    "product_id": rule.product_id.id,
                    "date_start": rule.date_start,
                }
            )
            env["account.analytic.line"].create(
                {
                    "name": "Work",
                    "project_id": project.id,
                    "employee_id": self.employee_id,
                    "date": "2026-03-02",
                    "unit_amount": 2,
                }
            )
            project_id = project.id
        with self._session("pm") as env:
            return env["project.billing.request"].prepare([project_id], UNTIL).id

    def test_the_rest_of_a_month_is_used_once(self):
        """I24: two submissions at once cannot both use what is left."""
        with self._session() as env:
            company = env.ref("base.main_company")
            env["project.billing.limit"].search([]).unlink()
            env["project.billing.limit"].create(
                {
                    "user_id": self.users["pm"],
                    "company_id": company.id,
                    "amount": 200,
                    "amount_month": 300,
                }
            )
            first = self._prepare(env["base"].with_user(self.users["pm"]).env)
        second = self._second_request()
        self._race(
            ("pm", self._step(first, "action_submit")),
            ("pm", self._step(second, "action_submit")),
        )
        with self._session() as env:
            requests = env["project.billing.request"].browse([first, second])
            self.assertEqual(
                sorted(requests.mapped("state")), ["approved", "submitted"]
            )
            env["project.billing.limit"].search([]).unlink()

    def test_two_levels_at_once(self):
        """I3: two people of one level at once; neither approval is lost."""
        with self._session() as env:
            level = env["project.billing.level"].create(
                {
                    "name": "Both",
                    "required": 2,
                    "approver_ids": [
                        (6, 0, [self.users["approver"], self.users["second_approver"]])
                    ],
                }
            )
        request_id = self._request("submitted")
        approve = self._step(request_id, "action_approve")
        self._race(("approver", approve), ("second_approver", approve))
        with self._session() as env:
            request = env["project.billing.request"].browse(request_id)
            self.assertEqual(request.state, "approved")
            self.assertEqual(len(request.approval_ids.filtered("valid")), 2)
            env["project.billing.level"].browse(level.id).unlink()
