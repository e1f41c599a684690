"""Credit notes that are reversed, to any depth: the work follows, once (I1, I13)."""

from contextlib import contextmanager
from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..exceptions import BillingError
from ..models.health_checks import CHECKS
from .common import BillingCommon

TUESDAY = date(2026, 3, 3)


class ChainCommon(BillingCommon):
    """8 h x 100 and 20 % tax on two days, billed; and what the books say of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create(
            {"name": "VAT 20 %", "amount": 20, "company_id": cls.company.id}
        )
        cls.service.taxes_id = cls.tax
        cls.monday = cls._log(4.5)
        cls.tuesday = cls._log(3.5, day=TUESDAY)

    def _reverse(self, *moves, modify=False, date_=None):
        """Reverse posted documents by the wizard, as from the list."""
        documents = self.env["account.move"].union(*moves)
        values = {"journal_id": documents.journal_id[:1].id, "reason": "again"}
        if date_:
            values["date"] = date_
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=documents.ids)
            .create(values)
        )
        wizard.reverse_moves(is_modify=modify)
        return wizard.new_move_ids

    @contextmanager
    def assertRefused(self, words, error=BillingError):
        """Assert a refusal by its words; what it began is undone, as for a user."""
        with self.assertRaises(error) as refused:
            yield refused
        self.assertRegex(str(refused.exception), words)

    def _owes(self):
        """Return what the customer's posted documents come to, with taxes."""
        documents = self.env["account.move"].search(
            [("partner_id", "=", self.partner_a.id), ("state", "=", "posted")]
        )
        return round(sum(documents.mapped("amount_total_signed")), 2)

    def _billed(self):
        """Return the untaxed sum of the project's invoices, as its manager sees it."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["project.billing.invoice"].search(
            [("project_id", "=", self.project.id), ("state", "=", "posted")]
        )
        return round(sum(rows.mapped("amount_untaxed")), 2)

    def assertBooks(self, owed, minutes):
        """Assert documents, figures and ledger, and that nothing disagrees."""
        self.assertEqual(self._owes(), owed)
        self.assertMinutes(minutes)
        self.assertEqual(self._billed(), round(owed / 1.2, 2))
        self.assertFalse(self.env["project.billing.journal"]._reconcile())
        shares = self.env.execute_query(
            SQL(
                "SELECT coalesce(sum(amount), 0), coalesce(sum(minutes), 0)"
                " FROM project_billing_share WHERE project_id = %s",
                self.project.id,
            )
        )[0]
        self.assertEqual(round(float(shares[0]), 2), round(owed / 1.2, 2))
        self.assertEqual(int(shares[1]), minutes[2])


@tagged("post_install", "-at_install")
class TestCreditChain(ChainCommon):
    """I1, I13: invoice, credit note, its reversal, and so on."""

    def test_reversed_credit_note_takes_the_slices_back(self):
        """960 billed, credited, the credit note reversed: 960 once, nothing open."""
        move = self._post()
        self.assertBooks(960, (0, 0, 480, 0))
        note = self._credit(move)
        self.assertBooks(0, (480, 0, 0, 0))
        again = self._reverse(note)
        self.assertEqual((again.move_type, again.state), ("out_invoice", "draft"))
        self.assertBooks(0, (480, 0, 0, 0))
        again.action_post()
        self.assertBooks(960, (0, 0, 480, 0))
        with self.assertRaises(UserError):
            self._prepare()
        self.assertEqual(again.invoice_line_ids.billing_origin_line_id, self._line())

    def _line(self):
        return self.env["project.billing.line"].search(
            [("project_id", "=", self.project.id)], limit=1, order="id"
        )

    def test_origin_of_a_reversed_credit_note(self):
        move = self._post()
        again = self._reverse(self._credit(move))
        again.action_post()
        slices = self.env["project.billing.allocation"].search(
            again.action_billing_origin()["domain"]
        )
        self.assertEqual(sum(slices.mapped("quantity")), 480)

    def test_any_depth(self):
        """Each further reversal turns it round once more."""
        document = self._post()
        for depth in range(1, 6):
            with self.subTest(depth):
                document = self._reverse(document)
                document.action_post()
                credited = depth % 2
                self.assertBooks(
                    0 if credited else 960,
                    (480, 0, 0, 0) if credited else (0, 0, 480, 0),
                )
        self.assertEqual(self._prepare().amount_total, 960)

    def test_reset_cancelled_and_deleted_reversals(self):
        """The work is free again, as it was after the credit note."""
        note = self._credit(self._post())
        for way in ("keep", "cancel", "delete"):
            with self.subTest(way):
                again = self._reverse(note)
                again.action_post()
                self.assertBooks(960, (0, 0, 480, 0))
                again.button_draft()
                self.assertBooks(0, (480, 0, 0, 0))
                again.action_post()
                self.assertBooks(960, (0, 0, 480, 0))
                again.button_draft()
                if way == "cancel":
                    again.button_cancel()
                elif way == "delete":
                    again.unlink()
                else:
                    again.unlink()
                self.assertBooks(0, (480, 0, 0, 0))
        self.assertEqual(self._prepare().amount_total, 960)

    def test_refused_when_billed_again(self):
        """The sentence names the request that holds the work meanwhile."""
        note = self._credit(self._post())
        again = self._reverse(note)
        request = self._prepare()
        with self.assertRefused(request.name):
            again.action_post()
        self.assertMinutes((0, 480, 0, 0))
        request.action_cancel()
        again.action_post()
        self.assertBooks(960, (0, 0, 480, 0))

    def test_part_of_a_reversal(self):
        """A lower quantity takes that much; the rest can be taken later."""
        note = self._credit(self._post())
        part = self._reverse(note)
        part.invoice_line_ids.quantity = 3
        part.action_post()
        self.assertBooks(360, (300, 0, 180, 0))
        # as if the credit note had named five hours: the latest stay free
        self.assertMinutes((90, 0, 180, 0), self.monday)
        rest = self._reverse(note)
        self.assertEqual(rest.invoice_line_ids.quantity, 5)
        rest.action_post()
        self.assertBooks(960, (0, 0, 480, 0))
        with self.assertRefused(note.name):
            self._reverse(note)
        part.button_draft()
        self.assertBooks(600, (180, 0, 300, 0))

    def test_reversal_of_a_part(self):
        move = self._post()
        note = self._credit(move, lambda lines: lines.write({"quantity": 3.5}))
        self.assertBooks(540, (210, 0, 270, 0))
        again = self._reverse(note)
        self.assertEqual(again.invoice_line_ids.quantity, 3.5)
        again.action_post()
        self.assertBooks(960, (0, 0, 480, 0))

    def test_more_than_was_credited(self):
        """Neither quantity nor price of a reversal exceeds the credit note."""
        note = self._credit(self._post())
        for values in ({"quantity": 9}, {"price_unit": 120}, {"quantity": -1}):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                again = self._reverse(note)
                again.invoice_line_ids.write(values)
                with self.assertRefused("(?i)left|negative", UserError):
                    again.action_post()
                savepoint.rollback()
        self.env.invalidate_all()
        self.assertBooks(0, (480, 0, 0, 0))

    def test_lower_price_bills_the_work_once(self):
        """At half the price, the work is billed at half the price, and not open."""
        note = self._credit(self._post())
        again = self._reverse(note)
        again.invoice_line_ids.price_unit = 50
        again.action_post()
        self.assertBooks(480, (0, 0, 480, 0))
        with self.assertRaises(UserError):
            self._prepare()

    def test_reversal_of_a_rebate(self):
        """What released nothing takes nothing; the amounts turn round."""
        move = self._post()
        note = self._credit(move, lambda lines: lines.write({"price_unit": 20}))
        self.assertEqual((self._owes(), self._billed()), (768, 640))
        self.assertMinutes((0, 0, 480, 0))
        self._reverse(note).action_post()
        self.assertBooks(960, (0, 0, 480, 0))

    def test_line_deleted_from_the_reversal(self):
        self.rule.detail = "day"
        note = self._credit(self._post())
        again = self._reverse(note)
        again.invoice_line_ids.filtered(lambda line: line.quantity == 4.5).unlink()
        again.action_post()
        self.assertBooks(420, (270, 0, 210, 0))
        self.assertMinutes((270, 0, 0, 0), self.monday)

    def test_reset_of_what_was_reversed(self):
        """From the end of the chain only; each sentence names what comes first."""
        move = self._post()
        note = self._credit(move)
        again = self._reverse(note)
        again.action_post()
        for document, first in ((note, again), (move, note)):
            with self.subTest(document.name), self.env.cr.savepoint() as savepoint:
                with self.assertRefused(first.name):
                    document.button_draft()
                savepoint.rollback()
        self.env.invalidate_all()
        later = self._reverse(again)
        later.action_post()
        with self.assertRefused(later.name):
            again.button_draft()
        self.env.invalidate_all()
        self.assertBooks(0, (480, 0, 0, 0))
        for document in (later, again, note, move):
            document.button_draft()
        self.assertBooks(0, (0, 480, 0, 0))

    def test_reset_credit_note_leaves_a_draft_reversal(self):
        """What is not posted cannot be reversed; the sentence says so."""
        note = self._credit(self._post())
        again = self._reverse(note)
        note.button_draft()
        with self.assertRefused("not posted"):
            again.action_post()
        self.env.invalidate_all()
        self.assertBooks(960, (0, 0, 480, 0))

    def test_reverse_directly_and_cancel(self):
        """`_reverse_moves(cancel=True)`, as other add-ons call it."""
        move = self._post()
        note = move._reverse_moves(cancel=True)
        self.assertBooks(0, (480, 0, 0, 0))
        again = note._reverse_moves(cancel=True)
        self.assertEqual(again.state, "posted")
        self.assertBooks(960, (0, 0, 480, 0))
        self.assertEqual(again._reverse_moves().state, "draft")

    def test_several_at_once(self):
        """A batch of documents, and a batch of postings and resets."""
        moves = self._post()
        self._log(2, day=date(2026, 3, 4))
        moves |= self._post()
        notes = self._reverse(moves)
        notes.action_post()
        self.assertBooks(0, (600, 0, 0, 0))
        again = self._reverse(notes)
        again.action_post()
        self.assertBooks(1200, (0, 0, 600, 0))
        (again | notes).button_draft()
        self.assertBooks(1200, (0, 0, 600, 0))
        (again | notes).action_post()
        self.assertBooks(1200, (0, 0, 600, 0))

    def test_replaced_credit_note(self):
        """Reverse and create on a credit note: the new one credits, once."""
        move = self._post()
        note = self._credit(move)
        again = self._reverse(note, modify=True)
        self.assertEqual((again.move_type, again.state), ("out_refund", "draft"))
        self.assertTrue(again.billing_tracked)
        self.assertBooks(960, (0, 0, 480, 0))
        again.invoice_line_ids.quantity = 3.5
        again.action_post()
        self.assertBooks(540, (210, 0, 270, 0))
        self.assertMinutes((210, 0, 0, 0), self.tuesday)

    def test_replaced_reversal(self):
        """Reverse and create on the reversal of a credit note."""
        again = self._reverse(self._credit(self._post()))
        again.action_post()
        other = self._reverse(again, modify=True)
        self.assertEqual((other.move_type, other.state), ("out_invoice", "draft"))
        self.assertTrue(other.billing_tracked)
        self.assertFalse(other.billing_request_ids)
        self.assertBooks(0, (480, 0, 0, 0))
        other.invoice_line_ids.quantity = 5
        other.action_post()
        self.assertBooks(600, (180, 0, 300, 0))

    def test_replaced_invoice_of_a_chain(self):
        """Credited, taken back and replaced: the replacement holds the work."""
        move = self._post()
        self._reverse(self._credit(move)).action_post()
        replacement = self._credit(move, modify=True)
        self.assertBooks(0, (0, 480, 0, 0))
        replacement.action_post()
        self.assertBooks(960, (0, 0, 480, 0))

    def test_credit_note_of_a_replaced_invoice(self):
        """The work is on the replacement: the credit note stays as it is."""
        move = self._post()
        replacement = self._credit(move, modify=True)
        note = move.reversal_move_ids
        request = replacement.billing_request_ids
        replacement.action_post()
        again = self._reverse(note)
        with self.assertRefused(request.name):
            again.action_post()

    def test_switched_documents(self):
        """Neither a credit note nor its reversal becomes the other kind."""
        move = self._post()
        note = self._credit(move, post=False)
        with self.assertRefused("(?i)delete"):
            note.action_switch_move_type()
        with self.assertRaises(BillingError):
            note.move_type = "out_invoice"
        self.env.invalidate_all()
        note.action_post()
        again = self._reverse(note)
        with self.assertRefused("(?i)delete"):
            again.action_switch_move_type()

    def test_one_invoice_of_several_projects(self):
        self.partner_a.billing_one_invoice = True
        other = self._create_project(name="Shop")
        self._create_rule(other)
        self._log(1, project_id=other.id)
        requests = self._prepare(self.project | other)
        requests.action_submit()
        requests.with_user(self.approver).action_approve()
        requests.action_create_invoice()
        move = requests.sudo().invoice_id.with_user(self.accountant)
        move.action_post()
        again = self._reverse(self._credit(move))
        again.action_post()
        self.assertMinutes((0, 0, 480, 0))
        rows = self.env["project.billing.invoice"].search(
            [("move_id", "=", again.id)], order="amount_untaxed"
        )
        self.assertRecordValues(
            rows,
            [
                {
                    "project_id": other.id,
                    "amount_untaxed": 100,
                    "amount_total": 120,
                    "credit": False,
                },
                {
                    "project_id": self.project.id,
                    "amount_untaxed": 800,
                    "amount_total": 960,
                    "credit": False,
                },
            ],
        )

    def test_source_is_gone(self):
        """What was changed after it was credited is named."""
        note = self._credit(self._post())
        again = self._reverse(note)
        self.tuesday.unit_amount = 1
        with self.assertRefused("changed or deleted"):
            again.action_post()

    def test_nothing_tracked_without_links(self):
        """The invariant itself: such a draft is not posted, and health finds it."""
        note = self._credit(self._post())
        again = self._reverse(note)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET billing_origin_line_id = NULL"
            " WHERE move_id = %s",
            [again.id],
        )
        self.env.invalidate_all()
        with self.assertRefused("(?i)recorded work"):
            again.action_post()
        self.env.invalidate_all()
        self.env.cr.execute(
            "UPDATE account_move SET state = 'posted' WHERE id = %s", [again.id]
        )
        self.env.invalidate_all()
        found = self.env["project.billing.health"]._find(CHECKS["unlinked"])
        self.assertEqual([row["res_id"] for row in found[self.company.id]], again.ids)

    def test_links_are_not_set_by_hand(self):
        note = self._credit(self._post())
        again = self._reverse(note)
        line = again.invoice_line_ids
        for name in ("billing_reversed_line_id", "billing_origin_line_id"):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                line.write({name: False})
        draft = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 1})],
            }
        )
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.write({"move_id": draft.id})


@tagged("post_install", "-at_install")
class TestDepositChain(ChainCommon):
    """A deposit of 300 and 960 of work: the client owes 960 in all, always."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        product = cls.env["product.product"].create(
            {
                "name": "Deposit",
                "type": "service",
                "taxes_id": [Command.set(cls.tax.ids)],
                "property_account_income_id": (
                    cls.company_data["default_account_revenue"].id
                ),
            }
        )
        cls.deposit = cls._create_rule(
            kind="advance",
            name="Deposit",
            product_id=product.id,
            advance_amount=300,
            advance_consumption="at_once",
        )

    def _balance(self):
        self.env.flush_all()
        self.deposit.invalidate_recordset()
        return (
            self.deposit.advance_billed,
            self.deposit.advance_deducted,
            self.deposit.advance_left,
        )

    def _sell(self):
        """Bill the deposit alone."""
        request = self._prepare()
        request.line_ids.filtered(lambda line: line.kind == "time").unlink()
        return self._post(request)

    def test_reversed_credit_note_of_a_deposit(self):
        """The client owes 360, and the 300 is not asked again."""
        deposit = self._sell()
        self.assertEqual((self._owes(), self._balance()), (360, (300, 0, 300)))
        note = self._credit(deposit)
        self.assertEqual((self._owes(), self._balance()), (0, (0, 0, 0)))
        self._reverse(note).action_post()
        self.assertEqual((self._owes(), self._balance()), (360, (300, 0, 300)))
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 500)
        self._post(request)
        self.assertEqual((self._owes(), self._balance()), (960, (300, 300, 0)))

    def test_reversed_credit_note_with_a_deduction(self):
        """What was deducted is deducted again, and never twice."""
        self._sell()
        move = self._post()
        self.assertEqual((self._owes(), self._balance()), (960, (300, 300, 0)))
        document = move
        for owed, balance in (
            (360, (300, 0, 300)),
            (960, (300, 300, 0)),
            (360, (300, 0, 300)),
            (960, (300, 300, 0)),
        ):
            document = self._reverse(document)
            document.action_post()
            self.assertEqual((self._owes(), self._balance()), (owed, balance))
            self.assertFalse(self.env["project.billing.journal"]._reconcile())
        document.button_draft()
        self.assertEqual((self._owes(), self._balance()), (360, (300, 0, 300)))
        self.assertEqual(self._prepare().amount_untaxed, 500)

    def test_part_of_a_deduction_is_taken_back(self):
        self._sell()
        note = self._credit(self._post())
        again = self._reverse(note)
        lines = again.invoice_line_ids
        lines.filtered(lambda line: line.quantity < 0).price_unit = 100
        again.action_post()
        self.assertEqual((self._owes(), self._balance()), (1200, (300, 100, 200)))
        self.assertMinutes((0, 0, 480, 0), self.monday | self.tuesday)
