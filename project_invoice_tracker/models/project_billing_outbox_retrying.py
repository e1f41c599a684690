"""What happened to the mails that the outbox created, and retrying by hand."""

from odoo import api, fields, models
from odoo.tools import plaintext2html

from ..exceptions import BillingError

UNDELIVERED = "project_invoice_tracker.mail_activity_type_undelivered"


class ProjectBillingOutbox(models.Model):
    """Retry mails that the mail server refused, a few times, without duplicates."""

    _inherit = "project.billing.outbox"

    # === FAILURES ===

    def _tell_owner(self):
        """Give whoever asked an activity on the request or project, in words."""
        label = dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        document = self.request_id or self.project_id
        if not document:
            return
        document.with_context(mail_activity_quick_update=True).activity_schedule(
            UNDELIVERED if self.request_id else "mail.mail_activity_data_warning",
            user_id=self.owner_id.id,
            summary=self.env._("Not delivered: %s", label),
            # a note is HTML; names and answers of servers in it are not
            note=plaintext2html(self.error or ""),
        )

    # === MAILS ===

    def _mails(self):
        """Return Odoo's mails of these rows that are still there (sent ones go)."""
        return self.env["mail.mail"].search(
            [("mail_message_id", "in", self.message_id.ids)]
        )

    @api.model
    def _follow_mails(self):
        """Check what happened to the mails; retry refused ones a few times."""
        rows = self._engine().search(
            [("state", "=", "done"), ("mail_checked", "=", False)], limit=500
        )
        mails = rows._mails()
        by_message = mails.grouped("mail_message_id")
        for row in rows:
            refused = by_message.get(row.message_id, mails.browse())._filter_refused()
            if not refused:
                continue
            reason = refused[:1].failure_reason or self.env._("no reason given")
            # no server was reached: surely nobody has it; else a person decides
            untouched = set(refused.mapped("failure_type")) <= {False, "mail_smtp"}
            row._note_failure(
                self.env._("The mail server refused the message: %s", reason),
                again=untouched,
            )
        pending = mails.filtered(lambda mail: mail.state == "outgoing").mail_message_id
        rows.filtered(
            lambda row: row.state == "done" and row.message_id not in pending
        ).mail_checked = True

    # === ACTIONS ===

    def action_retry(self):
        """Try to deliver these failed messages again.

        :returns: True
        :raises AccessError: when the user does not manage the project now
        :raises BillingError: when the message has not failed
        """
        if not self:
            raise BillingError(self.env._("Choose at least one message."))
        self.check_access("read")
        self.request_id._check_manager()
        for row in self:
            if row.state != "failed":
                raise BillingError(
                    self.env._(
                        "The message of %s has not failed: there is nothing to repeat.",
                        row.request_id.name,
                    )
                )
        self._check_not_sent_since()
        self._engine().write(
            {"state": "waiting", "attempts": 0, "next_try": fields.Datetime.now()}
        )
        # sudo: activities of the owner, on requests that were checked
        self.request_id.sudo().activity_unlink([UNDELIVERED])
        self._wake()
        return True

    def _check_not_sent_since(self):
        """Refuse to repeat the sending of an invoice that went out by a later one.

        :raises BillingError: naming the invoice
        """
        for row in self.filtered("invoice_id"):
            # sudo: the state of the own invoice
            move_sudo = row.sudo().invoice_id
            later = move_sudo._billing_sendings().filtered(
                lambda other, row=row: (
                    other.id > row.id and other.state in ("waiting", "done")
                )
            )
            if later:
                raise BillingError(
                    self.env._(
                        "%s was sent again since. Send it from its request, if it is "
                        "to go out once more.",
                        move_sudo.name,
                    )
                )


class MailMail(models.Model):
    """Mails that the outbox created."""

    _inherit = "mail.mail"

    def _filter_refused(self):
        """Return the mails that no mail server accepted, none that was delivered."""
        return self.filtered(lambda mail: mail.state == "exception")
