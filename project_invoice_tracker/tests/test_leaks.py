"""The leak finder: every way in which money is forgotten, found and mended."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..exceptions import BillingError
from .common import DAY, some
from .cost_common import CostCommon

TODAY = date(2026, 5, 1)
#: Days since the work of the tests.
AGE = 60


@tagged("post_install", "-at_install")
class TestLeaks(CostCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Berlin"
        cls.partner_a.email = "client@example.com"
        frozen = freeze_time("2026-05-01 10:00:00")
        frozen.start()
        cls.addClassCleanup(frozen.stop)

    def _leaks(self, user=None, **wanted):
        """Return the leaks of the project that a user sees, the oldest first."""
        self.env.flush_all()
        self.env.invalidate_all()
        leaks = self.env["project.billing.leak"].with_user(user or self.pm)
        domain = [(name, "=", value) for name, value in wanted.items()]
        return leaks.search([("project_id", "=", self.project.id), *domain])

    def assertLeak(self, code, user=None, **expected):
        """Assert that there is one leak of this code, with these values."""
        leak = self._leaks(user, code=code)
        self.assertEqual(len(leak), 1, leak.mapped("name"))
        found = {name: leak[name] for name in expected}
        self.assertEqual(found, expected)
        return leak

    # === WHAT IS FOUND ===

    def test_nothing(self):
        """A project without work has no leak, and old work is one from its day on."""
        self.assertFalse(self._leaks())
        self._log(2, TODAY - timedelta(days=29))
        self.assertFalse(self._leaks())
        self.company.billing_leak_work_days = 29
        self.assertLeak("work", age=29)

    def test_old_work(self):
        """Two old entries and a new one: two count, with hours, amount and age."""
        self._log(2)
        self._log(1.5, DAY + timedelta(days=1))
        self._log(8, TODAY)
        leak = self.assertLeak(
            "work",
            records=2,
            hours=3.5,
            amount=350.0,
            date=DAY,
            age=AGE,
            owner_id=self.pm,
            rule_id=self.rule,
            currency_id=self.rule.currency_id,
            fix="bill",
        )
        self.assertEqual(
            leak.name, "Consulting has waited to be billed for 60 days (items: 2)."
        )
        action = leak.action_fix()
        request = self.env["project.billing.request"].browse(action["res_id"])
        self.assertEqual(request.amount_untaxed, 1150)
        self.assertFalse(self._leaks())
        with self.assertRaisesRegex(BillingError, "seen to meanwhile"):
            leak.action_fix()

    def test_corrections_that_wait(self):
        """300.00 were taken back after they were billed: accounting is asked."""
        self._log(5)
        move = self._post()
        self._log(-3)
        leak = self.assertLeak(
            "correction",
            records=1,
            hours=-3.0,
            amount=-300.0,
            date=DAY,
            age=AGE,
            owner_id=self.pm,
            fix="credit",
        )
        self.assertFalse(self._leaks(code="work"))
        self.assertIn("wait for 60 days", leak.name)
        items = self.env[leak.action_open()["res_model"]].search(
            leak.action_open()["domain"]
        )
        self.assertEqual(items.quantity_open, -180)
        leak.action_fix()
        asked = move.sudo().activity_ids.filtered(
            lambda activity: "300.00" in activity.summary
        )
        self.assertTrue(asked)
        with self.assertRaisesRegex(BillingError, "asked already"):
            leak.action_fix()
        opened = self._leaks(self.accountant, code="correction").action_fix()
        self.assertEqual((opened["res_model"], opened["res_id"]), (move._name, move.id))
        # credited by as much, the work and its correction come to nothing
        self._credit(move, lambda lines: lines.write({"quantity": 3}))
        self.assertFalse(self._leaks(code="correction") + self._leaks(code="work"))
        self._log(1, TODAY)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 100.0)
        self.assertMinutes((0, 60, 120, 0))

    def test_corrections_that_work_outweighs(self):
        """What the next request or a draft takes in does not wait."""
        self._log(5)
        self._log(-3)
        self.assertFalse(self._leaks(code="correction"))
        self._prepare()
        self._log(-1)
        self.assertFalse(self._leaks(code="correction"))
        self._log(-2)
        self.assertLeak("correction", amount=-100.0)

    def test_days_of_the_company(self):
        """A day begins where the company is, whatever the server's day."""
        self._log(1, date(2026, 4, 1))
        with freeze_time("2026-04-30 21:30:00"):
            self.assertFalse(self._leaks())
        with freeze_time("2026-04-30 22:30:00"):
            self.assertLeak("work", age=30)
        with self.assertRaisesRegex(ValidationError, "0 to 3650 days"):
            self.company.billing_leak_work_days = -1

    def test_no_rate(self):
        """Work without a price is a leak at once, with the sentence that helps."""
        self.rule.price_unit = 0
        self._log(2, TODAY)
        self._log(1, TODAY, employee_id=self.bob.id)
        leaks = self._leaks(code="no_rate")
        self.assertEqual(sorted(leaks.mapped("hours")), [1.0, 2.0])
        ann = leaks.filtered(lambda leak: leak.hours == 2)
        self.assertEqual((ann.amount, ann.age, ann.records), (0, 0, 1))
        self.assertIn("No hourly rate for Ann", ann.name)
        action = ann.action_fix()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (self.rule._name, self.rule.id)
        )
        self.rule.price_unit = 90
        self.assertFalse(self._leaks())

    def test_zero_price(self):
        """Work that a discount makes worth nothing."""
        self.rule.discount = 100
        self._log(3, TODAY)
        self.assertLeak("zero_price", hours=3.0, records=1, amount=0.0, fix="rule")

    def test_milestones(self):
        """Reached but not billed, not signed, without a price; not the contract."""
        rule = self._create_rule(
            kind="milestone", contract_amount=1000, milestone_ready="reached"
        )
        first, _second, third = self._create_milestones(40, 30, 20)
        self.assertLeak("shares", amount=100.0, share=90.0, records=3)
        third.billing_percentage = 30
        self.assertFalse(self._leaks())
        first.write({"is_reached": True, "reached_date": TODAY - timedelta(days=2)})
        self.assertFalse(self._leaks())
        first.reached_date = TODAY - timedelta(days=3)
        self.assertLeak(
            "milestone", amount=400.0, age=3, milestone_id=first, fix="bill"
        )
        rule.milestone_ready = "signed"
        leak = self.assertLeak("unsigned", amount=400.0, age=3, milestone_id=first)
        self.assertEqual(leak.action_fix()["res_model"], "project.billing.sign.off")
        first.with_user(self.pm).action_billing_sign_off("Client", "2026-04-28")
        self.assertLeak("milestone", amount=400.0, age=3)
        first.with_user(self.pm).action_billing_revoke_sign_off("No")
        first.is_reached = False
        rule.contract_amount = 0
        first.is_reached = True
        self.assertLeak("unpriced", milestone_id=first)
        self.assertLeak("shares", share=100.0, amount=0.0)

    def test_milestones_of_amounts(self):
        """Agreed amounts count towards the contract; progress of milestones as well."""
        self._create_rule(
            kind="progress", progress_by="milestone", contract_amount=1000
        )
        self._create_milestones(50)
        self.env["project.milestone"].create(
            {
                "name": "Rest",
                "project_id": self.project.id,
                "billing_basis": "fixed",
                "billing_fixed_price": 499.99,
            }
        )
        self.assertLeak("shares", amount=0.01, records=2)

    def test_outside(self):
        """Time that none of the rules of a project covers, from the first rule on."""
        self.rule.date_end = date(2026, 3, 1)
        self._log(2)
        self._log(1, date(2025, 12, 31))
        leak = self.assertLeak("outside", hours=2.0, records=1, amount=0.0, age=AGE)
        self.assertIn("for 60 days: 2.00", leak.name)
        self.assertEqual(
            leak.action_fix()["domain"], [("project_id", "=", self.project.id)]
        )
        self.rule.active = False
        self.assertFalse(self._leaks(), "a project that bills no time")

    def test_outside_once_billed(self):
        """Once somebody billed the project, time of any day is found, with any rule."""
        self._log(9, date(2025, 12, 31))
        self._log(4)
        self.assertFalse(self._leaks(code="outside"))
        move = self._post()
        leak = self.assertLeak("outside", hours=9.0, records=1)
        self.assertEqual(leak.date, date(2025, 12, 31))
        (self.rule | self.cost_rule).active = False
        self.assertLeak("outside", hours=9.0, records=1)
        self._credit(move)
        self.assertLeak("outside", hours=13.0, records=2)
        self.assertFalse(self._leaks(code="work"), "nobody could bill it")
        self.rule.write({"active": True, "date_start": date(2025, 12, 1)})
        self.assertFalse(self._leaks(code="outside"))
        self.assertLeak("work", hours=13.0)

    def test_costs_once_billed(self):
        """Costs likewise: of before the rule, and of rules that are archived."""
        self.cost_rule.date_start = date(2026, 3, 10)
        self.rule.date_start = date(2026, 3, 10)
        self._create_bill(200.0, share=60)
        self.assertFalse(self._leaks(code="cost"))
        self._log(1, date(2026, 3, 10))
        self._post()
        self.assertLeak("cost", amount=120.0, records=1)
        (self.rule | self.cost_rule).active = False
        self.assertLeak("cost", amount=120.0, records=1)

    def test_costs(self):
        """A share of a bill that no rule passes on; none once there is a rule."""
        self.cost_rule.active = False
        self._create_bill(200.0, share=60)
        refund = self._create_bill(50.0, share=60, move_type="in_refund")
        self.assertLeak("cost", amount=90.0, records=2, age=AGE, hours=0.0)
        refund.with_user(self.env.user).button_draft()
        self.assertLeak("cost", amount=120.0, records=1)
        self.cost_rule.active = True
        self.assertFalse(self._leaks(code="cost"))

    def test_requests(self):
        """Drafts, submitted and approved requests that stay where they are."""
        self._log(1, TODAY)
        request = self._prepare()
        self._age(request, 7)
        leak = self.assertLeak("draft_request", age=7, amount=100.0, request_id=request)
        self.assertEqual(leak.action_fix()["res_id"], request.id)
        with freeze_time("2026-05-01 12:00:00"):
            request.action_submit()
        self.assertFalse(self._leaks())
        with freeze_time("2026-05-08 12:00:00"):
            leak = self.assertLeak("submitted", age=7, amount=100.0)
            self._assert_reminds(leak, request)
            request.with_user(self.approver).action_approve()
            self.assertFalse(self._leaks())
        with freeze_time("2026-05-15 12:00:00"):
            leak = self.assertLeak("approved", age=7, amount=100.0)
            with self.assertRaises(AccessError):
                leak.with_user(self.approver).action_fix()
            leak.action_fix()
            self.assertEqual(request.state, "invoiced")

    def _assert_reminds(self, leak, request):
        """The button reminds the approvers, once a day, and for managers only."""
        with self.assertRaises(AccessError):
            leak.with_user(self.approver).action_fix()
        notice = leak.action_fix()
        self.assertEqual(notice["tag"], "display_notification")
        reminders = self.env["project.billing.outbox"].search(
            [("request_id", "=", request.id), ("kind", "=", "reminder")]
        )
        self.assertIn(self.approver, reminders.user_id)
        with self.assertRaisesRegex(BillingError, "reminded today"):
            leak.action_fix()

    def _age(self, request, days):
        """Have a request created some days ago."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE project_billing_request SET create_date = %s WHERE id = %s",
                TODAY - timedelta(days=days),
                request.id,
            )
        )
        request.invalidate_recordset()

    def test_invoices(self):
        """Drafts that nobody posts, invoices that nobody sends; paid ones need not."""
        self._log(1, TODAY)
        move = self._invoice()
        request = move.sudo().billing_request_ids
        self.assertFalse(self._leaks())
        with freeze_time("2026-05-06 12:00:00"):
            leak = self.assertLeak("draft_invoice", age=5, request_id=request)
            self._assert_asks(leak, move)
        with freeze_time("2026-05-07 12:00:00"):
            move.action_post()
            self.assertFalse(self._leaks())
        with freeze_time("2026-05-12 12:00:00"):
            leak = self.assertLeak("unsent", age=5, document=move.name, amount=100.0)
            self.assertEqual(leak.action_fix()["res_model"], "project.billing.send")
            move.sudo().is_move_sent = True
            self.assertFalse(self._leaks())

    def _assert_asks(self, leak, move):
        """A manager asks accounting once; accounting opens the invoice."""
        opened = leak.with_user(self.accountant).action_fix()
        self.assertEqual((opened["res_model"], opened["res_id"]), (move._name, move.id))
        with self.assertRaises(AccessError):
            leak.with_user(self.approver).action_fix()
        leak.action_fix()
        self.assertEqual(len(move.activity_ids), 1)
        with self.assertRaisesRegex(BillingError, "asked already"):
            leak.action_fix()

    # === ASSIGNING ===

    def test_assign(self):
        """One activity per leak and person, for people who see it; gone when mended."""
        self._log(2)
        leak = self.assertLeak("work", assigned_id=self.env["res.users"])
        wizard = self.env["project.billing.leak.assign"].with_user(self.pm)
        wizard = wizard.with_context(**leak.action_assign()["context"]).create({})
        self.assertEqual(wizard.user_id, self.pm)
        wizard.user_id = self.admin
        wizard.action_apply()
        leak = self.assertLeak("work", assigned_id=self.admin)
        activity = self.project.activity_ids
        self.assertEqual(activity.summary, leak.name)
        self.assertEqual(activity.date_deadline, TODAY)
        leak.assign(self.admin.id, "2026-05-09")
        self.assertEqual(self.project.activity_ids, activity)
        leak.assign(self.pm.id, "2026-05-09", "Please <b>look</b>")
        self.assertLeak("work", assigned_id=self.pm)
        self.assertEqual(len(self.project.activity_ids), 1)
        self.env["mail.activity"]._billing_close_leaks()
        self.assertLeak("work", assigned_id=self.pm)
        leak.action_fix()
        self.env["mail.activity"]._billing_close_leaks()
        self.assertFalse(self.project.activity_ids)

    def test_assign_refused(self):
        """Nobody is asked who does not see the leak, and by nobody who does not."""
        self._log(2)
        leak = self._leaks()
        for user in (self.other_pm, self.worker):
            with self.assertRaisesRegex(BillingError, "does not see"):
                leak.assign(user.id)
        for user_id in (2**31 - 5, False, "1"):
            with self.assertRaisesRegex(BillingError, "That person"):
                leak.assign(user_id)
        with self.assertRaisesRegex(BillingError, "deadline is a day"):
            leak.assign(self.pm.id, "2026-02-30")
        with self.assertRaises(AccessError):
            leak.with_user(self.other_pm).assign(self.pm.id)
        with self.assertRaises(BillingError):
            leak.browse().assign(self.pm.id)
        self.assertFalse(self.project.activity_ids)

    # === RIGHTS AND FIGURES ===

    def test_rights(self):
        """A manager sees the own leaks; approvers, accounting and auditors all."""
        self._log(2)
        other = self._create_project(name="Other", user_id=self.other_pm.id)
        self._create_rule(other)
        self._log(3, project_id=other.id)
        self.env.flush_all()
        model = self.env["project.billing.leak"]
        amounts = {
            user: dict(
                model.with_user(user)._read_group(
                    [("project_id", "in", (self.project | other).ids)],
                    ["project_id"],
                    ["amount:sum"],
                )
            )
            for user in (self.pm, self.other_pm, self.approver, self.accountant)
        }
        every = {self.project: 200.0, other: 300.0}
        self.assertEqual(amounts[self.pm], {self.project: 200.0})
        self.assertEqual(amounts[self.other_pm], {other: 300.0})
        self.assertEqual(amounts[self.approver], every)
        self.assertEqual(amounts[self.accountant], every)
        with self.assertRaises(AccessError):
            model.with_user(self.worker).search([])
        leak = model.with_user(self.other_pm).search([("project_id", "=", other.id)])
        with self.assertRaises(AccessError):
            leak.with_user(self.pm).action_fix()

    def test_companies(self):
        """What another company forgets is nobody's business here."""
        second = self.setup_other_company()["company"]
        self.env.user.company_ids |= second
        abroad = self._create_project(
            name="Abroad", company_id=second.id, partner_id=self.partner_b.id
        )
        env = self.env(context={"allowed_company_ids": second.ids})
        rule = env["project.billing.rule"].create(
            {
                "project_id": abroad.id,
                "kind": "milestone",
                "contract_amount": 500,
                "product_id": self.env.ref(
                    "project_invoice_tracker.product_milestone"
                ).id,
            }
        )
        self.env.flush_all()
        model = self.env["project.billing.leak"]
        both = model.with_context(allowed_company_ids=(self.company | second).ids)
        domain = [("rule_id", "=", rule.id)]
        self.assertEqual(both.search(domain).amount, 500)
        self.assertFalse(
            model.with_context(allowed_company_ids=self.company.ids).search(domain)
        )
        self.pm.company_ids = [Command.link(second.id)]
        self.assertEqual(both.with_user(self.pm).search(domain).company_id, second)

    def test_figures(self):
        """What is old and open, summed another way, item by item."""
        second = self._create_rule(sequence=5, employee_ids=self.bob.ids, discount=10)
        for number in range(12):
            self._log(
                0.25 * number + 0.1,
                DAY + timedelta(days=7 * number),
                employee_id=(self.ann, self.bob)[number % 2].id,
            )
        self._prepare(date_to=DAY + timedelta(days=8)).action_submit()
        items = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id)]
        )
        for rule in some(self.rule | second):
            old = items.filtered(
                lambda item, rule=rule: (
                    item.rule_id == rule
                    and item.state == "open"
                    and (TODAY - item.date).days >= 30
                )
            )
            leak = self._leaks(code="work", rule_id=rule.id)
            self.assertTrue(old)
            self.assertAlmostEqual(leak.amount, sum(old.mapped("amount")))
            self.assertAlmostEqual(leak.hours, sum(old.mapped("quantity")) / 60)
            self.assertEqual(leak.records, len(old))
            self.assertEqual(leak.date, min(old.mapped("date")))
