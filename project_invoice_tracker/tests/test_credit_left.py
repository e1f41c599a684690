"""Partly credited invoices: a credit note is for what is left, and no more (I13)."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..exceptions import BillingError
from .test_credit_chain import ChainCommon


@tagged("post_install", "-at_install")
class TestCreditLeft(ChainCommon):
    """I1, I13: 800 are billed; what several credit notes may take of it."""

    def test_reverse_again_proposes_what_is_left(self):
        """800, 500 credited, reversed again without editing: 300, and then nothing."""
        move = self._post()
        self._credit(move, lambda lines: lines.write({"quantity": 5}))
        self.assertBooks(360, (300, 0, 180, 0))
        note = self._credit(move)
        self.assertEqual(note.invoice_line_ids.quantity, 3)
        self.assertEqual((note.amount_untaxed, note.amount_total), (300, 360))
        self.assertBooks(0, (480, 0, 0, 0))
        with self.assertRefused(f"nothing left of {move.name}"):
            self._reverse(move)

    def test_part_by_price_and_the_rest(self):
        """500 credited by price: the rest is 300, and gives the work back."""
        move = self._post()
        self._credit(move, lambda lines: lines.write({"price_unit": 62.5}))
        self.assertEqual((self._owes(), self._billed()), (360, 300))
        self.assertMinutes((0, 0, 480, 0))
        note = self._credit(move)
        self.assertEqual(
            (note.invoice_line_ids.quantity, note.invoice_line_ids.price_unit),
            (8, 37.5),
        )
        self.assertEqual(note.amount_untaxed, 300)
        self.assertBooks(0, (480, 0, 0, 0))
        with self.assertRefused("nothing left"):
            self._reverse(move)

    def test_rebates_up_to_the_whole(self):
        """Rebate by rebate; the one that takes the last cent gives the work back."""
        move = self._post()
        for price, minutes in ((20, 480), (30, 480), (50, 0)):
            self._credit(move, lambda lines, p=price: lines.write({"price_unit": p}))
            self.assertEqual(self._minutes()[2], minutes)
        self.assertBooks(0, (480, 0, 0, 0))

    def test_more_than_is_left_is_refused(self):
        """The sentence names the line, what is left and the remedy."""
        move = self._post()
        self._credit(move, lambda lines: lines.write({"quantity": 5}))
        for values in (
            {"quantity": 3.01},
            {"quantity": 8},
            {"quantity": 3, "price_unit": 101},
            {"quantity": 1, "price_unit": 301},
        ):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                note = self._credit(
                    move, lambda lines, v=values: lines.write(v), post=False
                )
                with self.assertRefused("300.00.*Consulting") as refused:
                    note.action_post()
                self.assertIn("3", str(refused.exception))
                savepoint.rollback()
        self.env.invalidate_all()
        self.assertBooks(360, (300, 0, 180, 0))

    def test_credit_note_that_bills(self):
        """A credit note with a negative quantity would bill more."""
        move = self._post()
        note = self._credit(move, post=False)
        note.write(
            {
                "invoice_line_ids": [
                    (0, 0, {"name": "Goodwill", "price_unit": 2000, "tax_ids": False})
                ]
            }
        )
        note.invoice_line_ids.filtered("billing_origin_line_id").quantity = -1
        with self.assertRefused("(?i)left"):
            note.action_post()

    def test_several_drafts_at_once(self):
        """Draft credit notes count when another one is proposed, and when posted."""
        move = self._post()
        first = self._credit(
            move, lambda lines: lines.write({"quantity": 5}), post=False
        )
        second = self._credit(move, post=False)
        self.assertEqual(second.invoice_line_ids.quantity, 3)
        with self.assertRefused("draft"):
            self._reverse(move)
        first.invoice_line_ids.quantity = 6
        second.action_post()
        with self.assertRefused("5"):
            first.action_post()
        self.env.invalidate_all()
        first.invoice_line_ids.quantity = 5
        first.action_post()
        self.assertBooks(0, (480, 0, 0, 0))

    def test_two_posted_at_once(self):
        move = self._post()
        notes = self._credit(
            move, lambda lines: lines.write({"quantity": 5}), post=False
        )
        notes |= self._credit(move, post=False)
        notes.invoice_line_ids.quantity = 5
        with self.assertRaises(BillingError):
            notes.action_post()
        self.env.invalidate_all()
        self.assertBooks(960, (0, 0, 480, 0))

    def test_lines_that_are_credited_are_left_out(self):
        self.rule.detail = "day"
        move = self._post()
        self._credit(
            move,
            lambda lines: lines.filtered(lambda line: line.quantity == 4.5).unlink(),
        )
        note = self._credit(move)
        self.assertEqual(note.invoice_line_ids.mapped("quantity"), [4.5])
        self.assertBooks(0, (480, 0, 0, 0))

    def test_picked_entries(self):
        """Work that was picked before is not offered, and cannot be picked again."""
        move = self._post()
        item = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", self.monday.id)]
        )
        wizard = self._picking(move, item)
        wizard.reverse_moves()
        wizard.new_move_ids.action_post()
        self.assertMinutes((270, 0, 210, 0))
        with self.assertRefused("Pick work"):
            self._picking(move, item).reverse_moves()
        note = self._credit(move)
        self.assertEqual(note.invoice_line_ids.quantity, 3.5)
        self.assertBooks(0, (480, 0, 0, 0))

    def _picking(self, move, items):
        return (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "billing_item_ids": items.ids})
        )

    def test_invoice_that_is_not_posted(self):
        """A draft bills nothing that a credit note could take."""
        move = self._post()
        note = self._credit(move, post=False)
        move.button_draft()
        with self.assertRefused("not posted"):
            note.action_post()
        self.env.invalidate_all()
        move.action_post()
        note.action_post()
        self.assertBooks(0, (480, 0, 0, 0))

    def test_line_that_left_its_invoice(self):
        """Of a line that was removed from the invoice nothing is left to credit."""
        self.rule.rate_ids = [
            Command.create({"price_unit": 50, "date_from": "2026-03-03"})
        ]
        move = self._post()
        self.assertEqual(len(move.invoice_line_ids), 2)
        line = move.invoice_line_ids[-1]
        note = self._credit(move, post=False)
        move.button_draft()
        move.write({"invoice_line_ids": [Command.delete(line.id)]})
        move.action_post()
        with self.assertRefused("is left"):
            note.action_post()

    def test_rebate_keeps_its_invoice_posted(self):
        """Without the invoice, the rebate would be money for nothing."""
        move = self._post()
        note = self._credit(move, lambda lines: lines.write({"price_unit": 20}))
        with self.assertRefused(note.name):
            move.button_draft()
        self.env.invalidate_all()
        note.button_draft()
        move.button_draft()
        self.assertBooks(0, (0, 480, 0, 0))

    def test_part_of_a_replaced_chain(self):
        """A reversal that was credited in part proposes what it still bills."""
        move = self._post()
        note = self._credit(move)
        again = self._reverse(note)
        again.invoice_line_ids.quantity = 5
        again.action_post()
        part = self._reverse(again)
        part.invoice_line_ids.quantity = 2
        part.action_post()
        self.assertBooks(360, (300, 0, 180, 0))
        rest = self._reverse(move)
        self.assertEqual(rest.invoice_line_ids.quantity, 3)
        rest.action_post()
        self.assertBooks(0, (480, 0, 0, 0))
        with self.assertRaises(UserError):
            self._reverse(again)

    def test_amounts_with_cents(self):
        """Three thirds of an odd amount come to the whole."""
        self.rule.price_unit = 33.37
        move = self._post()
        whole = move.amount_untaxed
        self.assertEqual(whole, 266.96)
        for quantity in (2.67, 2.67):
            self._credit(move, lambda lines, q=quantity: lines.write({"quantity": q}))
        self._credit(move)
        self.assertBooks(0, (480, 0, 0, 0))
