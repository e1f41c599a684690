"""Taxes, accounts and analytic accounts of a line are those of an invoice by hand."""

from odoo import Command
from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestServiceTerms(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_15 = cls.env["account.tax"].create(
            {"name": "15", "amount": 15, "type_tax_use": "sale"}
        )
        cls.service.taxes_id = [Command.set(cls.tax_15.ids)]
        cls.rule.price_unit = 1000
        cls.home = cls.env.ref("base.us")
        cls.abroad = cls.env.ref("base.ch")

    def _export(self):
        """Map 15 % to 0 % for who is served abroad, by itself."""
        position = self.env["account.fiscal.position"].create(
            {"name": "Export", "auto_apply": True, "country_id": self.abroad.id}
        )
        self.env["account.tax"].create(
            {
                "name": "0 % export",
                "amount": 0,
                "type_tax_use": "sale",
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(self.tax_15.id)],
            }
        )
        return position

    def _delivered_to(self, country):
        self.partner_a.country_id = self.home
        return self.env["res.partner"].create(
            {
                "name": "Plant",
                "type": "delivery",
                "parent_id": self.partner_a.id,
                "country_id": country.id,
            }
        )

    # === DELIVERY ADDRESS ===

    def test_delivery_contact_abroad(self):
        """C1: a US customer who is served abroad pays 0.00 of tax, not 150.00."""
        position = self._export()
        plant = self._delivered_to(self.abroad)
        self._log(1)
        request = self._prepare()
        self.assertEqual(request.fiscal_position_id, position)
        self.assertEqual(request.amount_tax, 0)
        move = self._post(request)
        self.assertEqual(move.amount_tax, 0)
        self.assertEqual(move.partner_shipping_id, plant)

    def test_delivery_contact_moves(self):
        """C1: another country of the delivery contact voids what was approved."""
        self._export()
        plant = self._delivered_to(self.home)
        self._log(1)
        request = self._approve(self._prepare())
        self.assertEqual(request.amount_tax, 150)
        plant.country_id = self.abroad
        self.assertEqual(request.state, "draft")
        self.assertEqual(self._post(request).amount_tax, 0)

    def test_delivery_contact_is_added(self):
        """C1: so does a delivery contact that was not there."""
        self._export()
        self.partner_a.country_id = self.home
        self._log(1)
        request = self._approve(self._prepare())
        self._delivered_to(self.abroad)
        self.assertEqual(request.state, "draft")

    def test_delivery_contact_stays(self):
        """C1: another phone of the delivery contact changes nothing."""
        plant = self._delivered_to(self.home)
        self._log(1)
        request = self._approve(self._prepare())
        plant.phone = "1"
        self.assertEqual(request.state, "approved")
        request.with_user(self.pm).action_create_invoice()
        self.assertEqual(request.state, "invoiced")

    # === TAXES OF THE ACCOUNT ===

    def test_taxes_of_the_income_account(self):
        """C2: a service without taxes has those of its income account."""
        account = self.company_data["default_account_revenue"].copy()
        account.tax_ids = [Command.set(self.tax_15.ids)]
        self.service.write(
            {"taxes_id": [Command.clear()], "property_account_income_id": account.id}
        )
        self.rule.price_unit = 100
        self._log(1)
        request = self._prepare()
        self.assertEqual(request.line_ids.tax_ids, self.tax_15)
        self.assertEqual(request.amount_tax, 15)
        move = self._post(request)
        self.assertEqual(move.amount_tax, 15)

    def test_taxes_of_the_account_change(self):
        """C2: other taxes of the account void what was approved."""
        account = self.company_data["default_account_revenue"].copy()
        account.tax_ids = [Command.set(self.tax_15.ids)]
        self.service.write(
            {"taxes_id": [Command.clear()], "property_account_income_id": account.id}
        )
        self._log(1)
        request = self._approve(self._prepare())
        account.tax_ids = [Command.clear()]
        self.assertEqual(request.state, "draft")
        self.assertEqual(self._post(request).amount_tax, 0)

    def test_purchase_taxes_of_the_account_do_not_count(self):
        """C2: only taxes of sales."""
        account = self.company_data["default_account_revenue"].copy()
        account.tax_ids = [Command.set(self.company_data["default_tax_purchase"].ids)]
        self.service.write(
            {"taxes_id": [Command.clear()], "property_account_income_id": account.id}
        )
        self._log(1)
        self.assertFalse(self._prepare().line_ids.tax_ids)

    # === ANALYTIC ===

    def test_analytic_models_beside_the_project(self):
        """C3: a mandatory plan is filled by its model; the project keeps its own."""
        plan = self.env["account.analytic.plan"].create(
            {
                "name": "Departments",
                "applicability_ids": [
                    Command.create(
                        {"business_domain": "invoice", "applicability": "mandatory"}
                    )
                ],
            }
        )
        north, south = self.env["account.analytic.account"].create(
            [{"name": name, "plan_id": plan.id} for name in ("North", "South")]
        )
        self.env["account.analytic.distribution.model"].create(
            {
                "partner_id": self.partner_a.id,
                "analytic_distribution": {str(north.id): 60, str(south.id): 40},
            }
        )
        self._log(1)
        move = self._invoice()
        own = self.project.account_id
        line = move.sudo().invoice_line_ids.filtered("billing_line_id")
        self.assertEqual(
            line.analytic_distribution,
            {str(own.id): 100, str(north.id): 60, str(south.id): 40},
        )
        move.with_context(validate_analytic=True).action_post()
        self.assertEqual(move.state, "posted")

    def test_the_project_goes_before_the_model(self):
        """C3: a model of the project's own plan does not book it twice."""
        other = self.env["account.analytic.account"].create(
            {"name": "Other", "plan_id": self.project.account_id.plan_id.id}
        )
        self.env["account.analytic.distribution.model"].create(
            {
                "product_id": self.service.id,
                "analytic_distribution": {str(other.id): 100},
            }
        )
        self._log(1)
        line = self._post().sudo().invoice_line_ids.filtered("billing_line_id")
        own = self.project.account_id
        self.assertEqual(line.analytic_distribution, {str(own.id): 100})
