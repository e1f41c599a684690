"""The leak finder in a real browser, as each of its readers."""

from datetime import date

from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestToursLeaks(BillingCommon, AccountTestInvoicingHttpCommon):
    """Old work on two projects, and an invoice that nobody posts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.date_start = date(2025, 1, 1)
        cls.other = cls._create_project(name="Colleague", user_id=cls.other_pm.id)
        cls._create_rule(cls.other, date_start=date(2025, 1, 1))
        cls.old = date(2025, 10, 1)

    def _tour(self, name, user):
        tour = f"project_billing_leak_{name}_tour"
        self.start_tour("/odoo/billing-leaks", tour, login=user.login)

    def _requests(self):
        return self.env["project.billing.request"].search(
            [("project_id", "=", self.project.id)]
        )

    def test_manager_bills(self):
        """Two entries of long ago are billed from the leak finder."""
        self._log(2, self.old)
        self._log(1, self.old)
        self._log(1, self.old, project_id=self.other.id)
        self._tour("manager", self.pm)
        self.assertRecordValues(
            self._requests(), [{"state": "submitted", "amount_untaxed": 300}]
        )

    def test_approver_assigns(self):
        """The approver asks the manager of the project to see to it."""
        self._log(3, self.old)
        self._log(1, self.old, project_id=self.other.id)
        self._tour("approver", self.approver)
        asked = self.env["mail.activity"].search([("billing_leak", "!=", False)])
        mine = asked.filtered(lambda activity: activity.res_id == self.project.id)
        self.assertRecordValues(
            mine, [{"user_id": self.pm.id, "res_model": "project.project"}]
        )
        self.assertIn("Please bill this", mine.note)
        self.assertNotIn(self.other.id, asked.mapped("res_id"))

    def test_accountant_posts(self):
        """A draft invoice that lies about is opened and posted."""
        self.company.billing_leak_invoice_days = 0
        self._log(3, self.old)
        move = self._invoice()
        self._tour("accountant", self.accountant)
        self.assertEqual(move.state, "posted")
