"""The main job in a real browser, as each of its people."""

from datetime import date

from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestTours(BillingCommon, AccountTestInvoicingHttpCommon):
    def _open(self, record, tour, user):
        url = f"/odoo/{record._name}/{record.id}"
        self.start_tour(url, tour, login=user.login)

    def test_main_job(self):
        self._log(4.5)
        self._log(3.5, day=date(2026, 3, 3))
        self.start_tour("/odoo", "project_billing_manager_tour", login=self.pm.login)
        request = self.env["project.billing.request"].search(
            [("project_id", "=", self.project.id)]
        )
        self.assertRecordValues(
            request, [{"state": "submitted", "amount_untaxed": 650, "hours": 6}]
        )
        self._open(request, "project_billing_approver_tour", self.approver)
        self.assertEqual(request.state, "approved")
        self._open(request, "project_billing_invoice_tour", self.pm)
        move = request.invoice_id
        self.assertEqual(move.state, "draft")
        self._open(move, "project_billing_accountant_tour", self.accountant)
        self.assertEqual(move.state, "posted")
        self.assertMinutes((0, 0, 361, 120))
