"""A request and a sales order at once: exactly one bills (I1, I24)."""

from odoo import Command
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.exceptions import NothingToBill, SourceClosed
from odoo.addons.project_invoice_tracker.tests.concurrency_common import (
    ConcurrencyCase,
)

#: Entries that are in use of a request, and delivered or invoiced by an order.
TWICE = """
    SELECT line.id FROM account_analytic_line line
      JOIN project_billing_item item ON item.analytic_line_id = line.id
       AND item.quantity_open <> item.quantity
     WHERE line.so_line IS NOT NULL OR line.timesheet_invoice_id IS NOT NULL
"""


class TestOrdersRace(ConcurrencyCase):
    """Both write the entry's row, so that the second is repeated and finds it taken."""

    def setUp(self):
        super().setUp()
        with self._session() as env:
            env.user.group_ids |= env.ref("sales_team.group_sale_manager")
            boss = env["res.users"].browse(self.users["boss"])
            boss.group_ids |= env.ref("sales_team.group_sale_manager")
            boss.group_ids |= env.ref("account.group_account_invoice")
            boss.group_ids |= env.ref("hr_timesheet.group_timesheet_manager")
            product = env["product.product"].create(
                {
                    "name": "Sold time",
                    "type": "service",
                    "uom_id": env.ref("uom.product_uom_hour").id,
                    "list_price": 90.0,
                    "service_policy": "delivered_timesheet",
                }
            )
            order = env["sale.order"].create(
                {
                    "partner_id": self.partner_id,
                    "order_line": [
                        Command.create(
                            {"product_id": product.id, "product_uom_qty": 10}
                        )
                    ],
                }
            )
            order.action_confirm()
            env["project.project"].browse(self.project_id).allow_billable = True
            self.sold_id = order.order_line.id

    def _assert_ledger(self):
        result = super()._assert_ledger()
        with self._session() as env:
            self.assertFalse(env.execute_query(SQL(TWICE)), "both bill an entry")
        return result

    def _bill_by_order(self, env):
        """Give the entry to the order, which invoices it at once."""
        item = env["sale.order.line"].browse(self.sold_id)
        entry = env["account.analytic.line"].browse(self.entry_id)
        entry.write({"so_line": item.id, "is_so_line_edited": True})
        move = item.order_id._create_invoices()
        env.flush_all()
        return sum(move.invoice_line_ids.mapped("quantity"))

    def _sold(self):
        with self._session() as env:
            item = env["sale.order.line"].browse(self.sold_id)
            return item.qty_delivered, item.qty_invoiced

    def test_request_before_order(self):
        """What is collected meanwhile, the order neither delivers nor invoices."""
        _request, error = self._race(
            ("pm", self._prepare), ("boss", self._bill_by_order)
        )
        self.assertIsInstance(error, SourceClosed)
        self.assertEqual(self._minutes(), (0, 120, 0))
        self.assertEqual(self._sold(), (0, 0))

    def test_order_before_request(self):
        """What the order invoices meanwhile is not collected."""
        invoiced, error = self._race(
            ("boss", self._bill_by_order), ("pm", self._prepare)
        )
        self.assertEqual(invoiced, 2.0)
        self.assertIsInstance(error, NothingToBill)
        self.assertEqual(self._minutes(), (0, 0, 0))
        self.assertEqual(self._sold(), (2, 2))

    def test_release_and_order(self):
        """An order that comes too early is told who holds it, and bills later."""
        request_id = self._request()
        _done, error = self._race(
            ("pm", self._step(request_id, "action_cancel")),
            ("boss", self._bill_by_order),
        )
        self.assertIsInstance(error, SourceClosed)
        self.assertEqual(self._minutes(), (120, 0, 0))
        with self._session("boss") as env:
            self.assertEqual(self._bill_by_order(env), 2.0)
        self.assertEqual(self._minutes(), (0, 0, 0))
        self.assertEqual(self._sold(), (2, 2))

    def test_task_gets_an_order_while_collected(self):
        """An item that comes by the task stays off what is collected meanwhile."""
        with self._session() as env:
            task = env["project.task"].create(
                {
                    "name": "Design",
                    "project_id": self.project_id,
                    "partner_id": self.partner_id,
                }
            )
            entry = env["account.analytic.line"].browse(self.entry_id)
            entry.task_id = task
            task_id = task.id

        def give(env):
            env["project.task"].browse(task_id).sale_line_id = self.sold_id
            env.flush_all()
            return True

        _request, given = self._race(("pm", self._prepare), ("boss", give))
        self.assertIs(given, True)
        self.assertEqual(self._minutes(), (0, 120, 0))
        self.assertEqual(self._sold(), (0, 0))

    def test_milestone(self):
        """A milestone is collected, or given to the order, not both (I1)."""
        with self._session() as env:
            env["project.billing.rule"].create(
                {
                    "project_id": self.project_id,
                    "kind": "milestone",
                    "contract_amount": 1000,
                    "product_id": env.ref(
                        "project_invoice_tracker.product_milestone"
                    ).id,
                    "date_start": "2026-01-01",
                }
            )
            milestone = env["project.milestone"].create(
                {
                    "name": "Design",
                    "project_id": self.project_id,
                    "billing_basis": "percentage",
                    "billing_percentage": 100,
                    "is_reached": True,
                }
            )

        def give(env):
            env["project.milestone"].browse(milestone.id).sale_line_id = self.sold_id
            env.flush_all()

        _request, error = self._race(("pm", self._prepare), ("boss", give))
        self.assertIsInstance(error, SourceClosed)
        with self._session() as env:
            found = env["project.milestone"].browse(milestone.id)
            self.assertTrue(found.billing_held)
            self.assertFalse(found.sale_line_id)
