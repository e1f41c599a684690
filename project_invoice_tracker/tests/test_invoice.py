"""Invoices: what is on them, what closes them, and how they move the ledger."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..exceptions import BillingError
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestInvoice(BillingCommon):
    def test_main_job(self):
        """A manager without accounting rights gets an invoice that accounting posts."""
        self._create_rule(
            kind="milestone", product_id=self.product_a.id, contract_amount=1000
        )
        milestones = self._create_milestones(30, 70)
        milestones[0].is_reached = True
        self._log(4.5)
        move = self._invoice()
        self.assertRecordValues(
            move,
            [
                {
                    "state": "draft",
                    "move_type": "out_invoice",
                    "partner_id": self.partner_a.id,
                    "invoice_payment_term_id": self.pay_terms_a.id,
                    "amount_untaxed": 750.0,
                }
            ],
        )
        sections = move.invoice_line_ids.filtered(
            lambda line: line.display_type == "line_section"
        )
        self.assertEqual(len(sections), 2, "one for the time, one for the rest")
        lines = move.invoice_line_ids - sections
        self.assertRecordValues(
            lines,
            [
                {"quantity": 4.5, "price_unit": 100.0, "price_subtotal": 450.0},
                {"quantity": 1.0, "price_unit": 300.0, "price_subtotal": 300.0},
            ],
        )
        self.assertEqual(
            lines[0].analytic_distribution,
            self.project._get_analytic_distribution(),
        )
        self.assertMinutes((1, 271, 0, 0))
        move.action_post()
        self.assertMinutes((1, 0, 271, 0))
        request = move.billing_request_ids
        self.assertEqual(request.with_user(self.pm).invoice_state, "posted")
        self.assertEqual(request.amount_total, move.amount_total)

    def test_reset_cancel_restore(self):
        """I14: the ledger follows the invoice through all its states."""
        self._log(2)
        move = self._post()
        move.button_draft()
        self.assertMinutes((0, 120, 0, 0))
        move.button_cancel()
        self.assertMinutes((120, 0, 0, 0))
        request = move.billing_request_ids
        self.assertEqual(request.state, "cancelled")
        move.button_draft()
        self.assertMinutes((0, 120, 0, 0))
        self.assertEqual(request.state, "invoiced")
        move.action_post()
        self.assertMinutes((0, 0, 120, 0))

    def test_restore_refused_when_billed_again(self):
        self._log(2)
        move = self._invoice()
        move.button_cancel()
        again = self._prepare()
        with self.assertRaisesRegex(BillingError, again.name):
            move.button_draft()
        self.assertMinutes((0, 120, 0, 0))

    def test_services_get_the_tax_of_a_new_chart(self):
        """Installed in one go, our services exist before the taxes do."""
        service = self.env["project.billing.kind"]._default_products()[:1]
        service.taxes_id = False
        other = self.setup_other_company()["company"]
        taxes_sudo = service.sudo().taxes_id  # sudo: of another company
        self.assertEqual(
            taxes_sudo._filter_taxes_by_company(other),
            other.account_sale_tax_id,
        )

    def test_line_removed_while_cancelled(self):
        """I14: what was removed from a cancelled invoice stays free."""
        self.rule.detail = "person"
        ann, bob = self._log(2), self._log(3, employee_id=self.bob.id)
        move = self._invoice()
        move.button_cancel()
        move.invoice_line_ids.filtered(lambda line: line.quantity == 2).unlink()
        move.button_draft()
        self.assertMinutes((120, 0, 0, 0), ann)
        self.assertMinutes((0, 180, 0, 0), bob)
        move.action_post()

    def test_delete_draft(self):
        """I14: a deleted draft frees all its work and tells the requester."""
        self._log(2)
        move = self._invoice()
        request = move.billing_request_ids
        move.unlink()
        self.assertMinutes((120, 0, 0, 0))
        self.assertEqual(request.state, "cancelled")
        self.assertIn(self.pm.partner_id, request.message_ids.notified_partner_ids)

    def test_remove_a_draft_line(self):
        """I14: a removed line frees exactly its work."""
        self.rule.detail = "person"
        ann, bob = self._log(2), self._log(3, employee_id=self.bob.id)
        move = self._invoice()
        request = move.billing_request_ids
        move.invoice_line_ids.filtered(lambda line: line.quantity == 2).unlink()
        self.assertMinutes((120, 0, 0, 0), ann)
        self.assertMinutes((0, 180, 0, 0), bob)
        self.assertEqual(request.amount_untaxed, 300)
        move.action_post()
        self.assertMinutes((0, 0, 180, 0), bob)
        self.assertEqual(self._prepare().hours, 2.0)

    def test_closed_on_the_draft(self):
        """I15: quantity, price, service and customer stay as approved."""
        self._log(2)
        move = self._invoice()
        line = move.invoice_line_ids
        for change in (
            lambda: line.write({"quantity": 5}),
            lambda: line.write({"price_unit": 1}),
            lambda: line.write({"discount": 10}),
            lambda: line.write({"product_id": self.product_b.id}),
            lambda: move.write(
                {"invoice_line_ids": [Command.update(line.id, {"quantity": 1})]}
            ),
            lambda: move.write({"partner_id": self.partner_b.id}),
        ):
            with self.assertRaises(BillingError):
                change()
        with self.assertRaises(BillingError):
            move.action_switch_move_type()
        line.name = "Clearer text"
        move.invoice_date = "2026-04-01"
        move.action_post()
        self.assertEqual(line.name, "Clearer text")

    def test_links_cannot_be_forged(self):
        """I3: nobody but the engine links an invoice to a request."""
        self._log(2)
        move = self._invoice()
        billing_line = move.invoice_line_ids.billing_line_id
        values = {
            "move_type": "out_invoice",
            "partner_id": self.partner_a.id,
            "invoice_line_ids": [
                Command.create(
                    {"name": "x", "price_unit": 1, "billing_line_id": billing_line.id}
                )
            ],
        }
        AccountMove = self.env["account.move"].with_user(self.accountant)
        with self.assertRaises(AccessError):
            AccountMove.create(values)
        with self.assertRaises(AccessError):
            AccountMove.with_context(default_billing_tracked=True).create(
                {"move_type": "out_invoice"}
            )
        with self.assertRaises(AccessError):
            move.billing_tracked = False
        with self.assertRaises(AccessError):
            move.invoice_line_ids.billing_line_id = False

    def test_changed_taxes_are_not_posted(self):
        self._log(2)
        move = self._invoice()
        move.invoice_line_ids.tax_ids = self.tax_sale_b.copy({"amount": 7})
        with self.assertRaisesRegex(BillingError, "taxes"):
            move.action_post()
        self.assertMinutes((0, 120, 0, 0))

    def test_send_back(self):
        self._log(2)
        move = self._invoice()
        request = move.billing_request_ids
        with self.assertRaisesRegex(BillingError, "why"):
            move.action_billing_send_back("")
        with self.assertRaises(AccessError):
            move.with_user(self.pm).action_billing_send_back("no")
        move.action_billing_send_back("Wrong month")
        self.assertFalse(move.exists())
        self.assertEqual(request.state, "draft")
        self.assertMinutes((0, 120, 0, 0))
        self.assertFalse(request.approval_ids.filtered("valid"))
        self._post(request)
        self.assertMinutes((0, 0, 120, 0))

    def test_one_invoice_for_several_projects(self):
        self.partner_a.billing_one_invoice = True
        second = self._create_project(name="Shop")
        self._create_rule(second)
        self._log(2)
        self._log(3, project_id=second.id)
        requests = self._prepare(self.project | second)
        self._approve(requests)
        requests.with_user(self.pm).action_create_invoice()
        move = requests.sudo().invoice_id
        self.assertEqual(len(move), 1)
        self.assertEqual(
            move.invoice_line_ids.mapped("display_type"),
            ["line_section", "product", "line_section", "product"],
        )
        self.assertEqual(move.invoice_line_ids[0].name, "Website")
        self.assertEqual(move.amount_untaxed, 500)

    def test_shared_invoice_without_the_lines_of_one(self):
        self.partner_a.billing_one_invoice = True
        second = self._create_project(name="Shop")
        self._create_rule(second)
        self._log(2)
        self._log(3, project_id=second.id)
        requests = self._prepare(self.project | second)
        self._approve(requests).action_create_invoice()
        move = requests.sudo().invoice_id.with_user(self.accountant).sudo(False)
        move.invoice_line_ids.filtered(lambda line: line.quantity == 2).unlink()
        self.assertEqual(requests.mapped("state"), ["cancelled", "invoiced"])
        move.button_cancel()
        move.button_draft()
        self.assertEqual(requests.mapped("state"), ["cancelled", "invoiced"])
        move.action_billing_send_back("Again")
        self.assertEqual(requests.mapped("state"), ["cancelled", "draft"])

    def test_automatic_invoice(self):
        self.company.billing_invoice_on_approval = True
        self._log(2)
        request = self._approve(self._prepare())
        self.assertEqual(request.state, "invoiced")
        self.assertEqual(request.sudo().invoice_id.state, "draft")

    def test_fiscal_position_and_included_tax(self):
        """I2: the request's totals are the invoice's."""
        self.partner_a.property_account_position_id = self.fiscal_pos_a
        self._log(1 / 3)
        self._log(1.27)
        request = self._prepare()
        self.assertEqual(
            request.line_ids.tax_ids,
            self.fiscal_pos_a.map_tax(self.company_data["default_tax_sale"]),
        )
        move = self._post(request)
        self.assertRecordValues(
            move,
            [
                {
                    "fiscal_position_id": self.fiscal_pos_a.id,
                    "amount_untaxed": request.amount_untaxed,
                    "amount_tax": request.amount_tax,
                    "amount_total": request.amount_total,
                }
            ],
        )

    def test_duplicate_has_no_link(self):
        """I1: a duplicated invoice bills nothing."""
        self._log(2)
        move = self._post()
        copy = move.copy()
        self.assertFalse(copy.billing_tracked)
        self.assertFalse(copy.invoice_line_ids.billing_line_id)

    def test_manager_needs_no_accounting_right(self):
        """I7: the manager can neither read nor post the invoice."""
        self._log(2)
        move = self._invoice()
        with self.assertRaises(AccessError):
            move.with_user(self.pm).read(["amount_total"])
        with self.assertRaises(UserError):
            move.with_user(self.pm).action_post()
