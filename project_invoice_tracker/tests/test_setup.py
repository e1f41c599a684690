"""The chooser on a project's billing tab: one choice makes sensible rules."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..exceptions import BillingError
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestSetup(BillingCommon):
    def setUp(self):
        super().setUp()
        self.bare = self._create_project(name="Bare")

    def _set_up(self, mode, **values):
        """Fill the chooser like a billing manager does; return the rules."""
        setup = self.env["project.billing.setup"].with_user(self.admin)
        form = Form(setup.with_context(default_project_id=self.bare.id))
        form.mode = mode
        form.date_start = "2026-03-01"
        for name, value in values.items():
            form[name] = value
        form.save().action_apply()
        return self.bare.billing_rule_ids

    def test_time_and_material(self):
        rules = self._set_up("time_material", hourly_rate=120, cost_markup=10)
        self.assertEqual(rules.mapped("kind"), ["time", "cost"])
        self.assertEqual(rules[0].price_unit, 120)
        self.assertEqual((rules[1].cost_policy, rules[1].cost_markup), ("markup", 10))
        self._log(2, project_id=self.bare.id)
        self.assertEqual(self._prepare(self.bare).amount_untaxed, 240)

    def test_fixed_price(self):
        rules = self._set_up("fixed_price", contract_amount=1000, shares="30, 40, 30")
        self.assertEqual(rules.mapped("kind"), ["milestone"])
        milestones = self.bare.milestone_ids.sorted("sequence")
        self.assertEqual(milestones.mapped("billing_percentage"), [30, 40, 30])
        milestones[0].is_reached = True
        self.assertEqual(self._prepare(self.bare).amount_untaxed, 300)

    def test_retainer(self):
        rules = self._set_up(
            "retainer", recurring_price=2000, included_hours=20, hourly_rate=120
        )
        self.assertEqual(rules.mapped("kind"), ["recurring", "time"])
        self.assertEqual(rules[1].allowance_rule_id, rules[0])

    def test_prepaid(self):
        rules = self._set_up("prepaid", pack_hours=50, pack_price=5000, hourly_rate=120)
        self.assertEqual(rules.mapped("kind"), ["advance", "time"])
        self.assertEqual(rules[1].allowance_rule_id, rules[0])

    def test_mixed(self):
        rules = self._set_up(
            "mixed", contract_amount=1000, contract_by="progress", hourly_rate=90
        )
        self.assertEqual(rules.mapped("kind"), ["progress", "time", "cost"])

    def test_refusals(self):
        for mode, values, error, word in (
            ("retainer", {"recurring_price": -1}, ValidationError, "fee"),
            (
                "fixed_price",
                {"contract_amount": 10, "shares": "50, 40"},
                ValidationError,
                "total 100",
            ),
            (
                "fixed_price",
                {"contract_amount": 10, "shares": "a, b"},
                ValidationError,
                "total 100",
            ),
            (
                "mixed",
                {"with_time": False, "with_costs": False, "with_contract": False},
                BillingError,
                "Bare",
            ),
        ):
            with (
                self.subTest(word=word),
                self.assertRaises(error) as refused,
                self.env.cr.savepoint(),
            ):
                self._set_up(mode, **values)
            self.assertIn(word, str(refused.exception))
        with self.assertRaises(AccessError):
            self.bare.with_user(self.pm).action_billing_set_up()
        self.assertFalse(self.bare.billing_rule_ids)
