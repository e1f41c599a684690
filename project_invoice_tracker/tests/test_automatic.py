"""Schedules: a project is billed by itself, once, as its manager of that day."""

from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .automatic_common import AutomaticCommon

TURN = "odoo.addons.project_invoice_tracker.models.project_billing_schedule_turn"


@tagged("post_install", "-at_install")
class TestAutomaticPeriods(AutomaticCommon):
    @freeze_time("2026-03-31 08:00:00")
    def test_month_end(self):
        """The 31st is the last day of a short month, and the 31st again after it."""
        schedule = self._schedule()
        self.assertEqual(schedule.in_words, "Every month on day 31")
        self.assertEqual(schedule.next_date, date(2026, 3, 31))
        self.assertEqual((schedule.last_state, schedule.last_result), (False, False))
        self._log(2, date(2026, 3, 30))
        self._log(4, date(2026, 3, 31))
        self._work()
        request = self._requests()
        self.assertEqual((request.state, request.user_id), ("draft", self.pm))
        self.assertEqual(request.amount_untaxed, 200, "the work until the day before")
        self.assertEqual(request.date_to, date(2026, 3, 30))
        self.assertEqual(schedule.next_date, date(2026, 4, 30))
        self.assertEqual(self._states(schedule), [(date(2026, 3, 31), "prepared")])
        self.assertEqual(self._activities(request).user_id, self.pm)
        request.with_user(self.pm).action_submit()
        self.assertFalse(self._activities(request), "looked at")
        for moment, following in (
            ("2026-04-29 12:00:00", date(2026, 4, 30)),
            ("2026-04-30 12:00:00", date(2026, 5, 31)),
        ):
            with freeze_time(moment):
                self._work()
                self.assertEqual(schedule.next_date, following)
        self.assertEqual(self._requests()[1].amount_untaxed, 400)

    @freeze_time("2026-03-31 08:00:00")
    def test_a_hundred_times(self):
        """Whatever starts the job again, a period is billed once."""
        schedule = self._schedule()
        self._log(2, date(2026, 3, 30))
        for _time in range(100):
            self._work()
        request = self._requests()
        self.assertEqual(len(request), 1)
        self.assertEqual(len(schedule.turn_ids), 1)
        request.with_user(self.pm).action_cancel()
        self._log(1, date(2026, 3, 29))
        self._work()
        self.assertEqual(self._requests(), request, "not again, whatever became of it")
        schedule.date_start = date(2026, 2, 28)
        self._work()
        self.assertEqual(self._requests(), request, "nor by another first day")

    def test_missed_periods_are_one(self):
        with freeze_time("2026-01-15"):
            schedule = self._schedule(date_start=date(2026, 1, 31))
            self._log(1, date(2026, 1, 20))
            self._log(2, date(2026, 2, 20))
            self._log(4, date(2026, 3, 20))
        with freeze_time("2026-03-15 08:00:00"):
            self._work()
            self.assertEqual(self._states(schedule), [(date(2026, 2, 28), "prepared")])
            self.assertEqual(self._requests().amount_untaxed, 300)
            self.assertEqual(schedule.next_date, date(2026, 3, 31))

    @freeze_time("2026-03-31 08:00:00")
    def test_an_empty_period_makes_nothing(self):
        schedule = self._schedule()
        self._work()
        self.assertFalse(self._requests())
        self.assertFalse(self._activities(self.project), "nothing is wrong")
        self.assertEqual(schedule.last_state, "nothing")
        self.assertIn("Nothing to bill for Website", schedule.last_result)

    def test_day_of_the_company(self):
        """It is due when the day begins where the company is, whoever is where."""
        with freeze_time("2026-03-01"):
            self._schedule(date_start=date(2026, 4, 1))
            self._log(2, date(2026, 3, 30))
        # an hour before midnight in Berlin, then an hour after it
        with freeze_time("2026-03-31 21:30:00"):
            self._work()
            self.assertFalse(self._requests())
        with freeze_time("2026-03-31 22:30:00"):
            self._work()
            self.assertEqual(self._requests().amount_untaxed, 200)

    @freeze_time("2026-03-30 08:00:00")
    def test_words_of_every_interval(self):
        monday = date(2026, 3, 30)
        schedule = self._schedule(interval="week", date_start=monday)
        self.assertEqual(schedule.in_words, "Every week on Monday")
        schedule.interval = "quarter"
        self.assertEqual(schedule.in_words, "Every quarter on day 30")
        schedule.interval = "year"
        self.assertEqual(schedule.in_words, "Every year on 30 March")
        schedule.write({"submit": True, "send": True})
        self.assertEqual(schedule.in_words, "Every year on 30 March")
        self.company.write({"billing_auto_submit": True, "billing_auto_send": True})
        schedule.invalidate_recordset()
        self.assertEqual(
            schedule.in_words,
            "Every year on 30 March, submitted automatically, sent when posted",
        )
        self.assertIn("Website: Every year", schedule.display_name)


