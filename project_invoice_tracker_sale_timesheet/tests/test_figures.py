"""Figures of projects that both bill: what an order has is billable, and passed on."""

from odoo.tests import tagged

from .test_reinvoicing import ReinvoicingCommon


@tagged("post_install", "-at_install")
class TestFiguresOfOrders(ReinvoicingCommon):
    def test_hours_on_an_order_are_billable(self):
        """41 hours on an order and 2 of ours are 43 that are billable."""
        self._log(41, so_line=self.sold.id, is_so_line_edited=True)
        self._log(2)
        self._end()
        [row] = self.env["project.billing.utilisation"]._read_group(
            [("project_id", "=", self.project.id)],
            [],
            ["hours:sum", "hours_billable:sum", "hours_other:sum"],
        )
        self.assertEqual(row, (43, 43, 0))

    def test_costs_on_an_order_are_passed_on(self):
        self._create_bill(100, share=100, product_id=self.hosting.id)
        self.hosting.expense_policy = "no"
        self._create_bill(50, share=100, product_id=self.hosting.id)
        self._end()
        rows = self.env["project.billing.report.vendor"].search(
            [("project_id", "=", self.project.id)]
        )
        self.assertEqual(
            sorted((row.state, row.cost) for row in rows),
            [("open", 50), ("order", 100)],
        )
