"""Time by timer and by hand: both are billed alike, a running timer never is."""

from datetime import date, datetime

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import NothingToBill, SourceClosed

from .timer_base import MONDAY, TimerCommon


@tagged("post_install", "-at_install")
class TestTimers(TimerCommon):
    def test_running_is_not_billed(self):
        timer = self._start("2026-03-02 08:00:00")
        self.assertEqual((timer.unit_amount, timer.show_time_control), (0, "stop"))
        self.assertFalse(self._items_of(timer))
        with self.assertRaises(NothingToBill):
            self._prepare()
        self._log(2)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 200, "what was logged by hand")
        self.assertNotIn(
            timer.id, request.line_ids.allocation_ids.item_id.analytic_line_id.ids
        )
        # while the request is in approval, and after it: nothing is lost
        request.with_user(self.pm).action_submit()
        self._stop(timer, "2026-03-02 09:30:00")
        self.assertEqual(timer.unit_amount, 1.5)
        self.assertEqual(self._items_of(timer).quantity, 90)
        self.assertEqual(request.amount_untaxed, 200, "frozen")
        self.assertMinutes((90, 120, 0, 0))
        request.with_user(self.approver).action_approve()
        request.with_user(self.pm).action_create_invoice()
        second = self._prepare()
        self.assertEqual(second.amount_untaxed, 150)
        self.assertMinutes((0, 210, 0, 0))

    def test_no_increment_for_a_running_timer(self):
        """A started increment is one of recorded time, and there is none yet."""
        self.rule.write({"increment_minutes": 15, "increment_method": "up"})
        for scope in ("entry", "person_day", "line"):
            self.rule.increment_scope = scope
            timer = self._start("2026-03-02 08:00:00")
            self.assertFalse(self._items_of(timer), scope)
            self._stop(timer, "2026-03-02 08:01:00")
            self.assertTrue(self._items_of(timer), scope)
            timer.unlink()

    def test_resumed(self):
        """To resume is another entry; what the first one is in stays as it is."""
        first = self._stop(self._start("2026-03-02 08:00:00"), "2026-03-02 09:00:00")
        request = self._prepare()
        second = self._resume(first, "2026-03-02 10:00:00")
        self.assertNotEqual(second, first)
        self.assertEqual((second.unit_amount, second.name), (0, "Timed"))
        self.assertFalse(self._items_of(second))
        self.assertFalse(second.billing_checked)
        self._stop(second, "2026-03-02 10:20:00")
        self.assertEqual(self._items_of(second).quantity, 20)
        self.assertEqual(first.unit_amount, 1)
        self.assertMinutes((20, 60, 0, 0))
        request.collect()
        self.assertMinutes((0, 80, 0, 0))

    def test_switched(self):
        """One timer ends where the next begins: no minute twice, none lost."""
        first = self._start("2026-03-02 08:00:00")
        second = self._start("2026-03-02 08:47:00", self.other_task)
        self._stop(second, "2026-03-02 10:00:00")
        self.assertEqual(self._items_of(first).quantity, 47)
        self.assertEqual(self._items_of(second).quantity, 73)
        self.assertEqual(self._minutes(), (120, 0, 0, 0))

    def test_seconds(self):
        """Seconds are kept: each entry is worth what its timer wrote."""
        for hour, seconds in ((8, 20), (9, 31)):
            timer = self._start(f"2026-03-02 {hour:02}:00:00")
            entry = self._stop(timer, f"2026-03-02 {hour:02}:00:{seconds}")
            self.assertAlmostEqual(entry.unit_amount * 3600, seconds, 3)
            self.assertAlmostEqual(self._items_of(entry).quantity, seconds / 60, 5)

    def test_over_midnight(self):
        """All of it is work of the day it began, where the worker is."""
        timer = self._start("2026-03-31 21:30:00")
        self.assertEqual(timer.date, date(2026, 3, 31), "23:30 in Berlin")
        self._stop(timer, "2026-04-01 00:30:00")
        self.assertEqual(self._items_of(timer).quantity, 180)
        with self.assertRaises(NothingToBill):
            self._prepare(date_to=date(2026, 3, 30))
        request = self._prepare(date_to=date(2026, 3, 31))
        self.assertEqual(request.amount_untaxed, 300)

    def test_day_of_the_worker(self):
        self.worker.tz = "Pacific/Auckland"
        evening = self._start("2026-03-02 10:30:00")
        self.assertEqual(evening.date, MONDAY, "23:30 on Monday")
        morning = self._start("2026-03-02 12:30:00")
        self.assertEqual(morning.date, date(2026, 3, 3), "01:30 on Tuesday")
        self._stop(morning, "2026-03-02 13:00:00")
        self.assertEqual(self._items_of(evening).mapped("date"), [MONDAY])
        self.assertEqual(self._items_of(evening).quantity, 120)
        self.assertEqual(self._items_of(morning).date, date(2026, 3, 3))

    def test_deleted_while_it_runs(self):
        timer = self._start("2026-03-02 08:00:00")
        timer.unlink()
        self.assertEqual(self._minutes(), (0, 0, 0, 0))


