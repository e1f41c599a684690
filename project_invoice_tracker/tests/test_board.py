"""The project board: burn, budgets, health with its reason, margin, and who sees it."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

from .common import BillingCommon

MARGIN = {"billing_cost", "billing_margin", "billing_margin_percent"}

#: The value of the work, from the slices up instead of from the items down.
WORTH = """
    SELECT item.project_id,
           sum(item.amount)
           - coalesce(sum(item.amount * off.quantity / item.quantity), 0)
      FROM project_billing_item item
      LEFT JOIN (SELECT item_id, sum(quantity) AS quantity
                   FROM project_billing_allocation
                  WHERE action = 'write_off' AND state <> 'released'
                  GROUP BY item_id) off ON off.item_id = item.id
     WHERE item.ready AND NOT coalesce(item.is_adjustment, FALSE)
     GROUP BY item.project_id
"""


class BoardCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.detail = "entry"
        cls.hr_pm = cls._create_user("hr_pm_test", "group_billing_user")
        cls.hr_pm.group_ids += cls.env.ref("hr.group_hr_user")

    def _seen(self, user=None, project=None):
        """Return the project as a user reads it, from the database."""
        self.env.flush_all()
        self.env.invalidate_all()
        return (project or self.project).with_user(user or self.pm)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-15 12:00:00")
class TestBoard(BoardCommon):
    def test_burn(self):
        """Hours are all that is recorded; money what the work is worth."""
        self.project.write({"allocated_hours": 10, "billing_budget_amount": 1000})
        self._log(2)
        self._log(1.5, employee_id=self.bob.id)
        # before the rule begins: recorded, never billed
        self._log(1, day=date(2025, 12, 30))
        project = self._seen()
        self.assertEqual(project.billing_hours_used, 4.5)
        self.assertEqual(project.billing_hours_percent, 45)
        self.assertEqual(project.billing_amount_used, 350)
        self.assertEqual(project.billing_budget_percent, 35)
        self.assertEqual(project.billing_amount_ready, 350)

    def test_one_step_after_the_other(self):
        """The same work moves from to bill to billed, and is used all the time."""
        self._log(2)
        request = self._prepare()
        for step, names in (
            (lambda: None, {"requested"}),
            (lambda: self._invoice(request), {"requested"}),
            (
                lambda: (
                    request.sudo().invoice_id.with_user(self.accountant).action_post()
                ),
                {"invoiced"},
            ),
        ):
            step()
            project = self._seen()
            for name in ("ready", "requested", "invoiced"):
                expected = 200 if name in names else 0
                self.assertEqual(project[f"billing_amount_{name}"], expected, name)
            self.assertEqual(project.billing_amount_used, 200)
        self._credit(request.sudo().invoice_id)
        project = self._seen()
        self.assertEqual(project.billing_amount_invoiced, 0)
        self.assertEqual(project.billing_amount_ready, 200)

    def test_written_off(self):
        """I19: what is written off is no work of the budget any more."""
        self._log(2)
        self._log(1)
        request = self._prepare()
        line = request.line_ids.sorted("quantity")[-1]
        line.change_quantity(0.5, "write_off", "Goodwill")
        project = self._seen()
        self.assertEqual(project.billing_amount_used, 150)
        found = dict(self.env.execute_query(SQL(WORTH)))
        self.assertEqual(float(found[self.project.id]), 150)

    def test_caps(self):
        """The cap that is used most, with what is still to bill."""
        for name, limit in (("PO 1", 400), ("PO 2", 1000)):
            self.env["project.billing.cap"].create(
                {
                    "name": name,
                    "company_id": self.company.id,
                    "currency_id": self.rule.currency_id.id,
                    "limit_amount": limit,
                    "rule_ids": [Command.set(self.rule.ids)],
                }
            )
        self._log(3)
        self.assertEqual(self._seen().billing_cap_percent, 75)

    def test_milestone(self):
        """The first milestone with a deadline that is not reached."""
        rule = self._create_rule(
            kind="milestone", contract_amount=1000, product_id=self.product_a.id
        )
        self.assertTrue(rule)
        first, second, third = self._create_milestones(10, 20, 30)
        first.write({"deadline": date(2026, 3, 1), "is_reached": True})
        third.deadline = date(2026, 4, 1)
        project = self._seen()
        self.assertEqual(project.billing_next_milestone_id.id, third.id)
        second.deadline = date(2026, 3, 10)
        project = self._seen()
        self.assertEqual(project.billing_next_milestone_id.id, second.id)
        self.assertEqual(project.billing_next_date, date(2026, 3, 10))
        self.assertEqual(project.billing_health, "watch")
        self.assertIn("Milestone 2", project.billing_health_reason)

    def test_health(self):
        """Each cause has a colour and a sentence; the urgent ones come first."""
        self.assertEqual(self._seen().billing_health, "good")
        self.project.allocated_hours = 2.4
        self._log(2)
        project = self._seen()
        self.assertEqual(project.billing_health, "watch")
        self.assertEqual(project.billing_health_reason, "83 % of the hours are used.")
        self.project.billing_budget_amount = 200
        project = self._seen()
        self.assertEqual(project.billing_health, "bad")
        self.assertEqual(
            project.billing_health_reason,
            "100 % of the budget is used. 83 % of the hours are used.",
        )
        self.project.write({"allocated_hours": 0, "billing_budget_amount": 0})
        for day, health, words in (
            ("2026-05-01", "good", "Nothing is late"),
            ("2026-05-02", "watch", "for 61 days"),
            ("2026-06-01", "bad", "for 91 days"),
        ):
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                project = self._seen()
                self.assertEqual(project.billing_health, health)
                self.assertIn(words, project.billing_health_reason)

    def test_overdue(self):
        """I4: a late invoice colours the board, and is found by searching."""
        self._log(2)
        self._post()
        Project = self.env["project.project"]
        domain = [("id", "=", self.project.id)]
        for day, health in (
            ("2026-03-15", "good"),
            ("2026-03-16", "watch"),
            ("2026-04-15", "bad"),
        ):
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                project = self._seen()
                self.assertEqual(project.billing_health, health)
                late = health != "good"
                self.assertEqual(project.billing_amount_overdue, 230 if late else 0)
                overdue = [*domain, ("billing_amount_overdue", ">", 0)]
                found = [*domain, ("billing_health", "in", [health])]
                for user in (self.pm, self.admin):
                    theirs = Project.with_user(user)
                    self.assertEqual(bool(theirs.search(overdue)), late)
                    self.assertTrue(theirs.search(found))
                others = Project.with_user(self.other_pm)
                self.assertFalse(others.search(found))
                self.assertFalse(others.search(overdue))

    def test_margin(self):
        """Margin is worth less cost: time at hourly cost and bills on the account."""
        self._log(2)
        self._log(1, employee_id=self.bob.id)
        self.env["account.analytic.line"].create(
            {
                "name": "Hosting",
                "account_id": self.project.account_id.id,
                "amount": -50,
                "general_account_id": self.company_data["default_account_expense"].id,
            }
        )
        self.env["account.analytic.line"].create(
            {
                "name": "Revenue in the books is no cost",
                "account_id": self.project.account_id.id,
                "amount": 700,
                "general_account_id": self.company_data["default_account_revenue"].id,
            }
        )
        self.project.user_id = self.hr_pm
        project = self._seen(self.hr_pm)
        cost = 2 * 41.37 + 30 + 50
        self.assertAlmostEqual(project.billing_cost, cost)
        self.assertAlmostEqual(project.billing_margin, 300 - cost)
        self.assertAlmostEqual(project.billing_margin_percent, 100 * (300 - cost) / 300)

    def test_margin_currency(self):
        """I17: cost of the books is shown in the contract's currency, of today."""
        foreign = self.setup_other_currency("CHF", rates=[("2026-01-01", 2.0)])
        project = self._create_project(user_id=self.hr_pm.id, name="Chalet")
        self._create_rule(project, currency_id=foreign.id, price_unit=150)
        self._log(2, project_id=project.id)
        seen = self._seen(self.hr_pm, project)
        self.assertAlmostEqual(seen.billing_amount_used, 300)
        self.assertAlmostEqual(seen.billing_cost, 2 * 2 * 41.37)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-15 12:00:00")
