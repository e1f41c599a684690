"""Runs that are broken off in the middle, or worked off by two sessions."""

from unittest.mock import patch

from odoo.tests import tagged

from .concurrency_common import UNTIL, ConcurrencyCase

PROJECTS = 6


class Killed(BaseException):
    """What nothing catches: the process is gone."""


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestRunConcurrency(ConcurrencyCase):
    def setUp(self):
        super().setUp()
        own = self.project_id
        self.project_ids = [own]
        with self._session() as env:
            # what a test that failed left behind is not this one's work
            others = env["project.billing.run"].search([("state", "=", "running")])
            others._engine().write({"state": "cancelled"})
            project = env["project.project"].browse(own)
            rule = project.billing_rule_ids
            for number in range(2, PROJECTS + 1):
                other = project.copy({"name": f"{self._testMethodName} {number}"})
                rule.copy({"project_id": other.id})
                self.project_ids.append(other.id)
        for project_id in self.project_ids[1:]:
            self.project_id = project_id
            self._log(2)
        self.project_id = own

    def _create_run(self):
        with self._session("pm") as env:
            run = env["project.billing.run"].create(
                {
                    "date_to": UNTIL,
                    "scope": "projects",
                    "project_ids": [(6, 0, self.project_ids)],
                }
            )
            run.action_start()
            self.assertEqual(run.state, "running")
            return run.id

    def _work(self):
        with self._session() as env:
            env["project.billing.run"]._cron_work()

    def _ends(self, run_id):
        """Return the state of the run, of its projects, and the minutes reserved."""
        with self._session() as env:
            run = env["project.billing.run"].browse(run_id)
            items = env["project.billing.item"].search(
                [("project_id", "in", self.project_ids)]
            )
            requests = env["project.billing.request"].search(
                [("project_id", "in", self.project_ids)]
            )
            return (
                run.state,
                sorted(run.line_ids.mapped("state")),
                [len(requests), len(requests.line_ids)],
                sum(items.mapped("quantity_reserved")),
            )

    def test_killed_in_the_middle(self):
        """I8: whatever was committed stays, the rest is done by the next one."""
        run_id = self._create_run()
        requests = self.registry["project.billing.request"]
        prepare, calls = requests.prepare, []

        def die_later(model, *arguments):
            calls.append(1)
            made = prepare(model, *arguments)
            if len(calls) == 3:
                raise Killed
            return made

        with patch.object(requests, "prepare", die_later), self.assertRaises(Killed):
            self._work()
        state, states, made, minutes = self._ends(run_id)
        self.assertEqual(state, "running")
        self.assertEqual(states, ["prepared"] * 2 + ["waiting"] * 4)
        self.assertEqual((made, minutes), ([2, 2], 240))
        self._assert_ledger()
        self._work()
        golden = ("done", ["prepared"] * PROJECTS, [PROJECTS] * 2, 120.0 * PROJECTS)
        self.assertEqual(self._ends(run_id), golden)
        # and once more: nothing new
        with self._session("pm") as env:
            env["project.billing.run"].browse(run_id).action_start()
        self._work()
        self.assertEqual(self._ends(run_id), golden)
        self._assert_ledger()

    def test_killed_each_time(self):
        """I8, I11: a project that kills the process is given up, the others done."""
        run_id = self._create_run()
        requests = self.registry["project.billing.request"]
        prepare, poison = requests.prepare, self.project_ids[2]

        def die(model, projects, *arguments):
            if projects == [poison]:
                raise Killed
            return prepare(model, projects, *arguments)

        with patch.object(requests, "prepare", die):
            for _time in range(3):
                with self.assertRaises(Killed):
                    self._work()
            self._work()
        state, states, made, _minutes = self._ends(run_id)
        self.assertEqual(state, "done")
        self.assertEqual(states, ["failed"] + ["prepared"] * (PROJECTS - 1))
        self.assertEqual(made, [PROJECTS - 1] * 2)

    def test_collected_meanwhile(self):
        """I1, I8: a run and a manager at once: every minute in one request."""
        run_id = self._create_run()

        def work(env):
            # as the job does, on a transaction of its own
            lines = env["project.billing.run.line"]._engine()
            line = lines._claim()
            self.assertEqual(line.project_id.id, self.project_id)
            line._attempt()
            return line.state

        _id, result = self._race(("pm", self._prepare), ("boss", work))
        self.assertEqual(result, "nothing")
        self._work()
        self.assertEqual(self._ends(run_id)[0], "done")
        self.assertEqual(self._ends(run_id)[2:], ([PROJECTS] * 2, 720.0))
