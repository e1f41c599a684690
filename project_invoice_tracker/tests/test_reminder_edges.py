"""Reminders at their edges: who got the invoice, which company, what is in between."""

from odoo import Command
from odoo.tests import tagged

from ..models.project_billing_outbox import CRON, MAIL_QUEUE
from .reminder_common import REMIND, ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderEdges(ReminderCommon):
    def _contact(self, name, customer=None, **values):
        return self.env["res.partner"].create(
            {
                "name": name,
                "parent_id": (customer or self.partner_a).id,
                "email": f"{name}@example.com",
                **values,
            }
        )

    def _posted_to(self, move, contact, **values):
        """Write to a contact of the customer about an invoice, as accounting does."""
        return move.message_post(
            body="About it",
            message_type="comment",
            partner_ids=contact.ids,
            subtype_xmlid="mail.mt_comment",
            **values,
        )

    def _people(self, move):
        """Return who is reminded of an invoice now."""
        self.env.flush_all()
        return move._billing_reminder_recipients()[move]

    # === WHEN ===

    def test_nothing_in_vain(self):
        """What went out is neither queued nor tried again."""
        self._owed()
        for offset in (-3, -2, 7, 8, 9, 21, 22, 35, 36):
            self._run(offset)
        rows = self.outbox.search([("kind", "=", "dunning")])
        self.assertEqual(rows.mapped("state"), ["done"] * 4)

    def test_switched_off_between_queue_and_send(self):
        """I25: each switch counts until the mail is made."""
        move = self._owed()
        self._run(7, crons=(REMIND,))
        row = self.outbox.search([("kind", "=", "dunning")])
        for record, values in (
            (self.company, {"billing_reminders": False}),
            (self.partner_a, {"billing_reminders": "none"}),
            (move, {"billing_reminder_hold": True}),
            (move, {"no_followup": True}),
            (self.first, {"active": False}),
        ):
            with self.subTest(values=values), self.env.cr.savepoint() as savepoint:
                record.write(values)
                self._run(7)
                self.assertEqual(row.state, "skipped")
                self.assertFalse(self._sent(move))
                savepoint.rollback()
            self.env.invalidate_all()
        self._run(7)
        self.assertEqual(row.state, "done")

    def test_of_another_company(self):
        """I25: a company reminds of its own invoices, by its own levels."""
        move = self._owed()
        other = self.setup_other_company()["company"]
        other.billing_reminders = True
        with self.freeze_day(7):
            self.assertEqual(move._billing_reminders_due(self.company).keys(), {move})
            self.assertFalse(move._billing_reminders_due(other))
            self.assertFalse(move._billing_reminders_due(other, move))
        own = self.first.copy({"days": 2, "for_all": False, "company_id": other.id})
        archived = self.first.copy({"days": 3, "for_all": False, "active": False})
        self.partner_a.write(
            {
                "billing_reminders": "levels",
                "billing_reminder_level_ids": [Command.set((own | archived).ids)],
            }
        )
        with self.freeze_day(30):
            self.assertFalse(move._billing_reminders_due(self.company))

    def test_foreign_currency(self):
        """What is asked for is in the currency of the invoice, with its taxes."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        project = self._create_project(name="Abroad")
        self._create_rule(project, currency_id=euro.id)
        move = self._owed(project=project)
        self._run(7)
        row = self.log.search([("move_id", "=", move.id)])
        self.assertEqual(
            (row.currency_id, row.amount, row.amount_open), (euro, 460, 460)
        )

    def test_due_from_a_day(self):
        """What is due on the first day is reminded of, what was due before is not."""
        move = self._owed()
        self.company.billing_reminders_from = self._day(1)
        self._run(7)
        self.assertFalse(self._sent(move))
        self.company.billing_reminders_from = self._day()
        self._run(7)
        self.assertEqual(len(self._sent(move)), 1)

    def test_due_meanwhile(self):
        """One mail a person and day; what is due since it was queued comes next."""
        move = self._owed()
        self._run(7, crons=(REMIND,))
        other = self._owed(hours=2)
        self._run(7, times=2)
        self.assertEqual(self._sent(), self._sent(move))
        self.assertEqual(len(self._mails()), 1)
        self._run(8)
        self.assertEqual(self._sent(other), [(7, "client@example.com", 8)])

    def test_pause_with_instalments(self):
        """A lower level of the next instalment does not follow a higher one."""
        move = self._owed(terms=self._half_and_half())
        for offset in (-3, 51, 52, 53, 65):
            self._run(offset)
        self.assertEqual(
            [(days, day) for days, _who, day in self._sent(move)],
            [(-3, -3), (35, 51), (35, 65)],
        )
        rows = self.log.search([("move_id", "=", move.id)], order="day")
        late = [row._table_row()["late"] for row in rows]
        self.assertEqual(late, [0, "51 days late", "35 days late"])

    def test_on_the_due_date(self):
        """Due today is not late; what is questioned is in no total of a mail."""
        move, other = self._owed(), self._owed(hours=2)
        self._question({other: 30.0})
        self._run(0)
        rows = self.log.search([("move_id", "in", (move | other).ids)])
        self.assertEqual(len(rows), 2)
        self.assertTrue(rows._is_before())
        self.assertEqual(rows._table_totals(), ["$\xa0660.00"])
        self.assertEqual(rows[0]._table_totals(), [])
        self._run(7)
        late = self.log.search([("move_id", "=", move.id)], limit=1)
        self.assertFalse(late._is_before())

    # === TO WHOM ===

    def test_who_got_it_last(self):
        """The last mail with the invoice counts; other mails and readers do not."""
        move = self._owed()
        first, last = self._contact("first"), self._contact("last")
        self.assertEqual(self._people(move), self.partner_a)
        self._posted_to(move, first, attachments=[("a.pdf", b"%PDF-1.4")])
        self.assertEqual(self._people(move), self.partner_a, "it was not sent")
        move.is_move_sent = True
        self.assertEqual(self._people(move), first)
        both = last | self._contact("auditor", self.partner_b)
        self._posted_to(move, both, attachments=[("a.pdf", b"%PDF-1.4")])
        self.assertEqual(self._people(move), last, "of the customer only")
        self._posted_to(move, first)
        self.assertEqual(self._people(move), last, "a mail without the invoice")

    def test_who_cannot_be_reached(self):
        """Archived and without address: the usual contact, or its invoice address."""
        move = self._owed()
        buyer = self._contact("buyer")
        self._posted_to(move, buyer, attachments=[("a.pdf", b"%PDF-1.4")])
        move.is_move_sent = True
        buyer.email = False
        self.assertEqual(self._people(move), self.partner_a)
        buyer.write({"email": "buyer@example.com", "active": False})
        self.assertEqual(self._people(move), self.partner_a)
        self.partner_a.email = False
        self.assertFalse(self._people(move))
        books = self._contact("books", type="invoice")
        self.assertEqual(self._people(move), books)

    def test_reachable_meanwhile(self):
        """An address, or a payment, that comes before the manager is told."""
        self.partner_a.email = False
        for mend in (
            lambda move: self.partner_a.write({"email": "client@example.com"}),
            self._pay,
        ):
            with self.env.cr.savepoint() as savepoint:
                move = self._owed()
                self._run(7, crons=(REMIND,))
                mend(move)
                self._run(7, crons=(CRON,))
                notes = move.message_ids.mapped("body")
                self.assertFalse([note for note in notes if "no e-mail" in note])
                self.assertFalse(move.billing_request_ids.activity_ids)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_manager_left(self):
        """Nobody who left gets the activity; the reminder is noted all the same."""
        move = self._owed()
        self.pm.active = False
        self._run(35)
        self.assertEqual(len(self._sent(move)), 1)
        self.assertFalse(move.billing_request_ids.activity_ids)

    # === TOO LATE ===

    def test_settled_before_the_mail_server(self):
        """I25: credited or cancelled, the mail that waits in the queue is withdrawn."""
        for settle in (
            lambda move: self._credit(move.with_user(self.accountant).sudo(False)),
            lambda move: (move.button_draft(), move.button_cancel()),
        ):
            with self.env.cr.savepoint() as savepoint:
                move = self._owed()
                self._run(7, crons=(REMIND, CRON))
                self.assertEqual(len(self._sent(move)), 1)
                mails = self.env["mail.mail"].sudo()
                mail = mails.search([("mail_message_id", "in", self._mails().ids)])
                settle(move)
                self._run(7, crons=(MAIL_QUEUE,))
                self.assertEqual(mail.state, "cancel")
                self.assertFalse(self._sent(move))
                savepoint.rollback()
            self.env.invalidate_all()