@tagged("post_install", "-at_install")
class TestTimersEdited(TimerCommon):
    def setUp(self):
        super().setUp()
        self.timer = self._stop(
            self._start("2026-03-02 08:00:00"), "2026-03-02 10:00:00"
        )

    def test_another_start(self):
        """The start of a timer is its day, and so the day of its item."""
        self.timer.date_time = datetime(2026, 3, 5, 8)
        self.assertEqual(self.timer.date, date(2026, 3, 5))
        self.assertEqual(self._items_of(self.timer).date, date(2026, 3, 5))
        self.timer.date = date(2026, 3, 6)
        self.assertEqual(self._items_of(self.timer).date, date(2026, 3, 6))
        self.assertEqual(self.timer.date_time, datetime(2026, 3, 6, 8))

    def test_another_end(self):
        self.timer.date_time_end = datetime(2026, 3, 2, 11)
        self.assertEqual(self._items_of(self.timer).quantity, 180)

    def test_another_rate_of_that_day(self):
        self.env["project.billing.rate"].create(
            {
                "rule_id": self.rule.id,
                "price_unit": 130,
                "date_from": date(2026, 3, 5),
            }
        )
        self.timer.date_time = datetime(2026, 3, 5, 8)
        self.assertEqual(self._items_of(self.timer).amount, 260)

    def test_what_is_billed_stays(self):
        """I1: not even by the start time, which moves the day."""
        request = self._prepare()
        for values in (
            {"date_time": datetime(2026, 3, 5, 8)},
            {"date_time_end": datetime(2026, 3, 2, 11)},
            {"date": date(2026, 3, 5)},
            {"unit_amount": 3},
            {"date_time": datetime(2026, 3, 5, 8), "unit_amount": 2},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(SourceClosed, request.name),
                self.env.cr.savepoint(),
            ):
                self.timer.write(values)
        self.timer.invalidate_recordset()
        self.assertEqual((self.timer.date, self.timer.unit_amount), (MONDAY, 2))
        # when it was that day is nobody's bill
        self.timer.date_time = datetime(2026, 3, 2, 9)
        self.assertEqual(self.timer.date, MONDAY)
        self.assertMinutes((0, 120, 0, 0))

    def test_what_was_checked_is_unchecked(self):
        self.company.billing_check_time = True
        item = self._items_of(self.timer)
        self.assertFalse(item.ready)
        item.with_user(self.pm).action_check_time()
        self.timer.date_time = datetime(2026, 3, 2, 9)
        self.assertTrue(self.timer.billing_checked, "the same day and duration")
        self.timer.date_time = datetime(2026, 3, 5, 8)
        self.assertFalse(self.timer.billing_checked)
        self.assertFalse(self._items_of(self.timer).ready)

    def test_stopped_timers_wait_for_their_check(self):
        self.company.billing_check_time = True
        running = self._start("2026-03-03 08:00:00")
        self._stop(running, "2026-03-03 09:00:00")
        self.assertFalse(self._items_of(running).ready)
        week = self._items_of(running).with_user(self.pm)
        week.action_check_week()
        self.assertTrue((running | self.timer).mapped("billing_checked"))
        self.assertEqual(self._prepare().amount_untaxed, 300)
