"""Deposits on the ways that documents go: replaced, cut down, taxed anew (I13, I19)."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..exceptions import BillingError
from .test_advance import AdvanceCommon


@tagged("post_install", "-at_install")
class TestAdvanceWays(AdvanceCommon):
    def test_two_deposits_one_after_the_other(self):
        """I19: the first is used up before the second; together never too much."""
        first = self._create_deposit(advance_amount=150.0)
        second = self._create_deposit(advance_amount=200.0, sequence=20)
        self._post()
        self.assertEqual(self.project.billing_advance_left, 350)
        self._log(2)
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-150, -50])
        self.assertEqual(self._amounts(request), (0, 0, 0))
        self._post(request)
        self.assertBalance(first, 150, 150, 0)
        self.assertBalance(second, 200, 50, 150)
        self.assertEqual(self.project.billing_advance_left, 150)
        self.assertEqual(self.project.billing_amount_planned, 0)

    def test_a_second_deposit_is_not_eaten_by_the_first(self):
        """A deposit is deducted from work, not from another deposit."""
        first = self._create_deposit(advance_amount=150.0)
        self._post()
        self._create_deposit(advance_amount=200.0, sequence=20)
        self._log(1)
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-100])
        self.assertEqual(self._amounts(request), (200, 38, 238))
        self._post(request)
        self.assertBalance(first, 150, 100, 50)

    def test_the_taxes_it_was_billed_with(self):
        """I2: the rate of the service changed; the deposit's tax is deducted."""
        self._create_deposit(advance_amount=100.0)
        self._post()
        lower = self.tax.copy({"name": "VAT 7", "amount": 7})
        self.deposit_service.taxes_id = [Command.set(lower.ids)]
        self._log(3)
        request = self._prepare()
        # 300.00 + 57.00 less 100.00 + 19.00
        self.assertEqual(self._amounts(request), (200, 38, 238))
        self._post(request)
        self.assertEqual(self._amounts(request), (200, 38, 238))

    def test_replaced_invoice(self):
        """I13: the invoice that replaces a credited one deducts the same."""
        rule = self._create_deposit(advance_amount=250.0)
        self._post()
        self._log(4)
        move = self._post()
        self.assertEqual(move.amount_untaxed, 150)
        replacement = self._credit(move, modify=True)
        self.assertBalance(rule, 250, 250, 0)
        replacement.action_post()
        self.assertEqual(replacement.amount_untaxed, 150)
        self.assertBalance(rule, 250, 250, 0)
        self._credit(replacement)
        self.assertBalance(rule, 250, 0, 250)

    def test_partly_credited_is_not_replaced(self):
        rule = self._create_deposit(advance_amount=250.0)
        self._post()
        self._log(4)
        move = self._post()

        def edit(lines):
            deduction = lines.filtered(lambda line: line.quantity < 0)
            deduction.price_unit = 50.0
            (lines - deduction).quantity = 1.0

        self._credit(move, edit)
        self.assertBalance(rule, 250, 200, 50)
        with self.assertRaisesRegex(BillingError, "cannot be replaced"):
            self._credit(move, modify=True)

    def test_accounting_removes_the_deduction(self):
        """I13: it can be deducted from the next request."""
        rule = self._create_deposit(advance_amount=250.0)
        self._post()
        self._log(4)
        request = self._prepare()
        move = self._invoice(request)
        move.invoice_line_ids.filtered(lambda line: line.quantity < 0).unlink()
        self.assertBalance(rule, 250, 0, 250)
        move.action_post()
        self.assertEqual(move.amount_untaxed, 400)
        self._log(1)
        self.assertEqual(self._prepare().amount_untaxed, 0)

    def test_removed_and_sent_back(self):
        """I14, I19: the request deducts anew, on a line that is billed."""
        rule = self._create_deposit(advance_amount=1000.0)
        self._post()
        self._log(5)
        request = self._prepare()
        move = self._invoice(request)
        move.invoice_line_ids.filtered(lambda line: line.quantity < 0).unlink()
        self.assertBalance(rule, 1000, 0, 1000)
        move.action_billing_send_back("With the deposit, please")
        self.assertEqual(request.amount_total, 0)
        self.assertBalance(rule, 1000, 500, 500)
        self.assertEqual(self._post(request).amount_total, 0)
        self.assertBalance(rule, 1000, 500, 500)

    def test_accounting_does_not_change_it(self):
        self._create_deposit(advance_amount=250.0)
        self._post()
        self._log(4)
        move = self._invoice()
        deduction = move.invoice_line_ids.filtered(lambda line: line.quantity < 0)
        for values in ({"price_unit": 100.0}, {"quantity": -2.0}):
            with self.assertRaises(UserError), self.cr.savepoint():
                deduction.write(values)

    def test_nothing_below_zero_without_work(self):
        """I23: an invoice without its work would be negative: Odoo refuses it."""
        self._create_deposit()
        self._post()
        self._log(4)
        move = self._invoice()
        work = move.invoice_line_ids.filtered(lambda line: line.quantity > 0)
        work.unlink()
        with self.assertRaises(UserError):
            move.action_post()

    def test_explained(self):
        """I18: a deduction says of which deposit it is, and how much."""
        self._create_deposit(advance_amount=250.0)
        self._post()
        self._log(4)
        line = self._prepare().line_ids.filtered("adjusts")
        (row,) = line.explain()
        self.assertEqual((row["quantity"], row["price"]), (-1, 250))
        self.assertIn("Deposit", row["item"])
        self.assertEqual(line.adjusts_note, "Deducted automatically")

    def test_on_the_form(self):
        """A new retention proposes a release; a deposit asks for its amount."""
        form = Form(
            self.env["project.billing.rule"].with_context(
                default_project_id=self.project.id
            )
        )
        form.kind = "retention"
        rule = form.save()
        self.assertEqual(rule.retention_release_ids.mapped("percentage"), [100])
        form = Form(
            self.env["project.billing.rule"].with_context(
                default_project_id=self.project.id
            )
        )
        form.kind = "advance"
        form.advance_amount = 500
        form.contract_amount = 2000
        rule = form.save()
        self.assertEqual(rule._deposit_share(), 25)

    @freeze_time("2026-03-31 13:00:00")
    def test_ready_on_the_day_of_the_company(self):
        """I18: in Auckland it is April, whoever's clock the daily job goes by."""
        self.company.partner_id.tz = "UTC"
        rule = self._create_deposit(date_start="2026-04-01")
        item = self.env["project.billing.item"].search([("rule_id", "=", rule.id)])
        self.assertFalse(item.ready)
        self.company.partner_id.tz = "Pacific/Auckland"
        self.env["project.billing.rule"]._cron_follow_calendar()
        item.invalidate_recordset()
        self.assertTrue(item.ready)
