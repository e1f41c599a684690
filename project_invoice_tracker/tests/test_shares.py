"""Shares of a contract: exact to six decimals, in equal parts, to the cent (I19)."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..exceptions import BillingError
from .test_contract import ContractCommon

THIRDS = (33.333333, 33.333333, 33.333333)


@tagged("post_install", "-at_install")
class TestShares(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(10000)

    def _shares(self):
        self.project.milestone_ids.invalidate_recordset()
        return self.project.milestone_ids.sorted("sequence").mapped(
            "billing_percentage"
        )

    def test_three_thirds_are_the_whole_contract(self):
        """33.333333 %, three times, are 3,333.33, 3,333.33 and 3,333.34."""
        milestones = self._create_milestones(*THIRDS)
        self.assertPrices(milestones, [3333.33, 3333.33, 3333.34])
        self.assertFalse(self.contract.milestones_note)
        self.env.flush_all()
        leaks = self.env["project.billing.leak"]
        self.assertFalse(leaks.search([("code", "=", "shares")]))
        milestones.is_reached = True
        self.assertEqual(self._post().amount_untaxed, 10000)

    def test_note_says_what_is_missing(self):
        """33.333 %, three times, are 99.999 %: 9,999.90 of 10,000.00."""
        milestones = self._create_milestones(33.333, 33.333, 33.333)
        self.assertPrices(milestones, [3333.3, 3333.3, 3333.3])
        note = self.contract.milestones_note
        self.assertIn("total 99.999 %", note)
        self.assertIn("9,999.90", note)
        self.env.flush_all()
        leak = self.env["project.billing.leak"].search(
            [("code", "=", "shares"), ("project_id", "=", self.project.id)]
        )
        self.assertIn("99.999 %", leak.name)

    def test_shares_above_the_contract_are_refused(self):
        """What six decimals cannot say is no reason; what they can say is."""
        milestones = self._create_milestones(33.333334, 33.333333, 33.333333)
        with self.assertRefused("100.000003"):
            milestones[1].billing_percentage = 33.333336

    def test_equal_parts_of_a_rule(self):
        milestones = self._create_milestones(50, 30, 10)
        self.contract.with_user(self.admin).action_equal_parts()
        self.assertEqual(self._shares(), [33.333333, 33.333333, 33.333334])
        self.assertPrices(milestones, [3333.33, 3333.33, 3333.34])
        with self.assertRaises(AccessError):
            self.contract.with_user(self.pm).action_equal_parts()

    def test_equal_parts_leave_what_is_billed_and_agreed(self):
        """The first is billed with 40 %, the last agreed at 1,000.00."""
        milestones = self._create_milestones(40, 10, 10, 0)
        milestones[3].write({"billing_basis": "fixed", "billing_fixed_price": 1000})
        milestones[0].is_reached = True
        self._post()
        self.contract.with_user(self.admin).action_equal_parts()
        self.assertEqual(self._shares()[:3], [40, 25, 25])
        self.assertPrices(milestones, [4000, 2500, 2500, 1000])
        milestones[1:3].is_reached = True
        self._post()
        with self.assertRaisesRegex(BillingError, "no milestone that may"):
            self.contract.with_user(self.admin).action_equal_parts()

    def test_equal_parts_of_milestones_without_a_price(self):
        milestones = self._create_milestones(0, 0, 0, billing_basis=False)
        milestones.with_user(self.admin).action_billing_equal_parts()
        self.assertPrices(milestones, [3333.33, 3333.33, 3333.34])

    def test_sixty_equal_parts(self):
        """The last takes what the others are rounded by."""
        milestones = self._create_milestones(*[0] * 60)
        self.contract.action_equal_parts()
        prices = [166.67] * 59 + [166.47]
        self.assertPrices(milestones, prices)
        self.assertNotIn("before", milestones[-1].billing_item_ids.explanation)
        milestones.is_reached = True
        self.assertEqual(self._prepare().amount_untaxed, 10000)

    def test_equal_parts_of_a_changed_contract(self):
        milestones = self._create_milestones(*THIRDS)
        milestones[0].is_reached = True
        self._post()
        self.contract.contract_amount = 10000.01
        self.assertPrices(milestones, [3333.33, 3333.34, 3333.34])

    def test_equal_parts_after_a_write_off(self):
        milestones = self._create_milestones(*THIRDS)
        milestones[0].is_reached = True
        self._post(self._lower(self._prepare(), 0.5, "write_off", "Agreed"))
        milestones[1:].is_reached = True
        self.assertEqual(self._prepare().amount_untaxed, 6666.67)

    def test_set_up_in_equal_parts(self):
        project = self._create_project(name="New")
        form = Form(
            self.env["project.billing.setup"]
            .with_user(self.admin)
            .with_context(default_project_id=project.id)
        )
        form.mode = "fixed_price"
        form.contract_amount = 10000
        form.equal_parts = 3
        self.assertEqual(form.shares, "33.333333, 33.333333, 33.333334")
        form.save().action_apply()
        milestones = project.milestone_ids.sorted("sequence")
        self.assertPrices(milestones, [3333.33, 3333.33, 3333.34])
        self.assertFalse(project.billing_rule_ids.milestones_note)

    def test_set_up_refuses_what_is_less(self):
        for shares, fine in (
            ("33.333333, 33.333333, 33.333333", True),
            ("33.333, 33.333, 33.333", False),
        ):
            setup = self.env["project.billing.setup"].create(
                {
                    "project_id": self._create_project(name=shares).id,
                    "mode": "fixed_price",
                    "contract_amount": 10000,
                    "shares": shares,
                }
            )
            if fine:
                setup.action_apply()
                continue
            with self.assertRaisesRegex(ValidationError, "total 100"):
                setup.action_apply()

    def test_progress_to_six_decimals(self):
        self.contract.active = False
        progress = self._contract(10000000, kind="progress")
        for share, day in ((33.333333, "2026-03-02"), (66.666667, "2026-03-03")):
            progress.report_progress(share, day)
        items = self.env["project.billing.item"].search(
            [("rule_id", "=", progress.id), ("progress_id", "!=", False)], order="date"
        )
        self.assertEqual(items.mapped("amount"), [3333333.3, 3333333.4])

    def test_retention_released_in_thirds(self):
        values = [
            (0, 0, {"percentage": share, "date": "2026-05-01"}) for share in THIRDS
        ]
        retention = self._create_rule(
            kind="retention", retention_percentage=10, retention_release_ids=values
        )
        self._log(10)
        self._post()
        releases = self.env["project.billing.item"].search(
            [("rule_id", "=", retention.id), ("is_adjustment", "=", False)]
        )
        self.assertEqual(sorted(releases.mapped("amount")), [33.33, 33.33, 33.34])
