"""Reminders: when, once, to whom, of how much; and never when not."""

from datetime import timedelta

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .reminder_common import CRON, DUE, REMIND, ReminderCommon


@tagged("post_install", "-at_install")
class TestReminder(ReminderCommon):
    # === WHEN ===

    def test_levels_day_by_day(self):
        """I12, I25: each level once, on its day, whatever runs how often."""
        move = self._owed()
        for offset in (-4, -3, -2, 0, 6, 7, 8, 20, 21, 22, 34, 35, 36, 90):
            self._run(offset, times=2)
        self.assertEqual(
            self._sent(move),
            [(days, "client@example.com", days) for days in (-3, 7, 21, 35)],
        )
        self.assertEqual(len(self._mails()), 4)
        subjects = self._mails().mapped("subject")
        self.assertEqual(len(set(subjects)), 4)

    def test_hundred_times_a_day(self):
        """I12, I25: the reminder run a hundred times in a day sends one mail."""
        move = self._owed()
        self._run(7, times=100)
        self.assertEqual(self._sent(move), [(7, "client@example.com", 7)])
        self.assertEqual(len(self._mails()), 1)
        self.assertEqual(self.outbox.search_count([("kind", "=", "dunning")]), 1)

    def test_only_the_highest(self):
        """I25: after a pause only the highest level goes out, no lower one later."""
        move = self._owed()
        self._run(30)
        self.assertEqual(self._sent(move), [(21, "client@example.com", 30)])
        self._run(31)
        self._run(34)
        self.assertEqual(len(self._sent(move)), 1)
        self._run(36)
        self.assertEqual(self._sent(move)[1:], [(35, "client@example.com", 36)])
        self._run(400)
        self.assertEqual(len(self._mails()), 2)

    def test_before_is_not_after(self):
        """The level before the due date is silent once it is late."""
        move = self._owed()
        self._run(1)
        self.assertFalse(self._sent(move))

    def test_day_of_the_company(self):
        """The day is the company's: in Auckland the seventh day is there earlier."""
        self.company.partner_id.tz = "Pacific/Auckland"
        move = self._owed()
        # noon of day 6 in UTC is past midnight in Auckland
        self._run(6)
        self.assertEqual(self._sent(move), [(7, "client@example.com", 7)])

    def test_instalments(self):
        """Levels count from each instalment; what is asked for is what is due."""
        move = self._owed(terms=self._half_and_half())
        for offset in (-4, -3, 7, 21, 26, 27, 28, 35, 37, 38, 51, 65, 66):
            self._run(offset)
        self.assertEqual(
            [
                (row.level_id.days, (row.date_due - DUE).days, row.amount)
                for row in self.log.search([("move_id", "=", move.id)], order="day")
            ],
            [
                (-3, 0, 230.0),
                (7, 0, 230.0),
                (21, 0, 230.0),
                # three days before the second half: all that is due by then
                (-3, 30, 460.0),
                (35, 0, 460.0),
                (7, 30, 460.0),
                (21, 30, 460.0),
                (35, 30, 460.0),
            ],
        )

    # === NEVER ===

    def test_never_after_payment(self):
        """I25: paid, nothing; paid in part, the rest only."""
        move, other = self._owed(), self._owed(hours=2)
        self._pay(move)
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        self._pay(other, 100)
        self._run(7)
        self.assertFalse(self._sent(move))
        row = self.log.search([("move_id", "=", other.id)])
        self.assertEqual((row.amount, row.amount_open), (130, 130))

    def test_paid_between_queue_and_send(self):
        """I25: everything is looked at again when the mail is made."""
        move, other = self._owed(), self._owed(hours=2)
        self._run(7, crons=(REMIND,))
        row = self.outbox.search([("kind", "=", "dunning")])
        self.assertEqual(set(row.payload["move_ids"]), {move.id, other.id})
        self._pay(move)
        self._run(7)
        self.assertFalse(self._sent(move))
        self.assertEqual(self._sent(other), [(7, "client@example.com", 7)])
        self.assertEqual(row.state, "done")
        body = self._mails().body
        self.assertIn(other.name, body)
        self.assertNotIn(move.name, body)

    def test_all_paid_between(self):
        move = self._owed()
        self._run(7, crons=(REMIND,))
        self._pay(move)
        self._run(7)
        row = self.outbox.search([("kind", "=", "dunning")])
        self.assertEqual(row.state, "skipped")
        self.assertFalse(self._mails())

    def test_paid_before_the_mail_server(self):
        """I25: what the mail queue still holds of a paid invoice is withdrawn."""
        move, other = self._owed(), self._owed(hours=2)
        self._run(7, crons=(REMIND, CRON))
        self.assertEqual(len(self._sent(move)), 1)
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search([("mail_message_id", "in", self._mails().ids)])
        )
        self.assertEqual(mail.state, "outgoing")
        self._pay(move)
        self._run(7)
        self.assertEqual(mail.state, "cancel")
        self.assertFalse(self._sent())
        # the next day reminds of the other one
        self._run(8)
        self.assertEqual(self._sent(), [(7, "client@example.com", 8)])
        self.assertEqual(self._sent(other), self._sent())

    def test_never_for_other_documents(self):
        """I25: no credit note, draft, cancelled, reversed or foreign invoice."""
        credited = self._owed()
        note = self._credit(credited.with_user(self.accountant).sudo(False))
        self.assertEqual(credited.payment_state, "reversed")
        self._log(3)
        draft = self._invoice()
        cancelled = self._owed(hours=2)
        cancelled.button_draft()
        cancelled.button_cancel()
        foreign = self.init_invoice(
            "out_invoice",
            partner=self.partner_a,
            invoice_date=DUE,
            amounts=[50],
            post=True,
        )
        self._run(7)
        self.assertFalse(
            self.log.search(
                [("move_id", "in", (credited | note | draft | cancelled | foreign).ids)]
            )
        )
        self.assertFalse(self._mails())

    def test_switched_off(self):
        """I25: company, customer, invoice or accounting: one switch is enough."""
        move = self._owed()
        for record, values in (
            (self.company, {"billing_reminders": False}),
            (self.partner_a, {"billing_reminders": "none"}),
            # own levels, of which there are none
            (self.partner_a, {"billing_reminders": "levels"}),
            (move, {"billing_reminder_hold": True}),
            (move, {"no_followup": True}),
            (move, {"payment_state": "blocked"}),
            (self.company, {"billing_reminders_from": DUE + timedelta(days=1)}),
        ):
            with self.subTest(values=values), self.env.cr.savepoint() as savepoint:
                record.write(values)
                self._run(7)
                self.assertFalse(self._sent(move))
                savepoint.rollback()
            self.env.invalidate_all()
        self._run(7)
        self.assertEqual(len(self._sent(move)), 1)

    def test_hold_until(self):
        """A hold ends by itself after its last day; then the highest level goes out."""
        move = self._owed()
        move.write(
            {
                "billing_reminder_hold": True,
                "billing_reminder_hold_until": self._day(22),
            }
        )
        for offset in (7, 21, 22):
            self._run(offset)
        self.assertFalse(self._sent(move))
        self._run(23)
        self.assertEqual(self._sent(move), [(21, "client@example.com", 23)])

    def test_question(self):
        """I25: what is questioned is not asked for; all of it questioned, no mail."""
        move, other = self._owed(), self._owed(hours=2)
        self._question({move: 460.0, other: 30.0})
        self._run(7)
        self.assertFalse(self._sent(move))
        row = self.log.search([("move_id", "=", other.id)])
        self.assertEqual(
            (row.amount, row.amount_open, row.amount_questioned), (200, 230, 30)
        )
        body = self._mails().body
        self.assertIn("200.00", body)
        self.assertNotIn(move.name, body)
        # settled later: the reminder that was left out comes
        self._question({})
        self._run(8)
        self.assertEqual(self._sent(move), [(7, "client@example.com", 8)])
        self.assertEqual(len(self._sent(other)), 1)

    def test_question_of_the_client(self):
        """I25: with questions as clients ask them; an answered one is reminded of."""
        move, other = self._owed(), self._owed(hours=2)
        move._billing_ask(
            move.invoice_line_ids.id, "Why so much?", partner=self.partner_a
        )
        other._billing_ask(
            other.invoice_line_ids.id, "Who?", quantity=1.0, partner=self.partner_a
        )
        self._run(7)
        self.assertFalse(self._sent(move))
        row = self.log.search([("move_id", "=", other.id)])
        self.assertEqual((row.amount, row.amount_questioned), (115, 115))

    # === TO WHOM ===

    def test_one_mail_for_several(self):
        """One mail lists all invoices of a customer that are due; each is logged."""
        move, other = self._owed(), self._owed(hours=2, due=self._day(-14))
        self._run(7)
        # the older one has reached the second level
        self.assertEqual(self._sent(move), [(7, "client@example.com", 7)])
        self.assertEqual(self._sent(other), [(21, "client@example.com", 7)])
        mail = self._mails()
        self.assertEqual(len(mail), 1)
        self.assertIn("second reminder", mail.subject)
        for text in (move.name, other.name, "460.00", "230.00", "690.00"):
            self.assertIn(text, mail.body)
        for invoice in (move, other):
            self.assertIn(f'/my/invoices/{invoice.id}"', mail.body)
        rows = self.log.search([("outbox_id.message_id", "=", mail.id)])
        self.assertEqual(rows.move_id, move | other)
        self.assertEqual(rows.message_id, mail)

    def test_who_got_the_invoice(self):
        """Who was sent the invoice is reminded; nobody else of the customer."""
        buyer = self.env["res.partner"].create(
            {
                "name": "Buyer",
                "parent_id": self.partner_a.id,
                "email": "buyer@example.com",
            }
        )
        move = self._owed()
        request = move.billing_request_ids.with_user(self.pm)
        with self.freeze_day():
            request.action_send([buyer.id])
        self._run(0)
        self.assertTrue(move.is_move_sent)
        self._run(7)
        self.assertEqual(self._sent(move), [(7, "buyer@example.com", 7)])
        self.assertFalse(self._mails())
        # nobody else hears of it either, followers included
        self.assertEqual(self._mails(buyer).notified_partner_ids, buyer)

    def test_no_address(self):
        """A customer without e-mail is noted for the manager; others are reminded."""
        silent = self.env["res.partner"].create({"name": "Silent Ltd."})
        project = self._create_project(name="Silent", partner_id=silent.id)
        self._create_rule(project)
        move, other = self._owed(project=project), self._owed()
        self._run(7, times=3)
        self._run(8)
        self.assertFalse(self._sent(move))
        self.assertEqual(len(self._sent(other)), 1)
        notes = move.message_ids.filtered(lambda note: "no e-mail" in note.body)
        self.assertEqual(len(notes), 1)
        activity = move.billing_request_ids.activity_ids
        self.assertEqual(activity.user_id, self.pm)
        self.assertEqual(len(activity), 1)
        silent.email = "silent@example.com"
        self._run(9)
        self.assertEqual(self._sent(move), [(7, "silent@example.com", 9)])

    def test_own_levels(self):
        """A customer's own levels count instead of those of the company."""
        own = self.first.copy({"days": 2, "for_all": False})
        self.partner_a.write(
            {
                "billing_reminders": "levels",
                "billing_reminder_level_ids": [Command.set(own.ids)],
            }
        )
        move = self._owed()
        other = self._owed(project=self._of_another_customer())
        for offset in (-3, 2, 7, 21):
            self._run(offset)
        self.assertEqual(self._sent(move), [(2, "client@example.com", 2)])
        self.assertEqual([days for days, *_more in self._sent(other)], [-3, 7, 21])

    def _of_another_customer(self):
        customer = self.env["res.partner"].create(
            {"name": "Other", "email": "other@example.com"}
        )
        project = self._create_project(name="Other", partner_id=customer.id)
        self._create_rule(project)
        return project

    # === WHAT IS SAID ===

    def test_language(self):
        """The mail is in the language of who reads it; texts stay texts."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner_a.write({"lang": "fr_FR", "name": "<b>A & B</b> {{ 7*7 }}"})
        template = self.first.mail_template_id.with_context(lang="fr_FR")
        template.subject = "Premier rappel de {{ object.company_id.name }}"
        self._owed()
        self._run(7)
        mail = self._mails()
        self.assertTrue(mail.subject.startswith("Premier rappel"))
        # dates and amounts as they are written there
        self.assertIn("31/03/2026", mail.body)
        self.assertIn("460,00", mail.body)
        self.assertIn("&lt;b&gt;A &amp; B&lt;/b&gt; {{ 7*7 }}", mail.body)
        self.assertNotIn("49", mail.body)

    def test_one_day_late(self):
        """One day is no days."""
        move = self._owed()
        days = {0: 0, 1: "1 day late", 7: "7 days late"}
        for number, text in days.items():
            row = self.log.new(
                {
                    "move_id": move.id,
                    "date_due": DUE,
                    "day": DUE + timedelta(days=number),
                    "currency_id": move.currency_id.id,
                }
            )
            self.assertEqual(row._table_row()["late"], text)

    def test_files(self):
        """A level may send the statement of account and the invoices along."""
        self.first.write({"attach_statement": True, "attach_invoice": True})
        move, other = self._owed(), self._owed(hours=2)
        with self.freeze_day():
            move.billing_request_ids.with_user(self.pm).action_send([])
        self._run(0)
        self._run(7)
        names = self._mails().attachment_ids.mapped("name")
        self.assertEqual(
            sorted(names),
            [move.invoice_pdf_report_id.name, "Statement of account 2026-04-07.pdf"],
        )
        statement = self._mails().attachment_ids.filtered(
            lambda file: file.name.startswith("Statement")
        )
        for text in (move.name, other.name, "690.00"):
            self.assertIn(text, statement.raw.decode())

    def test_manager_is_told(self):
        """The project's manager reads it on the request; the last level asks to act."""
        move = self._owed()
        request = move.billing_request_ids
        self._run(7)
        notes = request.message_ids.filtered(
            lambda note: move.name in (note.body or "")
        )
        self.assertTrue(any("First reminder" in note.body for note in notes))
        self.assertFalse(request.activity_ids)
        self._run(35, times=2)
        self.assertEqual(request.activity_ids.user_id, self.pm)
        self.assertEqual(len(request.activity_ids), 1)

    # === KEPT BY POSTGRESQL ===

    @mute_logger("odoo.sql_db")
    def test_unique(self):
        """I25: PostgreSQL itself refuses a second reminder."""
        move = self._owed()
        self._run(7)
        row = self.log.search([("move_id", "=", move.id)])
        for values in (
            {},
            {"level_id": self.second.id},
            {"day": self._day(8)},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(psycopg2.errors.UniqueViolation),
                self.env.cr.savepoint(),
            ):
                row._engine().copy(values)

    def test_engine_owned(self):
        """Nobody writes the log, not even the system."""
        move = self._owed()
        self._run(7)
        row = self.log.search([("move_id", "=", move.id)])
        for user in (self.env.user, self.admin, self.accountant):
            with self.assertRaises(AccessError):
                row.with_user(user).write({"day": DUE})
            with self.assertRaises(AccessError):
                row.with_user(user).unlink()
        with self.assertRaises(AccessError):
            row.write({"day": DUE})

    def test_queries(self):
        """What is due is found by as many queries for thirty invoices as for two."""
        moves = self._owed() | self._owed(hours=1)
        self.env.flush_all()

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with self.freeze_day(7):
                due = moves.sudo()._billing_reminders_due(self.company)
                moves.union(*due)._billing_reminder_recipients()
            return self.env.cr.sql_log_count - before, len(due)

        count()  # what is asked once per process
        few, found = count()
        self.assertEqual(found, 2)
        for hours in range(1, 7):
            self._owed(hours=hours)
        many, found = count()
        self.assertEqual(found, 8)
        self.assertEqual(many, few)
        self.assertLess(many, 25)
