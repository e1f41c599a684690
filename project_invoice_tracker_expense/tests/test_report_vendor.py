"""The report on vendor costs knows the items of expenses."""

from odoo.tests import tagged

from .test_expense import ExpenseCommon


@tagged("post_install", "-at_install")
class TestReportVendor(ExpenseCommon):
    def test_expense_is_passed_on(self):
        """119 with 19 recovered cost 100, and are billed with 12.5 %: 112.5."""
        self._create_expense(119.0)
        self.env.flush_all()
        report = self.env["project.billing.report.vendor"]
        row = report.search([("project_id", "=", self.project.id)])
        self.assertEqual(row.mapped("state"), ["open"])
        self.assertEqual((row.cost, row.amount_open), (100.0, 112.5))
        self._post()
        self.env.invalidate_all()
        self.assertEqual(row.state, "billed")
        self.assertEqual((row.amount_billed, row.amount_open), (112.5, 0))
        self.assertAlmostEqual(row.recovery, 112.5)
