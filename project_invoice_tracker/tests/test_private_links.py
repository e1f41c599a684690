"""Links that are somebody's own: nobody inside reads them, whatever is sent."""

import re
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from ..exceptions import BillingError
from .portal_common import PortalCommon, PortalHttp
from .question_common import QuestionCommon
from .reminder_common import ReminderCommon

TOKEN = re.compile(r'/my/[a-z/]+/\d+\?access_token=([^"#&\s]+)')


def texts_with(env, needle):
    """Return ``[table.column]`` of whatever PostgreSQL stores that holds a text."""
    env.flush_all()
    columns = env.execute_query(
        SQL(
            """
            SELECT table_name, column_name FROM information_schema.columns
             WHERE table_schema = 'public'
               AND data_type IN ('text', 'character varying', 'jsonb', 'json')
               AND (table_name LIKE 'mail%%' OR table_name LIKE 'project%%'
                    OR table_name LIKE 'account_move%%' OR table_name LIKE 'bus%%'
                    OR table_name = 'ir_attachment')
            """
        )
    )
    return [
        f"{table}.{column}"
        for table, column in columns
        if env.execute_query(
            SQL(
                "SELECT 1 FROM %s WHERE strpos(%s::text, %s) > 0 LIMIT 1",
                SQL.identifier(table),
                SQL.identifier(column),
                needle,
            )
        )
    ]


class Gateway:
    """What a mail server gets, by recipient."""

    @contextmanager
    def _gateway(self):
        """Note what Odoo hands to the mail server meanwhile."""
        self.emails = emails = []
        mails = self.env.registry["mail.mail"]
        prepare = mails._prepare_outgoing_list

        def note(mail, *args, **kwargs):
            found = prepare(mail, *args, **kwargs)
            emails.extend(map(dict, found))
            return found

        servers = self.env.registry["ir.mail_server"]
        with (
            patch.object(mails, "_prepare_outgoing_list", note),
            # a mail server that takes all; Odoo's tests have none otherwise
            patch.object(servers, "_disable_send", lambda _server: False),
            patch.object(servers, "_connect__", lambda *_args, **_kwargs: None),
            patch.object(servers, "send_email", lambda *_args, **_kwargs: "<taken>"),
        ):
            yield

    def _got(self, address):
        """Return the mails of one address: the texts of both parts."""
        return [
            (email["body"], email["body_alternative"])
            for email in self.emails
            if address in email["email_to_normalized"]
        ]

    def _tokens(self, address):
        return [
            token
            for body, _plain in self._got(address)
            for token in TOKEN.findall(body)
        ]


