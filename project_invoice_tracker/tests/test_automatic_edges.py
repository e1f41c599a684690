"""Schedules at milestones, at their edges: days, parts, and what rests meanwhile."""

from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .automatic_common import AutomaticCommon
from .portal_common import SIGNATURE

NOW = "2026-03-31 08:00:00"


@tagged("post_install", "-at_install")
class TestAutomaticEdges(AutomaticCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._bill_milestones()

    def _start(self, day=1):
        return self._schedule(trigger="milestone", date_start=date(2026, 3, day))

    def test_from_the_first_day_on(self):
        schedule = self._start(30)
        for day, milestone in ((29, self.first), (30, self.second)):
            with freeze_time(f"2026-03-{day} 12:00:00"):
                milestone.is_reached = True
        with freeze_time(NOW):
            self._work()
        self.assertEqual(schedule.turn_ids.milestone_id, self.second)

    @freeze_time(NOW)
    def test_archived_project_waits(self):
        """Nothing is lost: the milestone has its turn when the project is back."""
        schedule = self._start()
        self.project.active = False
        self.first.is_reached = True
        self._work()
        self.assertFalse(schedule.turn_ids)
        self.project.active = True
        self._work()
        self.assertEqual(self._requests().amount_untaxed, 300)

    @freeze_time(NOW)
    def test_what_is_billed_has_no_turn(self):
        self.first.is_reached = True
        self._prepare()
        schedule = self._start()
        self._work()
        self.assertFalse(schedule.turn_ids)

    @freeze_time(NOW)
    def test_revoked_before_its_turn(self):
        """What is reached and not accepted any more comes again once it is."""
        self.rule.milestone_ready = "signed"
        schedule = self._start()
        self.first.is_reached = True
        own = self.first.with_user(self.pm)
        own.action_billing_sign_off("Mrs Client")
        own.action_billing_revoke_sign_off("Too early")
        self._work()
        self.assertFalse(schedule.turn_ids)
        own.action_billing_sign_off("Mrs Client")
        self._work()
        self.assertEqual(self._requests().amount_untaxed, 300)

    @freeze_time(NOW)
    def test_closed_is_closed(self):
        """Closing bills by the schedule of the end, and once until it is reopened."""
        self.env.user.group_ids += self.env.ref("project.group_project_stages")
        opened, done, lost = self.env["project.project.stage"].create(
            [
                {"name": "Open"},
                {"name": "Done", "fold": True},
                {"name": "Lost", "fold": True},
            ]
        )
        self.project.stage_id = opened
        monthly = self._schedule(date_start=date(2026, 6, 1))
        schedule = self._schedule(trigger="end", date_start=date(2026, 1, 1))
        self.project.stage_id = done
        self.assertFalse(monthly.turn_ids)
        self.assertEqual(len(schedule.turn_ids), 1)
        with freeze_time("2026-04-02 08:00:00"):
            self.project.stage_id = lost
            self.assertEqual(len(schedule.turn_ids), 1)

    @freeze_time(NOW)
    def test_archived_schedule_may_differ(self):
        schedule = self._schedule()
        schedule.active = False
        self._schedule(interval="week")
        schedule.interval = "year"
        with self.assertRaises(ValidationError):
            schedule.active = True

    @freeze_time(NOW)
    def test_each_part_has_its_turn(self):
        self.rule.milestone_ready = "signed"
        schedule = self._start()
        self.first.is_reached = True
        for number, part in enumerate((40, 60), 1):
            own = self.first.with_user(self.pm)
            own.action_billing_ask_sign_off([])
            self._accept(part if number == 1 else None)
            self._work()
            self.assertEqual(len(schedule.turn_ids), number)
            request = self._requests()[-1]
            self.assertEqual(request.amount_untaxed, 3 * part)
            self._post(request)

    def _accept(self, percent=None):
        answer = {"name": "Carla", "signature": SIGNATURE}
        if percent:
            answer["percent"] = str(percent)
        self.first.sudo()._billing_decide(
            "part" if percent else "accepted", self.partner_a, **answer
        )
