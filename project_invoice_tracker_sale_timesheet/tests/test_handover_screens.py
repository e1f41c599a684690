"""Where a hand-over is offered, and what asks before a biller is taken away."""

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning
from odoo.tests import Form, tagged

from odoo.addons.project_invoice_tracker.tests.cost_common import CostCommon

from .handover_common import BEFORE, DAY, LATER, HandoverCommon


@tagged("post_install", "-at_install")
class TestHandoverWindow(HandoverCommon):
    def test_what_an_order_has(self):
        """Nine open hours before, two after, a draft, tasks and people."""
        item = self._order()
        self._log(9, BEFORE, task_id=self.task.id)
        self._log(2, DAY, task_id=self.task.id)
        self.project.sale_line_employee_ids = [
            Command.create({"employee_id": self.bob.id, "sale_line_id": item.id})
        ]
        row = self._window().line_ids
        self.assertEqual(
            (row.name, row.hours_before, row.hours_after, row.tasks, row.map_entries),
            (item.order_id.name, 9, 2, 1, 1),
        )
        item.order_id._create_invoices()
        row = self._window().line_ids
        self.assertEqual(
            (row.drafts, row.hours_before, row.hours_after, row.hours_paid),
            (1, 0, 0, 2),
        )

    def test_milestones_in_one_column(self):
        """Three small numbers share a column; none is said of no milestone."""
        self.assertFalse(self._window().line_ids.filtered("milestones"))
        item = self._order(self.sold_milestones, 10)
        first, second, third = self._create_milestones(0, 0, 0)
        steps = first | second | third
        steps.write({"sale_line_id": item.id, "billing_basis": False})
        first.quantity_percentage, second.quantity_percentage = 0.5, 0.3
        third.quantity_percentage = 0.2
        first.is_reached = True
        item.order_id._create_invoices()
        second.is_reached = True
        self.assertEqual(self._window().line_ids.milestones, "1 / 1 / 1")

    def test_columns_fit(self):
        """What each order has is seen at a glance: no more columns than fit."""
        windows = self.env["project.billing.handover.window"]
        arch = etree.fromstring(windows.get_view(view_type="form")["arch"])
        columns = arch.xpath(
            "//field[@name='line_ids']/list/field[not(@column_invisible)]/@name"
        )
        self.assertIn("map_entries", columns)
        self.assertLessEqual(len(columns), 12)

    def test_prepaid_and_costs(self):
        item = self._order(self.sold_fixed, 10)
        self._log(4, BEFORE, task_id=self.task.id)
        item.order_id.order_line = [
            Command.create(
                {
                    "product_id": self.sold_time.id,
                    "product_uom_qty": 1,
                    "price_unit": 250,
                    "is_expense": True,
                }
            )
        ]
        self._end()
        row = self._window().line_ids
        self.assertEqual((row.prepaid_left, row.costs), (6, 250))

    def test_form(self):
        """The preview follows the day and the choices, and the button does it."""
        item = self._order()
        self._log(9, BEFORE, task_id=self.task.id)
        new = self._log(2, LATER, task_id=self.task.id)
        action = self.project.with_user(self.seller).action_billing_hand_over()
        windows = self.env["project.billing.handover.window"].with_user(self.seller)
        self._end()
        with Form(windows.with_context(**action["context"])) as form:
            form.date = LATER
            self.assertIn("09:00 hours of before 03/20/2026 stay with", form.preview)
            form.before = "invoice"
            self.assertIn("invoices 09:00 hours", form.preview)
            form.date = BEFORE
            self.assertIn("11:00 hours from 03/13/2026 on leave", form.preview)
            form.date = LATER
        form.record.action_apply()
        self.assertBillers(ours=[new])
        self.assertTrue(item.order_id.invoice_ids)
        note = self.project.with_user(self.seller).billing_handover_note
        self.assertEqual(note, "Billed by requests from 03/20/2026 on.")
        again = self._window()
        self.assertEqual(again.direction, "orders")
        self.assertEqual(again.item_id, item)

    def test_preview_changes_nothing(self):
        self._order()
        self._log(2, LATER, task_id=self.task.id)
        before = self._state()
        self.assertTrue(self._window().preview)
        self.assertEqual(self._state(), before)

    def test_nobody_before_is_said(self):
        """Three hours before the day that neither has are named by the leak finder."""
        self.rule.date_start = LATER
        item = self._order()
        lonely = self.task.create({"name": "Lonely", "project_id": self.project.id})
        lonely.sale_line_id = False
        self._log(3, BEFORE, task_id=lonely.id)
        self._log(1, BEFORE, task_id=self.task.id)
        self.assertIn("03:00 hours before", self._window().preview)
        item.order_id._create_invoices()
        self._hand_over()
        self.assertEqual(self._leaks("outside").hours, 3)

    def test_foreign_ids(self):
        """Nobody reads a project or an order through the window."""
        windows = self.env["project.billing.handover.window"]
        with self.assertRaises(AccessError):
            windows.with_user(self.other_pm).create({"project_id": self.project.id})
        item = self._abroad()
        window = windows.with_user(self.pm).create(
            {
                "project_id": self.project.id,
                "direction": "orders",
                "item_id": item.id,
            }
        )
        self.assertNotIn(item.order_id.name, window.preview)

    def test_from_a_leak(self):
        """The leak of what an order took opens the window as well."""
        pack = self._order(self.sold_fixed, 100)
        task = self.task.create({"name": "Taken", "project_id": self.project.id})
        self.assertEqual(task.sale_line_id, pack)
        self._log(2, LATER, task_id=task.id)
        leak = self._leaks("order_taken")
        action = leak.with_user(self.pm).action_hand_over()
        self.assertEqual(action["context"]["default_project_id"], self.project.id)
        with self.assertRaises(AccessError):
            leak.with_user(self.other_pm).action_hand_over()
        self._hand_over()
        self.assertFalse(self._leaks("order_taken"))


