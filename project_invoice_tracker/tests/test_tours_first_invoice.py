"""The administrator of an empty database, in a real browser, without developer mode."""

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

ADDON = "project_invoice_tracker"


@tagged("post_install", "-at_install")
class TestToursFirstInvoice(HttpCase):
    """From the empty cockpit to a posted invoice, and where nobody can decide."""

    def setUp(self):
        super().setUp()
        self.company = self.env.ref("base.main_company")
        self.admin = self.env.ref("base.user_admin")
        # what demo data and other tests may have left
        self.admin.write(
            {"company_ids": self.company.ids, "company_id": self.company.id}
        )
        self.company.billing_approval = False
        chart = self.env["account.chart.template"]
        if not self.company.chart_template:
            chart.try_loading("generic_coa", self.company, install_demo=False)

    def test_first_invoice(self):
        self.start_tour(
            "/odoo/billing-cockpit", "project_billing_first_invoice_tour", login="admin"
        )
        project = self.env["project.project"].search([("name", "=", "First Website")])
        request = self.env["project.billing.request"].search(
            [("project_id", "=", project.id)]
        )
        self.assertEqual(
            request.approval_ids.sorted("id").mapped("decision"),
            ["submit", "approve_rule", "invoice"],
        )
        self.assertRecordValues(
            request.invoice_id, [{"state": "posted", "amount_untaxed": 400.0}]
        )
        self.assertEqual(self.company.billing_approval, "none")

    @mute_logger("odoo.http")
    def test_nobody_decides(self):
        """The refusal opens the settings, where it is mended."""
        self.company.billing_approval = "levels"
        project = self.env["project.project"].create(
            {
                "name": "First Website",
                "partner_id": self.env["res.partner"].create({"name": "Client"}).id,
                "user_id": self.admin.id,
                "company_id": self.company.id,
                "allow_timesheets": True,
            }
        )
        self.env["project.billing.rule"].create(
            {
                "project_id": project.id,
                "kind": "time",
                "price_unit": 100,
                "date_start": "2026-01-01",
            }
        )
        self.env["account.analytic.line"].create(
            {
                "name": "Work",
                "project_id": project.id,
                "employee_id": self.admin.employee_id.id,
                "date": "2026-03-02",
                "unit_amount": 2,
            }
        )
        group = self.env.ref(f"{ADDON}.group_billing_approver")
        group.user_ids -= group.user_ids - self.admin
        request = (
            self.env["project.billing.request"]
            .with_user(self.admin)
            .prepare(project, "2026-12-31")
        )
        self.start_tour(
            f"/odoo/project.billing.request/{request.id}",
            "project_billing_nobody_decides_tour",
            login="admin",
        )
        self.assertEqual(request.state, "draft")
        self.assertEqual(self.company.billing_approval, "none")
        request.action_submit()
        self.assertEqual(request.state, "invoiced")

    def test_user_form(self):
        self.start_tour(
            f"/odoo/action-base.action_res_users/{self.admin.id}",
            "project_billing_user_form_tour",
            login="admin",
        )
