"""The job of the schedules on two connections at once, and killed in the middle."""

from datetime import date
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from .concurrency_common import ConcurrencyCase
from .test_run_concurrency import Killed

NOW = "2026-03-31 12:00:00"


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestAutomaticConcurrency(ConcurrencyCase):
    def setUp(self):
        super().setUp()
        frozen = freeze_time(NOW)
        frozen.start()
        self.addCleanup(frozen.stop)
        with self._session() as env:
            # what other tests left behind is not this one's work
            env["project.billing.schedule"].search([]).active = False
        with self._session("pm") as env:
            schedules = env["project.billing.schedule"]
            schedule = schedules.create(
                {"project_id": self.project_id, "date_start": date(2026, 3, 31)}
            )
            self.schedule_id = schedule.id

    def _work(self, env):
        env["project.billing.schedule.turn"]._cron_work()

    def _ends(self):
        """Return the states of the turns, and how many requests and lines there are."""
        with self._session() as env:
            schedule = env["project.billing.schedule"].browse(self.schedule_id)
            requests = env["project.billing.request"].search(
                [("project_id", "=", self.project_id)]
            )
            return (
                schedule.turn_ids.mapped("state"),
                len(requests),
                len(requests.line_ids),
            )

    def test_due_at_once(self):
        """Two connections find the same day due: one turn, one request."""

        def note_due(env):
            env["project.billing.schedule"]._note_due()

        _first, error = self._race((None, note_due), (None, note_due))
        self.assertIsNone(error)
        with self._session() as env:
            self._work(env)
        self.assertEqual(self._ends(), (["prepared"], 1, 1))

    def test_the_whole_job_at_once(self):
        _first, error = self._race((None, self._work), (None, self._work))
        self.assertIsNone(error)
        self.assertEqual(self._ends(), (["prepared"], 1, 1))
        self.assertEqual(self._minutes(), (0, 120, 0))

    def test_manager_at_once(self):
        """The manager bills at the same moment: every minute in one request."""
        _id, error = self._race(("pm", self._prepare), (None, self._work))
        self.assertIsNone(error)
        states, requests, lines = self._ends()
        self.assertEqual((requests, lines), (1, 1))
        self.assertEqual(self._minutes(), (0, 120, 0))
        self.assertEqual(states, ["nothing"])

    def test_killed_in_the_middle(self):
        """Nothing of it stays, and the next job does it."""
        requests = self.registry["project.billing.request"]
        prepare = requests.prepare

        def die(model, *arguments):
            prepare(model, *arguments)
            raise Killed

        with (
            patch.object(requests, "prepare", die),
            self.assertRaises(Killed),
            self._session() as env,
        ):
            self._work(env)
        self.assertEqual(self._ends(), (["waiting"], 0, 0))
        with self._session() as env:
            self._work(env)
        self.assertEqual(self._ends()[1], 0, "it waits a while")
        with freeze_time("2026-03-31 12:11:00"), self._session() as env:
            self._work(env)
        self.assertEqual(self._ends(), (["prepared"], 1, 1))
