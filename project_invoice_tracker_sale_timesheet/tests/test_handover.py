"""A project changes its biller on a day: no work is billed twice, or by nobody (I1)."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import BillingError, NothingToBill

from .handover_common import BEFORE, DAY, LATER, HandoverCommon


@tagged("post_install", "-at_install")
class TestHandoverToRules(HandoverCommon):
    def test_time_from_the_day_on(self):
        """Nine hours before stay with the order, two on the day itself are ours."""
        item = self._order()
        old = self._log(9, BEFORE, task_id=self.task.id)
        new = self._log(2, DAY, task_id=self.task.id)
        without_task = self._log(1, DAY)
        self._hand_over()
        self.assertBillers(ours=[new, without_task], order=[old])
        self.assertFalse(self.project.sale_line_id)
        self.assertFalse(self.task.sale_line_id)
        self.assertEqual(self.project.billing_order_tasks, "none")
        self.assertEqual(self.rule.date_start, DAY)
        self.assertEqual(item.qty_delivered, 9)
        self.assertEqual(self._prepare().amount_untaxed, 300)
        self.assertFalse(self._leaks("outside", "order_taken"))

    def test_logged_late(self):
        """Time of before the day that is logged afterwards goes to the order."""
        item = self._order()
        self._log(9, BEFORE, task_id=self.task.id)
        self._hand_over()
        late = self._log(3, BEFORE, task_id=self.task.id)
        alone = self._log(1, BEFORE)
        new = self._log(2, LATER, task_id=self.task.id)
        self._end()
        self.assertEqual((late | alone).so_line, item)
        self.assertBillers(ours=[new], order=[late, alone])
        late.date = DAY
        self.assertBillers(ours=[late])
        new.date = BEFORE
        self.assertBillers(order=[new])

    def test_deleted_draft_stays_with_the_order(self):
        """A draft of before the day that is deleted frees its time to the order."""
        item = self._order()
        old = self._log(10, BEFORE, task_id=self.task.id)
        move = item.order_id._create_invoices()
        self._hand_over()
        move.unlink()
        self.assertBillers(order=[old])
        self.assertEqual(item.qty_to_invoice, 10)

    def test_invoiced_from_the_day_on_is_refused(self):
        """What the order has on a draft or an invoice is not taken."""
        item = self._order()
        first = self._log(4, DAY, task_id=self.task.id)
        item.order_id._create_invoices()
        second = self._log(3, LATER, task_id=self.task.id)
        window = self._window()
        self.assertIn("04:00", window.preview)
        self._hand_over()
        self.assertBillers(ours=[second], order=[first])
        self.assertEqual(item.qty_delivered, 4)

    def test_invoice_to_the_day(self):
        """The order invoices nine hours, and the two of the day are ours."""
        item = self._order()
        old = self._log(9, BEFORE, task_id=self.task.id)
        new = self._log(2, DAY, task_id=self.task.id)
        self._hand_over(before="invoice")
        move = item.order_id.invoice_ids
        self.assertEqual((move.state, move.amount_untaxed), ("draft", 810))
        self.assertEqual(old.timesheet_invoice_id, move)
        self.assertBillers(ours=[new], order=[old])
        move.action_post()
        self.assertEqual(item.qty_to_invoice, 0)
        self.assertEqual(self._prepare().amount_untaxed, 200)

    def test_prepaid_pack(self):
        """Of a paid pack of 10, six are used before and four after; more is ours."""
        item = self._order(self.sold_fixed, 10)
        item.order_id._create_invoices().action_post()
        old = self._log(6, BEFORE, task_id=self.task.id)
        paid = self._log(4, DAY, task_id=self.task.id)
        new = self._log(5, LATER, task_id=self.task.id)
        self._hand_over()
        self.assertBillers(ours=[new], order=[old, paid])
        self.assertEqual(self._prepare().amount_untaxed, 500)
        self.assertFalse(self._leaks("order_part", "order_over", "outside"))

    def test_uninvoiced_pack(self):
        """A pack that nobody invoiced is invoiced by no hand-over."""
        item = self._order(self.sold_fixed, 10)
        self._log(6, BEFORE, task_id=self.task.id)
        new = self._log(4, DAY, task_id=self.task.id)
        self._hand_over(before="invoice")
        self.assertFalse(item.order_id.invoice_ids)
        self.assertBillers(ours=[new])

    def test_milestones(self):
        """Invoiced stays, reached before stays, the rest is ours at its price."""
        self.rule.unlink()
        self.rule = self._create_rule(
            kind="milestone", contract_amount=10_000.0, price_unit=0.0
        )
        item = self._order(self.sold_milestones, 10)
        invoiced, reached, planned = self._create_milestones(0, 0, 0)
        steps = invoiced | reached | planned
        steps.write({"billing_basis": False, "sale_line_id": item.id})
        invoiced.quantity_percentage = 0.3
        reached.quantity_percentage = 0.3
        planned.quantity_percentage = 0.4
        self._reach(invoiced)
        item.order_id._create_invoices().action_post()
        self._reach(reached)
        self._hand_over()
        self.assertEqual((invoiced | reached).sale_line_id, item)
        self.assertFalse(planned.sale_line_id)
        self.assertEqual(planned.billing_fixed_price, 360)
        self.assertEqual(planned.billing_item_ids.amount, 360)
        self._end()
        self.assertFalse((invoiced | reached).billing_item_ids.mapped("amount"))
        self.assertEqual(item.qty_to_invoice, 3)

    def _reach(self, milestone, day=BEFORE):
        milestone.is_reached = True
        self.env.flush_all()
        milestone.reached_date = day

    def test_employee_map(self):
        """Prices of the map become rates; days become rates of a day."""
        item = self._order()
        dear = self._create_order()
        dear.write({"price_unit": 120, "discount": 10})
        dear.product_uom_id = self.env.ref("uom.product_uom_day")
        self.project.sale_line_employee_ids = [
            Command.create({"employee_id": self.ann.id, "sale_line_id": dear.id})
        ]
        old = self._log(8, BEFORE, task_id=self.task.id)
        new = self._log(8, DAY, task_id=self.task.id)
        self.assertEqual((old | new).so_line, dear)
        self._hand_over()
        rate = self.env["project.billing.rate"].search(
            [("project_id", "=", self.project.id), ("employee_id", "=", self.ann.id)]
        )
        self.assertEqual((rate.price_unit, rate.unit), (108, "day"))
        self.assertEqual(rate.date_from, DAY)
        self.assertFalse(self.project.sale_line_employee_ids.sale_line_id)
        self.assertBillers(ours=[new], order=[old])
        self.assertEqual(self._prepare().amount_untaxed, 108)
        late = self._log(1, BEFORE, task_id=self.task.id)
        self.assertEqual(late.so_line, dear)
        self.assertTrue(item)

    def test_new_tasks_and_subtasks(self):
        """Archived tasks and subtasks leave as well, new ones get nothing."""
        item = self._order()
        sub = self.task.create(
            {
                "name": "Sub",
                "project_id": self.project.id,
                "parent_id": self.task.id,
                "sale_line_id": item.id,
            }
        )
        gone = self.task.create(
            {
                "name": "Gone",
                "project_id": self.project.id,
                "sale_line_id": item.id,
                "active": False,
            }
        )
        entries = self._log(1, LATER, task_id=sub.id) | self._log(
            2, LATER, task_id=gone.id
        )
        self._hand_over()
        self.assertFalse((sub | gone).sale_line_id)
        self.assertBillers(ours=entries)
        new = self.task.create(
            {
                "name": "New",
                "project_id": self.project.id,
                "parent_id": self.task.id,
                "partner_id": self.partner_a.id,
            }
        )
        self.assertFalse(new.sale_line_id)

    def test_open_work_of_a_rule_stays(self):
        """A rule that has work of before the day keeps it, and its first day."""
        item = self._order()
        other = self.task.create({"name": "Ours", "project_id": self.project.id})
        other.sale_line_id = False
        ours = self._log(3, BEFORE, task_id=other.id)
        old = self._log(9, BEFORE, task_id=self.task.id)
        start = self.rule.date_start
        self._hand_over()
        self.assertEqual(self.rule.date_start, start)
        self.assertBillers(ours=[ours], order=[old])
        self.assertEqual(item.qty_delivered, 9)

    def test_rule_that_begins_later(self):
        """A rule that would begin after the day begins on it."""
        self.rule.date_start = LATER
        self._order()
        new = self._log(2, DAY, task_id=self.task.id)
        self._hand_over()
        self.assertEqual(self.rule.date_start, DAY)
        self.assertBillers(ours=[new])

    def test_held_by_a_request(self):
        """What a request has stays there, and the order gets none of it."""
        held = self._log(2, LATER, task_id=self.task.id)
        request = self._prepare()
        item = self._order()
        self._hand_over()
        self.assertTrue(held.billing_held)
        self.assertFalse(held.so_line)
        self.assertEqual(request.amount_untaxed, 200)
        self.assertEqual(item.qty_delivered, 0)

    def test_cancelled_order(self):
        """Time from the day on leaves a cancelled order; older time is a leak."""
        item = self._create_order()
        self.task.sale_line_id = item
        old = self._log(9, BEFORE, task_id=self.task.id)
        new = self._log(2, DAY, task_id=self.task.id)
        self._end()
        item.order_id._action_cancel()
        self._hand_over()
        self.assertBillers(ours=[new])
        self.assertEqual(old.so_line, item)
        self.assertEqual(self._leaks("order_cancelled").hours, 9)

    def test_other_customer_stays(self):
        """A task of another customer keeps the order of that customer."""
        item = self._order()
        foreign = self._create_order()
        foreign.order_id.write(
            {
                "partner_id": self.partner_b.id,
                "partner_invoice_id": self.partner_b.id,
                "partner_shipping_id": self.partner_b.id,
            }
        )
        task = self.task.create(
            {
                "name": "Foreign",
                "project_id": self.project.id,
                "partner_id": self.partner_b.id,
                "sale_line_id": foreign.id,
            }
        )
        theirs = self._log(2, LATER, task_id=task.id)
        new = self._log(3, LATER, task_id=self.task.id)
        self.assertIn(foreign.order_id.name, self._window().preview)
        self._hand_over()
        self.assertEqual(task.sale_line_id, foreign)
        self.assertBillers(ours=[new], order=[theirs])
        self.assertTrue(item)

    def test_order_of_another_company_stays(self):
        """Work of another company's order is not billed by this company."""
        self._order()
        abroad = self._abroad()
        task = self.task.create({"name": "Abroad", "project_id": self.project.id})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE project_task SET sale_line_id = %s WHERE id = %s",
            [abroad.id, task.id],
        )
        self.env.invalidate_all()
        theirs = self._log(2, LATER, task_id=task.id)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_analytic_line SET so_line = %s WHERE id = %s",
            [abroad.id, theirs.id],
        )
        self.env.invalidate_all()
        theirs._billing_sync()
        window = self._window()
        line = window.line_ids.filtered(lambda row: row.name == abroad.order_id.name)
        self.assertIn(self.second_company.name, line.reason)
        self._hand_over()
        self.assertEqual(theirs.so_line, abroad)
        self.assertEqual(task.sale_line_id, abroad)

    def test_other_currency(self):
        """Prices in another currency are not copied, and that is said."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        other = euro if self.company.currency_id != euro else self.env.ref("base.USD")
        other.active = True
        prices = self.env["product.pricelist"].create(
            {"name": "Other", "currency_id": other.id}
        )
        item = self._create_order()
        item.order_id._action_cancel()
        item.order_id.action_draft()
        item.order_id.pricelist_id = prices
        item.order_id.action_confirm()
        self.project.sale_line_employee_ids = [
            Command.create({"employee_id": self.ann.id, "sale_line_id": item.id})
        ]
        self._order()
        new = self._log(2, LATER, task_id=self.task.id)
        self.assertIn(other.name, self._window().preview)
        self._hand_over()
        self.assertFalse(
            self.env["project.billing.rate"].search(
                [("project_id", "=", self.project.id)]
            )
        )
        self.assertBillers(ours=[new])

    def test_down_payment_as_a_deposit(self):
        """900 paid in advance are deducted here, and credited on the order."""
        item = self._order()
        self._pay_in_advance(item.order_id)
        self._log(12, LATER, task_id=self.task.id)
        window = self._window()
        self.assertTrue(window.has_down_payment)
        self.assertEqual(window.line_ids.down_payment, 900)
        self.seller.group_ids += self.env.ref("account.group_account_invoice")
        self._hand_over(deposit=True)
        rule = self.project.billing_rule_ids.filtered(lambda r: r.kind == "advance")
        self.assertEqual((rule.advance_amount, rule.date_start), (900, DAY))
        credit = item.order_id.invoice_ids.filtered(
            lambda move: move.move_type == "out_refund"
        )
        self.assertEqual((credit.state, credit.amount_untaxed), ("draft", 900))
        self.assertEqual(self._leaks("down_payment").amount, 900)
        credit.action_post()
        self.assertFalse(self._leaks("down_payment"))

    def _pay_in_advance(self, order):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=order.ids, active_model="sale.order")
            .create({"advance_payment_method": "percentage", "amount": 10})
        )
        wizard.create_invoices()
        order.invoice_ids.action_post()
        self._end()

    def test_nothing_to_hand_over(self):
        with self.assertRaisesRegex(BillingError, "nothing to hand over"):
            self._hand_over()
        self._order()
        self.rule.active = False
        with self.assertRaisesRegex(BillingError, "no billing rule"):
            self._hand_over()

    def test_who_may(self):
        """Who bills the project and may write the order; others read who may."""
        item = self._order(user_id=self.other_pm.id)
        self._log(2, LATER, task_id=self.task.id)
        window = self._window(self.pm)
        self.assertIn(item.order_id.name, window.obstacle)
        self.assertIn(self.other_pm.name, window.obstacle)
        with self.assertRaisesRegex(AccessError, "Ask other_pm"):
            window.action_apply()
        with self.assertRaises(AccessError):
            self.project.with_user(self.other_pm).action_billing_hand_over()
        self.pm.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        window = self._window(self.pm)
        self.assertFalse(window.obstacle)
        window.action_apply()
        self.assertFalse(self.project.sale_line_id)


@tagged("post_install", "-at_install")
class TestHandoverUndone(HandoverCommon):
    def _story(self):
        item = self._order()
        dear = self._create_order()
        self.project.sale_line_employee_ids = [
            Command.create({"employee_id": self.ann.id, "sale_line_id": dear.id})
        ]
        lonely = self.task.create({"name": "Lonely", "project_id": self.project.id})
        lonely.sale_line_id = False
        self._log(9, BEFORE, task_id=self.task.id)
        self._log(2, DAY, task_id=self.task.id)
        self._log(1, DAY)
        self._log(1, LATER, so_line=item.id, is_so_line_edited=True)
        self._log(3, LATER, so_line=False, is_so_line_edited=True)
        return item

    def test_everything_is_back(self):
        self._story()
        before = self._state()
        handover = self._hand_over()
        self.assertNotEqual(self._state(), before)
        handover.with_user(self.seller).action_undo()
        self.assertEqual(self._state(), before)
        self.assertEqual(handover.state, "undone")

    def test_draft_invoice_goes_too(self):
        item = self._story()
        self.seller.group_ids += self.env.ref("account.group_account_invoice")
        before = self._state()
        handover = self._hand_over(before="invoice")
        orders = (item | self.project.timesheet_ids.so_line).order_id
        self.assertTrue(orders.invoice_ids)
        handover.with_user(self.seller).action_undo()
        self.assertFalse(orders.invoice_ids)
        self.assertEqual(self._state(), before)

    def test_new_work_follows(self):
        """What was logged meanwhile goes to the order as well."""
        item = self._order()
        handover = self._hand_over()
        new = self._log(2, LATER, task_id=self.task.id)
        self.assertBillers(ours=[new])
        handover.with_user(self.seller).action_undo()
        self.assertEqual(new.so_line, item)
        self.assertBillers(order=[new])

    def test_not_after_a_request(self):
        self._order()
        self._log(2, LATER, task_id=self.task.id)
        handover = self._hand_over()
        request = self._prepare()
        with self.assertRaisesRegex(BillingError, request.name):
            handover.with_user(self.seller).action_undo()
        request.action_cancel()
        handover.with_user(self.seller).action_undo()
        self.assertTrue(self.project.sale_line_id)

    def test_not_after_the_invoice_of_the_order(self):
        item = self._order()
        self._log(9, BEFORE, task_id=self.task.id)
        handover = self._hand_over(before="invoice")
        move = item.order_id.invoice_ids
        move.action_post()
        with self.assertRaisesRegex(BillingError, move.name):
            handover.with_user(self.seller).action_undo()

    def test_only_the_last_one(self):
        item = self._order()
        first = self._hand_over()
        self._hand_over("orders", LATER, item_id=item.id)
        with self.assertRaisesRegex(BillingError, "last hand-over"):
            first.with_user(self.seller).action_undo()

    def test_who_may(self):
        self._order()
        handover = self._hand_over()
        with self.assertRaises(AccessError):
            handover.with_user(self.pm).action_undo()
        with self.assertRaises(AccessError):
            handover.with_user(self.other_pm).action_undo()
        with self.assertRaises(AccessError):
            handover.with_user(self.seller).write({"state": "undone"})

    def test_what_somebody_changed_stays(self):
        item = self._order()
        handover = self._hand_over()
        other = self._create_order()
        self.task.sale_line_id = other
        handover.with_user(self.seller).action_undo()
        self.assertEqual(self.task.sale_line_id, other)
        self.assertEqual(self.project.sale_line_id, item)


@tagged("post_install", "-at_install")
class TestHandoverToOrders(HandoverCommon):
    def test_back_to_an_order(self):
        """Nine hours before stay ours, two on the day and new work are the order's."""
        old = self._log(9, BEFORE, task_id=self.task.id)
        new = self._log(2, DAY, task_id=self.task.id)
        alone = self._log(1, DAY)
        item = self._create_order()
        self._hand_over("orders", item_id=item.id)
        self.assertEqual(self.task.sale_line_id, item)
        self.assertEqual(self.rule.date_end, date(2026, 3, 15))
        later = self._log(4, LATER, task_id=self.task.id)
        late = self._log(1, BEFORE, task_id=self.task.id)
        self.assertBillers(ours=[old, late], order=[new, alone, later])
        self.assertEqual(item.qty_delivered, 7)
        self.assertEqual(self._prepare().amount_untaxed, 1000)
        self.assertFalse(self._leaks("outside", "order_taken"))

    def test_what_we_billed_stays_ours(self):
        billed = self._log(2, LATER, task_id=self.task.id)
        request = self._prepare()
        item = self._create_order()
        self._hand_over("orders", item_id=item.id)
        self.assertTrue(billed.billing_held)
        self.assertFalse(billed.so_line)
        self.assertEqual(item.qty_delivered, 0)
        request.action_cancel()
        self._end()
        self.assertBillers(order=[billed])

    def test_there_and_back(self):
        """To the rules on the 16th, and back on the 20th: each day has its biller."""
        item = self._order()
        days = (BEFORE, DAY, date(2026, 3, 19), LATER, date(2026, 3, 23))
        entries = [self._log(1, day, task_id=self.task.id) for day in days]
        self._hand_over()
        self.assertBillers(ours=entries[1:], order=entries[:1])
        self._hand_over("orders", LATER, item_id=item.id)
        self.assertBillers(ours=entries[1:3], order=entries[:1] + entries[3:])
        self.assertEqual(item.qty_delivered, 3)
        self.assertEqual(self._prepare().amount_untaxed, 200)
        with self.assertRaises(NothingToBill):
            self._prepare()
        late = [self._log(1, day, task_id=self.task.id) for day in days]
        self.assertBillers(ours=late[1:3], order=late[:1] + late[3:])
        self.assertFalse(self._leaks("outside"))

    def test_only_the_other_way_and_later(self):
        """Twice the same way, or back before it, would leave days to nobody."""
        item = self._order()
        self._hand_over()
        with self.assertRaisesRegex(BillingError, "was handed over"):
            self._hand_over("rules", LATER)
        with self.assertRaisesRegex(BillingError, "was handed over"):
            self._hand_over("orders", BEFORE, item_id=item.id)
        self._hand_over("orders", DAY, item_id=item.id)
        late = self._log(1, BEFORE, task_id=self.task.id)
        self.assertBillers(order=[late])

    def test_rule_that_did_not_begin(self):
        self.rule.date_start = LATER
        item = self._create_order()
        new = self._log(2, LATER, task_id=self.task.id)
        self._hand_over("orders", item_id=item.id)
        self.assertFalse(self.rule.active)
        self.assertBillers(order=[new])

    def test_item_that_does_not_fit(self):
        for values in ({"partner_id": self.partner_b.id}, {"state": "draft"}):
            item = self._create_order()
            if "partner_id" in values:
                values |= {
                    "partner_invoice_id": self.partner_b.id,
                    "partner_shipping_id": self.partner_b.id,
                }
            item.order_id.write(values)
            with self.assertRaisesRegex(BillingError, "cannot bill"):
                self._hand_over("orders", item_id=item.id)
        with self.assertRaisesRegex(BillingError, "Choose the sales order item"):
            self._hand_over("orders")

    def test_undone(self):
        self._log(9, BEFORE, task_id=self.task.id)
        self._log(2, DAY, task_id=self.task.id)
        item = self._create_order(self.sold_fixed, 10)
        item.order_id._create_invoices().action_post()
        before = self._state()
        handover = self._hand_over("orders", item_id=item.id)
        handover.with_user(self.seller).action_undo()
        self.assertEqual(self._state(), before)

    def test_not_undone_after_an_invoice(self):
        self._log(2, DAY, task_id=self.task.id)
        item = self._create_order()
        handover = self._hand_over("orders", item_id=item.id)
        move = item.order_id._create_invoices()
        move.action_post()
        with self.assertRaisesRegex(BillingError, move.name):
            handover.with_user(self.seller).action_undo()

    def test_milestones_go_back(self):
        self.rule.unlink()
        self.rule = self._create_rule(
            kind="milestone", contract_amount=10_000.0, price_unit=0.0
        )
        item = self._order(self.sold_milestones, 10)
        first, second = self._create_milestones(0, 0)
        (first | second).write({"sale_line_id": item.id, "billing_basis": False})
        first.quantity_percentage = second.quantity_percentage = 0.5
        self._hand_over()
        first.write({"is_reached": True, "reached_date": DAY})
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 450)
        self._hand_over("orders", LATER, item_id=item.id)
        self.assertFalse(first.sale_line_id)
        self.assertEqual(second.sale_line_id, item)
        second.is_reached = True
        self._end()
        self.assertEqual(item.qty_delivered, 5)
        self.assertFalse(second.billing_item_ids)
