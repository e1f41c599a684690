"""Time to invoice: the days of each step, and which one is slowest."""

from datetime import date

from odoo.modules.migration import load_script
from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from .common import BillingCommon, some

STEPS = ("days_ask", "days_approve", "days_draft", "days_post", "days_send")


@tagged("post_install", "-at_install")
class TestLeadTime(BillingCommon):
    def setUp(self):
        super().setUp()
        # a zone in which the evening in UTC is the next day
        self.company.partner_id.tz = "Asia/Tokyo"

    def _row(self, request, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        Time = self.env["project.billing.lead.time"].with_user(user or self.pm)
        return Time.search([("id", "=", request.id)])

    def _days(self, row):
        """Return the days of the steps, and that they sum up."""
        days = tuple(row[name] for name in STEPS)
        if row.date_sent:
            self.assertEqual(sum(days), row.days_total)
        return days

    def _go(self, moment, step, request):
        """Do a step of the main job at a moment in UTC."""
        with freeze_time(moment):
            if step == "submit":
                request.with_user(self.pm).action_submit()
            elif step == "reject":
                request.with_user(self.approver).action_reject("Too much")
            elif step == "approve":
                request.with_user(self.approver).action_approve()
            elif step == "draft":
                request.with_user(self.pm).action_create_invoice()
            elif step == "post":
                move = request.sudo().invoice_id.with_user(self.accountant)
                move.sudo(False).action_post()
            elif step == "send":
                request.sudo().invoice_id.is_move_sent = True
            self.env.flush_all()

    def _create_request(self, *days):
        for day in days or (date(2026, 3, 2), date(2026, 3, 6)):
            self._log(1, day)
        return self._prepare()

    def test_steps(self):
        """Each step as it happens, on the company's own days."""
        request = self._create_request()
        self.assertFalse(self._row(request), "a draft is no request yet")
        self._go("2026-03-09 10:00:00", "submit", request)
        self.assertEqual(request.date_work_first, date(2026, 3, 2))
        self.assertEqual(request.date_work_last, date(2026, 3, 6))
        row = self._row(request)
        self.assertEqual(row.days_ask, 3)
        self.assertEqual(row.slowest_step, "ask")
        self.assertFalse(row.date_approved)
        # the evening of the tenth in UTC is the eleventh in Tokyo
        self._go("2026-03-10 18:00:00", "approve", request)
        row = self._row(request)
        self.assertEqual(row.date_approved, date(2026, 3, 11))
        self.assertEqual(row.days_approve, 2)
        self._go("2026-03-12 10:00:00", "draft", request)
        self._go("2026-03-20 10:00:00", "post", request)
        row = self._row(request)
        self.assertFalse(row.date_sent)
        self.assertFalse(row.days_total)
        self._go("2026-03-21 10:00:00", "send", request)
        row = self._row(request)
        self.assertEqual(self._days(row), (3, 2, 1, 8, 1))
        self.assertEqual(row.days_total, 15)
        self.assertEqual(row.slowest_step, "post")
        self.assertEqual(row.project_id, self.project)
        self.assertEqual(row.user_id, self.pm)

    def test_rejection_is_approval(self):
        """What is asked for again was asked for the first time."""
        request = self._create_request()
        self._go("2026-03-07 10:00:00", "submit", request)
        self._go("2026-03-08 10:00:00", "reject", request)
        self.assertFalse(self._row(request))
        self._log(1, date(2026, 3, 8))
        with freeze_time("2026-03-15 10:00:00"):
            request.with_user(self.pm).collect("2026-03-31")
        self._go("2026-03-15 10:00:00", "submit", request)
        self.assertEqual(request.date_work_last, date(2026, 3, 8))
        self.assertFalse(self._row(request).date_approved)
        self._go("2026-03-17 10:00:00", "approve", request)
        row = self._row(request)
        # asked for on the seventh, when the last work was not done yet
        self.assertEqual(row.date_work, date(2026, 3, 7))
        self.assertEqual(self._days(row)[:2], (0, 10))
        self.assertEqual(row.slowest_step, "approve")

    def test_billed_in_advance(self):
        """What is asked for before it is done took no time to be asked for."""
        request = self._create_request(date(2026, 3, 31))
        self._go("2026-03-02 10:00:00", "submit", request)
        row = self._row(request)
        self.assertEqual(row.days_ask, 0)
        self.assertFalse(row.slowest_step)

    def test_backdated(self):
        """No step takes less than a day of none: the steps still sum up."""
        request = self._create_request()
        self._go("2026-03-09 10:00:00", "submit", request)
        self._go("2026-03-09 11:00:00", "approve", request)
        self._go("2026-03-12 10:00:00", "draft", request)
        request.sudo().invoice_id.invoice_date = date(2026, 3, 1)
        self._go("2026-03-13 10:00:00", "post", request)
        self._go("2026-03-14 10:00:00", "send", request)
        self.assertEqual(self._days(self._row(request)), (3, 0, 3, 0, 2))

    def test_cancelled(self):
        """What was cancelled is no invoice that took long."""
        request = self._create_request()
        self._go("2026-03-09 10:00:00", "submit", request)
        self._go("2026-03-09 11:00:00", "approve", request)
        self.assertTrue(self._row(request))
        request.with_user(self.pm).action_cancel()
        self.assertFalse(self._row(request))

    def test_groups(self):
        """The days of a group are the mean of its requests, of what is done."""
        first = self._create_request(date(2026, 3, 2))
        self._go("2026-03-04 10:00:00", "submit", first)
        self._go("2026-03-10 10:00:00", "approve", first)
        second = self._create_request(date(2026, 3, 6))
        self._go("2026-03-11 10:00:00", "submit", second)
        other = self._create_project(name="Other", user_id=self.other_pm.id)
        self._create_rule(other)
        self._log(1, date(2026, 3, 2), project_id=other.id)
        requests = self.env["project.billing.request"].with_user(self.other_pm)
        third = requests.prepare(other, date(2026, 3, 31))
        with freeze_time("2026-03-03 10:00:00"):
            third.action_submit()
        self.env.flush_all()
        Time = self.env["project.billing.lead.time"]
        projects = [("project_id", "in", (self.project | other).ids)]
        names = ["days_ask:avg", "days_approve:avg", "__count"]

        def groups(user):
            found = Time.with_user(user)._read_group(projects, ["user_id"], names)
            return {manager: tuple(figures) for manager, *figures in found}

        self.assertEqual(
            groups(self.approver),
            {self.pm: (3.5, 6, 2), self.other_pm: (1, False, 1)},
        )
        self.assertEqual(groups(self.pm), {self.pm: (3.5, 6, 2)})
        self.assertEqual(groups(self.other_pm), {self.other_pm: (1, False, 1)})
        steps = Time.with_user(self.approver)._read_group(
            projects, ["slowest_step"], ["__count"]
        )
        self.assertEqual(dict(steps), {"ask": 2, "approve": 1})

    def test_recomputed(self):
        """The days from the log and the invoice, in Python, one by one."""
        requests = self.env["project.billing.request"]
        for number in range(6):
            request = self._create_request(date(2026, 3, 2 + number))
            for step, day in zip(
                ("submit", "approve", "draft", "post", "send"),
                (9, 10 + number, 17, 18 + number % 3, 25 - number % 2),
                strict=True,
            ):
                if number < 5 or step != "send":
                    self._go(f"2026-03-{day:02} 1{number}:30:00", step, request)
            requests |= request
        for request in some(requests):
            row = self._row(request)
            log = request.sudo().approval_ids
            noted = [request.date_work_last]
            for decisions in (("submit",), ("approve", "approve_own"), ("invoice",)):
                moment = log.filtered(lambda r, d=decisions: r.decision in d).date
                noted.append(self.company._billing_day(moment))
            move = request.sudo().invoice_id
            noted += [move.invoice_date, move.billing_date_sent]
            expected = [
                (later - earlier).days if later else 0
                for earlier, later in zip(noted, noted[1:], strict=False)
            ]
            self.assertEqual(list(self._days(row)), expected)
            names = [name.removeprefix("days_") for name in STEPS]
            self.assertEqual(row.slowest_step, names[expected.index(max(expected))])

    def test_migration(self):
        """Requests of earlier versions get the days of their work."""
        request = self._create_request()
        self._go("2026-03-09 10:00:00", "submit", request)
        draft = self._create_request(date(2026, 3, 7))
        request._engine().write({"date_work_first": False, "date_work_last": False})
        self.env.flush_all()
        path = "project_invoice_tracker/migrations/19.0.4.0.0/post-work.py"
        script = load_script(file_path(path), "post_work")
        script.migrate(self.env.cr, "19.0.3.0.0")
        self.env.invalidate_all()
        self.assertEqual(request.date_work_first, date(2026, 3, 2))
        self.assertEqual(request.date_work_last, date(2026, 3, 6))
        self.assertFalse(draft.date_work_last)
