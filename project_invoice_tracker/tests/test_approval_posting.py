"""What is posted is what was approved (I2, I6), and approvals from before levels."""

from odoo import Command
from odoo.tests import tagged

from ..exceptions import BillingError
from .approval_common import ApprovalCommon


@tagged("post_install", "-at_install")
class TestPostingAsApproved(ApprovalCommon):
    def test_changed_behind_both(self):
        """I6: a line that changed with its invoice line is found by the approval."""
        move = self._invoice(self._draft(2))
        line = move.invoice_line_ids.billing_line_id
        for column, value, word in (
            ("name", "'Other'", "Text"),
            ("quantity", "1", "Quantity"),
            ("price_unit", "50", "Price"),
        ):
            with (
                self.subTest(column=column),
                self.assertRaisesRegex(BillingError, word),
                self.env.cr.savepoint(),
            ):
                self.env.flush_all()
                for table, row in (
                    ("project_billing_line", line.id),
                    ("account_move_line", move.invoice_line_ids[:1].id),
                ):
                    if column != "name" or table == "project_billing_line":
                        self.env.cr.execute(
                            f"UPDATE {table} SET {column} = {value} WHERE id = {row}"
                        )
                self.env.invalidate_all()
                move.billing_request_ids._billing_check_approved()
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_slices_behind(self):
        """I6: the work behind a line is compared as well."""
        move = self._invoice(self._draft(2))
        request = move.billing_request_ids
        self._sql(
            "UPDATE project_billing_allocation SET quantity = 60 WHERE request_id = %s",
            request.id,
        )
        with self.assertRaisesRegex(BillingError, "Work behind"):
            request._billing_check_approved()

    def test_tax_total_by_hand(self):
        """I2: the total of taxes is that of the approval."""
        move = self._invoice(self._draft(2))
        tax_line = move.line_ids.filtered("tax_line_id")
        receivable = move.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        move.write(
            {
                "line_ids": [
                    Command.update(
                        tax_line.id, {"balance": -31, "amount_currency": -31}
                    ),
                    Command.update(
                        receivable.id, {"balance": 231, "amount_currency": 231}
                    ),
                ]
            }
        )
        self.assertEqual(move.amount_tax, 31)
        with self.assertRaisesRegex(BillingError, "30.00"):
            move.action_post()

    def test_removed_line(self):
        """Accounting may take a line off; the others are as approved."""
        request = self._draft(2)
        request.line_ids = [Command.create({"name": "Licence", "price_unit": 50})]
        move = self._invoice(request)
        move.invoice_line_ids.filtered(lambda line: line.price_unit == 50).unlink()
        move.action_post()
        self.assertEqual(move.amount_untaxed, 200)

    def test_shared_invoice(self):
        """I2: the taxes of a shared invoice are those of all its requests."""
        self.partner_a.billing_one_invoice = True
        other = self._create_project(name="Shop")
        self._create_rule(other, price_unit=33.33)
        self._log(1)
        self._log(1.01, project_id=other.id)
        requests = self._prepare(self.project | other)
        for request in requests:
            self._approve(request)
        requests.action_create_invoice()
        move = requests.sudo().invoice_id.with_user(self.accountant).sudo(False)
        self.assertEqual(len(move), 1)
        move.action_post()
        self.assertEqual(move.state, "posted")


@tagged("post_install", "-at_install")
class TestBeforeLevels(ApprovalCommon):
    """Requests as an earlier version left them: no steps, no content in the log."""

    def _earlier(self, request):
        """Make a request what the version before levels would have written."""
        requests = request.sudo()
        for row in requests.approval_ids.filtered(
            lambda row: row.decision in ("submit", "approve")
        ):
            row._engine().write(
                {
                    "parts": False,
                    "content": False,
                    "step_id": False,
                    "fingerprint": requests._contents()[request.id].stored,
                }
            )
        requests.step_ids._engine().unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.env["project.billing.request"]._adopt_earlier_approvals()
        self.env.invalidate_all()
        return request

    def test_submitted(self):
        """I3: what waited before the upgrade is approved by any billing approver."""
        request = self._earlier(self._submitted())
        self.assertEqual(request.step_ids.state, "asked")
        self.assertEqual(self._now(request), self.approvers)
        self._as(self.first, request).action_approve()
        self.assertEqual(request.state, "approved")

    def test_approved(self):
        """I6: an approval from before the upgrade counts, and shows its content."""
        request = self._earlier(self._approve(self._draft()))
        row = request.sudo().approval_ids.filtered("valid")
        self.assertTrue(row.content and row.parts)
        self.assertEqual(row.step_id, request.sudo().step_ids)
        request.action_create_invoice()
        self.assertEqual(request.state, "invoiced")

    def test_approved_and_changed(self):
        """I6: it does not count for other content."""
        request = self._earlier(self._approve(self._draft()))
        self._sql(
            "UPDATE project_billing_line SET quantity = 2 WHERE request_id = %s",
            request.id,
        )
        request.action_create_invoice()
        self.assertEqual(request.state, "draft")
