"""Runs: many projects at once, and none of them in the way of another."""

from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import BillingCommon

UNTIL = date(2026, 3, 31)
WORK = "odoo.addons.project_invoice_tracker.models.project_billing_run_work"


@tagged("post_install", "-at_install")
class TestRun(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._log(1)
        cls.projects = cls.project
        for number in range(2, 6):
            project = cls._create_project(name=f"Project {number}")
            cls._create_rule(project)
            cls._log(number, project_id=project.id)
            cls.projects |= project
        cls.cron = cls.env.ref("project_invoice_tracker.ir_cron_billing_run")

    def _create_run(self, user=None, **values):
        runs = self.env["project.billing.run"].with_user(user or self.pm)
        return runs.create({"date_to": UNTIL, **values})

    def _start(self, run):
        """Start a run and let the job work it off."""
        run.action_start()
        return self._work(run)

    def _work(self, run):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        run.invalidate_recordset()
        return run

    def _results(self, run):
        return {line.project_id.name: line.state for line in run.sudo().line_ids}

    # === THE WORK ===

    def test_every_project_gets_its_request(self):
        run = self._create_run()
        run.action_start()
        self.assertEqual((run.state, run.progress), ("running", 0))
        self.assertFalse(run.line_ids.request_id, "the job works, not the button")
        self._work(run)
        self.assertEqual((run.state, run.progress), ("done", 100))
        self.assertEqual((run.project_count, run.prepared_count), (5, 5))
        requests = run.line_ids.request_id
        self.assertEqual(requests.mapped("state"), ["draft"] * 5)
        self.assertEqual(requests.project_id, self.projects)
        self.assertEqual(requests.user_id, self.pm)
        self.assertEqual(sum(requests.mapped("amount_untaxed")), 1500)
        self.assertEqual(set(requests.mapped("date_to")), {UNTIL})
        found = requests.search(run.action_open_requests()["domain"])
        self.assertEqual(found, requests)

    def test_a_few_projects_at_once(self):
        """Nobody waits for a job to bill three projects."""
        run = self._create_run(
            scope="projects", project_ids=[Command.set(self.projects[:3].ids)]
        )
        run.action_start()
        self.assertEqual((run.state, run.prepared_count), ("done", 3))

    def test_bad_ones_stop_nobody(self):
        """I11: five projects, two of them bad: three requests, two errors in words."""
        self.projects[0].partner_id = False
        self._create_rule(self.projects[3], kind="time", sequence=1, price_unit=0)
        run = self._start(self._create_run())
        self.assertEqual(run.state, "done")
        self.assertEqual((run.prepared_count, run.failed_count), (3, 2))
        self.assertEqual(len(run.line_ids.request_id), 3)
        failed = run.line_ids.filtered(lambda line: line.state == "failed")
        self.assertIn("Project Website has no customer", failed[0].error)
        self.assertIn("No hourly rate for Ann", failed[1].error)
        self.assertEqual(failed.mapped("attempts"), [1, 1], "words do not change")
        found = failed.search(run.action_open_failed()["domain"])
        self.assertEqual(found, failed)

    def test_failed_ones_again(self):
        """I11: what was mended is billed, the others are left alone."""
        self.projects[0].partner_id = False
        run = self._start(self._create_run())
        requests = run.line_ids.request_id
        self.projects[0].partner_id = self.partner_a
        run.action_retry()
        self._work(run)
        self.assertEqual((run.prepared_count, run.failed_count), (5, 0))
        self.assertEqual(len(run.line_ids.request_id - requests), 1)
        self.assertFalse(any(run.line_ids.mapped("error")))
        with self.assertRaisesRegex(UserError, "No project of RUN/"):
            run.action_retry()

    @mute_logger(WORK)
    def test_unexpected_errors_are_bounded(self):
        """I11: three attempts, the others first; the details are in the log only."""
        tried = []
        requests = type(self.env["project.billing.request"])
        prepare = requests.prepare

        def break_second(model, projects, *arguments):
            tried.append(projects[0])
            if projects[0] == self.projects[1].id:
                raise ZeroDivisionError("secret detail")
            return prepare(model, projects, *arguments)

        with patch.object(requests, "prepare", break_second):
            run = self._start(self._create_run())
        bad = self.projects[1].id
        self.assertEqual(tried[-2:], [bad, bad], "tried again after the others")
        self.assertEqual(tried.count(bad), 3)
        self.assertEqual(len(tried), 7)
        failed = run.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(failed.project_id.id, bad)
        self.assertIn("unexpected", failed.error)
        self.assertNotIn("secret", failed.error)
        self.assertEqual((run.state, run.prepared_count), ("done", 4))

    def test_again_is_nothing_new(self):
        """I12: the same run again, and another one, change nothing."""
        run = self._start(self._create_run())
        requests = run.line_ids.request_id
        amounts = requests.mapped("amount_untaxed")
        self._start(run)
        self.assertEqual(
            self._results(run), dict.fromkeys(self._results(run), "prepared")
        )
        other = self._start(self._create_run())
        self.assertEqual(set(self._results(other).values()), {"nothing"})
        self.assertIn(requests[0].name, other.line_ids[0].error, "what holds the work")
        everything = requests.search([("project_id", "in", self.projects.ids)])
        self.assertEqual(everything, requests)
        self.assertEqual(requests.mapped("amount_untaxed"), amounts)

    def test_again_extends_the_drafts(self):
        """I12: work of the time between is added to the draft, once."""
        run = self._start(self._create_run())
        requests = run.line_ids.request_id
        self._log(2)
        self._start(run)
        self.assertEqual(run.line_ids.request_id, requests)
        self.assertEqual(requests[0].amount_untaxed, 300)
        self.assertEqual(self._minutes(), (0, 180, 0, 0))

    def test_interrupted_projects_are_given_up(self):
        """I8, I11: a project that ends the process each time is not tried for ever."""
        run = self._create_run()
        run.action_start()
        run._engine().line_ids[0].attempts = 3
        self._work(run)
        self.assertEqual(run.state, "done")
        self.assertEqual((run.prepared_count, run.failed_count), (4, 1))
        self.assertIn("server stopped", run.line_ids[0].error)

    def test_submit_at_once(self):
        """Only what is worth an invoice is submitted; the rest stays a draft."""
        self.projects[1].billing_rule_ids.price_unit = 0.001
        run = self._start(self._create_run(submit=True))
        requests = run.line_ids.request_id
        states = dict(zip(requests.project_id, requests.mapped("state"), strict=True))
        self.assertEqual(states.pop(self.projects[1]), "draft")
        self.assertEqual(set(states.values()), {"submitted"})

    def test_what_cannot_be_submitted_stays_a_draft(self):
        requests = type(self.env["project.billing.request"])
        refuse = patch.object(
            requests, "action_submit", side_effect=UserError("Not like this")
        )
        with refuse:
            run = self._start(self._create_run(submit=True))
        self.assertEqual(run.prepared_count, 5)
        self.assertEqual(run.line_ids.request_id.mapped("state"), ["draft"] * 5)
        self.assertEqual(set(run.line_ids.mapped("error")), {"Not like this"})

    # === RIGHTS ===

    def test_rights_of_who_started_it(self):
        """I4: rights count project by project, when it is billed."""
        mine = self._create_run(
            scope="projects", project_ids=[Command.set(self.projects.ids)]
        )
        mine.action_start()
        self.projects[4].user_id = self.other_pm
        self._work(mine)
        self.assertEqual((mine.prepared_count, mine.failed_count), (4, 1))
        lost = mine.sudo().line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(lost.project_id, self.projects[4])
        self.assertNotIn("Project 5", lost.error)

    def test_only_projects_one_manages(self):
        """I4: "all" is all that the user may bill; a deputy's are among them."""
        self.projects[0].user_id = self.other_pm
        self.projects[1].user_id = self.other_pm
        self.projects[1].billing_deputy_ids = self.pm
        run = self._start(self._create_run())
        self.assertEqual(run.sudo().line_ids.project_id, self.projects[1:])
        everything = self._create_run(self.admin)
        self.assertEqual(everything._scope_projects() & self.projects, self.projects)
        with self.assertRaises(AccessError):
            run.with_user(self.other_pm).action_start()

    def test_foreign_projects_cannot_be_chosen(self):
        """I28: an id sent from outside names no project that the user may not see."""
        hidden = self._create_project(name="Hidden", user_id=self.other_pm.id)
        with self.assertRaises(AccessError):
            self._create_run(scope="projects", project_ids=[Command.set(hidden.ids)])

    def test_left_the_company(self):
        run = self._create_run()
        run.action_start()
        self.pm.active = False
        self._work(run)
        self.assertEqual((run.sudo().failed_count, run.sudo().prepared_count), (5, 0))
        self.assertIn("pm_test", run.sudo().line_ids[0].error)

    def test_written_by_the_engine_alone(self):
        """I3: nobody sets the state or the results of a run."""
        for values in ({"state": "done"}, {"user_id": self.admin.id}, {"name": "X"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self._create_run(**values)
        run = self._create_run()
        with self.assertRaises(AccessError):
            run.write({"state": "done"})
        with self.assertRaises(AccessError):
            run.write({"line_ids": [Command.create({"project_id": self.project.id})]})

    # === STEPS ===

    def test_settings_stay_as_they_were(self):
        run = self._create_run()
        self.assertRegex(run.name, r"^RUN/\d{4}/\d+$")
        run.action_start()
        for step in (lambda: run.write({"date_to": date(2026, 4, 30)}), run.unlink):
            with self.assertRaisesRegex(UserError, "was started"):
                step()
        with self.assertRaisesRegex(UserError, "is running"):
            run.action_start()
        run.action_cancel()
        self._work(run)
        self.assertEqual((run.state, run.prepared_count), ("cancelled", 0))
        with self.assertRaisesRegex(UserError, "cannot be cancelled"):
            self._start(run).action_cancel()

    def test_bad_input(self):
        with self.assertRaisesRegex(UserError, "before it starts"):
            self._create_run(date_from=date(2026, 4, 1))
        runs = self.env["project.billing.run"].with_user(self.pm)
        with self.assertRaisesRegex(UserError, "at least one"):
            runs.action_start()
        with self.assertRaisesRegex(UserError, "finds no project"):
            self._create_run(
                scope="tag",
                tag_ids=[Command.create({"name": "None has it"})],
                user=self.admin,
            ).action_start()

    def test_scopes(self):
        tag = self.env["project.tags"].create({"name": "Monthly"})
        self.projects[1].tag_ids = tag
        self.projects[2].partner_id = self.partner_b
        self.projects[3].user_id = self.other_pm
        for values, expected in (
            ({"scope": "tag", "tag_ids": [Command.set(tag.ids)]}, self.projects[1]),
            (
                {"scope": "partner", "partner_ids": [Command.set(self.partner_b.ids)]},
                self.projects[2],
            ),
            (
                {"scope": "manager", "manager_ids": [Command.set(self.other_pm.ids)]},
                self.projects[3],
            ),
        ):
            with self.subTest(scope=values["scope"]):
                run = self._create_run(self.admin, **values)
                self.assertEqual(run._scope_projects(), expected)

    # === SCHEDULES ===

    def test_schedule(self):
        """I12, I18: once a period, on the anchor's day, until the day before."""
        schedules = self.env["project.billing.run.schedule"]
        with freeze_time("2026-01-30 12:00:00"):
            schedule = schedules.with_user(self.pm).create(
                {"name": "Month end", "date_start": date(2026, 1, 31)}
            )
            self.assertEqual(schedule.next_date, date(2026, 1, 31))
            schedules._cron_start()
            self.assertFalse(schedule.run_ids)
        days = ("2026-02-28", "2026-02-28", "2026-03-01", "2026-03-31")
        for day, count, following in zip(
            days, (1, 1, 1, 2), ("03-31", "03-31", "03-31", "04-30"), strict=True
        ):
            with freeze_time(f"{day} 12:00:00"), self.subTest(day=day):
                schedules._cron_start()
                self.assertEqual(schedule.run_count, count)
                self.assertEqual(str(schedule.next_date), f"2026-{following}")
            schedule.invalidate_recordset()
        runs = schedule.run_ids
        # January's was missed, and is in February's
        self.assertEqual(runs.mapped("date_to"), [date(2026, 3, 30), date(2026, 2, 27)])
        self.assertEqual(runs.user_id, self.pm)
        self.assertEqual(set(runs.mapped("state")), {"running"})
        self.assertEqual(runs.search(schedule.action_open_runs()["domain"]), runs)
        self._work(runs)
        self.assertEqual(set(runs.mapped("state")), {"done"})
        self.assertEqual(sum(runs.mapped("prepared_count")), 5)

    def test_schedule_without_projects(self):
        self.projects.billing_rule_ids.active = False
        schedules = self.env["project.billing.run.schedule"]
        schedule = schedules.with_user(self.pm).create(
            {"name": "Month end", "date_start": date(2026, 1, 31)}
        )
        with freeze_time("2026-03-01 12:00:00"):
            schedules._cron_start()
        self.assertEqual(schedule.run_ids.state, "done")

    def test_schedules_stop_nobody(self):
        """I11: a schedule that cannot start says why, and the others start."""
        schedules = self.env["project.billing.run.schedule"]
        values = {"date_start": date(2026, 1, 31), "scope": "projects"}
        values["project_ids"] = [Command.set(self.project.ids)]
        gone, good, bad = (
            schedules.with_user(user).create({"name": name, **values})
            for user, name in ((self.admin, "Gone"), (self.pm, "A"), (self.pm, "B"))
        )
        self.admin.active = False
        begin = type(self.env["project.billing.run"])._begin

        def break_one(run, **arguments):
            if run.schedule_id == bad:
                raise ZeroDivisionError("secret detail")
            return begin(run, **arguments)

        broken = patch.object(
            type(self.env["project.billing.run"]), "_begin", break_one
        )
        log = "odoo.addons.project_invoice_tracker.models.project_billing_run_schedule"
        with freeze_time("2026-03-01 12:00:00"), broken, mute_logger(log):
            schedules._cron_start()
        self.assertEqual(good.run_ids.mapped("state"), ["running"], "by the job")
        self.assertFalse((gone | bad).sudo().run_ids)
        self.assertIn("may not bill", gone.sudo().error)
        self.assertIn("unexpected", bad.error)
        with freeze_time("2026-03-02 12:00:00"):
            schedules._cron_start()
        self.assertFalse(bad.error)
        self.assertEqual(len(bad.run_ids), 1, "tried again")