@tagged("post_install", "-at_install")
class TestHandoverSetUp(HandoverCommon):
    def _set_up(self, **values):
        setups = self.env["project.billing.setup"].with_user(self.seller)
        return setups.create(
            {"project_id": self.project.id, "date_start": DAY, **values}
        )

    def test_set_up_says_what_the_order_bills(self):
        self.rule.unlink()
        item = self._order()
        self._log(9, BEFORE, task_id=self.task.id)
        self._end()
        setup = self._set_up()
        self.assertIn(item.order_id.name, setup.order_note)
        self.assertIn("9:00 hours", setup.order_note)
        self.assertTrue(setup.hand_over)
        action = setup.action_apply()
        self.assertEqual(action["res_model"], "project.billing.handover.window")
        self.assertEqual(action["context"]["default_date"], DAY)
        window = self.env[action["res_model"]].with_user(self.seller)
        window = window.with_context(**action["context"]).create({})
        window.action_apply()
        new = self._log(2, LATER, task_id=self.task.id)
        self.assertBillers(ours=[new])

    def test_set_up_without_an_order(self):
        setup = self._set_up()
        self.assertFalse(setup.order_note)
        self.assertEqual(setup.action_apply()["type"], "ir.actions.act_window_close")

    def test_set_up_without_the_hand_over(self):
        self._order()
        setup = self._set_up(hand_over=False)
        self.assertEqual(setup.action_apply()["type"], "ir.actions.act_window_close")


@tagged("post_install", "-at_install")
class TestTakeOff(HandoverCommon):
    def _save(self, **vals):
        return self.project.web_save(vals, {"id": {}})

    def test_taking_billable_off_asks(self):
        """The order's nine hours would be nobody's: somebody has to mean it."""
        item = self._order()
        entry = self._log(9, BEFORE, task_id=self.task.id)
        self._end()
        with self.assertRaises(RedirectWarning) as caught:
            self._save(allow_billable=False)
        message, action, _button, context = caught.exception.args
        self.assertIn(item.order_id.name, message)
        self.assertEqual(entry.so_line, item)
        question = self.env[action["res_model"]].with_context(**context).create({})
        self.assertEqual(question.what, "billable")
        self.assertIn("9:00 hours", question.note)
        question.action_apply()
        self.assertFalse(self.project.allow_billable)
        self._save(allow_billable=False)

    def test_taking_the_customer_off_asks(self):
        with self.assertRaises(RedirectWarning) as caught:
            self._save(partner_id=False)
        context = caught.exception.args[3]
        question = self.env["project.billing.take.off"].with_context(**context)
        question.create({}).action_apply()
        self.assertFalse(self.project.partner_id)

    def test_other_changes_do_not_ask(self):
        self._save(partner_id=self.partner_b.id)
        self._save(name="Other", allow_billable=True)
        self.rule.unlink()
        self._save(partner_id=False)
        self.assertFalse(self.project.partner_id)

    def test_in_a_list(self):
        other = self._create_project(name="Not billed")
        other.web_save_multi([{"partner_id": False}], {"id": {}})
        with self.assertRaises(RedirectWarning):
            (self.project | other).web_save_multi(
                [{"partner_id": False}, {"partner_id": False}], {"id": {}}
            )
        with self.assertRaises(AccessError):
            self.project.with_user(self.pm).web_save({"partner_id": False}, {"id": {}})


@tagged("post_install", "-at_install")
class TestHandoverCosts(CostCommon, HandoverCommon):
    def _buy(self, price, day):
        return self._create_bill(
            price,
            share=100,
            product_id=self.hosting.id,
            taxes=self.env["account.tax"],
            invoice_date=day,
            date=day,
        )

    def test_costs_from_the_day_on(self):
        """Bills from the day on are re-invoiced by no order, older ones are."""
        self.hosting.write({"expense_policy": "cost", "invoice_policy": "order"})
        item = self._order()
        self._hand_over()
        old = self._buy(100, BEFORE)
        new = self._buy(250, DAY)
        self._end()
        costs = item.order_id.order_line.filtered("is_expense")
        self.assertEqual(costs.mapped("price_subtotal"), [100])
        items = self.env["project.billing.item"].search([("kind", "=", "cost")])
        self.assertEqual(items.mapped("amount"), [281.25])
        self.assertTrue(old | new)

    def test_costs_stay_without_a_rule(self):
        """Without a rule for costs the order goes on to re-invoice them."""
        self.project.billing_rule_ids.filtered(lambda r: r.kind == "cost").unlink()
        self.hosting.write({"expense_policy": "cost", "invoice_policy": "order"})
        item = self._order()
        self._hand_over()
        self._buy(250, DAY)
        costs = item.order_id.order_line.filtered("is_expense")
        self.assertEqual(costs.mapped("price_subtotal"), [250])

    def test_costs_back_to_the_order(self):
        """Bills that are ours stay so, later ones are the order's again."""
        self.hosting.write({"expense_policy": "cost", "invoice_policy": "order"})
        item = self._order()
        self._hand_over()
        self._buy(250, LATER)
        self._hand_over("orders", DAY, item_id=item.id)
        self._buy(70, LATER)
        self._end()
        items = self.env["project.billing.item"].search([("kind", "=", "cost")])
        self.assertEqual(items.mapped("amount"), [281.25])
        costs = item.order_id.order_line.filtered("is_expense")
        self.assertEqual(costs.mapped("price_subtotal"), [70])
