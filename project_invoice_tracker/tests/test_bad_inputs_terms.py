"""Bad inputs 32 to 43: terms, companies, what is archived, locked periods."""

from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .bad_inputs_common import BadInputsCommon


@tagged("post_install", "-at_install")
class TestBadTerms(BadInputsCommon):
    def test_32_retainer_without_a_price(self):
        self._refuse(
            "set a fee and how often",
            lambda: self._create_rule(kind="recurring", product_id=self.product_a.id),
        )

    def test_33_overlapping_retainers(self):
        values = {
            "kind": "recurring",
            "product_id": self.product_a.id,
            "recurring_price": 100,
            "included_hours": 5,
        }
        self._create_rule(**values)
        self._refuse(
            "include hours of the same service at the same time",
            lambda: self._create_rule(**values),
        )

    def test_34_cap_below_what_is_billed(self):
        self._log(8)
        cap = self.env["project.billing.cap"].create(
            {
                "name": "Order 1",
                "company_id": self.company.id,
                "currency_id": self.rule.currency_id.id,
                "limit_amount": 900,
                "rule_ids": [Command.set(self.rule.ids)],
            }
        )
        self._post()
        said = self._refuse(
            "Order 1 is too low", lambda: cap.write({"limit_amount": 500})
        )
        self.assertIn("800.00", said)

    def test_35_holdback_out_of_range(self):
        for share in (-5, 0, 101):
            with self.subTest(share):
                self._refuse(
                    "more than 0 and at most 100",
                    lambda s=share: self._create_rule(
                        kind="retention",
                        product_id=self.product_a.id,
                        retention_percentage=s,
                    ),
                )

    def test_36_deposit_above_the_contract(self):
        self._create_rule(
            kind="milestone", product_id=self.product_a.id, contract_amount=1000
        )
        self._refuse(
            "1,000|contract",
            lambda: self._create_rule(
                kind="advance",
                product_id=self.product_a.id,
                advance_basis="amount",
                advance_amount=1500,
                advance_consumption="at_once",
            ),
        )

    def test_37_discount_above_100(self):
        for discount in (-1, 100.5):
            self._refuse(
                "between 0 and 100",
                lambda d=discount: self.rule.write({"discount": d}),
            )

    def test_38_companies_that_do_not_match(self):
        other = self.setup_other_company(name="Abroad")["company"]
        self.env.user.company_ids |= other
        service = self.env["product.product"].create(
            {"name": "Theirs", "type": "service", "company_id": other.id}
        )
        said = self._refuse(
            "ompany|ompanies", lambda: self.rule.write({"product_id": service.id})
        )
        self.assertIn("Theirs", said)
        self._refuse(
            "ompany|ompanies", lambda: self.rule.write({"company_id": other.id})
        )

    def test_39_no_sales_journal(self):
        self._log(1)
        request = self._prepare()
        domain = [("type", "=", "sale"), ("company_id", "=", self.company.id)]
        self.env["account.journal"].search(domain).active = False
        self._refuse(f"{self.company.name} has no sales journal", request.action_submit)

    def test_40_archived_terms(self):
        """40: each is named with where to change it; see TestArchived as well."""
        self._log(1)
        request = self._prepare()
        for record, sentence in (
            (self.service, "the service Consulting of .* is archived. Activate it"),
            (self.company_data["default_tax_sale"], "the tax .* is archived. Ask"),
            (
                self.company_data["default_account_revenue"],
                "the income account .* is archived. Ask",
            ),
        ):
            with self.subTest(record):
                record.active = False
                self._refuse(sentence, request.action_submit)
                record.active = True
        request.action_submit()

    def test_41_archived_customer(self):
        self._log(1)
        request = self._prepare()
        self.partner_a.active = False
        self._refuse("the customer partner_a is archived", request.action_submit)
        self._refuse("partner_a, the customer of Website, is archived", self._prepare)

    def test_42_customer_without_what_is_required(self):
        self._log(1)
        request = self._prepare()
        self.partner_a.write({"street": False, "city": "Bern", "vat": False})
        self.partner_a.country_id = self.env.ref("base.ch")
        self.company.billing_require_address = True
        self._refuse("partner_a has no Street, which", request.action_submit)
        self.partner_a.street = "Main Street 1"
        self.company.billing_require_vat = True
        self._refuse("partner_a has no .*, which .* requires", request.action_submit)
        self.company.billing_require_vat = False
        request.action_submit()

    @freeze_time("2026-03-20")
    def test_43_locked_period(self):
        """43: before there is an invoice; the choices are in TestLockDates."""
        self._log(1)
        request = self._prepare()
        self.company.sale_lock_date = date(2026, 3, 31)
        self._refuse(
            "The period is locked until 03/31/2026; the invoice of .* would be dated "
            "04/01/2026",
            request.action_submit,
        )

    def test_58_position_without_taxes(self):
        """58: allowed, and the amounts show it."""
        self._log(1)
        position = self.env["account.fiscal.position"].create(
            {"name": "No tax", "company_id": self.company.id}
        )
        exempt = self.company_data["default_tax_sale"].copy(
            {"name": "None", "amount": 0}
        )
        exempt.fiscal_position_ids = position
        exempt.original_tax_ids = self.company_data["default_tax_sale"]
        self.partner_a.property_account_position_id = position
        request = self._prepare()
        self.assertEqual(request.fiscal_position_id, position)
        self.assertEqual((request.amount_untaxed, request.amount_tax), (100, 0))
        self.assertEqual(self._post(request).amount_total, 100)

    def test_59_deposit_above_the_rest(self):
        """59: deducted down to nothing, never below; what is left waits."""
        self._create_rule(
            kind="advance",
            product_id=self.product_a.id,
            advance_basis="amount",
            advance_amount=500,
            advance_consumption="at_once",
        )
        self._post(self._prepare())
        self._log(3)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 0)
        deposit = self.project.billing_rule_ids.filtered(
            lambda rule: rule.kind == "advance"
        )
        deposit.invalidate_recordset()
        self.assertEqual(deposit.advance_left, 200)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            request.line_ids.filtered("adjusts").write({"price_unit": -9})
