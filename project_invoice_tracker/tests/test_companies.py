"""Companies and branches: every document is the project's company's (I16)."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestCompanies(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"child_ids": [Command.create({"name": "Branch"})]})
        cls.cr.precommit.run()
        cls.branch = cls.company.child_ids
        cls.abroad_data = cls.setup_other_company(name="Abroad")
        cls.abroad = cls.abroad_data["company"]
        cls.abroad.currency_id = cls.env.ref("base.CHF")
        cls.env.user.company_ids |= cls.abroad | cls.branch
        cls.companies = cls.company | cls.abroad | cls.branch
        # the default company of everybody stays the first
        for user in (cls.pm, cls.approver, cls.admin, cls.accountant):
            user.company_ids = cls.companies
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.companies.ids)
        )

    def _work(self, company, **values):
        """Return a project of a company, with two hours of its own employee."""
        project = self._create_project(
            name=f"Work of {company.name}", company_id=company.id, **values
        ).with_env(self.env)
        self._create_rule(project)
        employee = self.env["hr.employee"].create(
            {"name": "Eve", "company_id": company.id}
        )
        self._log(2, project_id=project.id, employee_id=employee.id)
        return project

    def _take(self, request, user=None):
        """Take a request to its posted invoice, each actor in the first company."""
        order = (self.company | self.abroad | self.branch).ids
        as_user = lambda user: request.with_user(user).with_context(  # noqa: E731
            allowed_company_ids=order
        )
        as_user(user or self.pm).action_submit()
        as_user(self.approver).action_approve()
        as_user(user or self.pm).action_create_invoice()
        move = as_user(self.accountant).invoice_id
        move.action_post()
        return move

    def _assert_companies(self, move, company, root=None):
        """Assert that all of an invoice is its company's, or of its root (I16)."""
        root = root or company
        lines = move.line_ids
        self.assertEqual(move.company_id, company)
        self.assertEqual(lines.company_id, company)
        self.assertEqual(move.journal_id.company_id, root)
        self.assertEqual(lines.tax_ids.company_id, root)
        self.assertEqual(lines.account_id.company_ids, root)
        self.assertEqual(move.fiscal_position_id.company_id, root)
        self.assertEqual(move.currency_id, company.currency_id)
        self.assertEqual(move.state, "posted")

    def _domestic_position(self, company, tax):
        """Make a position of the company that maps its tax to another one."""
        other = tax.copy({"name": f"Mapped {company.name}", "amount": 7})
        position = self.env["account.fiscal.position"].create(
            {"name": f"Position {company.name}", "company_id": company.id}
        )
        other.write({"fiscal_position_ids": position.ids, "original_tax_ids": tax.ids})
        self.partner_a.with_company(company).property_account_position_id = position
        return position, other

    def test_each_company_its_own(self):
        """I16, C1: never the accounts of the user's company, whoever presses."""
        tax = self.abroad.account_sale_tax_id
        self.service.with_company(self.abroad).write(
            {"property_account_income_id": self.abroad_data["default_account_revenue"]}
        )
        self.service.taxes_id |= tax
        home, _home_tax = self._domestic_position(
            self.company, self.company_data["default_tax_sale"]
        )
        position, mapped = self._domestic_position(self.abroad, tax)
        for company, expected in ((self.abroad, position), (self.company, home)):
            with self.subTest(company=company.name):
                project = self._work(company)
                request = self._prepare(project)
                self.assertEqual(request.company_id, company)
                self.assertEqual(request.currency_id, company.currency_id)
                self.assertEqual(request.fiscal_position_id, expected)
                move = self._take(request)
                self._assert_companies(move, company)
                self.assertEqual(move.fiscal_position_id, expected)
        self.assertEqual(request.sudo().line_ids.tax_ids.amount, 7)
        self.assertNotEqual(request.sudo().line_ids.tax_ids, mapped)

    def test_one_run_over_companies(self):
        """I16: drafts of several companies are made in one go, each in its own."""
        self.service.taxes_id |= self.abroad.account_sale_tax_id
        projects = self._work(self.company) | self._work(self.abroad)
        requests = self._prepare(projects)
        self.assertEqual(requests.mapped("company_id"), self.company | self.abroad)
        requests.action_submit()
        requests.with_user(self.approver).action_approve()
        requests.action_create_invoice()
        for request in requests.sudo():
            move = request.invoice_id
            self.assertEqual(move.company_id, request.company_id)
            self.assertEqual(move.journal_id.company_id, request.company_id)
            self.assertEqual(move.line_ids.tax_ids.company_id, request.company_id)
            self.assertEqual(move.line_ids.account_id.company_ids, request.company_id)

    def test_daily_job_of_another_company(self):
        """I16, C1: what the calendar makes ready is the project's company's."""
        project = self._create_project(name="Care", company_id=self.abroad.id)
        rule = self._create_rule(
            project, kind="recurring", recurring_price=70, date_start=date(2026, 1, 1)
        )
        self.assertEqual(rule.company_id, self.abroad)
        root = self.env.ref("base.user_root")
        self.assertNotEqual(root.company_id, self.abroad)
        rules = self.env["project.billing.rule"].with_user(root)
        rules.with_context(allowed_company_ids=self.company.ids)._cron_follow_calendar()
        items = self.env["project.billing.item"].search([("rule_id", "=", rule.id)])
        self.assertTrue(items)
        self.assertEqual(items.company_id, self.abroad)
        self.assertEqual(items.currency_id, self.env.ref("base.CHF"))

    def test_sequence_of_the_company(self):
        """I16: a company with a number range of its own numbers its requests."""
        self.env["ir.sequence"].create(
            {
                "name": "Abroad",
                "code": "project.billing.request",
                "prefix": "CH-",
                "company_id": self.abroad.id,
            }
        )
        self.assertTrue(self._prepare(self._work(self.abroad)).name.startswith("CH-"))
        self.assertFalse(self._prepare(self._work(self.company)).name.startswith("CH"))

    def test_branch(self):
        """I16: a branch bills with the accounts, taxes and journal of its root."""
        position, _tax = self._domestic_position(
            self.company, self.company_data["default_tax_sale"]
        )
        self.partner_a.with_company(self.branch).property_account_position_id = position
        move = self._take(self._prepare(self._work(self.branch)))
        self._assert_companies(move, self.branch, self.company)
        self.assertEqual(move.amount_untaxed, 200)
        credit = self._credit(move)
        self.assertEqual(credit.company_id, self.branch)

    def test_not_in_a_company_of_the_user(self):
        """I16: who is not in the company bills nothing of it, manager or not."""
        project = self._work(self.abroad)
        self.pm.company_ids = self.company
        with self.assertRaises(AccessError):
            self._prepare(project)
        everywhere = new_test_user(
            self.env,
            "billing_admin_home",
            groups="project_invoice_tracker.group_billing_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.env["project.billing.request"].with_user(everywhere).prepare(
                project.ids
            )

    def test_foreign_companies_in_the_context(self):
        """I16: companies that a caller sends along open nothing."""
        request = self._prepare(self._work(self.abroad))
        self.pm.write({"company_ids": [Command.set(self.company.ids)]})
        hostile = request.with_user(self.pm).with_context(
            allowed_company_ids=self.companies.ids
        )
        hostile.invalidate_recordset()
        for step in (
            lambda: hostile.read(["name"]),
            hostile.action_submit,
            hostile.action_cancel,
        ):
            with self.assertRaises(AccessError):
                step()

    def test_rules_of_two_companies(self):
        """I16: a project has one company, and what belongs to another is refused."""
        project = self._work(self.abroad)
        for values in (
            {"company_id": self.company.id},
            {"product_id": self._product_of(self.company).id},
        ):
            with (
                self.subTest(values),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self._create_rule(project, **{"price_unit": 1, **values})

    def _product_of(self, company):
        return self.env["product.product"].create(
            {"name": "Theirs", "type": "service", "company_id": company.id}
        )
