"""What an approval is bound to is not computed twice, and nothing is missed by that."""

from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .test_approval_content import ContentCommon

FIGURES = (
    "odoo.addons.project_invoice_tracker.models.project_billing_request_basis."
    "ProjectBillingRequest._figures_today"
)


@tagged("post_install", "-at_install")
class TestBasis(ContentCommon):
    def _sql(self, statement, *values):
        """Change something behind everybody's back, as no hook can see."""
        self.env.flush_all()
        self.env.cr.execute(SQL(statement, *values))
        self.env.invalidate_all()

    def test_unchanged_is_not_computed_again(self):
        """Approving and drafting ask the tax engine nothing that it said before."""
        request = self._submitted()
        with patch(FIGURES, side_effect=ValueError("computed again")):
            self._as(self.first, request).action_approve()
            request.action_create_invoice()
        self.assertEqual(request.state, "invoiced")
        rows = request.sudo().approval_ids
        self.assertEqual(
            len(set(rows.mapped("fingerprint"))), 1, "all on the same content"
        )
        approved = rows.filtered(lambda row: row.decision == "approve")
        submitted = rows.filtered(lambda row: row.decision == "submit")
        self.assertEqual(approved.content, submitted.content)
        self.assertTrue(approved.content["lines"])

    def test_a_new_draft_is_not_computed_again(self):
        """What was computed when the draft was made is what it would be now."""
        self._log(1.35)
        request = self._prepare()
        terms = request.sudo()._terms_today()[request.id]
        self.assertEqual(
            request.sudo()._figures_stored(), request.sudo()._figures_today(terms)
        )
        with patch(FIGURES, side_effect=ValueError("computed again")):
            request.action_submit()
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.amount_tax, 20.25)

    def test_an_edited_draft_is_computed_again(self):
        """I6: a draft whose tax changed since is submitted with the tax of today."""
        for extended in (False, True):
            with self.subTest(extended=extended):
                self._log(1)
                request = self._prepare()
                self._sql(
                    "UPDATE account_tax SET amount = 20 WHERE id = %s", self.tax.id
                )
                if extended:
                    # the amounts of the lines before are still those of before
                    self._log(1, name="More")
                    self.assertEqual(self._prepare(), request)
                request.action_submit()
                self.assertEqual(request.amount_tax, 0.2 * request.amount_untaxed)
                self._sql(
                    "UPDATE account_tax SET amount = 15 WHERE id = %s", self.tax.id
                )
                request.action_withdraw()
                request.action_cancel()
                self._log(-1)
                self.env["account.analytic.line"].search(
                    [("project_id", "=", self.project.id)]
                ).unlink()

    def test_what_no_hook_sees(self):
        """I6: whatever the amounts are computed from is part of the basis."""
        group = self.tax.copy({"name": "Two", "amount_type": "group"})
        group.children_tax_ids = [Command.set(self.reduced.ids)]
        both = self.tax | group
        self.service.taxes_id = [Command.set(both.ids)]
        self._log(1)
        amount = "UPDATE account_tax SET amount = 3.5 WHERE id = %s"
        changes = {
            "amount of a tax": (amount, self.tax.id),
            "part of a group": (amount, self.reduced.id),
            "included in the price": (
                "UPDATE account_tax SET price_include_override = 'tax_included'"
                " WHERE id = %s",
                self.tax.id,
            ),
            "base of the next": (
                "UPDATE account_tax SET include_base_amount = TRUE WHERE id = %s",
                self.tax.id,
            ),
        }
        for state in ("submitted", "approved"):
            for name, change in changes.items():
                with self.subTest(change=name, state=state):
                    request = self._prepare()
                    request.action_submit()
                    if state == "approved":
                        self._as(self.first, request).action_approve()
                    with self.env.cr.savepoint() as savepoint:
                        self._sql(*change)
                        if state == "approved":
                            request.action_create_invoice()
                        else:
                            self._as(self.first, request).action_approve()
                        self.assertVoid(request)
                        savepoint.rollback()
                    self.env.invalidate_all()
                    request.action_withdraw()
                    request.action_cancel()

    def test_another_rounding(self):
        """I6: how the company rounds changes the tax of many small lines."""
        company = self.company
        company.tax_calculation_rounding_method = "round_per_line"
        # 5.03 a line: a tax of 0.7545 each, of 3.7725 together
        self.rule.write({"detail": "entry", "price_unit": 100.6})
        for _number in range(5):
            self._log(0.05, name="Call")
        request = self._prepare()
        request.action_submit()
        self._sql(
            "UPDATE res_company SET tax_calculation_rounding_method ="
            " 'round_globally' WHERE id = %s",
            company.id,
        )
        before = request.amount_tax
        after = request.sudo()._exact_totals()[1]
        self.assertNotEqual(float(after), before, "the example shows nothing")
        self._as(self.first, request).action_approve()
        self.assertVoid(request)

    def test_words_change_nothing(self):
        """A tax that is only called something else leaves the approval alone."""
        request = self._submitted()
        self._as(self.first, request).action_approve()
        self._sql(
            "UPDATE account_tax SET name = %s WHERE id = %s",
            '{"en_US": "Another name"}',
            self.tax.id,
        )
        with patch(FIGURES, side_effect=ValueError("computed again")):
            request.action_create_invoice()
        self.assertEqual(request.state, "invoiced")

    def test_untouched_is_not_compared_word_by_word(self):
        """Posting compares a fingerprint, and the lines only when it differs."""
        request = self._submitted()
        self._as(self.first, request).action_approve()
        request.action_create_invoice()
        move = request.sudo().invoice_id.with_user(self.accountant).sudo(False)
        lines = (
            "odoo.addons.project_invoice_tracker.models."
            "project_billing_request_posting.ProjectBillingRequest._lines_as_stored"
        )
        with patch(lines, side_effect=ValueError("compared")):
            move.action_post()
        self.assertEqual(move.state, "posted")
