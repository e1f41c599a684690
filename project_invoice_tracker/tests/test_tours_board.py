"""The project board in a real browser, as each of its readers."""

from datetime import date, timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestToursBoard(BillingCommon, AccountTestInvoicingHttpCommon):
    """A project over its hours with a late invoice, a calm one, one of a colleague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.rule.date_start = date(2025, 1, 1)
        # accounting and approvers see the projects that are open to everybody
        cls.project.write({"allocated_hours": 5, "privacy_visibility": "employees"})
        cls.calm = cls._create_project(name="Calm", privacy_visibility="employees")
        cls.other = cls._create_project(name="Colleague", user_id=cls.other_pm.id)
        for project in (cls.calm, cls.other):
            cls._create_rule(project, date_start=date(2025, 1, 1))

    def setUp(self):
        super().setUp()
        self._log(4, self.today)
        move = self._invoice(self._prepare(date_to=self.today))
        move.write(
            {
                "invoice_date": self.today - timedelta(3),
                "invoice_date_due": self.today - timedelta(2),
                "invoice_payment_term_id": False,
            }
        )
        move.action_post()
        self._log(2, self.today)
        self._log(1, self.today, project_id=self.calm.id)

    def _tour(self, name, user):
        tour = f"project_billing_board_{name}_tour"
        self.start_tour("/odoo/project-board", tour, login=user.login)

    def test_manager(self):
        self._tour("manager", self.pm)

    def test_approver(self):
        self._tour("approver", self.approver)

    def test_accountant(self):
        self._tour("accountant", self.accountant)
