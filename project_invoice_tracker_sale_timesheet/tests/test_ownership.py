"""One biller owns each time entry, in whichever order both come (I1, I3)."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.project_invoice_tracker.exceptions import (
    BillingError,
    NothingToBill,
    SourceClosed,
)

from .sale_common import SaleBillingCommon


@tagged("post_install", "-at_install")
class TestOrderFirst(SaleBillingCommon):
    """What has a sales order item makes no item of ours (I1)."""

    def test_time_of_an_order_makes_no_item(self):
        item = self._create_order()
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        free = self._log(2.0)
        self.assertOneBiller(entry, "order")
        self.assertOneBiller(free, "ours")
        self.assertEqual(item.qty_delivered, 3.0)
        self.assertEqual(self._prepare().line_ids.quantity, 2.0)

    def test_item_of_task_and_project(self):
        """The item comes from the task, or from the project."""
        item, other = self._create_order(), self._create_order()
        self.task.sale_line_id = item
        on_task = self._log(1.0, task_id=self.task.id)
        self.project.sale_line_id = other
        on_project = self._log(2.0)
        self.assertEqual((on_task.so_line, on_project.so_line), (item, other))
        self.assertOneBiller(on_task, "order")
        self.assertOneBiller(on_project, "order")
        with self.assertRaisesRegex(NothingToBill, item.order_id.name):
            self._prepare()

    def test_fixed_price_includes_the_time(self):
        item = self._create_order(self.sold_fixed)
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        self.assertEqual(entry.timesheet_invoice_type, "billable_fixed")
        self.assertOneBiller(entry, "order")
        with self.assertRaises(NothingToBill):
            self._prepare()

    def test_rule_comes_later(self):
        """Items come into being with the rule; those of orders do not."""
        self.rule.unlink()
        item = self._create_order()
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        free = self._log(1.0)
        self._create_rule()
        self.assertOneBiller(entry, "order")
        self.assertOneBiller(free, "ours")

    def test_taken_off_the_order_by_hand(self):
        """An entry without an order item is billed by the rule again."""
        item = self._create_order()
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        entry.write({"so_line": False, "is_so_line_edited": True})
        self.assertOneBiller(entry, "ours")
        self.assertEqual(item.qty_delivered, 0.0)

    def test_invoiced_by_the_order(self):
        """Also with the item taken off by a script, an invoiced entry is not ours."""
        item = self._create_order()
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        move = item.order_id._create_invoices()
        self.assertEqual(entry.timesheet_invoice_id, move)
        with self.assertRaises(UserError):
            entry.so_line = False
        self.env.cr.execute(
            SQL(
                "UPDATE account_analytic_line SET so_line = NULL WHERE id = %s",
                entry.id,
            )
        )
        self.env.invalidate_all()
        with self.assertRaises(NothingToBill):
            self._prepare()

    def test_credit_and_cancellation_leave_it_to_the_order(self):
        item = self._create_order()
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        move = item.order_id._create_invoices()
        move.button_cancel()
        self.assertOneBiller(entry, "order")
        move = item.order_id._create_invoices()
        move.action_post()
        credit = move._reverse_moves(cancel=False)
        credit.invoice_date = date(2026, 3, 31)
        credit.action_post()
        self.assertOneBiller(entry, "order")
        with self.assertRaises(NothingToBill):
            self._prepare()

    def test_cancelled_invoice_stays_cancelled(self):
        """Whoever billed the time meanwhile is named."""
        item = self._create_order()
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        move = item.order_id._create_invoices()
        move.button_cancel()
        entry.write({"so_line": False, "is_so_line_edited": True})
        request = self._prepare()
        with self.assertRaisesRegex(SourceClosed, request.name):
            move.button_draft()
        request.action_cancel()
        move.button_draft()
        self.assertEqual(move.state, "draft")
        self.assertEqual(self._hours(entry), 0, "on the order's invoice again")
        with self.assertRaises(NothingToBill):
            self._prepare()

    def test_removed_order_item(self):
        """Without its item, the time is billed by the rule."""
        item = self._create_order(confirm=False)
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        self.assertOneBiller(entry, "order")
        item.unlink()
        self.assertOneBiller(entry, "ours")

    def test_confirmed_later(self):
        """A quotation has its time already, so that its confirmation bills once."""
        item = self._create_order(confirm=False)
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        self.assertOneBiller(entry, "order")
        item.order_id.action_confirm()
        self.assertOneBiller(entry, "order")
        self.assertEqual(item.qty_to_invoice, 3.0)


@tagged("post_install", "-at_install")
class TestRequestFirst(SaleBillingCommon):
    """What a request or an invoice holds, no order delivers or invoices (I1, I3)."""

    def test_open_time_goes_to_the_order(self):
        entry = self._log(3.0, task_id=self.task.id)
        self.assertOneBiller(entry, "ours")
        item = self._create_order()
        self.task.sale_line_id = item
        self.assertOneBiller(entry, "order")
        self.assertEqual(item.qty_delivered, 3.0)

    def test_held_time_stays_ours(self):
        """Tasks, projects and employees get items; what is held gets none."""
        held = self._log(3.0, task_id=self.task.id)
        request = self._prepare()
        later = self._log(1.0, task_id=self.task.id)
        item = self._create_order()
        self.task.sale_line_id = item
        self._end()
        self.assertFalse(held.so_line)
        self.assertOneBiller(held, "ours")
        self.assertOneBiller(later, "order")
        self.assertEqual(item.qty_delivered, 1.0)
        move = item.order_id._create_invoices()
        self.assertEqual(move.invoice_line_ids.quantity, 1.0)
        self.assertEqual(move.timesheet_ids, later)
        self.assertEqual(self._invoice(request).invoice_line_ids.quantity, 3.0)
        self.assertNoDoubles()

    def test_employee_map(self):
        held = self._log(3.0)
        self._prepare()
        later = self._log(1.0)
        item = self._create_order()
        self.project.write(
            {
                "sale_line_employee_ids": [
                    (0, 0, {"employee_id": self.ann.id, "sale_line_id": item.id})
                ]
            }
        )
        self.assertOneBiller(held, "ours")
        self.assertOneBiller(later, "order")
        self.assertEqual(item.qty_delivered, 1.0)

    def test_employee_map_taken_off(self):
        """The order that gets time back delivers it again, whatever Odoo says."""
        first, second = self._create_order(), self._create_order()
        self.project.sale_line_id = first
        entry = self._log(4)
        self._end()
        self.assertEqual((entry.so_line, first.qty_delivered), (first, 4))
        self.project.sale_line_employee_ids = [
            Command.create({"employee_id": self.ann.id, "sale_line_id": second.id})
        ]
        self._end()
        self.assertEqual((entry.so_line, second.qty_delivered), (second, 4))
        self.project.sale_line_employee_ids.unlink()
        self._end()
        self.assertEqual(entry.so_line, first)
        self.assertEqual((first.qty_delivered, second.qty_delivered), (4, 0))

    def test_held_time_is_refused_by_hand(self):
        entry = self._log(3.0)
        request = self._prepare()
        item = self._create_order()
        with self.assertRaisesRegex(SourceClosed, request.name):
            entry.so_line = item
        self._approve(request)
        move = self._invoice(request) if request.state != "approved" else None
        if not move:
            request.action_create_invoice()
            move = request.sudo().invoice_id.with_user(self.accountant).sudo(False)
        move.action_post()
        with self.assertRaisesRegex(SourceClosed, move.name):
            entry.so_line = item
        self.assertFalse(item.qty_delivered)

    def test_released_time(self):
        """After each release the entry is free for one of both (I3)."""
        entry = self._log(3.0)
        item = self._create_order()
        request = self._prepare()
        request.action_cancel()
        self.assertFalse(entry.billing_held)
        self.assertOneBiller(entry, "ours")
        entry.so_line = item
        self.assertOneBiller(entry, "order")
        self.assertEqual(item.qty_delivered, 3.0)

    def test_credited_time(self):
        """A credited entry is open; given to the order, the credit note stands."""
        entry = self._log(3.0)
        move = self._post()
        self.assertTrue(entry.billing_held)
        credit = self._credit(move)
        self.assertFalse(entry.billing_held)
        self.assertOneBiller(entry, "ours")
        item = self._create_order()
        entry.so_line = item
        self.assertOneBiller(entry, "order")
        self.assertEqual(item.qty_to_invoice, 3.0)
        with self.assertRaisesRegex(BillingError, "released|order"):
            credit.button_draft()
        entry.invalidate_recordset()
        self.assertOneBiller(entry, "order")

    def test_credit_undone(self):
        entry = self._log(3.0)
        credit = self._credit(self._post())
        credit.button_draft()
        self.assertTrue(entry.billing_held)
        with self.assertRaises(SourceClosed):
            entry.so_line = self._create_order()

    def test_cancelled_invoice_restored(self):
        entry = self._log(3.0)
        move = self._invoice()
        move.button_cancel()
        self.assertFalse(entry.billing_held)
        entry.so_line = self._create_order()
        self.assertOneBiller(entry, "order")
        with self.assertRaises(BillingError):
            move.button_draft()

    def test_lowered_line(self):
        """A lowered line keeps its entries; an entry left out whole is free."""
        first, last = self._log(3.0, day=date(2026, 3, 1)), self._log(2.0)
        request = self._prepare()
        request.line_ids.change_quantity(3.0, "bill_later")
        self.assertEqual((first.billing_held, last.billing_held), (True, False))
        last.so_line = item = self._create_order()
        self.assertOneBiller(last, "order")
        self.assertOneBiller(first, "ours")
        self.assertEqual(item.qty_delivered, 2.0)

    def test_written_off(self):
        """What was written off is not billed by an order either (I1)."""
        entry = self._log(3.0)
        request = self._prepare()
        request.line_ids.change_quantity(1.0, "write_off", "Goodwill")
        with self.assertRaises(SourceClosed):
            entry.so_line = self._create_order()

    def test_no_longer_billable(self):
        """Odoo takes the items off all time of the project; held time does not mind."""
        item = self._create_order()
        held = self._log(3.0)
        self._prepare()
        self.project.sale_line_id = item
        later = self._log(1.0)
        self.assertOneBiller(later, "order")
        self.project.allow_billable = False
        self.assertOneBiller(held, "ours")
        self.assertOneBiller(later, "ours")
        self.assertEqual(self._minutes(), (60, 180, 0, 0))

    def test_moved_task(self):
        """A task that moves to a project with an order takes open time along."""
        other = self._create_project(
            allow_billable=True, sale_line_id=self._create_order().id
        )
        entry = self._log(3.0, task_id=self.task.id)
        self.task.project_id = other
        self._end()
        self.assertEqual(entry.project_id, other)
        self.assertOneBiller(entry, "order")

    def test_replaced_invoice(self):
        """A credit with a new draft holds the same time (I3)."""
        entry = self._log(3.0)
        self._credit(self._post(), modify=True)
        self.assertTrue(entry.billing_held)
        with self.assertRaises(SourceClosed):
            entry.so_line = self._create_order()


@tagged("post_install", "-at_install")
class TestGuards(SaleBillingCommon):
    """The last lines: nobody writes the mark, and PostgreSQL refuses two owners."""

    def test_mark_is_not_written(self):
        entry = self._log(1.0)
        for user in (self.worker, self.pm, self.admin, self.env.user):
            with self.assertRaises(AccessError):
                entry.with_user(user).write({"billing_held": True})
        with self.assertRaises(AccessError):
            self._log(1.0, billing_held=True)
        with self.assertRaises(AccessError):
            self.env["account.analytic.line"].with_context(
                default_billing_held=True
            ).create({"name": "x", "project_id": self.project.id})
        self.assertFalse(entry.copy().billing_held)

    @mute_logger("odoo.sql_db")
    def test_postgres_refuses_two_owners(self):
        entry = self._log(1.0)
        self._prepare()
        self.env.flush_all()
        item = self._create_order()
        for name, value in (
            ("so_line", item.id),
            ("timesheet_invoice_id", self._order_invoice().id),
        ):
            with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        "UPDATE account_analytic_line SET %s = %s WHERE id = %s",
                        SQL.identifier(name),
                        value,
                        entry.id,
                    )
                )
            self.assertIn("billing request", str(caught.exception))

    def _order_invoice(self):
        item = self._create_order()
        self._log(1.0, so_line=item.id, is_so_line_edited=True)
        return item.order_id._create_invoices()

    def test_request_refuses_what_is_the_orders(self):
        """A slice of an order's entry is refused, with the order's number (I1)."""
        entry = self._log(1.0)
        request = self._prepare()
        slices = request.line_ids.allocation_ids
        row = (slices.item_id.id, request.line_ids, slices.quantity)
        request.action_cancel()
        item = self._create_order()
        self.env.cr.flush()
        self.env.cr.execute(
            SQL(
                "UPDATE account_analytic_line SET so_line = %s WHERE id = %s",
                item.id,
                entry.id,
            )
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(BillingError, item.order_id.name):
            self.env["project.billing.ledger"]._engine_ledger()._reserve([row])

    def test_order_says_who_bills(self):
        entry = self._log(3.0)
        item = self._create_order()
        sold = self._log(1.5, so_line=item.id, is_so_line_edited=True)
        request = self._prepare()
        self.assertIn(request.name, entry.billing_biller)
        self.assertIn(item.order_id.name, sold.billing_biller)
        project = self.project.with_user(self.pm)
        self.assertEqual(
            project.billing_by_orders,
            f"01:30 hours are billed by sales order {item.order_id.name}.",
        )
        action = project.action_billing_open_order_time()
        found = self.env["account.analytic.line"].search(action["domain"])
        self.assertEqual(found, sold)
        # a project of others shows nothing of its orders (I3, I28)
        for user in (self.other_pm, self.worker):
            with self.assertRaises(AccessError):
                self.project.with_user(user).action_billing_open_order_time()
        with self.assertRaises(AccessError):
            self.project.with_user(self.other_pm).read(["billing_by_orders"])

    def test_revenue_is_counted_once(self):
        """The project's panel shows the invoice of a request once."""
        self._log(3.0)
        self._post()
        items = self.project._get_profitability_items(with_action=False)
        self.assertEqual(items["revenues"]["total"]["invoiced"], 300.0)

    def test_logging_costs_no_query(self):
        """A project without rules costs nothing more than without the add-on."""
        other = self._create_project()
        self._log(1.0, project_id=other.id)
        self.env.flush_all()
        self.assertNotIn("billing_order_entries", self.env.cr.precommit.data)

    def test_five_hundred_entries(self):
        """No query per entry, whoever bills them."""
        item = self._create_order()
        entries = self.env["account.analytic.line"].create(
            [
                {
                    "name": f"Work {number}",
                    "project_id": self.project.id,
                    "employee_id": self.ann.id,
                    "date": date(2026, 3, 2),
                    "unit_amount": 1.0,
                    **({"so_line": item.id} if number % 2 else {}),
                    "is_so_line_edited": bool(number % 2),
                }
                for number in range(500)
            ]
        )
        self._end()
        kind = self.env["project.billing.kind.time"].sudo()
        with self.assertQueryCount(21):
            kind._sync_items(self.project, entries.ids)
        with self.assertQueryCount(20):
            kind._sync_stale(self.project)
        self.assertEqual(self._minutes(), (250 * 60, 0, 0, 0))
        self.assertEqual(item.qty_delivered, 250.0)
