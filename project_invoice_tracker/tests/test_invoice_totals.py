"""Totals: the request, its invoice and a plain invoice are equal (I2, I17)."""

from odoo import Command
from odoo.tests import tagged

from .common import BillingCommon, some

HOURS = (1 / 3, 1.27, 0.5, 2.35, 7.77)
PRICE = 95.55


@tagged("post_install", "-at_install")
class TestInvoiceTotals(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.write({"detail": "entry", "price_unit": PRICE})

    @classmethod
    def _tax(cls, name, amount, **values):
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": amount,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                **values,
            }
        )

    def _compare(self, taxes=None, hours=HOURS, **plain_values):
        """Bill some hours; compare request, invoice and a plain invoice."""
        if taxes is not None:
            self.service.taxes_id = [Command.set(taxes.ids)]
        for count in hours:
            self._log(count)
        request = self._prepare()
        totals = request.tax_totals
        move = self._invoice(request).sudo()
        draft = self._picture(move)
        plain = self._plain(move, **plain_values)
        self.assertEqual(draft, self._picture(plain), "as a draft")
        self.assertRecordValues(
            move,
            [
                {
                    "amount_untaxed": request.amount_untaxed,
                    "amount_tax": request.amount_tax,
                    "amount_total": request.amount_total,
                    "currency_id": request.currency_id.id,
                    "company_id": request.company_id.id,
                }
            ],
        )
        self.assertEqual(
            totals["total_amount_currency"], move.tax_totals["total_amount_currency"]
        )
        for line in request.line_ids:
            invoiced = line.sudo().invoice_line_id
            self.assertEqual(line.price_subtotal, invoiced.price_subtotal)
            self.assertEqual(line.price_total, invoiced.price_total)
        (move | plain).action_post()
        self.assertEqual(self._picture(move), self._picture(plain), "as posted")
        return move

    def _plain(self, move, **values):
        """Create the same invoice the way Odoo's own screen does it."""
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": move.partner_id.id,
                "currency_id": move.currency_id.id,
                "fiscal_position_id": move.fiscal_position_id.id,
                "invoice_payment_term_id": move.invoice_payment_term_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": line.name,
                            "product_id": line.product_id.id,
                            "product_uom_id": line.product_uom_id.id,
                            "quantity": line.quantity,
                            "price_unit": line.price_unit,
                            "tax_ids": [Command.set(line.tax_ids.ids)],
                            "analytic_distribution": line.analytic_distribution,
                        }
                    )
                    for line in move.invoice_line_ids
                ],
                **values,
            }
        )

    @staticmethod
    def _picture(move):
        """Return every amount of an invoice, line by line."""
        lines = sorted(
            (
                line.display_type,
                line.account_id.code,
                line.tax_line_id.name or "",
                sorted(line.tax_ids.mapped("name")),
                line.quantity if line.display_type == "product" else 0,
                str(line.date_maturity),
                round(line.amount_currency, 3),
                round(line.balance, 3),
                round(line.price_subtotal, 3),
                round(line.price_total, 3),
            )
            for line in move.line_ids
        )
        return [
            lines,
            round(move.amount_untaxed, 3),
            round(move.amount_tax, 3),
            round(move.amount_total, 3),
            round(move.amount_total_signed, 3),
        ]

    def test_tax_set_ups(self):
        """I2: excluded, included, several, on top of each other, both roundings."""
        excluded = self._tax("Excluded", 21)
        included = self._tax("Included", 20, price_include_override="tax_included")
        base = self._tax("Base", 7, include_base_amount=True, sequence=1)
        second = self._tax("Second", 13, sequence=2)
        fixed = self._tax("Fixed", 0.37, amount_type="fixed")
        cases = {
            "none": self.env["account.tax"],
            "excluded": excluded,
            "included": included,
            "several": excluded | second,
            "on top": base | second,
            "fixed": fixed | excluded,
        }
        for rounding in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = rounding
            for title, taxes in cases.items():
                with self.subTest(taxes=title, rounding=rounding):
                    self._compare(taxes)

    def test_fiscal_position(self):
        """I2: the customer's taxes, on the request already."""
        self.partner_a.property_account_position_id = self.fiscal_pos_a
        move = self._compare()
        self.assertEqual(move.fiscal_position_id, self.fiscal_pos_a)

    def test_currencies(self):
        """I2, I17: foreign currency at the invoice date's rate; 0 and 3 decimals."""
        for code, rounding, rate in (
            ("EUR", 0.01, 1.3),
            ("JPY", 1, 151.3),
            ("KWD", 0.001, 0.31),
        ):
            with self.subTest(currency=code):
                currency = self.env.ref(f"base.{code}")
                currency.write({"active": True, "rounding": rounding})
                self.env["res.currency.rate"].create(
                    {
                        "name": "2026-01-01",
                        "rate": rate,
                        "currency_id": currency.id,
                        "company_id": self.company.id,
                    }
                )
                project = self._create_project(name=code)
                rule = {"detail": "entry", "price_unit": PRICE}
                self._create_rule(project, currency_id=currency.id, **rule)
                for hours in HOURS:
                    self._log(hours, project_id=project.id)
                request = self._prepare(project)
                move = self._invoice(request).sudo()
                plain = self._plain(move)
                self.assertEqual(self._picture(move), self._picture(plain))
                self.assertEqual(move.amount_total, request.amount_total)
                self.assertEqual(move.currency_id, currency)
                (move | plain).action_post()
                self.assertEqual(self._picture(move), self._picture(plain))

    def _cash_rounding(self, strategy):
        return self.env["account.cash.rounding"].create(
            {
                "name": strategy,
                "rounding": 0.05,
                "strategy": strategy,
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
            }
        )

    def test_cash_rounding(self):
        """I2, C5: the rounding that accounting sets on the draft is Odoo's own.

        Also the one that modifies the largest tax, and on the credit note.
        """
        for strategy in ("add_invoice_line", "biggest_tax"):
            with self.subTest(strategy):
                rounding = self._cash_rounding(strategy)
                self._log(1.23)
                move = self._invoice().sudo()
                plain = self._plain(move, invoice_cash_rounding_id=rounding.id)
                move.invoice_cash_rounding_id = rounding
                self.assertEqual(self._picture(move), self._picture(plain))
                self.assertTrue(
                    move.line_ids.filtered(lambda line: line.display_type == "rounding")
                )
                (move | plain).action_post()
                self.assertEqual(self._picture(move), self._picture(plain))
                self._check_health()
                note = self._credit(move.with_user(self.accountant).sudo(False)).sudo()
                self.assertEqual(note.state, "posted")
                self.assertAlmostEqual(note.amount_total, move.amount_total)
                self._check_health()

    def test_cash_rounding_by_default(self):
        """C5: so is one that every new invoice gets."""
        for strategy in ("add_invoice_line", "biggest_tax"):
            with self.subTest(strategy):
                self.env["ir.default"].set(
                    "account.move",
                    "invoice_cash_rounding_id",
                    self._cash_rounding(strategy).id,
                )
                self._log(1.23)
                request = self._prepare()
                move = self._post(request).sudo()
                self.assertTrue(move.invoice_cash_rounding_id)
                lines = move.invoice_line_ids.filtered("billing_line_id")
                self.assertAlmostEqual(
                    sum(lines.mapped("price_total")), request.amount_total
                )
                self.assertAlmostEqual(move.amount_total * 20 % 1, 0)
                self._check_health()

    def test_other_taxes_with_cash_rounding(self):
        """C5: what somebody changes of the taxes is refused, rounding or not."""
        self._log(1.23)
        move = self._invoice()
        move.sudo().invoice_cash_rounding_id = self._cash_rounding("biggest_tax")
        tax_line, term = (
            move.sudo().line_ids.filtered(
                lambda line, kind=kind: line.display_type == kind
            )
            for kind in ("tax", "payment_term")
        )
        rows = ((tax_line, -0.02), (term, 0.02))
        move.sudo().write(
            {
                "line_ids": [
                    Command.update(
                        line.id,
                        {
                            "amount_currency": line.amount_currency + more,
                            "balance": line.balance + more,
                        },
                    )
                    for line, more in rows
                ]
            }
        )
        with self.assertRaisesRegex(Exception, "were approved"):
            move.action_post()

    def _check_health(self):
        """Assert that the daily comparison finds nothing."""
        self.env.flush_all()
        health = self.env["project.billing.health"].with_user(self.admin)
        health.action_check_all()
        found = health.search([("company_id", "=", self.company.id)])
        self.assertFalse({row.code: row.count for row in found if row.count})

    def test_early_payment_discount(self):
        """I2: with each way of taking an early discount into account."""
        for computation in ("included", "excluded", "mixed"):
            with self.subTest(computation=computation):
                self.partner_a.property_payment_term_id = self.env[
                    "account.payment.term"
                ].create(
                    {
                        "name": computation,
                        "early_discount": True,
                        "discount_percentage": 3,
                        "discount_days": 7,
                        "early_pay_discount_computation": computation,
                        "line_ids": [
                            Command.create(
                                {"value": "percent", "value_amount": 100, "nb_days": 30}
                            )
                        ],
                    }
                )
                self._compare(hours=(1.27, 2.35))

    def test_quantity_times_price_is_the_amount(self):
        """I2: every line says what was multiplied; the slices sum to the line."""
        for hours in HOURS:
            self._log(hours)
        request = self._prepare()
        for line in some(request.line_ids):
            self.assertAlmostEqual(
                line.price_subtotal,
                request.currency_id.round(line.quantity * line.price_unit),
            )
            minutes = sum(line.allocation_ids.mapped("quantity"))
            self.assertAlmostEqual(line.quantity, round(minutes / 60 + 1e-9, 2))
