"""Schedules: milestones, the end of a project, submitting and sending by itself."""

from datetime import date

from odoo.tests import freeze_time, tagged

from .automatic_common import AutomaticCommon

NOW = "2026-03-31 08:00:00"


@tagged("post_install", "-at_install")
class TestAutomaticMilestones(AutomaticCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._bill_milestones()
        cls.schedule = cls._schedule(trigger="milestone", date_start=date(2026, 3, 1))

    def _reach(self, milestone):
        milestone.is_reached = True

    @freeze_time(NOW)
    def test_each_milestone_once(self):
        self._work()
        self.assertFalse(self.schedule.turn_ids, "nothing is reached")
        self._reach(self.first)
        self.assertEqual(self.schedule.turn_ids.milestone_id, self.first)
        self._work()
        request = self._requests()
        self.assertEqual((request.state, request.amount_untaxed), ("draft", 300))
        request.with_user(self.pm).action_cancel()
        for _time in range(10):
            self.first.is_reached = False
            self._reach(self.first)
            self._work()
        self.assertEqual(self._requests(), request, "its turn was taken")
        self._reach(self.second)
        self._work()
        self.assertEqual(self._requests()[-1].amount_untaxed, 1000, "what is ready")

    @freeze_time(NOW)
    def test_signed_off(self):
        """Ready is what the rule calls ready, by whatever route it becomes so."""
        self.rule.milestone_ready = "signed"
        self._reach(self.first)
        self._work()
        self.assertFalse(self.schedule.turn_ids)
        self.first.with_user(self.pm).action_billing_sign_off("Mrs Client")
        self._work()
        self.assertEqual(self._requests().amount_untaxed, 300)

    @freeze_time(NOW)
    def test_two_at_once(self):
        """One request has both; the other turn finds nothing left."""
        self._reach(self.first | self.second)
        self._work()
        self.assertEqual(self._requests().amount_untaxed, 1000)
        states = sorted(self.schedule.turn_ids.mapped("state"))
        self.assertEqual(states, ["nothing", "prepared"])

    @freeze_time(NOW)
    def test_taken_back_before_its_turn(self):
        self._reach(self.first)
        self.first.is_reached = False
        self._work()
        self.assertFalse(self._requests())
        self.assertFalse(self.schedule.turn_ids, "it is to come again")
        self._reach(self.first)
        self._work()
        self.assertEqual(self._requests().amount_untaxed, 300)

    @freeze_time("2026-03-31 13:00:00")
    def test_reached_where_it_is_tomorrow(self):
        """The day is that of who reached it; the company's comes later."""
        self._reach(self.first.with_context(tz="Pacific/Auckland"))
        self.assertEqual(self.first.reached_date, date(2026, 4, 1))
        self._work()
        self.assertFalse(self._requests())
        with freeze_time("2026-03-31 22:30:00"):
            self._work()
        self.assertEqual(self._requests().amount_untaxed, 300)

    def test_reached_before_the_first_day(self):
        with freeze_time("2026-02-28"):
            self._reach(self.first)
        with freeze_time(NOW):
            self._work()
        self.assertFalse(self.schedule.turn_ids)

    @freeze_time(NOW)
    def test_time_at_each_milestone(self):
        """A project billed by time, whose milestones have no price."""
        self.rule.unlink()
        self._create_rule()
        self._log(2, date(2026, 3, 31))
        self.first.billing_basis = False
        self._reach(self.first)
        self._work()
        self.assertEqual(self._requests().amount_untaxed, 200)

    @freeze_time(NOW)
    def test_other_projects_cost_nothing(self):
        other = self._create_project(name="Other")
        milestone = self._create_milestones(50, project=other)
        milestone.is_reached = True
        known = self.env["project.billing.schedule"]._milestone_projects()
        self.assertEqual(known & {other.id, self.project.id}, {self.project.id})
        with self.assertQueryCount(0):
            self.env["project.billing.schedule"]._note_milestones(other)


@tagged("post_install", "-at_install")
class TestAutomaticEnd(AutomaticCommon):
    @freeze_time("2026-04-01 08:00:00")
    def test_end_date_passed(self):
        schedule = self._schedule(trigger="end", date_start=date(2026, 1, 1))
        self.assertFalse(schedule.next_date)
        self._log(2, date(2026, 3, 30))
        self.project.write({"date_start": "2026-01-01", "date": "2026-03-31"})
        self.assertEqual(schedule.next_date, date(2026, 4, 1))
        with freeze_time("2026-03-31 08:00:00"):
            self._work()
            self.assertFalse(self._requests())
        self._work()
        self.assertEqual(self._requests().amount_untaxed, 200)
        self.assertFalse(schedule.next_date)
        # it goes on: the new end is another one
        self.project.date = "2026-05-31"
        self.assertEqual(schedule.next_date, date(2026, 6, 1))

    @freeze_time("2026-04-01 08:00:00")
    def test_closed(self):
        schedule = self._schedule(trigger="end", date_start=date(2026, 1, 1))
        self._log(2, date(2026, 3, 30))
        self.env.user.group_ids += self.env.ref("project.group_project_stages")
        opened, closed = self.env["project.project.stage"].create(
            [{"name": "Open"}, {"name": "Closed", "fold": True}]
        )
        self.project.stage_id = opened
        self._work()
        self.assertFalse(schedule.turn_ids)
        self.project.stage_id = closed
        self._work()
        self.assertEqual(self._requests().amount_untaxed, 200)
        self.project.stage_id = closed
        self.project.stage_id = opened
        self.project.stage_id = closed
        self.assertEqual(len(schedule.turn_ids), 1, "once a day")


@tagged("post_install", "-at_install")
class TestAutomaticSending(AutomaticCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # whom Odoo's set-up of tests gives invoices by hand
        cls.partner_a.invoice_sending_method = "email"
        cls.company.write({"billing_auto_submit": True, "billing_auto_send": True})
        cls.schedule = cls._schedule(submit=True, send=True)
        cls._log(2, date(2026, 3, 30))

    def _sendings(self, request):
        return request.sudo().invoice_id._billing_sendings()

    def _post_it(self, request):
        request.with_user(self.approver).action_approve()
        request.with_user(self.pm).action_create_invoice()
        move = request.sudo().invoice_id.with_user(self.accountant).sudo(False)
        move.action_post()
        return move

    @freeze_time(NOW)
    def test_submitted_and_sent(self):
        self._work()
        request = self._requests()
        self.assertEqual((request.state, request.user_id), ("submitted", self.pm))
        self.assertFalse(self._activities(request))
        move = self._post_it(request)
        row = self._sendings(request)
        self.assertEqual((row.kind, row.state), ("invoice", "waiting"))
        self.assertEqual(row.owner_id, self.pm)
        self.assertEqual(row.payload["partner_ids"], self.partner_a.ids)
        # once, whatever happens to the invoice
        move.button_draft()
        move.action_post()
        self.assertEqual(self._sendings(request), row)

    @freeze_time(NOW)
    def test_the_company_decides(self):
        self.company.write({"billing_auto_submit": False, "billing_auto_send": False})
        self._work()
        request = self._requests()
        self.assertEqual(request.state, "draft")
        request.with_user(self.pm).action_submit()
        self._post_it(request)
        self.assertFalse(self._sendings(request))

    @freeze_time(NOW)
    def test_a_draft_in_work_is_not_submitted(self):
        draft = self._prepare(date_to=date(2026, 3, 31))
        self._log(4, date(2026, 3, 30))
        self._work()
        self.assertEqual(self._requests(), draft)
        self.assertEqual((draft.state, draft.amount_untaxed), ("draft", 600))
        self.assertIn("It was a draft before", self.schedule.last_result)
        self.assertEqual(self._activities(draft).user_id, self.pm)

    @freeze_time(NOW)
    def test_what_keeps_it_from_being_submitted(self):
        """The draft is good, and its manager reads what is missing."""
        self.partner_a.active = True
        self.rule.price_unit = 0.001
        self._work()
        request = self._requests()
        self.assertEqual(request.state, "draft")
        self.assertIn("There is no amount to invoice", self.schedule.last_result)
        self.assertIn("no amount", self._activities(request).note)

    @freeze_time(NOW)
    def test_no_address(self):
        """Posting goes on; the manager is told, and sends it when there is one."""
        self._work()
        request = self._requests()
        self.partner_a.email = False
        move = self._post_it(request)
        self.assertEqual(move.state, "posted")
        self.assertFalse(self._sendings(request))
        activity = self._activities(request)
        self.assertEqual(activity.user_id, self.pm)
        self.assertIn("has no e-mail address", activity.note)

    @freeze_time(NOW)
    def test_the_manager_left_before_posting(self):
        self._work()
        request = self._requests()
        request.with_user(self.approver).action_approve()
        request.with_user(self.pm).action_create_invoice()
        self.project.user_id = self.other_pm
        move = request.sudo().invoice_id.with_user(self.accountant).sudo(False)
        move.action_post()
        self.assertEqual(self._sendings(request).owner_id, self.other_pm)

    @freeze_time(NOW)
    def test_sent_by_hand_or_made_by_hand(self):
        """What nobody scheduled is not sent; what was sent is not sent again."""
        request = self._prepare(date_to=date(2026, 3, 31))
        request.action_submit()
        self._post_it(request)
        self.assertFalse(self._sendings(request))

    @freeze_time(NOW)
    def test_all_by_itself(self):
        """Within the own limit, posted on approval: nobody presses a button."""
        self.company.write(
            {"billing_invoice_on_approval": True, "billing_post_on_approval": True}
        )
        limits = self.env["project.billing.limit"]
        limits.create(
            {
                "user_id": self.pm.id,
                "company_id": self.company.id,
                "amount": 500,
                "amount_month": 1000,
            }
        )
        self._work()
        request = self._requests()
        self.assertEqual(request.state, "invoiced")
        self.assertEqual(request.sudo().invoice_id.state, "posted")
        self.assertEqual(self._sendings(request).state, "waiting")
        self._work()
        self.assertEqual(len(self._sendings(request)), 1)
