"""OCA's Sale Timesheet Line Exclude: what it marks, requests do not bill either."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import NothingToBill, SourceClosed
from odoo.addons.project_invoice_tracker_sale_timesheet.tests.sale_common import (
    SaleBillingCommon,
)


@tagged("post_install", "-at_install")
class TestLineExclude(SaleBillingCommon):
    """The mark “Non-billable” of an entry, before and after it is in use."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "sale_timesheet_line_exclude.group_exclude_from_sale_order"
        )

    def _leaks(self):
        self._end()
        return self.env["project.billing.leak"].search(
            [
                ("project_id", "=", self.project.id),
                ("code", "in", ("outside", "order_taken", "order_cancelled")),
            ]
        )

    def test_marked_time_is_not_billed(self):
        """4 h of which 3 are marked, in either way: 1 h is to bill, and no leak."""
        created = self._log(2, exclude_from_sale_order=True)
        written, ours = self._log(1), self._log(1)
        self.assertEqual(self._hours(created | written | ours), 2)
        written.exclude_from_sale_order = True
        self.assertEqual(self._hours(created | written | ours), 1)
        self.assertFalse(self._leaks())
        self.assertEqual(self._prepare().amount_untaxed, 100)
        (created | written).exclude_from_sale_order = False
        # the draft takes what came back
        self.assertEqual(self._prepare().amount_untaxed, 400)

    def test_nothing_else(self):
        self._log(2, exclude_from_sale_order=True)
        with self.assertRaises(NothingToBill):
            self._prepare()

    def test_marked_time_of_an_order(self):
        """The mark takes it off the order; nobody bills it, and that is no leak."""
        self.task.sale_line_id = self._create_order()
        entry = self._log(3, task_id=self.task.id)
        self.assertOneBiller(entry, "order")
        entry.exclude_from_sale_order = True
        self._end()
        self.assertFalse(entry.so_line)
        self.assertEqual(self._hours(entry), 0)
        self.assertFalse(self._leaks())
        entry.exclude_from_sale_order = False
        self.assertOneBiller(entry, "order")

    def test_what_is_in_use_is_not_marked(self):
        entry = self._log(3)
        request = self._prepare()
        with (
            self.assertRaisesRegex(SourceClosed, request.name),
            self.env.cr.savepoint(),
        ):
            entry.exclude_from_sale_order = True
        request.action_cancel()
        entry.exclude_from_sale_order = True
        self.assertEqual(self._hours(entry), 0)

    def test_what_an_order_invoiced_is_not_marked(self):
        """OCA's own refusal stays."""
        item = self._create_order()
        entry = self._log(3, so_line=item.id, is_so_line_edited=True)
        item.order_id._create_invoices().action_post()
        self._end()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            entry.exclude_from_sale_order = True

    def test_included_hours_are_not_eaten(self):
        """What the pack covered goes back to it."""
        self.rule.allowance_rule_id = self._create_rule(
            kind="recurring",
            price_unit=0,
            product_id=self.env.ref("project_invoice_tracker.product_recurring").id,
            recurring_price=2000.0,
            recurring_interval="month",
            included_hours=10,
        )
        entry = self._log(3)
        self._end()
        items = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )
        self.assertEqual(sum(items.mapped("quantity_covered")), 180)
        entry.exclude_from_sale_order = True
        self._end()
        self.assertFalse(items.exists())

    def test_utilisation_and_health(self):
        """Marked hours are recorded and not billable; nothing is found wrong."""
        self._log(2, exclude_from_sale_order=True)
        self._log(1)
        self._end()
        [row] = self.env["project.billing.utilisation"]._read_group(
            [("project_id", "=", self.project.id)],
            [],
            ["hours:sum", "hours_billable:sum", "hours_other:sum"],
        )
        self.assertEqual(row, (3, 1, 2))

    def test_said_in_words(self):
        marked = self._log(2, exclude_from_sale_order=True)
        self.assertEqual(marked.billing_without_order, "Non-billable")
