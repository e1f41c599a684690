"""Credit notes release exactly what they name (I13)."""

from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..exceptions import BillingError
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestCredit(BillingCommon):
    def setUp(self):
        super().setUp()
        self.monday = self._log(4.5)
        self.tuesday = self._log(3.5, day=date(2026, 3, 3))

    def test_partial_credit_then_period_invoice(self):
        """The case that Odoo itself gets wrong: 4.5 h, not 9 h."""
        move = self._post()
        self._credit(move, lambda lines: lines.write({"quantity": 3.5}))
        self.assertMinutes((0, 0, 270, 0), self.monday)
        self.assertMinutes((210, 0, 0, 0), self.tuesday)
        self._log(1, day=date(2026, 3, 4))
        again = self._prepare()
        self.assertEqual(again.hours, 4.5)
        self.assertEqual(again.amount_untaxed, 450)
        self._post(again)
        self.assertMinutes((0, 0, 540, 0))

    def test_full_credit(self):
        move = self._post()
        self._credit(move)
        self.assertMinutes((480, 0, 0, 0))
        self.assertEqual(self._prepare().hours, 8)

    def test_price_only_credit_releases_nothing(self):
        move = self._post()
        self._credit(move, lambda lines: lines.write({"price_unit": 20}))
        self.assertMinutes((0, 0, 480, 0))

    def test_credit_of_picked_work(self):
        """I13: the entries picked in the wizard, not the latest."""
        move = self._post()
        item = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", self.monday.id)]
        )
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "billing_item_ids": item.ids})
        )
        self.assertEqual(len(wizard.billing_billed_item_ids), 2)
        with self.assertRaisesRegex(BillingError, "replacement"):
            wizard.reverse_moves(is_modify=True)
        wizard.reverse_moves()
        credit = wizard.new_move_ids
        self.assertEqual(credit.invoice_line_ids.quantity, 4.5)
        self.assertEqual(credit.amount_untaxed, 450)
        with self.assertRaises(AccessError):
            credit.invoice_line_ids.billing_item_ids = False
        credit.action_post()
        self.assertMinutes((270, 0, 0, 0), self.monday)
        self.assertMinutes((0, 0, 210, 0), self.tuesday)
        credit.button_draft()
        self.assertMinutes((0, 0, 480, 0))

    def test_credit_in_days(self):
        move = self._post()
        day = self.env.ref("uom.product_uom_day")
        self._credit(
            move,
            lambda lines: lines.write(
                {"product_uom_id": day.id, "quantity": 1, "price_unit": 800}
            ),
        )
        self.assertMinutes((480, 0, 0, 0))

    def test_credit_of_one_line(self):
        self.rule.detail = "day"
        move = self._post()
        self._credit(
            move,
            lambda lines: lines.filtered(lambda line: line.quantity == 4.5).unlink(),
        )
        self.assertMinutes((0, 0, 270, 0), self.monday)
        self.assertMinutes((210, 0, 0, 0), self.tuesday)

    def test_two_partial_credits_release_no_more_than_all(self):
        move = self._post()
        for quantity in (3.33, 4.67):
            self._credit(move, lambda lines, q=quantity: lines.write({"quantity": q}))
        self.assertMinutes((480, 0, 0, 0))

    def test_reset_takes_back(self):
        move = self._post()
        credit = self._credit(move)
        credit.button_draft()
        self.assertMinutes((0, 0, 480, 0))
        credit.action_post()
        self.assertMinutes((480, 0, 0, 0))
        credit.button_draft()
        credit.button_cancel()
        self.assertMinutes((0, 0, 480, 0))

    def test_partial_reset_takes_back(self):
        move = self._post()
        credit = self._credit(move, lambda lines: lines.write({"quantity": 5}))
        self.assertMinutes((300, 0, 180, 0))
        credit.button_draft()
        self.assertMinutes((0, 0, 480, 0))
        credit.unlink()
        self._credit(move)
        self.assertMinutes((480, 0, 0, 0))

    def test_reset_refused_when_billed_again(self):
        move = self._post()
        credit = self._credit(move)
        again = self._prepare()
        with self.assertRaisesRegex(BillingError, again.name):
            credit.button_draft()
        self.assertMinutes((0, 480, 0, 0))

    def test_credited_invoice_is_not_reset(self):
        move = self._post()
        credit = self._credit(move, lambda lines: lines.write({"quantity": 5}))
        with self.assertRaisesRegex(BillingError, credit.name):
            move.button_draft()
        self.assertMinutes((300, 0, 180, 0))

    def test_reverse_and_replace(self):
        """The replacement holds the work; nothing is free to be billed again."""
        move = self._post()
        replacement = self._credit(move, modify=True)
        self.assertEqual(replacement.state, "draft")
        self.assertMinutes((0, 480, 0, 0))
        request = replacement.billing_request_ids
        self.assertRecordValues(
            request, [{"state": "invoiced", "amount_untaxed": 800, "hours": 8}]
        )
        self.assertEqual(request.replaces_id, move.billing_request_ids)
        replacement.action_post()
        self.assertMinutes((0, 0, 480, 0))
        self._credit(replacement)
        self.assertMinutes((480, 0, 0, 0))

    def test_replacement_deleted(self):
        move = self._post()
        replacement = self._credit(move, modify=True)
        replacement.unlink()
        self.assertMinutes((480, 0, 0, 0))
        self.assertEqual(self._prepare().hours, 8)

    def test_replacement_after_partial_credit_is_refused(self):
        move = self._post()
        self._credit(move, lambda lines: lines.write({"quantity": 3.5}))
        with self.assertRaisesRegex(BillingError, "in part"):
            self._credit(move, modify=True)

    def test_draft_credit_releases_nothing(self):
        move = self._post()
        credit = self._credit(move, post=False)
        self.assertMinutes((0, 0, 480, 0))
        credit.unlink()
        self.assertMinutes((0, 0, 480, 0))

    def test_credit_of_a_lowered_line(self):
        """A draft lowered before: only what was billed comes back."""
        request = self._prepare()
        request.line_ids.change_quantity(6, "write_off", "Goodwill")
        move = self._post(request)
        self.assertMinutes((0, 0, 360, 120))
        self._credit(move)
        self.assertMinutes((360, 0, 0, 120))
