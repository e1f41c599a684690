"""The cockpit in a real browser, as each of its readers."""

from datetime import date, timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestToursCockpit(BillingCommon, AccountTestInvoicingHttpCommon):
    """One month's work billed and late, one request that waits, work that is open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.rule.date_start = date(2025, 1, 1)
        cls.other = cls._create_project(name="Colleague", user_id=cls.other_pm.id)
        cls._create_rule(cls.other, date_start=date(2025, 1, 1))
        cls._create_rule(cls.project, kind="milestone", contract_amount=5000)
        cls._create_milestones(100, name="Go live", deadline=cls.today + timedelta(10))

    def _request_for(self, hours, day):
        self._log(hours, day)
        return self._prepare(date_to=self.today)

    def setUp(self):
        super().setUp()
        last_month = self.today.replace(day=1) - timedelta(1)
        move = self._invoice(self._request_for(3, last_month))
        move.write(
            {
                "invoice_date": last_month,
                "invoice_date_due": self.today - timedelta(1),
                "invoice_payment_term_id": False,
            }
        )
        move.action_post()
        self._invoice_in_time()
        self._request_for(2, self.today).with_user(self.pm).action_submit()
        self._log(4, self.today)
        self._log(1, self.today, project_id=self.other.id)

    def _invoice_in_time(self):
        """Have an invoice that is not late: more is unpaid than is late."""
        self._log(2, self.today, project_id=self.other.id)
        requests = self.env["project.billing.request"].with_user(self.other_pm)
        request = requests.prepare(self.other, self.today)
        request.action_submit()
        request.with_user(self.approver).action_approve()
        request.action_create_invoice()
        move = request.sudo().invoice_id
        move.invoice_date_due = self.today + timedelta(20)
        move.action_post()

    def _tour(self, name, user):
        tour = f"project_billing_cockpit_{name}_tour"
        self.start_tour("/odoo/billing-cockpit", tour, login=user.login)

    def test_manager(self):
        self._tour("manager", self.pm)

    def test_approver(self):
        self._tour("approver", self.approver)

    def test_accountant(self):
        self._tour("accountant", self.accountant)

    def test_first_page(self):
        """Whoever opens the app sees the cockpit."""
        root = self.env.ref("project_invoice_tracker.project_billing_menu_root")
        for user in (self.pm, self.approver, self.accountant):
            menus = self.env["ir.ui.menu"].with_user(user).load_web_menus(False)
            first = menus[menus[root.id]["children"][0]]
            self.assertEqual(first["actionPath"], "billing-cockpit")
            self.assertEqual(menus[root.id]["actionPath"], "billing-cockpit")