@tagged("post_install", "-at_install")
class TestAutomaticTrouble(AutomaticCommon):
    @freeze_time("2026-03-31 08:00:00")
    def test_bad_ones_stop_nobody(self):
        """What a person has to mend is said once, tried daily, and then billed."""
        other = self._create_project(name="No customer", partner_id=False)
        self._create_rule(other)
        bad, good = self._schedule(other), self._schedule()
        self._log(2, date(2026, 3, 30))
        self._log(3, date(2026, 3, 30), project_id=other.id)
        self._work()
        self.assertEqual((bad.last_state, good.last_state), ("failed", "prepared"))
        self.assertIn("Project No customer has no customer", bad.last_result)
        activity = self._activities(other)
        self.assertEqual(activity.user_id, self.pm)
        self.assertIn("has no customer", activity.note)
        with freeze_time("2026-04-01 07:00:00"):
            self._work()
            self.assertEqual(bad.turn_ids.next_try.day, 1, "not before a day has gone")
        with freeze_time("2026-04-01 09:00:00"):
            self._work()
            self.assertEqual(self._activities(other), activity, "said once")
            other.partner_id = self.partner_a
        with freeze_time("2026-04-02 10:00:00"):
            self._work()
            self.assertEqual(bad.last_state, "prepared")
            self.assertEqual(self._requests(other).amount_untaxed, 300)
            self.assertEqual(self._requests(other).date_to, date(2026, 3, 30))
            self.assertFalse(self._activities(other), "it is mended")

    @freeze_time("2026-03-31 08:00:00")
    def test_try_again_at_once(self):
        self.project.partner_id = False
        schedule = self._schedule()
        self._log(2, date(2026, 3, 30))
        self._work()
        self.project.partner_id = self.partner_a
        schedule.action_try_again()
        self._work()
        self.assertEqual(schedule.last_state, "prepared")
        with self.assertRaisesRegex(UserError, "Nothing waits to be tried"):
            schedule.action_try_again()
        with self.assertRaises(AccessError):
            schedule.with_user(self.other_pm).action_try_again()

    def test_failed_period_joins_the_next(self):
        with freeze_time("2026-03-31 08:00:00"):
            self.project.partner_id = False
            schedule = self._schedule()
            self._log(2, date(2026, 3, 30))
            self._work()
            self._log(4, date(2026, 4, 20))
        with freeze_time("2026-04-30 08:00:00"):
            self.project.partner_id = self.partner_a
            self._work()
        self.assertEqual(
            self._states(schedule),
            [(date(2026, 3, 31), "merged"), (date(2026, 4, 30), "prepared")],
        )
        self.assertEqual(self._requests().amount_untaxed, 600)

    @freeze_time("2026-03-31 08:00:00")
    def test_who_lost_the_role(self):
        """The rights are those of the manager of that day; nobody else stands in."""
        schedule = self._schedule()
        self._log(2, date(2026, 3, 30))
        group = self.env.ref("project_invoice_tracker.group_billing_user")
        self.pm.group_ids -= group
        self.project.billing_deputy_ids = self.other_pm
        self._work()
        self.assertFalse(self._requests())
        self.assertEqual(schedule.sudo().last_state, "failed")
        self.assertIn("may not bill it", schedule.sudo().last_result)
        self.assertEqual(self._activities(self.project).user_id, self.other_pm)
        self.project.write({"user_id": self.other_pm.id, "billing_deputy_ids": False})
        with freeze_time("2026-04-01 09:00:00"):
            self._work()
        request = self._requests()
        self.assertEqual(request.user_id, self.other_pm)
        self.assertEqual(schedule.sudo().turn_ids.user_id, self.other_pm)

    @freeze_time("2026-03-31 08:00:00")
    def test_nobody_is_the_manager(self):
        self.project.user_id = False
        schedule = self._schedule_by_admin()
        self._log(2, date(2026, 3, 30))
        self._work()
        self.assertIn("Nobody, the manager of Website", schedule.last_result)
        told = self._activities(self.project).user_id
        self.assertTrue(
            told.has_group("project_invoice_tracker.group_billing_manager"),
        )

    def _schedule_by_admin(self):
        schedules = self.env["project.billing.schedule"].with_user(self.admin)
        return schedules.create(
            {"project_id": self.project.id, "date_start": date(2026, 3, 31)}
        )

    @freeze_time("2026-03-31 08:00:00")
    @mute_logger(TURN)
    def test_unexpected_errors_are_bounded(self):
        schedule = self._schedule()
        self._log(2, date(2026, 3, 30))
        requests = type(self.env["project.billing.request"])
        error = ZeroDivisionError("secret detail")
        with patch.object(requests, "prepare", side_effect=error) as prepare:
            for minute in range(0, 60, 11):
                with freeze_time(f"2026-03-31 08:{minute:02}:00"):
                    self._work()
        self.assertEqual(prepare.call_count, 3)
        self.assertEqual(schedule.last_state, "failed")
        self.assertNotIn("secret", schedule.last_result)
        self.assertEqual(len(self._activities(self.project)), 1)

    @freeze_time("2026-03-31 08:00:00")
    def test_words_are_literal(self):
        self.project.write({"partner_id": False, "name": "<b>x</b> {{ 7*7 }}"})
        self._schedule()
        self._log(2, date(2026, 3, 30))
        self._work()
        note = self._activities(self.project).note
        self.assertIn("&lt;b&gt;x&lt;/b&gt; {{ 7*7 }}", note)

    @freeze_time("2026-03-31 08:00:00")
    def test_archived_ones_rest(self):
        self._log(2, date(2026, 3, 30))
        schedule = self._schedule()
        schedule.active = False
        self._work()
        schedule.active = True
        self.project.active = False
        self._work()
        self.assertFalse(schedule.turn_ids)
        self.project.active = True
        self._work()
        self.assertEqual(self._requests().amount_untaxed, 200)


