"""Billing Health stays green for every invoice that is right, to the cent."""

from datetime import date

from odoo import Command
from odoo.tests import tagged

from .health_common import HealthCommon
from .test_advance import AdvanceCommon

METHODS = ("round_per_line", "round_globally")
STEPS = (("USD", 0.01), ("JPY", 1.0), ("BHD", 0.001), ("CHF", 0.05))


@tagged("post_install", "-at_install")
class TestHealthCorrect(HealthCommon, AdvanceCommon):
    """A generated list of invoices, of which one is then changed behind our back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.included = cls.tax.copy(
            {"name": "In it", "amount": 21, "price_include_override": "tax_included"}
        )
        cls.retention_service = cls.env["product.product"].create(
            {"name": "Retention", "type": "service", "taxes_id": [Command.clear()]}
        )
        cls.steps = {}
        for code, rounding in STEPS:
            currency = cls.env["res.currency"].search(
                [("name", "=", code), ("active", "in", (True, False))]
            )
            cls.steps[code] = currency
            if currency == cls.company.currency_id:
                continue
            currency.write({"active": True, "rounding": rounding})
            cls.env["res.currency.rate"].create(
                {"currency_id": currency.id, "name": "2026-01-01", "rate": 1.7}
            )
        cls.cash_rounding = cls.env["account.cash.rounding"].create(
            {
                "name": "Five cents",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "rounding_method": "HALF-UP",
                "profit_account_id": cls.company_data["default_account_revenue"].id,
                "loss_account_id": cls.company_data["default_account_expense"].id,
            }
        )

    def _case(self, name, hours, price, tax=None, deposit=0, retained=0, **values):
        """Post an invoice of some hours at a price, less what is deducted."""
        taxes = self.tax if tax is None else tax
        cash_rounding = values.pop("cash_rounding", False)
        self.service.taxes_id = [Command.set(taxes.ids)]
        self.deposit_service.taxes_id = [Command.set(taxes.ids)]
        self.retention_service.taxes_id = [Command.set(taxes.ids)]
        project = self._create_project(name=name)
        terms = {"currency_id": values.get("currency_id", self.rule.currency_id.id)}
        if deposit:
            self._create_deposit(project=project, advance_amount=deposit, **terms)
            self._post(self._prepare(project))
        self._create_rule(project, price_unit=price, detail="entry", **values)
        if retained:
            self._create_rule(
                project,
                kind="retention",
                product_id=self.retention_service.id,
                retention_percentage=retained,
                retention_release_ids=[
                    Command.create({"percentage": 100, "date": date(2027, 3, 1)})
                ],
                **terms,
            )
        for position, each in enumerate(hours, 1):
            self._log(each, date(2026, 3, position), project_id=project.id)
        move = self._invoice(self._prepare(project))
        if cash_rounding:
            move.invoice_cash_rounding_id = self.cash_rounding
        move.action_post()
        return move

    def _cases(self):
        """Post what is ordinary, once with each way of rounding."""
        none = self.env["account.tax"]
        for method in METHODS:
            self.company.tax_calculation_rounding_method = method
            self._case("half a cent", (0.5,), 1.01, deposit=0.51)
            self._case("thirds", (1 / 3,) * 3, 33.35, deposit=1000)
            self._case("included", (1 / 3,) * 3, 100.5, self.included)
            self._case("many", (0.17,) * 9, 1.01, deposit=1000)
            self._case("in all", (0.17,) * 9, 1.01, self.included, deposit=1000)
            self._case("in it", (0.5, 0.33), 77.77, self.included, deposit=1000)
            self._case("off", (0.33,) * 3, 100.5, discount=12.5)
            self._case("back", (0.33,) * 3, 100.5, retained=7.5)
            self._case("all", (0.33, 0.17), 100.5, none, deposit=9, retained=5)
            self._case("cash", (0.33,) * 2, 100.5, cash_rounding=True)
            for code, currency in self.steps.items():
                self._case(
                    code, (0.33,) * 3, 100.5, currency_id=currency.id, retained=10
                )
                self._case(
                    code, (0.33,) * 3, 10.1, currency_id=currency.id, deposit=5000
                )

    def test_correct_invoices_are_green(self):
        """0.5 h x 1.01 covered by a deposit, and what else is ordinary."""
        self._cases()
        self.assertEqual(self._check(), {})

    def test_a_changed_cent_is_found(self):
        """A cent more on a line that is rounded per tax, or deducted, is red."""
        for method in METHODS:
            self.company.tax_calculation_rounding_method = method
            move = self._case(f"cent {method}", (0.33,) * 3, 100.5, deposit=20)
            self.assertEqual(self._check(), {})
            lines = move.sudo().invoice_line_ids.filtered("billing_line_id")
            for line in lines[0] | lines[-1]:
                self._run(
                    "UPDATE account_move_line SET price_subtotal = price_subtotal"
                    " + 0.01 WHERE id = %s",
                    line.id,
                )
                self.assertEqual(set(self._check()), {"invoice_lines", "posted"})
                self._run(
                    "UPDATE account_move_line SET price_subtotal = price_subtotal"
                    " - 0.01 WHERE id = %s",
                    line.id,
                )
            slice_ = lines.billing_line_id.allocation_ids.filtered(
                lambda part: part.item_id.unit == "amount"
            )[:1]
            self._run(
                "UPDATE project_billing_allocation SET quantity = quantity - 0.01"
                " WHERE id = %s",
                slice_.id,
            )
            self.assertIn("invoice_slices", self._check())
            self._run(
                "UPDATE project_billing_allocation SET quantity = quantity + 0.01"
                " WHERE id = %s",
                slice_.id,
            )
