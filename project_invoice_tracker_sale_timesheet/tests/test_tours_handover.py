"""The hand-over in a real browser, on the three typical projects of sales orders."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from .handover_common import BEFORE, DAY, LATER, HandoverCommon


@tagged("post_install", "-at_install")
class TestToursHandover(HandoverCommon, AccountTestInvoicingHttpCommon):
    """Time that is ordered, hours that are prepaid, and a price in milestones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller.group_ids += cls.env.ref("project.group_project_manager")

    def _tour(self, name):
        url = f"/odoo/project.project/{self.project.id}"
        self.start_tour(
            url, f"project_billing_{name}_tour", login=self.seller.login, timeout=120
        )
        self._end()

    def test_ordered_time(self):
        """There, back by undoing, there again, and back to the order later."""
        item = self._order()
        old = self._log(9, BEFORE, task_id=self.task.id)
        new = self._log(2, DAY, task_id=self.task.id)
        later = self._log(1, LATER, task_id=self.task.id)
        later.unit_amount = 0
        self._tour("handover_time")
        move = item.order_id.invoice_ids
        self.assertEqual((move.state, move.amount_untaxed), ("draft", 810))
        self.assertBillers(ours=[new], order=[old])
        self._tour("handover_undo")
        self.assertFalse(item.order_id.invoice_ids)
        self.assertEqual(self.project.sale_line_id, item)
        self.assertBillers(order=[old, new])
        self._hand_over()
        later.unit_amount = 1
        self._tour("handover_back")
        self.assertBillers(ours=[new], order=[old, later])

    def test_prepaid_hours(self):
        item = self._order(self.sold_fixed, 10)
        item.order_id._create_invoices().action_post()
        old = self._log(6, BEFORE, task_id=self.task.id)
        self._tour("handover_pack")
        new = self._log(3, LATER, task_id=self.task.id)
        self.assertBillers(ours=[new], order=[old])

    def test_milestones(self):
        self._create_rule(kind="milestone", contract_amount=10_000.0, price_unit=0.0)
        item = self._order(self.sold_milestones, 10)
        first, second = self._create_milestones(0, 0)
        (first | second).write({"sale_line_id": item.id, "billing_basis": False})
        first.quantity_percentage = second.quantity_percentage = 0.5
        first.is_reached = True
        self.env.flush_all()
        first.reached_date = BEFORE
        self._tour("handover_steps")
        self.assertEqual(first.sale_line_id, item)
        self.assertFalse(second.sale_line_id)
        self.assertEqual(item.order_id.invoice_ids.amount_untaxed, 450)
        second.is_reached = True
        self.assertEqual(self._prepare().amount_untaxed, 450)

    def test_take_off(self):
        """Billable is taken off by somebody who was asked."""
        self._order()
        # the question itself is logged as an exception
        with mute_logger("odoo.http"):
            self._tour("take_off")
        self.assertFalse(self.project.allow_billable)
