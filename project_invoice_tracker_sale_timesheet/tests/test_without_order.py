"""Odoo calls “Non-billable” whatever has no order: what requests bill says so."""

from datetime import date

from odoo.tests import tagged

from .sale_common import SaleBillingCommon


@tagged("post_install", "-at_install")
class TestWithoutOrder(SaleBillingCommon):
    def _shown(self, entry):
        self._end()
        return entry.billing_without_order

    def test_said_of_entries(self):
        """In place of the order item: what became of the time here."""
        entry = self._log(3)
        self.assertEqual(self._shown(entry), "To bill")
        request = self._prepare()
        self.assertEqual(self._shown(entry), "In a request")
        self._invoice(request).action_post()
        self.assertEqual(self._shown(entry), "Billed")

    def test_said_of_what_nobody_bills(self):
        early = self._log(1, day=date(2020, 1, 1))
        self.assertEqual(self._shown(early), "No billing rule")
        other = self._create_project(name="Internal")
        internal = self._log(1, project_id=other.id)
        self.assertEqual(self._shown(internal), "Non-billable")

    def test_said_of_a_paid_pack(self):
        pack = self._create_order(self.sold_fixed, 3)
        entry = self._log(3, so_line=pack.id, is_so_line_edited=True)
        pack.order_id._create_invoices().action_post()
        entry.so_line = False
        self.assertIn(pack.order_id.name, self._shown(entry))

    def test_filter_of_what_is_not_billable(self):
        """Odoo's own filter leaves out what requests bill."""
        self._log(3)
        internal = self._log(
            1, project_id=self._create_project(name="Internal", allow_billable=True).id
        )
        self._end()
        arch = self.env["account.analytic.line"].get_view(
            self.env.ref("hr_timesheet.hr_timesheet_line_search").id, "search"
        )["arch"]
        self.assertIn("('billing_state', '=', False)", arch)
        found = self.env["account.analytic.line"].search(
            [
                ("timesheet_invoice_type", "=", "non_billable"),
                ("billing_state", "=", False),
                ("billing_ordered", "=", False),
            ]
        )
        self.assertIn(internal, found)
        self.assertNotIn(self.project, found.project_id)

    def test_analysis(self):
        """3 hours of requests and 2 of an order are billable, of 6 hours."""
        item = self._create_order()
        self._log(3)
        self._log(2, so_line=item.id, is_so_line_edited=True)
        self._log(1, day=date(2020, 1, 1))
        self._end()
        analysis = self.env["timesheets.analysis.report"]
        own = [("project_id", "=", self.project.id)]
        rows = analysis._read_group(
            own,
            ["timesheet_invoice_type"],
            ["billable_time:sum", "non_billable_time:sum"],
        )
        self.assertEqual(
            {kind: tuple(sums) for kind, *sums in rows},
            {
                "billing_requests": (3, 0),
                "billable_time": (2, 0),
                "non_billable": (0, 1),
            },
        )
        [ours] = analysis.search(
            [*own, ("timesheet_invoice_type", "=", "billing_requests")]
        )
        self.assertEqual(
            (ours.timesheet_invoice_type, ours.billable_time, ours.non_billable_time),
            ("billing_requests", 3, 0),
        )
        self.assertEqual(ours.billing_without_order, "To bill")
