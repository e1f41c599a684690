"""Crediting a questioned part: exactly its slices, settled when it is posted (I13)."""

from functools import partial

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from ..exceptions import BillingError
from ..models.reconcile_sql import RECONCILE
from .question_common import QuestionCommon


@tagged("post_install", "-at_install")
class TestQuestionCredit(QuestionCommon):
    def setUp(self):
        super().setUp()
        self.move = self._posted_invoice()
        self.monday = self._line(self.move, 4.5)
        self.tuesday = self._line(self.move, 3.5)
        self.question = self._ask(self.monday, 1.5)

    def _credit_it(self, policy="bill_later", question=None, user=None, **values):
        question = question or self.question
        self._as(user or self.pm, question).action_credit(policy, "We agree.", **values)
        return question.credit_move_id

    def assertMinutes(self, expected, entries=None):
        """Override: the journal and the documents agree as well."""
        self.env.flush_all()
        differences = self.env.execute_query(SQL(RECONCILE, digits=2))
        self.assertFalse(differences)
        return super().assertMinutes(expected, entries)

    def test_credit(self):
        """I13: a draft over exactly that; posting settles, the work is free again."""
        note = self._credit_it()
        line = note.invoice_line_ids
        self.assertRecordValues(
            note,
            [
                {
                    "state": "draft",
                    "move_type": "out_refund",
                    "amount_total": 172.5,
                    "reversed_entry_id": self.move.id,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(line.quantity, 1.5)
        self.assertEqual(line.billing_origin_line_id, self.monday.billing_line_id)
        self.assertEqual(self.question.state, "open")
        self.assertEqual(self._questioned(self.move), 172.5)
        self.assertMinutes((0, 0, 480, 0))
        note.with_user(self.accountant).sudo(False).action_post()
        self.assertRecordValues(
            self.question, [{"state": "settled", "outcome": "credited"}]
        )
        self.assertMinutes((90, 0, 390, 0))
        self.assertEqual(self._questioned(self.move), 0)
        self.assertEqual(self._prepare().hours, 1.5)
        self.assertEqual(
            self._journal_actions(self.question),
            ["questioned", "question_credit", "question_settled"],
        )

    def test_who_is_told(self):
        """The client reads the answer at once, accounting has something to do."""
        note = self._credit_it()
        self.assertEqual(note.activity_ids.user_id.id, self._first_accountant())
        self.assertFalse(self.question.request_id.activity_ids)
        self._deliver()
        message = (
            self.env["mail.message"]
            .sudo()
            .search([("model", "=", "account.move"), ("res_id", "=", self.move.id)])
        )
        message = message.filtered(lambda m: self.client.partner_id in m.partner_ids)
        self.assertIn("We agree.", message.body)
        self.assertIn("preparing a credit note", message.body)

    def _first_accountant(self):
        return self.company._billing_accountants()[:1].id

    def test_written_off(self):
        """What the note gives back is written off with it, and comes back with it."""
        note = self._credit_it("write_off", reason="Goodwill")
        self.assertMinutes((0, 0, 480, 0))
        note.action_post()
        self.assertMinutes((0, 0, 390, 90))
        slices = self.env["project.billing.allocation"].search(
            [("action", "=", "write_off"), ("state", "!=", "released")]
        )
        self.assertEqual(slices.mapped("reason"), ["Goodwill"])
        note.button_draft()
        self.assertMinutes((0, 0, 480, 0))
        self.assertEqual(self.question.state, "open")
        note.action_post()
        self.assertMinutes((0, 0, 390, 90))
        self.assertEqual(self.question.state, "settled")
        note.button_draft()
        note.button_cancel()
        self.assertMinutes((0, 0, 480, 0))
        self.assertRecordValues(
            self.question, [{"state": "open", "credit_move_id": False}]
        )

    def test_written_off_beside_an_earlier_write_off(self):
        """Work of the same entry that was written off before stays so."""
        self._log(2, day="2026-03-20")
        request = self._prepare()
        request.line_ids.change_quantity(1.5, "write_off", "Late")
        move = self._post(request).sudo()
        question = self._ask(move.invoice_line_ids, 1)
        note = self._credit_it("write_off", question)
        note.action_post()
        self.assertMinutes((0, 0, 510, 90))
        note.button_draft()
        self.assertMinutes((0, 0, 570, 30))
        note.unlink()
        self.assertMinutes((0, 0, 570, 30))
        self.assertEqual(question.state, "open")

    def test_chosen_work(self):
        """I13: certain work of the line, instead of the latest."""
        self.rule.detail = "project"
        first, second = self._log(2, day="2026-03-20"), self._log(1, day="2026-03-21")
        move = self._post().sudo()
        question = self._ask(move.invoice_line_ids, 1.5)
        item = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", first.id)]
        )
        other = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", second.id)]
        )
        with self.assertRaisesRegex(BillingError, "less than the quantity"):
            self._credit_it(question=question, item_ids=other.ids)
        with self.assertRaisesRegex(BillingError, "Choose work"):
            self._credit_it(question=question, item_ids=[2**31 - 5])
        note = self._credit_it(question=question, item_ids=item.ids)
        note.action_post()
        self.assertMinutes((90, 0, 30, 0), first)
        self.assertMinutes((0, 0, 60, 0), second)

    def test_a_whole_line(self):
        question = self._ask(self.tuesday)
        note = self._credit_it(question=question)
        self.assertEqual(note.amount_total, 402.5)
        note.action_post()
        self.assertMinutes((210, 0, 270, 0))
        self.assertEqual(self.question.state, "open")
        with self.assertRaisesRegex(BillingError, "Choose the line"):
            self._ask(self.tuesday)

    def test_hours_that_are_rounded(self):
        """100 minutes are 1.67 h: all of them go, no minute is left."""
        self._log(100 / 60, day="2026-03-20")
        move = self._post().sudo()
        question = self._ask(move.invoice_line_ids)
        self.assertEqual(question.quantity, 1.67)
        self._credit_it(question=question).action_post()
        self.assertMinutes((100, 0, 480, 0))

    def test_another_quantity(self):
        for quantity in (0, -1, 4.6, float("nan"), "abc"):
            with self.subTest(quantity=quantity), self.assertRaises(BillingError):
                self._credit_it(quantity=quantity)
        note = self._credit_it(quantity=0.5)
        self.assertEqual(note.amount_total, 57.5)
        note.action_post()
        self.assertEqual(self.question.state, "settled")
        self.assertMinutes((30, 0, 450, 0))

    def test_refused(self):
        for policy, text in (("free", "x"), ("bill_later", " "), ("bill_later", 1)):
            with self.subTest(policy=policy), self.assertRaises(BillingError):
                self._as(self.pm, self.question).action_credit(policy, text)
        note = self._credit_it()
        for step in (
            lambda: self._credit_it(),
            lambda: self._as(self.pm, self.question).action_answer("No"),
            lambda: self.question._withdraw(),
        ):
            with self.assertRaisesRegex(BillingError, "waits for accounting"):
                step()
        # the manager may neither read nor post it
        with self.assertRaises(AccessError):
            note.with_user(self.pm).sudo(False).action_post()
        note.unlink()
        self.assertRecordValues(
            self.question, [{"state": "open", "credit_move_id": False}]
        )
        self.assertEqual(self.question.request_id.activity_ids.user_id, self.pm)
        self._as(self.pm, self.question).action_answer("No after all")

    def test_what_is_left_of_the_line(self):
        """Without a quantity: what is questioned, as far as it is still billed."""
        self.question._withdraw()
        question = self._ask(self.monday)
        self._credit(self.move, partial(self._keep_one, {"quantity": 1}))
        self.assertEqual(question.state, "open")
        note = self._credit_it(question=question)
        self.assertEqual(note.invoice_line_ids.quantity, 3.5)

    def test_day_and_words(self):
        """The note is of today where the company is, in the customer's words."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner_a.lang = "fr_FR"
        self.company.partner_id.tz = "UTC"
        self.question._engine().date = "2026-03-21 12:00:00"
        with freeze_time("2026-03-25 12:00:00"):
            note = self._credit_it()
        self.assertEqual(str(note.invoice_date or note.date), "2026-03-25")
        self.assertIn("21/03/2026", note.ref)

    def test_not_posted_any_more(self):
        self.move.button_draft()
        with self.assertRaisesRegex(BillingError, "not posted any more"):
            self._credit_it()

    def test_accounting_credits_meanwhile(self):
        """A draft of accounting comes first; its posting settles what it covers."""
        note = self._credit(
            self.move,
            lambda lines: lines.filtered(lambda line: line.quantity == 3.5).unlink(),
            post=False,
        )
        with self.assertRaisesRegex(BillingError, "crediting"):
            self._credit_it()
        note.action_post()
        self.assertRecordValues(
            self.question,
            [{"state": "settled", "credit_move_id": note.id, "outcome": "credited"}],
        )
        note.button_draft()
        self.assertEqual(self.question.state, "open")

    @staticmethod
    def _keep_one(values, lines):
        # Monday's comes first
        lines.sorted("id")[1:].unlink()
        lines.exists().write(values)

    def test_smaller_credits_and_rebates_do_not_settle(self):
        for values, minutes in (({"quantity": 1}, 60), ({"price_unit": 10}, 60)):
            self._credit(self.move, partial(self._keep_one, values))
            self.assertMinutes((minutes, 0, 480 - minutes, 0))
            self.assertEqual(self.question.state, "open")
        # what is left of the line is more than what is questioned
        self.assertEqual(self._credit_it().invoice_line_ids.quantity, 1.5)

    def test_reversed_in_full(self):
        """A replacement credits everything: nothing of the old invoice is asked."""
        self._credit(self.move, modify=True)
        self.assertRecordValues(
            self.question, [{"state": "settled", "outcome": "credited"}]
        )

    def test_accounting_takes_the_line_off(self):
        """A note that was posted without the line settles nothing."""
        note = self._credit_it()
        note.with_user(self.accountant).sudo(False).write(
            {"invoice_line_ids": [(0, 0, {"name": "Other", "price_unit": 5})]}
        )
        line = note.invoice_line_ids.filtered("billing_origin_line_id")
        line.with_user(self.accountant).sudo(False).unlink()
        note.action_post()
        self.assertRecordValues(
            self.question, [{"state": "open", "credit_move_id": False}]
        )

    def test_asked_anew(self):
        """The client asked again before the credit note was reset."""
        note = self._credit_it()
        note.action_post()
        newer = self._ask(self.monday, 1)
        note.button_draft()
        self.assertEqual(self.question.outcome, "asked_anew")
        self.assertEqual((self.question.state, newer.state), ("settled", "open"))

    def test_window(self):
        """The manager's way: one window, one step."""
        action = self._as(self.pm, self.question).action_credit()
        Wizard = self.env(user=self.pm)[action["res_model"]]
        form = Form(Wizard.with_context(**action["context"]))
        self.assertEqual((form.mode, form.quantity), ("credit", 1.5))
        self.assertEqual(form.asked, "Why so much?")
        form.text = "Sorry"
        form.quantity = 1
        form.policy = "write_off"
        form.save().action_apply()
        note = self.question.credit_move_id
        self.assertEqual(note.invoice_line_ids.quantity, 1)
        self.assertEqual(self.question.reason, "Questioned by the client")
        other = self._ask(self.tuesday)
        window = self.env(user=self.other_pm)["project.billing.question.reply"]
        with self.assertRaises(AccessError):
            window.create({"question_id": other.id, "text": "x"})
