"""Rules say their price in a few words, whatever their kind."""

from odoo.tests import Form, tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestRuleTerms(BillingCommon):
    """Lists have one column for the price of every kind."""

    def test_each_kind(self):
        amount = "$\xa01,200.00"
        for values, expected in (
            ({"kind": "time", "price_unit": 1200.0}, f"{amount} per hour"),
            ({"kind": "time", "price_unit": 0.0}, "At the rates"),
            ({"kind": "cost"}, "At cost"),
            (
                {"kind": "cost", "cost_policy": "markup", "cost_markup": 12.5},
                "At cost plus 12.5 %",
            ),
            ({"kind": "progress", "contract_amount": 1200.0}, amount),
            (
                {
                    "kind": "recurring",
                    "recurring_price": 1200.0,
                    "recurring_interval": "quarter",
                },
                f"{amount} per quarter",
            ),
            (
                {
                    "kind": "recurring",
                    "recurring_price": 1200.0,
                    "included_hours": 20.0,
                },
                f"{amount} per month with 20 h",
            ),
            (
                {
                    "kind": "advance",
                    "advance_type": "hours",
                    "pack_hours": 7.5,
                    "pack_price": 1200.0,
                },
                f"7.5 h for {amount}",
            ),
            (
                {
                    "kind": "advance",
                    "advance_basis": "percentage",
                    "advance_percentage": 30.0,
                },
                "30 % of the contract",
            ),
            ({"kind": "retention", "retention_percentage": 10.0}, "10 % held back"),
            ({"kind": "manual"}, False),
        ):
            with self.subTest(**values):
                rule = self.env["project.billing.rule"].new(
                    {"project_id": self.project.id, **values}
                )
                self.assertEqual(rule.price_in_words, expected)

    def test_accounting_reads_rules(self):
        """The form of a rule shows accounting nothing that it may not read."""
        self.env["project.billing.cap"].sudo().create(
            {"name": "Order", "limit_amount": 1000.0, "rule_ids": self.rule.ids}
        )
        rule = self.rule.with_user(self.accountant)
        self.assertEqual(Form(rule).name, self.rule.name)