@tagged("post_install", "-at_install")
class TestPrivateSignOff(Gateway, PortalCommon, PortalHttp, HttpCase):
    """The link to a sign-off page (A2)."""

    def _mailed(self):
        """Ask the client, and return the token of the mail that went out."""
        self.first.with_user(self.pm).action_billing_ask_sign_off(self.contact.ids)
        with self._gateway():
            self._deliver()
        (token,) = self._tokens(self.contact.email)
        return token

    def test_manager_reads_no_link(self):
        token = self._mailed()
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [("model", "=", "project.milestone"), ("res_id", "=", self.first.id)]
            )
        )
        mine = messages.filtered(lambda m: m.author_id == self.pm.partner_id)
        self.assertEqual(len(mine), 1, "the mail is the manager's own message")
        body = mine.with_user(self.pm).body
        self.assertIn(f"/my/billing/milestone/{self.first.id}", body)
        self.assertNotIn("access_token", body)
        self.assertEqual(texts_with(self.env, token), [])
        # the secret behind it is in its own column only, which nobody reads
        nonce = self.first.sudo().billing_ask_nonce
        self.assertEqual(
            texts_with(self.env, nonce), ["project_milestone.billing_ask_nonce"]
        )

    def test_both_parts_of_the_mail_have_the_link(self):
        token = self._mailed()
        ((body, plain),) = self._got(self.contact.email)
        self.assertIn(token, body)
        self.assertIn(token, plain)

    def test_address_is_recorded(self):
        token = self._mailed()
        # a later change of the contact rewrites nothing
        sent_to = self.contact.email
        self.contact.email = "changed@client.example"
        self._page(f"/my/billing/milestone/{self.first.id}?access_token={token}")
        answer = self._accept(self.first, token)
        self.assertTrue(answer["result"].get("force_refresh"), answer)
        self.assertRecordValues(
            self.first.billing_acceptance_ids,
            [{"decision": "accepted", "partner_id": self.contact.id, "email": sent_to}],
        )

    def test_address_of_a_refusal(self):
        token = self._mailed()
        self._answer(self.first, "refuse", token, reason="Too slow")
        self.assertRecordValues(
            self.first.billing_acceptance_ids,
            [{"decision": "refused", "email": self.contact.email}],
        )

    def test_login_records_no_address(self):
        self._mailed()
        self._decide()
        self.assertRecordValues(
            self.first.billing_acceptance_ids, [{"decision": "accepted", "email": ""}]
        )

    def test_link_is_good_for_one_decision(self):
        token = self._mailed()
        self._accept(self.first, token)
        self.assertIn("error", self._accept(self.first, token)["result"])
        with self.assertRaises(BillingError):
            self._decide()
        self.assertEqual(len(self.first.billing_acceptance_ids), 1)

    def test_each_contact_has_the_own_link(self):
        other = self.env["res.partner"].create(
            {
                "name": "Olga Other",
                "email": "olga@client.example",
                "parent_id": self.contact.parent_id.id,
            }
        )
        both = self.contact | other
        self.first.with_user(self.pm).action_billing_ask_sign_off(both.ids)
        with self._gateway():
            self._deliver()
        tokens = [self._tokens(each.email) for each in both]
        self.assertEqual([len(found) for found in tokens], [1, 1])
        self.assertNotEqual(*tokens)
        for (token,), partner in zip(tokens, both, strict=True):
            found = self.first._billing_find_by_token(self.first.id, token)
            self.assertEqual(found[1], partner)
            self.assertEqual(self.first._billing_link_address(token), partner.email)

    def test_mail_of_a_withdrawn_request_has_no_link(self):
        """A mail that waited too long opens nothing any more."""
        self.first.with_user(self.pm).action_billing_ask_sign_off(self.contact.ids)
        row = self.env["project.billing.outbox"].search([("kind", "=", "sign_off")])
        row._engine()._deliver()
        self.first.with_user(self.pm).action_billing_withdraw_ask()
        with self._gateway():
            row.message_id.sudo().mail_ids.send()
        self.assertEqual(len(self._got(self.contact.email)), 1)
        self.assertEqual(self._tokens(self.contact.email), [])

    def test_own_mail_with_the_same_address_gets_no_token(self):
        """Whoever writes the address into a message of one's own gets no token."""
        self._mailed()
        with self._gateway():
            self.first.with_user(self.pm).message_notify(
                partner_ids=(self.pm.partner_id | self.contact).ids,
                body=f'<a href="{self.first._billing_sign_off_url()}">x</a>',
                subject="x",
            )
        self.assertFalse(self._tokens(self.contact.email))
        self.assertFalse(self._tokens(self.pm.email))

    def test_links_of_earlier_versions(self):
        """Kept bodies lose their tokens with the upgrade; the links go on working."""
        token = self._mailed()
        row = self.env["project.billing.outbox"].search([("kind", "=", "sign_off")])
        url = self.first._billing_sign_off_url()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE mail_message SET body = replace(body, %s, %s) WHERE id = %s",
                f'"{url}"',
                f'"{url}?access_token={token}"',
                row.message_id.id,
            )
        )
        self.assertTrue(texts_with(self.env, token))
        path = Path(__file__).parents[1] / "migrations" / "19.0.6.0.0" / "post-links.py"
        spec = spec_from_file_location("post_links", path)
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.5.0.0")
        self.env.invalidate_all()
        self.assertEqual(texts_with(self.env, token), [])
        self.assertIn(f'href="{url}"', row.message_id.body)
        self.assertEqual(
            self.first._billing_find_by_token(self.first.id, token)[1], self.contact
        )


@tagged("post_install", "-at_install")
class TestPrivateAnswer(Gateway, QuestionCommon):
    """The link of an answer to a question about an invoice."""

    def test_answer_keeps_no_token(self):
        self.move = self._posted_invoice()
        self.monday = self._line(self.move, 4.5)
        question = self._ask(self.monday)
        self._as(self.pm, question).action_answer("Because.")
        with self._gateway():
            self._deliver()
        address = self.client.partner_id.email
        (token,) = self._tokens(address)
        self.assertEqual(token, self.move.access_token)
        self.assertIn("#questions", self._got(address)[0][0])
        self.assertEqual(texts_with(self.env, token), ["account_move.access_token"])


@tagged("post_install", "-at_install")
class TestPrivateReminder(Gateway, ReminderCommon):
    """The links of a reminder to the invoices it names."""

    def test_reminder_keeps_no_token(self):
        move, other = self._owed(), self._owed(hours=2)
        with self._gateway():
            self._run(7)
        self.assertEqual(
            set(self._tokens("client@example.com")),
            {move.access_token, other.access_token},
        )
        for invoice in move | other:
            self.assertTrue(invoice.access_token)
            self.assertEqual(
                texts_with(self.env, invoice.access_token),
                ["account_move.access_token"],
            )
        reminder = self.log.search([("move_id", "=", move.id)])
        self.assertIn(f"/my/invoices/{move.id}", reminder.invoices_html)
        self.assertNotIn("access_token", reminder.invoices_html)
