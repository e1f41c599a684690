"""Costs that must not grow: queries come per invoice, never per time entry."""

from contextlib import contextmanager
from datetime import date, timedelta

from odoo.tests import tagged

from .common import DAY, BillingCommon

UNTIL = date(2026, 12, 31)
STEPS = ("collect", "submit", "approve", "draft", "post")


@tagged("post_install", "-at_install")
class TestPerformance(BillingCommon):
    """Each test warms the caches with a first project, then counts."""

    def _create_worked_projects(self, count, entries):
        """Create projects of different customers with two tasks of two people."""
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(count)]
        )
        projects = self.env["project.project"]
        for customer in customers:
            projects |= self._create_project(partner_id=customer.id)
        for project in projects:
            self._create_rule(project, detail="task_person")
            tasks = self.env["project.task"].create(
                [{"name": f"Task {n}", "project_id": project.id} for n in range(2)]
            )
            self.env["account.analytic.line"].create(
                [
                    {
                        "name": f"Work {number}",
                        "project_id": project.id,
                        "task_id": tasks[number % 2].id,
                        "employee_id": (self.ann, self.bob)[number // 2 % 2].id,
                        "date": DAY + timedelta(days=number % 20),
                        "unit_amount": 0.5,
                    }
                    for number in range(entries)
                ]
            )
        return projects

    @contextmanager
    def _count(self, queries):
        """Collect the queries of a block, as a request of its own would make them."""
        self.env.flush_all()
        self.env.invalidate_all()
        with contextmanager(self._patchExecute)(queries):
            yield

    def _bill(self, projects):
        """Take projects from the entries to posted invoices; return queries by step."""
        queries = {step: [] for step in STEPS}
        # an empty context: the tests' own one silences the chatter
        env = self.env(user=self.pm, context={})
        with self._count(queries["collect"]):
            requests = env["project.billing.request"].prepare(projects.ids, UNTIL)
        with self._count(queries["submit"]):
            requests.action_submit()
        with self._count(queries["approve"]):
            requests.with_user(self.approver).action_approve()
        with self._count(queries["draft"]):
            requests.action_create_invoice()
        moves = requests.sudo().invoice_id.with_user(self.accountant).sudo(False)
        with self._count(queries["post"]):
            moves.action_post()
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(len(requests.line_ids), 4 * len(projects))
        return {step: len(made) for step, made in queries.items()}

    def test_queries_do_not_grow_with_entries(self):
        warm, few, many = (
            self._create_worked_projects(1, entries) for entries in (8, 20, 200)
        )
        self._bill(warm)
        few, many = self._bill(few), self._bill(many)
        for step in STEPS:
            # two more for caches of the server that may be renewed in between; the
            # 180 further entries would make many times that
            self.assertLessEqual(many[step], few[step] + 2, step)

    def test_queries_per_request_are_bounded(self):
        """Each further request draws a number, logs its steps, and little more."""
        warm, two, six = (self._create_worked_projects(n, 8) for n in (1, 2, 6))
        self._bill(warm)
        two, six = self._bill(two), self._bill(six)
        growth = {step: (six[step] - two[step]) / 4 for step in STEPS}
        self.assertLessEqual(growth["collect"], 2, "the number, and nothing else")
        self.assertLessEqual(growth["submit"], 3, "its journal among them")
        self.assertLessEqual(growth["approve"], 2)
        self.assertLessEqual(growth["draft"], 4)
        self.assertLessEqual(growth["post"], 30)

    def test_unbilled_projects_follow_nothing(self):
        """A new customer of a project without a rule costs one query of ours.

        It asks for open requests; there are no items to look for.
        """
        project = self._create_project()
        self.env.flush_all()
        self.env["project.billing.rule"]._billed_project_ids("time")
        queries = []
        with contextmanager(self._patchExecute)(queries):
            project.partner_id = self.env["res.partner"].create({"name": "Other"})
            self.env.flush_all()
        self.assertTrue(queries)
        items = [query for query in queries if "project_billing_item" in str(query)]
        self.assertFalse(items)

    def test_unbilled_projects_cost_nothing(self):
        """Time on a project without a rule makes no query of ours."""
        project = self._create_project()
        self._log(1.0)  # caches of both kinds of project
        entry = self._log(1.0, project_id=project.id)
        entry.write({"unit_amount": 2.0, "name": "More"})
        self.env.flush_all()
        queries = []
        with contextmanager(self._patchExecute)(queries):
            entry = self._log(1.0, project_id=project.id)
            entry.write({"unit_amount": 2.0, "name": "More"})
            entry.unlink()
        self.assertTrue(queries)
        ours = [query for query in queries if "project_billing" in str(query)]
        self.assertFalse(ours)