class TestBoardRights(BoardCommon):
    """I4, I5: cost and margin for who may see costs, all else for who may bill."""

    def test_margin_is_hidden(self):
        """I5: nobody sees a margin who may not see what people cost."""
        self._log(2)
        for user in (self.pm, self.approver, self.admin, self.accountant):
            project = self._seen(user)
            with self.subTest(user=user.login):
                self.assertFalse(MARGIN & set(project.fields_get()))
                for name in MARGIN:
                    with self.assertRaises(AccessError):
                        project.read([name])
                text = repr(project.get_panel_data()) if user == self.pm else ""
                self.assertNotIn("Margin", text)
                for view in ("kanban", "list", "form"):
                    xmlid = f"project_project_view_{view}_board"
                    if view == "form":
                        arch = project.get_view(view_type="form")["arch"]
                    else:
                        view_id = self.env.ref(f"project_invoice_tracker.{xmlid}").id
                        arch = project.get_view(view_id)["arch"]
                    for name in MARGIN:
                        self.assertNotIn(name, arch)

    def test_margin_without_billing(self):
        """I5: who may see costs, but no billing, sees no margin either."""
        self._log(2)
        hr_user = self._create_user("hr_test", "hr.group_hr_user")
        hr_user.group_ids += self.env.ref("project.group_project_user")
        project = self._seen(hr_user)
        project.sudo().privacy_visibility = "employees"
        self.assertFalse(MARGIN & set(project.fields_get()))
        for name in MARGIN:
            with self.assertRaises(AccessError):
                project.read([name])

    def test_margin_of_others(self):
        """I4, I5: who may see costs sees the margin of what may be read, no other."""
        self._log(2)
        project = self._seen(self.hr_pm)
        project.sudo().privacy_visibility = "employees"
        values = project.read(sorted(MARGIN))[0]
        self.assertFalse([values[name] for name in MARGIN if values[name]])

    def test_colleague(self):
        """I4: the board of a project shows nothing to the manager of another."""
        self.project.write(
            {
                "privacy_visibility": "employees",
                "allocated_hours": 1,
                "billing_budget_amount": 5,
            }
        )
        self._log(2)
        self._post()
        self._log(1)
        with freeze_time("2026-09-15"):
            project = self._seen(self.other_pm)
            names = [
                "billing_hours_used",
                "billing_amount_used",
                "billing_hours_percent",
                "billing_budget_percent",
                "billing_cap_percent",
                "billing_health",
                "billing_health_reason",
                "billing_amount_requested",
                "billing_amount_invoiced",
                "billing_amount_outstanding",
                "billing_amount_overdue",
                "billing_days_late",
                "billing_next_milestone_id",
            ]
            values = project.read(names)[0]
            self.assertFalse([n for n in names if values[n]], values)
            self.assertNotIn("billing", project.get_panel_data())

    def test_worker(self):
        """I5: who logs time sees none of it."""
        project = self._seen(self.worker)
        self.assertFalse(
            [name for name in project.fields_get() if name.startswith("billing_")]
        )

    def test_menu(self):
        """Whoever may read figures of projects finds the board; nobody else does."""
        menu = self.env.ref("project_invoice_tracker.project_project_menu_board")
        for user, sees in (
            (self.pm, True),
            (self.approver, True),
            (self.accountant, True),
            (self.worker, False),
        ):
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertEqual(menu.id in visible, sees, user.login)

    def test_chatter(self):
        """Who approves or posts opens a project, though not its collaborators."""
        self.project.privacy_visibility = "employees"
        self.project.collaborator_ids = [
            Command.create({"partner_id": self.partner_b.id})
        ]
        self.env.flush_all()
        for user in (self.approver, self.accountant):
            self.env.invalidate_all()
            store = Store()
            self.project.with_user(user)._thread_to_store(
                store, [], request_list=["followers"]
            )
            [thread] = store.get_result()["mail.thread"]
            self.assertEqual(thread["collaborator_ids"], self.partner_b.ids)

    def test_panel(self):
        """The dashboard of a project has the figures of its form."""
        self.project.write({"allocated_hours": 10, "billing_budget_amount": 1000})
        self._log(2)
        panel = self._seen().get_panel_data()["billing"]
        rows = {row["label"]: row["value"] for row in panel["rows"]}
        self.assertEqual(panel["health"], "good")
        self.assertIn("200.00", rows["To bill"])
        self.assertEqual(rows["Hours used"], "02:00 of 10:00")
        self.assertIn("1,000.00", rows["Budget used"])
        self.project.user_id = self.hr_pm
        panel = self._seen(self.hr_pm).get_panel_data()["billing"]
        self.assertIn("Margin", [row["label"] for row in panel["rows"]])

    def test_queries(self):
        """The board of many projects asks as much as that of one."""
        projects = self.project
        for number in range(6):
            project = self._create_project(name=f"P{number}")
            self._create_rule(project)
            self._log(1, project_id=project.id)
            projects |= project
        view = self.env.ref("project_invoice_tracker.project_project_view_kanban_board")
        spec = {
            name: {"fields": {"display_name": {}}}
            if name in ("user_id", "partner_id", "billing_next_milestone_id")
            else {}
            for name in self.env["project.project"].fields_get()
            if f'name="{name}"' in view.arch and name not in MARGIN
        }
        counts = []
        # the first time for what every request finds in memory
        for some in (projects[:2], projects[:2], projects):
            seen = self._seen(project=some)
            before = self.env.cr.sql_log_count
            seen.web_read(spec)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])
        self.assertLess(counts[1], 32)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-15 12:00:00")