@tagged("post_install", "-at_install")
class TestAutomaticRights(AutomaticCommon):
    def test_own_projects_only(self):
        schedule = self._schedule()
        with self.assertRaises(AccessError):
            schedule.with_user(self.other_pm).interval = "week"
        found = schedule.with_user(self.other_pm).search([])
        self.assertNotIn(schedule.id, found.ids)
        other = self._create_project(name="Colleague", user_id=self.other_pm.id)
        with self.assertRaises(AccessError):
            self._schedule(other)
        with self.assertRaises(AccessError):
            schedule.project_id = other
        self.project.billing_deputy_ids = self.other_pm
        schedule.with_user(self.other_pm).interval = "week"

    def test_once_a_project(self):
        schedule = self._schedule()
        with self.assertRaisesRegex(ValidationError, "Website has the schedule"):
            self._schedule(interval="week")
        self._schedule(trigger="milestone")
        with self.assertRaisesRegex(UserError, "cannot be duplicated"):
            schedule.copy()

    def test_what_it_did_is_not_written_by_hand(self):
        schedule = self._schedule()
        for values in (
            {"last_date": date(2030, 1, 1)},
            {"next_date": date(2030, 1, 1)},
            {"company_id": self.env.company.id},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                schedule.write(values)
        turns = self.env["project.billing.schedule.turn"].with_user(self.pm)
        values = {"schedule_id": schedule.id, "key": "x", "date": date(2026, 3, 31)}
        with self.assertRaises(AccessError):
            turns.create(values)
        with self.assertRaises(AccessError):
            schedule.write({"turn_ids": [Command.create(values)]})

    def test_switches_are_in_the_journal(self):
        self.company.billing_auto_send = True
        row = self.env["project.billing.journal"].search(
            [("action", "=", "switch_changed"), ("company_id", "=", self.company.id)],
            limit=1,
        )
        self.assertEqual(row.after, {"billing_auto_send": True})
