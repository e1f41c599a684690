"""What orders let fall is found: nobody's work is a leak with a button (I1)."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import BillingError

from .test_former import FormerCommon

FIRST = date(2026, 3, 16)


@tagged("post_install", "-at_install")
class TestLeaksOfOrders(FormerCommon):
    def test_switched_before_the_order_was_invoiced(self):
        """Nine hours before the first day of the rule leave the order: a leak."""
        self.rule.date_start = FIRST
        item = self._create_order()
        self.task.sale_line_id = item
        entry = self._log(9, date(2026, 3, 13), task_id=self.task.id)
        self._log(2, FIRST, task_id=self.task.id)
        self.assertEqual(entry.so_line, item)
        self.task.sale_line_id = False
        self.assertFalse(entry.so_line)
        leak = self._leaks("outside")
        self.assertEqual((leak.hours, leak.records), (9, 1))
        self.assertEqual(leak.date, date(2026, 3, 13))
        self.rule.date_start = date(2026, 3, 1)
        self.assertFalse(self._leaks("outside"))
        self.assertEqual(self._hours(entry), 9)

    def test_archived_rule_and_credited_invoice(self):
        """Four hours are nobody's once our invoice is credited and the rule gone."""
        self._log(4)
        move = self._post()
        self.rule.active = False
        self.assertFalse(self._leaks("outside", "work"))
        self._credit(move)
        self.assertEqual(self._leaks("outside", "work").mapped("hours"), [4])
        self.rule.active = True
        self.assertFalse(self._leaks("outside"))

    def test_cancelled_order(self):
        """Its time is nobody's: no sentence claims it, a leak does, a button mends."""
        item = self._create_order()
        self.task.sale_line_id = item
        entry = self._log(4, task_id=self.task.id)
        self._end()
        order = item.order_id
        order.action_cancel()
        leak = self._leaks("order_cancelled")
        self.assertEqual((leak.hours, leak.amount, leak.records), (4, 360, 1))
        self.assertIn(order.name, leak.name)
        self.assertFalse(self.project.with_user(self.pm).billing_by_orders)
        self.assertFalse(entry.billing_biller)
        new = self._log(2, task_id=self.task.id)
        self.assertFalse(new.so_line)
        self.assertEqual(self._hours(new), 2)
        with self.assertRaises(AccessError):
            leak.with_user(self.other_pm).action_fix()
        leak.with_user(self.pm).action_fix()
        self.assertFalse(self._leaks("order_cancelled"))
        self.assertEqual(self._hours(entry), 4)

    def test_taken_over_in_part(self):
        """Of 3 x 3 hours a pack of 5 is paid for: 3 are taken over, 1 is asked for."""
        pack = self._create_order(self.sold_fixed, 5)
        entries = self.env["account.analytic.line"]
        for day in (2, 3, 4):
            entries |= self._log(
                3, day=date(2026, 3, day), so_line=pack.id, is_so_line_edited=True
            )
        pack.order_id._create_invoices().action_post()
        pack.order_id._action_cancel()
        leak = self._leaks("order_cancelled")
        self.assertEqual(leak.hours, 4)
        leak.with_user(self.pm).action_fix()
        self.assertEqual([self._hours(entry) for entry in entries], [0, 0, 3])
        leak = self._leaks("order_cancelled")
        self.assertEqual(leak.hours, 1)
        with (
            self.assertRaisesRegex(BillingError, pack.order_id.name),
            self.env.cr.savepoint(),
        ):
            leak.with_user(self.pm).action_fix()
        # split by hand: what is paid for stays, the rest is taken over
        entries[1].unit_amount = 2
        rest = self._log(
            1, day=date(2026, 3, 3), so_line=pack.id, is_so_line_edited=True
        )
        self._leaks("order_cancelled").with_user(self.pm).action_fix()
        self.assertEqual(self._hours(entries | rest), 4)
        self.assertFalse(self._leaks("order_cancelled"))

    def test_taken_over_from_a_second_order(self):
        """Paid to the first order: the second, cancelled, has nothing to give."""
        first = self._create_order(self.sold_fixed, 4)
        entry = self._log(4, so_line=first.id, is_so_line_edited=True)
        first.order_id._create_invoices().action_post()
        second = self._create_order()
        entry.so_line = second
        self._end()
        second.order_id._action_cancel()
        self._leaks("order_cancelled").with_user(self.pm).action_fix()
        self.assertEqual(self._hours(entry), 0)
        self.assertIn(first.order_id.name, entry.billing_biller)

    def test_cancelled_order_set_to_quotation(self):
        """Nobody bills what is on a quotation; it is a leak until it is confirmed."""
        item = self._create_order()
        self._log(4, so_line=item.id, is_so_line_edited=True)
        self.assertFalse(self._leaks("order_cancelled"))
        item.order_id._action_cancel()
        self.assertEqual(self._leaks("order_cancelled").hours, 4)
        item.order_id.action_draft()
        leak = self._leaks("order_cancelled")
        self.assertEqual((leak.hours, leak.amount), (4, 360))
        self.assertIn(item.order_id.name, leak.name)
        self.project.invalidate_recordset()
        self.assertFalse(self.project.billing_by_orders)
        item.order_id.action_confirm()
        self.assertFalse(self._leaks("order_cancelled"))
        self.project.invalidate_recordset()
        self.assertIn(item.order_id.name, self.project.billing_by_orders)

    def test_milestone_on_a_quotation(self):
        item = self._create_order(self.sold_milestones, 10.0, confirm=False)
        (milestone,) = self._create_milestones(100, is_reached=True)
        milestone.sale_line_id = item
        self.assertTrue(self._leaks("order_milestone"))
        item.order_id.action_confirm()
        self.assertFalse(self._leaks("order_milestone"))

    def test_cancelled_order_that_was_invoiced(self):
        """What a standing invoice has stays the order's; only the rest leaks."""
        item, entry, _move = self._sell(5)
        rest = self._log(
            3, day=date(2026, 3, 9), so_line=item.id, is_so_line_edited=True
        )
        item.order_id._action_cancel()
        leak = self._leaks("order_cancelled")
        self.assertEqual((leak.hours, leak.records), (3, 1))
        leak.with_user(self.pm).action_fix()
        self.assertEqual((self._hours(entry), self._hours(rest)), (0, 3))

    def test_pack_of_another_project(self):
        """Odoo gives new tasks the pack of another project: said, found, mended."""
        other = self._create_project(name="Other", allow_billable=True)
        self.sold_fixed.write({"service_tracking": "no"})
        pack = self._create_order(self.sold_fixed, 10)
        pack.order_id.project_id = other
        self.env.flush_all()
        task = self.env["project.task"].create(
            {
                "name": "New",
                "project_id": self.project.id,
                "partner_id": self.partner_a.id,
            }
        )
        self.assertEqual(task.sale_line_id, pack)
        entry = self._log(14, task_id=task.id)
        self._log(1)
        name = pack.order_id.name
        self.assertEqual(
            task.billing_by_orders, f"14:00 hours are billed by sales order {name}."
        )
        request = self._prepare()
        self.assertEqual(request.billing_by_orders, task.billing_by_orders)
        leak = self._leaks("order_taken")
        self.assertEqual((leak.hours, leak.records), (14, 1))
        self.assertIn(name, leak.name)
        leak.with_user(self.pm).action_fix()
        self.assertEqual(self._hours(entry), 14)
        self.assertFalse(task.sale_line_id)
        self.assertFalse(self._leaks("order_taken"))
        self.assertEqual(self.project.billing_order_tasks, "none")
        later = self.env["project.task"].create(
            {
                "name": "Later",
                "project_id": self.project.id,
                "partner_id": self.partner_a.id,
            }
        )
        self.assertFalse(later.sale_line_id)

    def test_overdrawn_pack(self):
        """More hours on a pack than it sold are nobody's, in its own project too."""
        self.project.billing_order_tasks = "take"
        pack = self._create_order(self.sold_fixed, 10)
        pack.order_id.project_id = self.project
        self._log(14, so_line=pack.id, is_so_line_edited=True)
        self.assertFalse(self._leaks("order_taken"))
        leak = self._leaks("order_over")
        self.assertEqual((leak.hours, leak.amount), (4, 360))

    def test_new_tasks_of_a_project_made_by_an_order(self):
        """Every new task takes the item of the fixed price, unless it was decided."""
        fixed = self._create_order(self.sold_fixed, 100)
        self.project.sale_line_id = fixed
        self.env.flush_all()
        task = self.env["project.task"].create(
            {"name": "Change", "project_id": self.project.id}
        )
        self.assertEqual(task.sale_line_id, fixed)
        self._log(3, task_id=task.id)
        self.assertEqual(self._leaks("order_taken").hours, 3)
        self.project.billing_order_tasks = "take"
        self.assertFalse(self._leaks("order_taken"))
        self.project.billing_order_tasks = "none"
        later = self.env["project.task"].create(
            {"name": "Later", "project_id": self.project.id}
        )
        later.partner_id = self.partner_a
        self.assertFalse(later.sale_line_id)
        later.sale_line_id = fixed
        self.assertEqual(later.sale_line_id, fixed)

    def test_forgotten_down_payment(self):
        """A down payment of 900 on an order that nobody works on any more."""
        item = self._create_order(quantity=100)
        item.order_id.project_id = self.project
        self.task.sale_line_id = item
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=item.order_id.ids, active_model="sale.order")
            .create({"advance_payment_method": "percentage", "amount": 10})
        )
        wizard.create_invoices()
        item.order_id.invoice_ids.action_post()
        self.assertFalse(self._leaks("down_payment"), "the order goes on")
        self.task.sale_line_id = False
        leak = self._leaks("down_payment")
        self.assertEqual(leak.amount, 900)
        self.assertIn(item.order_id.name, leak.name)
        self.assertEqual(leak.action_fix()["res_id"], item.order_id.id)
        self._refund(item.order_id.invoice_ids)
        self.assertFalse(self._leaks("down_payment"))

    def test_employee_map_of_a_cancelled_order(self):
        item = self._create_order()
        self.project.sale_line_employee_ids = [
            Command.create({"employee_id": self.ann.id, "sale_line_id": item.id})
        ]
        item.order_id.action_cancel()
        entry = self._log(2)
        self.assertFalse(entry.so_line)
        self.assertEqual(self._hours(entry), 2)
