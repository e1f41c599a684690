"""Reports sum to the books: per document, to the cent."""

from odoo import Command
from odoo.tests import tagged

from .common import some
from .open_amounts_common import OpenAmountsCommon


@tagged("post_install", "-at_install")
class TestReportBooks(OpenAmountsCommon):
    """What reports say of each invoice is what accounting booked."""

    def _bill(self, hours=(1, 1, 1), taxes="included", price=100.0, **values):
        """Return the draft invoice of some hours, a line for each."""
        project = self._create_project(name=taxes)
        self._create_rule(
            project,
            product_id=self.services[taxes].id,
            price_unit=price,
            detail="entry",
            **values,
        )
        for number, each in enumerate(hours):
            employee = (self.ann, self.bob)[number % 2]
            self._log(each, project_id=project.id, employee_id=employee.id)
        return project, self._invoice(self._prepare(project)).sudo()

    def assertBooked(self, *moves):
        """Assert the sums of each report for each of these documents."""
        self.env.flush_all()
        self.env.invalidate_all()
        for move in moves:
            sign = -1 if move.move_type == "out_refund" else 1
            shares = (
                self.env["project.billing.share"]
                .sudo()
                .search([("move_id", "=", move.id)])
            )
            billed = self.env["project.billing.report.billed"].search(
                [("id", "in", shares.ids)]
            )
            owned = self.env["project.billing.invoice"].search(
                [("move_id", "=", move.id)]
            )
            untaxed, digits = (
                sign * move.amount_untaxed,
                move.currency_id.decimal_places,
            )
            self.assertEqual(round(sum(billed.mapped("amount")), digits), untaxed)
            self.assertEqual(
                round(sum(owned.mapped("amount_untaxed")), digits), untaxed
            )
            own = move.company_currency_id.decimal_places
            self.assertEqual(
                round(sum(shares.mapped("amount_company")), own),
                move.amount_untaxed_signed,
            )

    def test_taxes_in_prices_rounded_per_tax(self):
        """Three lines of 82.64: 247.93 on the invoice, and in every report."""
        self.company.tax_calculation_rounding_method = "round_globally"
        project, move = self._bill()
        move.action_post()
        self.assertEqual(move.amount_untaxed, 247.93)
        self.assertBooked(move)
        self.env.invalidate_all()
        own = project.with_user(self.pm)
        self.assertEqual(own.billing_amount_used, 247.93)
        self.assertEqual(own.billing_amount_invoiced, 247.93)

    def test_taxes_in_prices_are_no_discount(self):
        """Fully billed work is realised to 100 %, and its margin has no taxes."""
        project, move = self._bill()
        move.action_post()
        self.env.flush_all()
        report = self.env["project.billing.report.billed"]
        groups = report._read_group(
            [("project_id", "=", project.id)],
            [],
            ["amount:sum", "amount_standard:sum", "realisation:avg"],
        )
        self.assertAlmostEqual(groups[0][2], 100, 1)
        self.assertAlmostEqual(groups[0][1], 247.93, 1)

    def test_generated_documents(self):
        """Both ways of rounding, currencies, credits, shared, and what was added."""
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "Five cents",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
            }
        )
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            for number, taxes in some(enumerate(self.services)):
                currency = self.currencies[number % 3]
                with self.subTest(method, taxes=taxes, currency=currency.name):
                    _project, move = self._bill(
                        (0.33, 1, 0.17), taxes, 33.33, currency_id=currency.id
                    )
                    if currency == self.company.currency_id:
                        self._add_by_hand(move, rounding)
                    move.action_post()
                    note = self._credit(
                        move.with_user(self.accountant),
                        lambda lines: lines.filtered("billing_origin_line_id")[
                            1:
                        ].unlink(),
                    ).sudo()
                    self.assertBooked(move, note)

    def _add_by_hand(self, move, rounding):
        """Let accounting add a line and round what is paid in cash."""
        self.company.billing_accounting_lines = True
        move.invoice_cash_rounding_id = rounding
        move.invoice_line_ids = [
            Command.create(
                {"name": "By hand", "quantity": 1, "price_unit": 9.99, "tax_ids": []}
            )
        ]
