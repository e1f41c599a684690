"""Who presses the button, in which company, and what happens to people (I16, I31)."""

from datetime import date

from psycopg2.errors import ForeignKeyViolation, RestrictViolation

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import BillingError
from odoo.addons.project_invoice_tracker.tests.common import BillingCommon


@tagged("post_install", "-at_install")
class TestPeopleStory(BillingCommon):
    def test_everybody_is_billed_whoever_presses(self):
        """I32: a manager who may read only own time bills the whole team's."""
        self.pm.group_ids += self.env.ref("hr_timesheet.group_hr_timesheet_user")
        entries = self._log(2) | self._log(3, employee_id=self.bob.id)
        lines = self.env["account.analytic.line"].with_user(self.pm)
        self.assertFalse(lines.search([("id", "in", entries.ids)]))
        request = self._prepare()
        self.assertEqual(request.hours, 5)
        by_boss = self._create_project(name="Same", user_id=self.admin.id)
        self._create_rule(by_boss)
        for hours, person in ((2, self.ann), (3, self.bob)):
            self._log(hours, project_id=by_boss.id, employee_id=person.id)
        requests = self.env["project.billing.request"].with_user(self.admin)
        self.assertEqual(requests.prepare(by_boss, date(2026, 12, 31)).hours, 5)

    def test_nobody_posts_but_accounting(self):
        """I7: from the time entry to the draft, nothing of ours posts."""
        self.company.billing_invoice_on_approval = True
        self._log(2)
        request = self._approve(self._prepare())
        move = request.sudo().invoice_id
        self.assertEqual(move.state, "draft")
        for user in (self.pm, self.approver, self.admin):
            with self.assertRaises(UserError):
                move.with_user(user).action_post()
        move.with_user(self.accountant).action_post()

    def test_archived_and_gone(self):
        """I31: what is archived or deleted changes no line and blocks nobody."""
        task = self.env["project.task"].create(
            {"name": "Design", "project_id": self.project.id}
        )
        self.rule.detail = "task_person"
        self._log(2, task_id=task.id)
        self._log(3, employee_id=self.bob.id)
        move = self._post()
        lines = move.invoice_line_ids.mapped(lambda line: (line.name, line.quantity))
        request = move.billing_request_ids
        content = request._fingerprints()
        self.bob.active = False
        task.active = False
        self.service.active = False
        task.name = "Renamed"
        self.project.active = False
        self.env.invalidate_all()
        self.assertEqual(
            move.invoice_line_ids.mapped(lambda line: (line.name, line.quantity)), lines
        )
        self.assertEqual(request._fingerprints(), content)
        # the customer's name is on the paper of what is not posted yet
        self.partner_a.name = "New name"
        self.assertEqual(
            move.invoice_line_ids.mapped(lambda line: (line.name, line.quantity)), lines
        )
        self.assertMinutes((0, 0, 300, 0))
        self.assertTrue(request.line_ids.explain())
        self.project.active = True
        for record in (self.ann, task, self.project, self.service, self.partner_a):
            with self.subTest(record=record._name):
                self._try_to_delete(record)
                self.assertMinutes((0, 0, 300, 0))
        self._credit(move)
        self.assertMinutes((300, 0, 0, 0))

    def _try_to_delete(self, record):
        """Delete what may be deleted; a refusal is a sentence for people."""
        try:
            with self.env.cr.savepoint():
                record.unlink()
                self.env.flush_all()
                raise UserError("undo")
        except (UserError, RedirectWarning, ForeignKeyViolation, RestrictViolation):
            # Odoo itself turns the violation into a sentence
            self.env.invalidate_all()

    def test_merged_customers(self):
        """I31: the customer is merged away; requests and invoices follow."""
        self._log(2)
        request = self._approve(self._prepare())
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        twin = self.env["res.partner"].create({"name": "Twin"})
        self.env.flush_all()
        wizard._merge([self.partner_a.id, twin.id], twin)
        self.env.invalidate_all()
        self.assertEqual(request.partner_id, twin)
        # what was approved was for somebody else: it is asked for again
        self.assertEqual(request.state, "draft")
        self.assertIn("Twin", request.changes_html)
        with self.assertRaisesRegex(BillingError, "draft"):
            request.with_user(self.pm).action_create_invoice()
        move = self._post(request)
        self.assertEqual(move.partner_id, twin)
        self.assertMinutes((0, 0, 120, 0))

    def test_two_companies(self):
        """I16: everything is of the project's company, whoever presses the button."""
        data = self.setup_other_company()
        company = data["company"]
        self.env.user.company_ids |= company
        self.pm.company_ids |= company
        self.approver.company_ids |= company
        project = self._create_project(name="Abroad", company_id=company.id)
        env = self.env(context={"allowed_company_ids": company.ids})
        person = env["hr.employee"].create({"name": "C", "company_id": company.id})
        env["project.billing.rule"].create(
            {
                "project_id": project.id,
                "product_id": self.env.ref("project_invoice_tracker.product_time").id,
                "price_unit": 100,
                "date_start": "2026-01-01",
            }
        )
        self._log(2, project_id=project.id, employee_id=person.id)
        self._log(1)
        both = (self.company | company).ids
        requests = self.env["project.billing.request"].with_user(self.pm)
        requests = requests.with_context(allowed_company_ids=both)
        made = requests.prepare(self.project | project, date(2026, 12, 31))
        self.assertEqual(len(made), 2)
        made.action_submit()
        made.with_user(self.approver).action_approve()
        made.action_create_invoice()
        for request in made.sudo():
            move = request.invoice_id
            home = request.project_id.company_id
            self.assertEqual(move.company_id, home)
            self.assertEqual(move.journal_id.company_id, home)
            self.assertEqual(request.line_ids.tax_ids.company_id, home)
            self.assertIn(home, move.line_ids.account_id.company_ids)
        with self.assertRaises(AccessError):
            self.env["project.billing.request"].with_user(self.other_pm).prepare(
                project, date(2026, 12, 31)
            )

    def test_no_approval_of_own_work(self):
        """I24: neither who asked nor who edited last approves."""
        self.pm.group_ids += self.env.ref(
            "project_invoice_tracker.group_billing_approver"
        )
        self.admin.group_ids += self.pm.group_ids
        self._log(1)
        request = self._prepare()
        edited = request.with_user(self.admin)
        edited.write(
            {"line_ids": [Command.update(request.line_ids.id, {"name": "Clearer"})]}
        )
        request.action_submit()
        for user in (self.pm, self.admin):
            with self.assertRaises(AccessError):
                request.with_user(user).action_approve()
        request.with_user(self.approver).action_approve()
