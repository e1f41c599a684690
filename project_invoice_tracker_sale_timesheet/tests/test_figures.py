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

    def _both(self):
        """Have 41 hours and a bill of 100 on an order, 2 hours and 50 of ours."""
        self._log(41, so_line=self.sold.id, is_so_line_edited=True)
        self._log(2)
        self._create_bill(100, share=100, product_id=self.hosting.id)
        self.hosting.expense_policy = "no"
        self._create_bill(50, share=100, product_id=self.hosting.id)
        self._end()

    def test_margin_is_of_the_same_work(self):
        """What an order bills costs 1,696.17 and 100, apart from our 82.74 and 50."""
        self._both()
        [row] = self.env["project.billing.report.margin"]._read_group(
            [("project_id", "=", self.project.id)],
            [],
            [
                "hours:sum",
                "cost_time:sum",
                "cost_other:sum",
                "cost:sum",
                "cost_elsewhere:sum",
            ],
        )
        self.assertEqual(
            [round(float(value), 2) for value in row], [2, 82.74, 50, 132.74, 1796.17]
        )

    def test_board_shows_cost_of_our_work(self):
        self._both()
        self.project.invalidate_recordset()
        self.assertAlmostEqual(self.project.billing_cost, 132.74, 2)
        # 2 hours at 100, and 50 plus 12.5 %
        self.assertAlmostEqual(self.project.billing_amount_used, 256.25, 2)
        self.assertAlmostEqual(self.project.billing_margin, 256.25 - 132.74, 2)

    def test_effective_rate_is_of_our_hours(self):
        """200 for 2 hours are 100 an hour, whatever an order bills besides."""
        self._both()
        self._invoice().action_post()
        self._end()
        [row] = self.env["project.billing.report.rate"]._read_group(
            [("project_id", "=", self.project.id)],
            [],
            ["amount:sum", "hours:sum", "effective_rate:avg"],
        )
        self.assertEqual([round(float(value), 2) for value in row], [200, 2, 100])

    def test_work_an_order_was_paid_for_stays_apart(self):
        """Taken off a paid pack: its cost is no cost of ours."""
        pack = self._create_order(self.sold_fixed, 41.0)
        entry = self._log(41, so_line=pack.id, is_so_line_edited=True)
        self._log(2)
        pack.order_id._create_invoices().action_post()
        entry.write({"so_line": False, "is_so_line_edited": True})
        self._end()
        [row] = self.env["project.billing.report.margin"]._read_group(
            [("project_id", "=", self.project.id)],
            [],
            ["hours:sum", "cost_elsewhere:sum"],
        )
        self.assertEqual([round(float(value), 2) for value in row], [2, 1696.17])

    def test_what_a_vendor_took_back_of_an_order(self):
        """The credit note of a bill that an order re-invoices is the order's, too."""
        bill = self._create_bill(100, share=100, product_id=self.hosting.id)
        self._refund(bill)
        self._end()
        rows = self.env["project.billing.report.vendor"].search(
            [("project_id", "=", self.project.id)]
        )
        self.assertEqual(
            sorted((row.state, row.cost) for row in rows),
            [("order", -100), ("order", 100)],
        )
