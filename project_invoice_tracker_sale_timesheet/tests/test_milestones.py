"""One biller owns each milestone (I1)."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.project_invoice_tracker.exceptions import (
    BillingError,
    NothingToBill,
    SourceClosed,
)

from .sale_common import SaleBillingCommon


@tagged("post_install", "-at_install")
class TestMilestones(SaleBillingCommon):
    """Milestones of orders are delivered by them, ours are billed when reached."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.unlink()
        cls.rule = cls._create_rule(
            kind="milestone", contract_amount=10_000.0, price_unit=0.0
        )
        cls.sold = cls._create_order(cls.sold_milestones, 10.0)

    def _items(self, milestone):
        return self.env["project.billing.item"].search(
            [("milestone_id", "=", milestone.id)]
        )

    def test_milestone_of_an_order(self):
        """It makes no item, and still counts as a share of the contract."""
        ours, sold = self._create_milestones(40, 60)
        sold.write({"sale_line_id": self.sold.id, "quantity_percentage": 0.6})
        self.assertFalse(self._items(sold))
        self.assertEqual(self._items(ours).amount, 4000.0)
        (ours | sold).write({"is_reached": True})
        self.assertEqual(self.sold.qty_delivered, 6.0)
        self.assertEqual(self._prepare().amount_untaxed, 4000.0)
        sold.sale_line_id = False
        self.assertEqual(self._items(sold).amount, 6000.0)
        self.assertEqual(self.sold.qty_delivered, 0.0)

    def test_held_milestone_is_refused(self):
        (milestone,) = self._create_milestones(100, is_reached=True)
        request = self._prepare()
        self.assertTrue(milestone.billing_held)
        with self.assertRaisesRegex(SourceClosed, request.name):
            milestone.sale_line_id = self.sold
        request.action_cancel()
        milestone.sale_line_id = self.sold
        self.assertEqual(self.sold.qty_delivered, 10.0)
        with self.assertRaises(NothingToBill):
            self._prepare()

    def test_credited_milestone(self):
        """A credit frees it; given to the order, the credit note stands (I3)."""
        (milestone,) = self._create_milestones(100, is_reached=True)
        credit = self._credit(self._post())
        milestone.sale_line_id = self.sold
        with self.assertRaises(BillingError):
            credit.button_draft()
        self.assertFalse(milestone.billing_held)

    def test_progress_of_a_milestone(self):
        self.rule.write({"kind": "progress", "progress_by": "milestone"})
        ours, sold = self._create_milestones(40, 60)
        for milestone in ours, sold:
            self.rule.report_progress(50, "2026-03-02", milestone)
        sold.sale_line_id = self.sold
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 2000.0)
        with self.assertRaisesRegex(SourceClosed, request.name):
            ours.sale_line_id = self.sold

    def test_removed_order_item(self):
        draft = self._create_order(self.sold_milestones, 10.0, confirm=False)
        (milestone,) = self._create_milestones(100, is_reached=True)
        milestone.sale_line_id = draft
        self.assertFalse(self._items(milestone))
        draft.unlink()
        self.assertEqual(self._items(milestone).amount, 10_000.0)

    def test_guards(self):
        """Nobody writes the mark, and PostgreSQL refuses two owners."""
        (milestone,) = self._create_milestones(100, is_reached=True)
        with self.assertRaises(AccessError):
            milestone.billing_held = True
        self._prepare()
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "billing request"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE project_milestone SET sale_line_id = %s WHERE id = %s",
                    self.sold.id,
                    milestone.id,
                )
            )

    def test_said_on_the_project(self):
        self._create_milestones(100, sale_line_id=self.sold.id)
        name = self.sold.order_id.name
        self.assertEqual(
            self.project.with_user(self.pm).billing_by_orders,
            f"1 milestones are billed by sales order {name}.",
        )
