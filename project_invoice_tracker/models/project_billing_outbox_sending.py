"""Delivering an invoice: Odoo makes the PDF, the mail and the note on the invoice."""

from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_date

from ..exceptions import BillingError


class ProjectBillingOutbox(models.Model):
    """Rows of the kind ``invoice``: each sends a posted invoice to its customer."""

    _inherit = "project.billing.outbox"

    def _sending_sentence(self):
        """Return how far the sending of the invoice is, in words."""
        self.ensure_one()
        sentences = {
            "waiting": self.env._("Is being sent, asked by %(who)s."),
            "done": self.env._("Sent on %(day)s by %(who)s to %(to)s."),
            "failed": self.env._("Could not be sent: %(error)s"),
            "skipped": self.env._("Was not sent: %(error)s"),
        }
        partner_ids = (self.payload or {}).get("partner_ids", [])
        # sudo: names of contacts and of a colleague
        partners_sudo = self.env["res.partner"].sudo().browse(partner_ids).exists()
        return sentences[self.state] % {
            "who": self.owner_id.sudo().name,  # sudo: as above
            "day": format_date(self.env, self.done_date) if self.done_date else "",
            "to": ", ".join(partners_sudo.mapped("name")),
            "error": self.error or "",
        }

    def _deliver_invoice(self):
        """Send the invoice by Odoo's own sending; returns the message."""
        move = self._check_sending()
        contacts = self.env["res.partner"].browse(self.payload["partner_ids"]).exists()
        customer = move.partner_id.commercial_partner_id
        contacts = contacts.filtered(lambda p: p.commercial_partner_id == customer)
        if not contacts:
            raise BillingError(
                self.env._(
                    "The contacts chosen do not belong to the customer any more."
                )
            )
        contacts._billing_check_email()
        last, was_sent = self._last_message(move), move.is_move_sent
        self._send_by_odoo(move, contacts)
        message = self._last_message(move, last.id)
        if not message:
            # Odoo marks an invoice as soon as there is a PDF of it
            move.is_move_sent = was_sent
            raise BillingError(
                self.env._(
                    "Odoo made the PDF of %s, but no mail. Look at the mail template "
                    "and at the contacts.",
                    move.name,
                )
            )
        move.is_move_sent = True
        self._log_sending(move, contacts)
        return message

    def _check_sending(self):
        """Return the invoice, if whoever asked for the mail may still send it."""
        move, owner = self.invoice_id, self.owner_id
        if move.state != "posted":
            raise BillingError(
                self.env._(
                    "%s is not posted any more.",
                    move.display_name or self.env._("The invoice"),
                )
            )
        projects = move.billing_request_ids.project_id.with_user(owner)
        if not any(project._billing_is_manager() for project in projects):
            raise BillingError(
                self.env._(
                    "%s does not manage the project any more. Its manager of today "
                    "may send the invoice.",
                    owner.name,
                )
            )
        return move

    def _send_by_odoo(self, move, contacts):
        owner, payload = self.owner_id, self.payload
        move = move.with_company(move.company_id).with_context(
            mail_post_autofollow_author_skip=True,
        )
        template = self.request_id.with_user(owner)._sending_template(move)
        settings = {
            "sending_methods": ["email"],
            "mail_template": template,
            "mail_lang": move.env["account.move.send"]._get_default_mail_lang(
                move, template
            ),
            "mail_partner_ids": contacts.ids,
            "author_user_id": owner.id,
            "author_partner_id": owner.partner_id.id,
        }
        if payload.get("subject"):
            settings["mail_subject"] = payload["subject"]
        if payload.get("body"):
            # sanitised when it was queued
            settings["mail_body"] = Markup(payload["body"])
        move.env["account.move.send"]._generate_and_send_invoices(move, **settings)

    @api.model
    def _last_message(self, move, after=0):
        """Return the last mail on an invoice, newer than another one."""
        return self.env["mail.message"].search(
            [
                ("model", "=", "account.move"),
                ("res_id", "=", move.id),
                ("message_type", "=", "comment"),
                ("id", ">", after or 0),
            ],
            order="id desc",
            limit=1,
        )

    def _log_sending(self, move, contacts):
        """Write in the journal and on the requests who sent the invoice to whom."""
        names = ", ".join(contacts.mapped("name"))
        requests = move.billing_request_ids
        self.env["project.billing.journal"]._record(
            "sent",
            [
                {
                    "user_id": self.owner_id.id,
                    "company_id": request.company_id.id,
                    "project_id": request.project_id.id,
                    "request_id": request.id,
                    "invoice_id": move.id,
                    "document": move.name,
                    "after": {
                        "contacts": contacts.ids,
                        "amount": request.amount_total,
                        "currency": request.currency_id.name,
                    },
                    "reason": names,
                }
                for request in requests
            ],
        )
        body = self.env._(
            "%(invoice)s was sent to %(who)s", invoice=move.name, who=names
        )
        for request in requests:
            request._message_log(body=body, author_id=self.owner_id.partner_id.id)


class AccountMove(models.Model):
    """The times that an invoice was sent from its billing requests."""

    _inherit = "account.move"

    def _billing_sendings(self):
        """Return the rows of the outbox that send these invoices, the latest first."""
        # sudo: the invoice goes out once, whichever of its managers sends it
        return (
            self.env["project.billing.outbox"]
            .sudo()
            .search([("kind", "=", "invoice"), ("invoice_id", "in", self.ids)])
        )


class ResPartner(models.Model):
    """Check of the contacts to whom an invoice is sent."""

    _inherit = "res.partner"

    def _billing_check_email(self):
        """Refuse contacts without an e-mail address, by name."""
        without = self.filtered(lambda partner: not partner.email)
        if without:
            raise BillingError(
                self.env._(
                    "%s has no e-mail address. Enter one on the contact, or choose "
                    "another contact of the customer.",
                    ", ".join(without.mapped("display_name")),
                )
            )
