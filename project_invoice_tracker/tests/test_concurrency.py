"""What two sessions at once make of the same work (I1, I3, I13, I16)."""

from odoo import Command
from odoo.tests import tagged

from ..exceptions import BillingError, NothingToBill, SourceClosed
from .concurrency_common import ConcurrencyCase


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestConcurrency(ConcurrencyCase):
    # === RACES ===

    def test_collect_and_collect(self):
        """I1: each minute in one request; the other is told which, and whose."""
        request_id, error = self._race(("pm", self._prepare), ("boss", self._prepare))
        self.assertIsInstance(error, NothingToBill)
        with self._session() as env:
            request = env["project.billing.request"].browse(request_id)
            self.assertIn(request.name, str(error))
            self.assertIn(request.user_id.name, str(error))
        self.assertEqual(self._minutes(), (0, 120, 0))

    def test_collect_and_change_time(self):
        """I15: what is collected cannot change any more."""
        change = self._change_time(3)
        _id, error = self._race(("pm", self._prepare), ("accountant", change))
        self.assertIsInstance(error, SourceClosed)
        self.assertEqual(self._minutes(), (0, 120, 0))

    def test_change_time_and_collect(self):
        """I30: the changed time is collected, not what it was."""
        change = self._change_time(3)
        _none, request_id = self._race(("accountant", change), ("pm", self._prepare))
        self.assertEqual(self._minutes(), (0, 180, 0))
        with self._session() as env:
            self.assertEqual(env["project.billing.request"].browse(request_id).hours, 3)

    def test_collect_and_delete_time(self):
        delete = self._delete_time
        _id, error = self._race(("pm", self._prepare), ("accountant", delete))
        self.assertIsInstance(error, SourceClosed)
        self.assertEqual(self._minutes(), (0, 120, 0))

    def test_delete_time_and_collect(self):
        _none, error = self._race(
            ("accountant", self._delete_time), ("pm", self._prepare)
        )
        self.assertIsInstance(error, NothingToBill)
        self.assertEqual(self._minutes(), (0, 0, 0))

    def test_submit_and_edit(self):
        """I6: the text is either in what was submitted, or refused."""
        request_id = self._request()
        edit = self._edit_line(request_id)
        submit = self._step(request_id, "action_submit")
        _true, error = self._race(("pm", submit), ("boss", edit))
        self.assertIsInstance(error, BillingError)
        self.assertIn("frozen", str(error))

    def test_edit_and_submit(self):
        """I6: what is submitted is what the other session made of it."""
        request_id = self._request()
        edit = self._edit_line(request_id)
        submit = self._step(request_id, "action_submit")
        self.assertIs(self._race(("boss", edit), ("pm", submit))[1], True)
        with self._session("approver") as env:
            self._step(request_id, "action_approve")(env)

    def test_withdraw_and_approve(self):
        """I3: nothing that was withdrawn is approved."""
        request_id = self._request("submitted")

        def withdraw(env):
            self._step(request_id, "action_withdraw")(env)
            return self._edit_line(request_id)(env)

        approve = self._step(request_id, "action_approve")
        _true, error = self._race(("pm", withdraw), ("approver", approve))
        self.assertIsInstance(error, BillingError)
        self.assertEqual(self._state(request_id), "draft")

    def test_approve_and_approve(self):
        """I3: approved once; the second approver is told by whom."""
        request_id = self._request("submitted")
        approve = self._step(request_id, "action_approve")
        _true, error = self._race(("approver", approve), ("second_approver", approve))
        self.assertIsInstance(error, BillingError)
        self.assertIn("Approver", str(error))
        with self._session() as env:
            request = env["project.billing.request"].browse(request_id)
            self.assertEqual(len(request.approval_ids.filtered("valid")), 1)

    def test_invoice_twice(self):
        """I1: one request becomes one invoice."""
        request_id = self._request("approved")
        create = self._step(request_id, "action_create_invoice")
        _true, error = self._race(("pm", create), ("boss", create))
        self.assertIsInstance(error, BillingError)
        self.assertIn("invoiced", str(error))
        with self._session() as env:
            lines = env["project.billing.line"].search(
                [("request_id", "=", request_id)]
            )
            self.assertEqual(len(lines.invoice_line_id.move_id), 1)

    def test_two_projects_on_one_invoice(self):
        """I16: two sessions invoice two projects of a customer: one invoice."""
        with self._session() as env:
            customer = env["res.partner"].create(
                {"name": "Group", "billing_one_invoice": True}
            )
            project = env["project.project"].browse(self.project_id)
            project.partner_id = customer
            other = project.copy({"name": "Shop", "partner_id": customer.id})
            project.billing_rule_ids.copy({"project_id": other.id})
        first_id = self._request("approved")
        own_id, self.project_id = self.project_id, other.id
        self._log(3)
        second_id = self._request("approved")
        self.project_id = own_id
        create = "action_create_invoice"
        _true, result = self._race(
            ("pm", self._step(first_id, create)),
            ("boss", self._step(second_id, create)),
        )
        self.assertIs(result, True)
        with self._session() as env:
            requests = env["project.billing.request"].browse([first_id, second_id])
            self.assertEqual(requests.mapped("state"), ["invoiced"] * 2)
            self.assertEqual(len(requests.invoice_id), 1)
            self.assertEqual(requests.invoice_id.amount_untaxed, 500)

    def test_credit_and_collect(self):
        """I13: credited work is collected once, now or with the next request."""
        move_id = self._posted()
        self._log(1)
        self._race(
            ("accountant", lambda env: self._credit(env, move_id)),
            ("pm", self._prepare),
        )
        self.assertEqual(sum(self._minutes()[:2]), 180)
        self.assertGreaterEqual(self._minutes()[1], 60)

    def test_collect_and_reset_of_the_credit(self):
        """I13: work that is collected meanwhile is not taken back."""
        move_id = self._posted()
        with self._session("accountant") as env:
            credit_id = self._credit(env, move_id)

        def reset(env):
            env["account.move"].browse(credit_id).button_draft()

        _id, error = self._race(("pm", self._prepare), ("accountant", reset))
        self.assertIsInstance(error, BillingError)
        self.assertEqual(self._minutes(), (0, 120, 0))

    def test_reset_of_the_credit_and_collect(self):
        move_id = self._posted()
        with self._session("accountant") as env:
            credit_id = self._credit(env, move_id)

        def reset(env):
            env["account.move"].browse(credit_id).button_draft()

        _none, error = self._race(("accountant", reset), ("pm", self._prepare))
        self.assertIsInstance(error, NothingToBill)
        self.assertEqual(self._minutes(), (0, 0, 120))

    def test_lower_and_lower(self):
        """I1: two sessions write the same hour off; it is written off once."""
        request_id = self._request()

        def lower(env):
            line = env["project.billing.request"].browse(request_id).line_ids
            line.change_quantity(1, "write_off", "Goodwill")
            return True

        self._race(("pm", lower), ("boss", lower))
        self.assertEqual(self._minutes(), (0, 60, 0))

    def _change_time(self, hours):
        def change(env):
            entry = env["account.analytic.line"].browse(self.entry_id)
            entry.unit_amount = hours

        return change

    def _delete_time(self, env):
        env["account.analytic.line"].browse(self.entry_id).unlink()

    def _edit_line(self, request_id):
        def edit(env):
            request = env["project.billing.request"].browse(request_id)
            request.write(
                {"line_ids": [Command.update(request.line_ids.id, {"name": "Other"})]}
            )
            return True

        return edit

    def _state(self, request_id):
        with self._session() as env:
            return env["project.billing.request"].browse(request_id).state
