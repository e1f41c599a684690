"""Changing circumstances: customers, currencies, taxes, managers, rules."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..exceptions import BillingError, SourceClosed
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestTerms(BillingCommon):
    def test_archived_rule_keeps_what_it_billed_closed(self):
        """I15: archiving the rule opens nothing that is billed."""
        entry = self._log(4)
        self._post()
        self.rule.active = False
        other = self._create_project(name="Other")
        for values in ({"unit_amount": 9}, {"project_id": other.id}):
            with self.assertRaises(SourceClosed):
                entry.write(values)
        with self.assertRaises(SourceClosed):
            entry.unlink()
        self.assertTrue(entry.readonly_timesheet)

    def test_new_customer_gets_a_new_draft(self):
        self._log(1)
        draft = self._prepare()
        self.project.partner_id = self.partner_b
        self._log(2)
        with self.assertRaisesRegex(BillingError, "Cancel it"):
            draft.collect(date(2026, 12, 31))
        second = self._prepare()
        self.assertNotEqual(second, draft)
        self.assertEqual(second.partner_id, self.partner_b)
        self.assertEqual(second.hours, 2)

    def test_one_company_and_currency_per_project(self):
        """I16, I17: rules of a project share company and currency."""
        currency = self.setup_other_currency("EUR")
        with self.assertRaisesRegex(ValidationError, "currency"):
            self._create_rule(currency_id=currency.id)

    def test_old_currency_is_not_added_to_a_new_one(self):
        """I17: what was priced in another currency is not added up."""
        request = self._prepare_manual()
        request.action_cancel()
        self.env["project.billing.rule"].search(
            [("project_id", "=", self.project.id)]
        ).currency_id = self.setup_other_currency("EUR")
        self._log(1)
        again = self._prepare()
        self.assertEqual(again.currency_id.name, "EUR")
        self.assertEqual(again.line_ids.mapped("kind"), ["time"])

    def _prepare_manual(self, **values):
        self._log(1)
        request = self._prepare()
        request.line_ids = [
            Command.create({"name": "Licence", "price_unit": 50, **values})
        ]
        return request

    def test_no_exchange_rate(self):
        """I17: without a rate there is no invoice, never a rate of 1."""
        currency = self.env["res.currency"].create(
            {"name": "XPB", "symbol": "x", "rounding": 0.01}
        )
        self.rule.currency_id = currency
        self._log(1)
        request = self._approve(self._prepare())
        with self.assertRaisesRegex(BillingError, "XPB"):
            request.action_create_invoice()
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 2.0,
            }
        )
        request.action_create_invoice()
        self.assertEqual(request.sudo().invoice_id.amount_untaxed_signed, 50)

    def test_three_decimals(self):
        """I19: prices have as many decimals as their currency."""
        currency = self.setup_other_currency("KWD", rounding=0.001)
        self.rule.unlink()
        self._create_rule(
            kind="milestone",
            product_id=self.product_a.id,
            contract_amount=145.055,
            currency_id=currency.id,
        )
        self._create_milestones(30, 70).is_reached = True
        self.assertEqual(self._prepare().amount_untaxed, 145.055)

    def test_corrected_taxes_after_sending_back(self):
        """I2: a sent-back draft has the taxes as they were corrected."""
        self._log(1)
        move = self._invoice()
        request = move.billing_request_ids
        tax = self.company_data["default_tax_sale"].copy({"amount": 7, "name": "7"})
        self.service.taxes_id = tax
        move.action_billing_send_back("Reduced tax")
        self.assertEqual(request.line_ids.tax_ids, tax)
        self.assertEqual(request.amount_tax, 7)
        self.assertEqual(self._post(request).amount_tax, 7)

    def test_manual_line_keeps_its_service(self):
        reduced = self.env["product.product"].create(
            {"name": "Hosting", "type": "service", "taxes_id": False}
        )
        request = self._prepare_manual(product_id=reduced.id)
        request.action_cancel()
        line = self._prepare().line_ids.filtered(lambda line: line.name == "Licence")
        self.assertEqual(line.product_id, reduced)
        self.assertEqual(line.product_uom_id, reduced.uom_id)
        self.assertFalse(line.tax_ids)

    def test_manual_line_billed_in_part_is_not_replaced(self):
        """I1: an edit by hand never bills more than is left."""
        request = self._prepare_manual(quantity=10)
        move = self._post(request)

        def credit_four(lines):
            licence = lines.filtered(lambda line: line.quantity == 10)
            (lines - licence).unlink()
            licence.quantity = 4

        self._credit(move, credit_four)
        rest = self._prepare().line_ids
        self.assertEqual(rest.quantity, 4)
        with self.assertRaisesRegex(BillingError, "Part of"):
            rest.quantity = 3
        rest.change_quantity(3)
        self.assertEqual(rest.quantity, 3)

    def test_manager_change_voids_requests(self):
        """I4: a new manager starts from a draft."""
        self._log(1)
        submitted = self._prepare()
        submitted.action_submit()
        self.project.user_id = self.other_pm
        self.assertEqual(submitted.sudo().state, "draft")
        with self.assertRaises(AccessError):
            submitted.with_user(self.pm).action_submit()

    def test_who_submits_does_not_approve(self):
        """I24: the new manager who submits an old draft has asked."""
        self._log(1)
        request = self._prepare()
        self.project.user_id = self.other_pm
        self.other_pm.group_ids += self.env.ref(
            "project_invoice_tracker.group_billing_approver"
        )
        request = request.with_user(self.other_pm)
        request.action_submit()
        self.assertEqual(request.user_id, self.other_pm)
        with self.assertRaisesRegex(AccessError, "your own"):
            request.action_approve()

    def test_shared_invoice_shows_ones_own_share(self):
        """I4: what a manager sees as due is the part of the own project."""
        self.partner_a.billing_one_invoice = True
        second = self._create_project(name="Shop", user_id=self.other_pm.id)
        self._create_rule(second)
        self._log(1)
        self._log(3, project_id=second.id)
        own = self._approve(self._prepare())
        others = self.env["project.billing.request"].with_user(self.other_pm)
        foreign = others.prepare(second, date(2026, 12, 31))
        foreign.action_submit()
        foreign.with_user(self.approver).action_approve()
        (own | foreign).with_user(self.admin).action_create_invoice()
        self.assertEqual(len((own | foreign).sudo().invoice_id), 1)
        own.sudo().invoice_id.with_user(self.accountant).sudo(False).action_post()
        own.invalidate_recordset()
        self.assertEqual(own.with_user(self.pm).amount_residual, 115)

    def test_bad_numbers(self):
        self._log(1)
        request = self._prepare()
        with self.assertRaises(BillingError):
            request.line_ids.change_quantity(1e30)
        with self.assertRaises(BillingError):
            self._log(1e20)
        self._log(1)
        twice = [self.project.id, self.project.id]
        self.assertEqual(request.prepare(twice, date(2026, 12, 31)), request)
