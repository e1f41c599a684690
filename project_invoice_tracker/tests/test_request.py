"""Requests: collecting, editing, approving, and who may do what."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..exceptions import BillingError, NothingToBill
from .common import DAY, BillingCommon


@tagged("post_install", "-at_install")
class TestRequest(BillingCommon):
    def test_collects_all_that_is_ready(self):
        self._log(4.5)
        self._log(3.5, day=date(2026, 3, 3))
        self._log(2, day=date(2027, 1, 1))
        request = self._prepare()
        self.assertRecordValues(
            request,
            [
                {
                    "project_id": self.project.id,
                    "partner_id": self.partner_a.id,
                    "state": "draft",
                    "user_id": self.pm.id,
                    "date_from": DAY,
                    "amount_untaxed": 800.0,
                    "amount_tax": 120.0,
                    "amount_total": 920.0,
                    "hours": 8.0,
                }
            ],
        )
        self.assertRecordValues(
            request.line_ids, [{"quantity": 8.0, "price_unit": 100.0, "kind": "time"}]
        )
        self.assertMinutes((120, 480, 0, 0))

    def test_manager_sees_a_project_without_following_it(self):
        self.project.message_unsubscribe(self.pm.partner_id.ids)
        self._log(1)
        projects = self.env["project.project"].with_user(self.pm)
        ready = projects.search([("billing_amount_ready", ">", 0)])
        self.assertEqual(ready, self.project)
        self.assertEqual(ready.billing_amount_ready, 100)
        self.assertFalse(
            projects.with_user(self.other_pm).search([("billing_amount_ready", ">", 0)])
        )

    def test_minutes_sum_before_they_are_rounded(self):
        for _index in range(3):
            self._log(1 / 3)
        self.assertEqual(self._prepare().line_ids.quantity, 1.0)

    def test_collect_again_extends_the_line(self):
        self._log(4)
        request = self._prepare()
        request.line_ids.name = "Work in March"
        self._log(2)
        request.collect(date(2026, 12, 31))
        self.assertRecordValues(
            request.line_ids, [{"name": "Work in March", "quantity": 6.0}]
        )
        self.assertEqual(request.amount_untaxed, 600.0)

    def test_bill_again_extends_the_draft(self):
        self._log(4)
        request = self._prepare()
        self._log(2)
        self.assertEqual(self._prepare(), request)
        with self.assertRaisesRegex(NothingToBill, request.name):
            self._prepare()

    def test_details(self):
        task = self.env["project.task"].create(
            {"name": "Design", "project_id": self.project.id}
        )
        self._log(1, task_id=task.id)
        self._log(1, task_id=task.id, employee_id=self.bob.id)
        self._log(1, employee_id=self.bob.id, day=date(2026, 3, 3))
        expected = {
            "project": 1,
            "task": 2,
            "person": 2,
            "task_person": 3,
            "day": 2,
            "entry": 3,
        }
        for detail, count in expected.items():
            with self.subTest(detail=detail):
                self.rule.detail = detail
                request = self._prepare()
                self.assertEqual(len(request.line_ids), count)
                self.assertEqual(request.amount_untaxed, 300.0)
                self.assertTrue(all(request.line_ids.mapped("name")))
                request.action_cancel()

    def test_lower_and_bill_later(self):
        monday = self._log(4.5)
        tuesday = self._log(3.5, day=date(2026, 3, 3))
        request = self._prepare()
        request.line_ids.change_quantity(6.0)
        self.assertEqual(request.line_ids.quantity, 6.0)
        self.assertMinutes((0, 270, 0, 0), monday)
        self.assertMinutes((120, 90, 0, 0), tuesday)

    def test_lower_and_write_off(self):
        self._log(8)
        request = self._prepare()
        with self.assertRaisesRegex(BillingError, "why"):
            request.line_ids.change_quantity(6.0, "write_off")
        request.line_ids.change_quantity(6.0, "write_off", "Too slow")
        self.assertMinutes((0, 360, 0, 120))
        self.assertIn("Too slow", request.line_ids.written_off_note)
        request.action_cancel()
        self.assertMinutes((480, 0, 0, 0))

    def test_refuses_bad_quantities(self):
        self._log(2)
        line = self._prepare().line_ids
        for quantity in (-1, float("nan"), float("inf"), 3, "abc"):
            with self.subTest(quantity=quantity), self.assertRaises(BillingError):
                line.change_quantity(quantity)
        with self.assertRaises(BillingError):
            line.quantity = 1
        self.assertMinutes((0, 120, 0, 0))

    def test_remove_a_line(self):
        self._log(8)
        request = self._prepare()
        request.line_ids.unlink()
        self.assertMinutes((480, 0, 0, 0))
        with self.assertRaisesRegex(BillingError, "no line"):
            request.action_submit()

    def test_manual_line(self):
        self._log(1)
        request = self._prepare()
        request.line_ids = [
            Command.create({"name": "Licence", "quantity": 2, "price_unit": 25.5})
        ]
        line = request.line_ids.filtered(lambda line: line.kind == "manual")
        self.assertEqual(request.line_ids[-1], line, "added at the end")
        self.assertRecordValues(
            line, [{"price_subtotal": 51.0, "unit": "unit", "kind": "manual"}]
        )
        self.assertEqual(line.allocation_ids.item_id.state, "reserved")
        line.quantity = 3
        self.assertEqual(line.price_subtotal, 76.5)
        self.assertEqual(line.explain()[0]["quantity"], 3)
        items = line.allocation_ids.item_id
        line.unlink()
        self.assertFalse(items.exists().filtered("quantity"))

    def test_manual_line_stays_what_it_is(self):
        """I15: a line typed by hand cannot pass for recorded work, nor move."""
        self._log(1)
        request = self._prepare()
        request.line_ids = [Command.create({"name": "Licence", "price_unit": 25.5})]
        line = request.line_ids.filtered(lambda line: line.kind == "manual")
        for change in ({"kind": "time"}, {"request_id": request.id}, {"removed": True}):
            with self.subTest(change=change), self.assertRaises(UserError):
                line.write(change)

    def test_cancelled_manual_line_comes_back(self):
        self._log(1)
        request = self._prepare()
        request.line_ids = [Command.create({"name": "Licence", "price_unit": 25.5})]
        request.action_cancel()
        self.assertEqual(self._prepare().line_ids.mapped("name")[-1:], ["Licence"])

    def test_approval(self):
        """I3, I24: approved by an approver who neither asked nor edited."""
        self._log(1)
        request = self._prepare()
        request.action_submit()
        self.assertEqual(request.state, "submitted")
        self.assertIn(self.approver.name, request.waiting_for)
        self.assertEqual(request.sudo().activity_ids.user_id, self.approver)
        for user in (self.pm, self.other_pm, self.accountant, self.worker):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                request.with_user(user).action_approve()
        request.with_user(self.approver).action_approve()
        self.assertEqual(request.state, "approved")
        self.assertFalse(request.sudo().activity_ids)
        with self.assertRaisesRegex(BillingError, "approver_test"):
            request.with_user(self.approver).action_approve()

    def test_no_self_approval(self):
        self.pm.group_ids += self.env.ref(
            "project_invoice_tracker.group_billing_approver"
        )
        self._log(1)
        request = self._prepare()
        request.action_submit()
        with self.assertRaisesRegex(AccessError, "your own"):
            request.action_approve()

    def test_reject_and_withdraw(self):
        self._log(1)
        request = self._prepare()
        request.action_submit()
        rejecting = request.with_user(self.approver)
        with self.assertRaisesRegex(BillingError, "why"):
            rejecting.action_reject(" ")
        self.assertEqual(
            rejecting.action_reject()["res_model"], "project.billing.reason"
        )
        rejecting.action_reject("Wrong month")
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.approval_ids[0].comment, "Wrong month")
        self._approve(request)
        request.action_withdraw()
        self.assertEqual(request.state, "draft")
        self.assertFalse(request.approval_ids.filtered("valid"))
        with self.assertRaisesRegex(BillingError, "draft"):
            request.action_create_invoice()

    def test_frozen_after_submission(self):
        """I6: what was submitted cannot change."""
        self._log(1)
        request = self._prepare()
        request.action_submit()
        line = request.line_ids
        for change in (
            lambda: line.write({"name": "Other"}),
            lambda: request.write({"customer_reference": "PO 1"}),
            lambda: request.write(
                {"line_ids": [Command.create({"name": "More", "price_unit": 1})]}
            ),
            lambda: line.change_quantity(0.5),
            lambda: line.unlink(),
            lambda: request.collect(),
        ):
            with self.assertRaisesRegex(BillingError, "frozen"):
                change()

    def test_changed_content_is_not_approved(self):
        """I6: content that changed by another route needs a new submission."""
        self._log(1)
        request = self._prepare()
        request.action_submit()
        request.line_ids.sudo()._engine().price_unit = 1000
        notice = request.with_user(self.approver).action_approve()
        self.assertIn(request.name, notice["params"]["message"])
        self.assertEqual(request.state, "draft")
        self.assertFalse(request.approval_ids.filtered("valid"))

    def test_approvals_outlive_an_upgrade(self):
        """I6: what the first version did not know is content only when it is set."""
        self._log(1)
        line = self._prepare().line_ids
        self.assertEqual(len(line._content()), 9)
        line.sudo()._engine().discount = 10
        self.assertEqual(len(line._content()), 10)

    def test_problems_are_named(self):
        self.rule.price_unit = 0
        self._log(1)
        with self.assertRaisesRegex(BillingError, "Ann"):
            self._prepare()
        self.env["project.billing.rate"].create(
            {"rule_id": self.rule.id, "employee_id": self.ann.id, "price_unit": 120}
        )
        self.assertEqual(self._prepare().amount_untaxed, 120)

    def test_project_refusals(self):
        self._log(1)
        for values, word in (
            ({"partner_id": False}, "customer"),
            ({"active": False}, "archived"),
        ):
            with self.subTest(word=word):
                before = {name: self.project[name] for name in values}
                self.project.write(values)
                with self.assertRaisesRegex(BillingError, word):
                    self._prepare()
                self.project.write(before)
        bare = self._create_project(name="Bare")
        with self.assertRaisesRegex(BillingError, "no billing rule"):
            self._prepare(bare)
        with self.assertRaisesRegex(BillingError, "before it starts"):
            self._prepare(date_from=date(2027, 1, 1))
        with self.assertRaisesRegex(BillingError, "valid dates"):
            self._prepare(date_to="2026-02-30")
        with self.assertRaises(BillingError):
            self.env["project.billing.request"].with_user(self.pm).prepare([])

    def test_correction_alone_is_carried(self):
        """I23: no negative request; the correction waits for work."""
        self._log(-2)
        with self.assertRaises(NothingToBill):
            self._prepare()
        self._log(5)
        self.assertEqual(self._prepare().hours, 3.0)
        self.assertMinutes((0, 180, 0, 0))
