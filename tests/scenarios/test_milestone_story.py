"""Stories of milestones, and of a request with everything on it."""

from datetime import date

from odoo import Command
from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import NothingToBill
from odoo.addons.project_invoice_tracker.tests.common import BillingCommon


@tagged("post_install", "-at_install")
class TestMilestoneStory(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_a.taxes_id = [Command.set(cls.company_data["default_tax_sale"].ids)]
        cls._create_rule(
            kind="milestone", product_id=cls.product_a.id, contract_amount=10000.01
        )

    def _reach(self, milestone):
        milestone.with_user(self.pm).is_reached = True

    def test_thirds_of_a_contract(self):
        """I19: three invoices of a third each sum to the contract, to the cent."""
        milestones = self._create_milestones(33.333, 33.333, 33.334)
        self.assertEqual(
            milestones.mapped("billing_price"), [3333.30, 3333.30, 3333.41]
        )
        self.assertEqual(self.project.billing_amount_planned, 10000.01)
        with self.assertRaises(NothingToBill):
            self._prepare()
        invoiced = 0
        for milestone in milestones:
            self._reach(milestone)
            self.project.invalidate_recordset()
            self.assertEqual(self.project.billing_amount_ready, milestone.billing_price)
            move = self._post()
            self.assertEqual(move.amount_untaxed, milestone.billing_price)
            milestone.invalidate_recordset()
            self.assertEqual(milestone.billing_state, "billed")
            invoiced += move.amount_untaxed
        self.assertAlmostEqual(invoiced, 10000.01, 2)

    def test_credited_milestone_is_billed_again(self):
        """I13: what was credited in full is ready once more, at the same price."""
        first, _second = self._create_milestones(30, 70)
        self._reach(first)
        move = self._post()
        self.assertEqual(move.amount_untaxed, 3000.0)
        self._credit(move, lambda lines: lines.write({"price_unit": 100}))
        first.invalidate_recordset()
        self.assertEqual(first.billing_state, "billed", "a rebate gives nothing back")
        self._credit(move)
        first.invalidate_recordset()
        self.assertEqual(first.billing_state, "open")
        again = self._prepare()
        self.assertEqual(again.amount_untaxed, 3000.0)

    def test_everything_on_one_request(self):
        """I2: time, a milestone and a licence typed by hand; tax of 15 %."""
        first, _second = self._create_milestones(30, 70)
        self._reach(first)
        self._log(2.25)
        self._log(0.75, day=date(2026, 3, 3))
        request = self._prepare()
        request.line_ids = [
            Command.create({"name": "Licence", "quantity": 2, "price_unit": 49.99})
        ]
        request.line_ids[-1].product_id = self.product_a
        amounts = sorted(request.line_ids.mapped("price_subtotal"))
        self.assertEqual(amounts, [99.98, 300.0, 3000.0])
        self.assertEqual(request.amount_untaxed, 3399.98)
        self.assertEqual(request.amount_tax, 510.0)
        self.assertEqual(request.amount_total, 3909.98)
        move = self._invoice(request)
        self.assertEqual(move.amount_total, 3909.98)
        licence = move.invoice_line_ids.filtered(lambda line: line.name == "Licence")
        licence.unlink()
        self.assertEqual(move.amount_untaxed, 3300.0)
        move.action_post()
        self.assertEqual(request.amount_untaxed, 3300.0)
        again = self._prepare()
        self.assertEqual(again.line_ids.mapped("name"), ["Licence"])
        self.assertEqual(again.amount_untaxed, 99.98)
        again.line_ids.unlink()
        again.action_cancel()
        with self.assertRaises(NothingToBill):
            self._prepare()