class TestBudgetAlerts(BoardCommon):
    """I25: the manager is told once per threshold, by activity and mail."""

    def _look(self):
        """Run both crons; return what was said since, the newest last."""
        self.env.flush_all()
        self.env.invalidate_all()
        outbox = self.env["project.billing.outbox"].sudo()
        before = outbox.search([("kind", "=", "budget")])
        with self.enter_registry_test_mode():
            self.env.ref(
                "project_invoice_tracker.ir_cron_budget"
            ).method_direct_trigger()
            self.env.ref(
                "project_invoice_tracker.ir_cron_outbox"
            ).method_direct_trigger()
        self.env.invalidate_all()
        return outbox.search([("kind", "=", "budget")], order="id") - before

    def _told(self):
        return self.project.activity_ids.filtered(
            lambda activity: activity.summary and "budget is used" in activity.summary
        )

    def test_hours(self):
        """80 and 100 % once each, to the manager, by activity and mail."""
        self.project.allocated_hours = 10
        self._log(7.9)
        self.assertFalse(self._look())
        self._log(0.1)
        rows = self._look()
        self.assertEqual(rows.mapped("state"), ["done"])
        self.assertEqual(rows.message_id.notified_partner_ids, self.pm.partner_id)
        self.assertIn("08.00 h of 10.00 h".lstrip("0"), rows.message_id.body)
        self.assertEqual(self._told().user_id, self.pm)
        self.assertEqual(self._told().summary, "80 % of the budget is used")
        self.assertFalse(self._look())
        entry = self._log(5)
        self.assertEqual(len(self._look()), 1)
        self.assertEqual(len(self._told()), 2)
        # what was said is not taken back, nor said again
        entry.unit_amount = 1
        self.assertFalse(self._look())
        # a budget that is raised is another one
        self.project.allocated_hours = 11
        self.assertEqual(len(self._look()), 1)

    def test_money(self):
        """Money counts what the work is worth; the highest threshold is told alone."""
        self.project.billing_budget_amount = 200
        self._log(2)
        rows = self._look()
        self.assertEqual(len(rows), 1)
        self.assertTrue(rows.key.endswith("/100"))
        self.assertIn("200.00", rows.message_id.body)

    def test_nobody(self):
        """Nobody is told who may not read the billing, or of a budget that is gone."""
        self.project.allocated_hours = 1
        self._log(2)
        self.pm.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self.assertEqual(self._look().mapped("state"), ["skipped"])
        self.assertFalse(self._told())

    def test_thresholds(self):
        """A company chooses the percentages, or none; nonsense is refused."""
        self.company.billing_budget_alerts = ""
        self.project.allocated_hours = 1
        self._log(2)
        self.assertFalse(self._look())
        self.company.billing_budget_alerts = "150"
        self.assertEqual(self._look().payload["threshold"], 150)
        for nonsense in ("80 %", "abc", "0", "-5", "1001", "80;90"):
            with self.subTest(text=nonsense), self.assertRaises(ValidationError):
                self.company.billing_budget_alerts = nonsense

    def test_budget_rights(self):
        """A manager reads the budget; who configures billing sets it."""
        self.project.with_user(self.admin).billing_budget = 500
        self.assertEqual(self._seen().billing_budget, 500)
        with self.assertRaises(AccessError):
            self._seen().billing_budget = 600
