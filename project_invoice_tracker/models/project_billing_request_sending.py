"""Sending: the manager sends the posted invoice, with Odoo's own mail."""

from odoo import api, fields, models
from odoo.tools import html_sanitize

from ..exceptions import BillingError

TEMPLATE = "project_invoice_tracker.mail_template_invoice"


class ProjectBillingRequest(models.Model):
    """Check as the user and queue; the outbox sends with elevated rights."""

    _inherit = "project.billing.request"

    sent_note = fields.Char(
        compute="_compute_sent_note",
        compute_sudo=True,
        help="Whether the invoice was sent to the customer, when and by whom.",
    )
    send_state = fields.Selection(
        selection=lambda self: (
            self.env["project.billing.outbox"]
            ._fields["state"]
            ._description_selection(self.env)
        ),
        string="Sending",
        compute="_compute_sent_note",
        compute_sudo=True,
    )

    @api.depends("invoice_id.is_move_sent", "state")
    def _compute_sent_note(self):
        last = {}
        for row in self.invoice_id._billing_sendings():
            last.setdefault(row.invoice_id, row)
        for request in self:
            row = last.get(request.invoice_id)
            request.send_state = row and row.state
            request.sent_note = row and row._sending_sentence()

    # === ACTION ===

    def action_send(self, partner_ids=None, subject=None, body=None, again=False):
        """Send the posted invoices of these requests to the customer.

        Without ``partner_ids`` it opens the window that asks to whom. The mail goes out
        after the commit; an invoice shared by several projects goes out once.

        :param list partner_ids: ids of contacts of the customer, who have an e-mail
            address; an empty list means those who get the customer's invoices
        :param str subject: instead of that of the template
        :param str body: HTML instead of that of the template; sanitised
        :param bool again: send although it was sent before
        :returns: True, or the window that asks
        :raises AccessError: when the user does not manage the project now
        :raises BillingError: when an invoice is not posted, was sent already, or a
            contact is not one of the customer's or has no e-mail address
        """
        self._check_can_send()
        if partner_ids is None:
            return self._ask_recipients()
        rows = []
        for move, requests in self._by_invoice():
            contacts = requests[0]._check_contacts(partner_ids)
            sendings = move._billing_sendings()
            if not again:
                requests[0]._check_not_sent(move, sendings)
            rows.append(
                requests[0]._prepare_sending(
                    move, contacts, subject, body, len(sendings) + 1
                )
            )
        self.env["project.billing.outbox"]._queue(rows)
        return True

    # === CHECKS ===

    def _check_can_send(self):
        """Refuse users who do not manage the project, and invoices not posted."""
        self._check_manager()
        for request in self:
            move_sudo = request.sudo().invoice_id  # sudo: the state of the own invoice
            if request.state == "invoiced" and move_sudo.state == "posted":
                continue
            if request.state == "invoiced" and move_sudo.state == "draft":
                raise BillingError(
                    self.env._(
                        "The invoice of %s is a draft. It can be sent as soon as "
                        "accounting has posted it.",
                        request.name,
                    )
                )
            raise BillingError(
                self.env._(
                    "%(request)s is %(state)s and has no posted invoice to send.",
                    request=request.name,
                    state=request._state_label(),
                )
            )

    def _by_invoice(self):
        """Return ``(invoice, requests)`` pairs; the invoices are elevated."""
        # sudo: the invoices of requests that were checked; managers read none
        grouped = self.sudo().grouped("invoice_id")
        return [
            (move, requests.with_env(self.env)) for move, requests in grouped.items()
        ]

    def _check_not_sent(self, move, sendings):
        """Refuse to send an invoice a second time by accident."""
        before = sendings.filtered(lambda row: row.state in ("waiting", "done"))[:1]
        if before or move.is_move_sent:
            raise BillingError(
                self.env._(
                    "%(invoice)s was sent before%(how)s. Choose “Send again” if you "
                    "want it to go out once more.",
                    invoice=move.name,
                    how=f" ({before._sending_sentence()})" if before else "",
                )
            )

    def _contacts_domain(self):
        """Return who may get the invoice: the customer's contacts with an address."""
        self.ensure_one()
        return [
            ("commercial_partner_id", "=", self.partner_id.commercial_partner_id.id),
            ("email", "not in", (False, "")),
        ]

    def _check_contacts(self, partner_ids):
        """Return the contacts by their ids, each one checked as the user.

        :raises BillingError: naming who is not a contact of the customer, or has no
            e-mail address
        """
        self.ensure_one()
        if not isinstance(partner_ids, list | tuple) or not all(
            type(partner_id) is int for partner_id in partner_ids
        ):
            raise BillingError(self.env._("Name the contacts by a list of their ids."))
        if not partner_ids:
            return self._default_contacts()
        contacts = self.env["res.partner"].browse(partner_ids)
        customer = self.partner_id.commercial_partner_id
        # by search: what the user may not read is as little there as what is not
        theirs = contacts.search(
            [
                ("id", "in", contacts.ids),
                ("commercial_partner_id", "=", customer.id),
            ]
        )
        if len(theirs) != len(set(partner_ids)):
            raise BillingError(
                self.env._(
                    "%s: the invoice goes to contacts of this customer only.",
                    customer.display_name,
                )
            )
        theirs._billing_check_email()
        return theirs

    def _default_contacts(self):
        """Return who gets the customer's invoices.

        :raises BillingError: when that contact has no e-mail address
        """
        self.ensure_one()
        address = self.partner_id.address_get(["invoice"])["invoice"]
        contact = self.partner_id
        if not contact.email:
            contact = contact.browse(address)
        contact._billing_check_email()
        return contact

    # === QUEUE ===

    def _prepare_sending(self, move, contacts, subject, body, number):
        """Return the row of the outbox that sends an invoice.

        :param int number: how often it was sent, with this time; a second click or a
            repeated transaction comes to the same number, and to one mail
        """
        for value in (subject, body):
            if value is not None and not isinstance(value, str):
                raise BillingError(self.env._("Subject and text are plain texts."))
        return {
            "key": f"invoice/{move.id}/{number}",
            "kind": "invoice",
            "request_id": self,
            "invoice_id": move,
            "payload": {
                "partner_ids": contacts.ids,
                "subject": " ".join(subject.split()) if subject else None,
                "body": str(html_sanitize(body)) if body else None,
            },
        }

    def _ask_recipients(self):
        """Return the window that asks to whom, with the mail as it would go out."""
        invoices = self._by_invoice()
        if len(invoices) > 1:
            raise BillingError(
                self.env._("Send one invoice at a time: each has its own recipients.")
            )
        move, requests = invoices[0]
        request = requests[0]
        if not self.env["res.partner"].search_count(request._contacts_domain(), 1):
            request._default_contacts()
        values = request._preview_sending(move)
        wizard = self.env["project.billing.send"].create(values)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send %s", move.name),
            "res_model": "project.billing.send",
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _preview_sending(self, move):
        """Return the values of the window: recipients, mail and names of the files.

        :param move: the invoice of this request (elevated; the caller checked)
        """
        sender = move.env["account.move.send"]
        template = self._sending_template(move)
        lang = sender._get_default_mail_lang(move, template)
        report = sender._get_default_pdf_report_id(move)
        files = sender._get_default_mail_attachments_widget(
            move, template, pdf_report=report
        )
        address = self.partner_id.address_get(["invoice"])["invoice"]
        contacts = self.partner_id | self.partner_id.browse(address)
        sendings = move._billing_sendings()
        before = sendings.filtered(lambda row: row.state in ("waiting", "done"))[:1]
        notes = [before._sending_sentence()] if before else []
        if move.is_move_sent and not before:
            notes.append(self.env._("Accounting has sent the invoice."))
        if move.payment_state in ("paid", "in_payment"):
            notes.append(self.env._("The invoice is paid already."))
        return {
            "request_id": self.id,
            "customer_id": self.partner_id.commercial_partner_id.id,
            "number": len(sendings) + 1,
            "partner_ids": contacts.filtered("email")[:1].ids,
            "subject": sender._get_default_mail_subject(move, template, lang),
            "body": sender._get_default_mail_body(move, template, lang),
            "attachment_names": "\n".join(file["name"] for file in files),
            "note": " ".join(notes),
        }

    @api.model
    def _sending_template(self, move):
        """Return the mail of an invoice (elevated): ours, or Odoo's if it is gone."""
        template = move.env.ref(TEMPLATE, raise_if_not_found=False)
        template = template or move._get_mail_template()
        return template.with_context(billing_sender=self.env.user.email_formatted)
