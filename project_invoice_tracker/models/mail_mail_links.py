"""Personal links in mails: added when a mail is sent, and stored nowhere.

What Odoo stores of a mail, and shows in the chatter and to its author, has the address
of a page without the token that opens it. The token is added when the mail is written
for its recipient, so only that person has it.
"""

import re
from html import unescape

from odoo import models
from odoo.tools import html2plaintext

#: An address in a mail; what follows a number sign stays behind the token.
LINK = re.compile(r'href="([^"#]+)(#[^"]*)?"')


class MailMail(models.Model):
    """A mail of the add-on, which gets the personal links of its recipients."""

    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Override to give each recipient personal links."""
        emails = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        if not self.mail_message_id:
            return emails
        # sudo: whoever lets the queue run; the tokens go to the recipients only
        rows_sudo = self.env["project.billing.outbox"].sudo()
        row = rows_sudo.search([("message_id", "=", self.mail_message_id.id)], limit=1)
        for email in emails if row else ():
            partner = email.get("partner_id")
            if partner:
                address = ", ".join(email.get("email_to_normalized") or [])
                self._billing_add_tokens(email, row._private_links(partner, address))
        return emails

    def _billing_add_tokens(self, email, tokens):
        """Put the tokens into the addresses of one mail.

        :param dict email: as Odoo hands it to the mail server
        :param dict tokens: ``{address of a page: token}``
        """
        if not tokens:
            return

        def add(match):
            token = tokens.get(unescape(match[1]))
            if not token:
                return match[0]
            return f'href="{match[1]}?access_token={token}{match[2] or ""}"'

        email["body"] = LINK.sub(add, email["body"])
        email["body_alternative"] = html2plaintext(email["body"])


class ProjectBillingOutbox(models.Model):
    """A row of the outbox, which knows the personal links of its mail."""

    _inherit = "project.billing.outbox"

    def _private_links(self, partner, address):
        """Return ``{address of a page: token}`` for one recipient of this mail.

        :param str address: the e-mail address that it goes to
        """
        self.ensure_one()
        links = getattr(self, f"_private_links_{self.kind}", None)
        return links(partner, address) if links else {}

    def _private_links_answer(self, partner, _address):
        """Return the link to the invoice that was asked about."""
        if partner != self._asked_question().partner_id:
            return {}
        return self.invoice_id._billing_private_link()

    def _private_links_dunning(self, partner, _address):
        """Return the links to the invoices that a reminder names."""
        reminders = self.env["project.billing.reminder"].search(
            [("outbox_id", "=", self.id), ("partner_id", "=", partner.id)]
        )
        found = {}
        for move in reminders.move_id:
            found |= move._billing_private_link()
        return found


class AccountMove(models.Model):
    """An invoice with the portal page on which a customer reads and pays it."""

    _inherit = "account.move"

    def _billing_page_url(self):
        """Return the address of the page, for a reader who logs in."""
        self.ensure_one()
        return f"{self.get_base_url()}/my/invoices/{self.id}"

    def _billing_private_link(self):
        """Return ``{address of the page: token}``."""
        token = self.with_context(skip_is_manually_modified=True)._portal_ensure_token()
        return {self._billing_page_url(): token}
