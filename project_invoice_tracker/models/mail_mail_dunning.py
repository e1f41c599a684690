"""Payment reminders in Odoo's mail queue are withdrawn when the invoice is paid."""

from odoo import models


class MailMail(models.Model):
    """A mail; reminders are checked again just before they are sent."""

    _inherit = "mail.mail"

    def send(self, *args, **kwargs):
        """Override to withdraw reminders of invoices that are settled meanwhile."""
        withdrawn = self._billing_withdraw()
        return super(MailMail, self - withdrawn).send(*args, **kwargs)

    def _billing_withdraw(self):
        """Cancel mails with a reminder that is no longer due.

        Their rows in the log of reminders are deleted: the customer received nothing,
        so the next run reminds of the other invoices of the mail.

        :returns: the mails that are not to be sent
        """
        # mails may be gone by the time they would be sent
        mails = self.exists()
        if not mails.mail_message_id:
            return self.browse()
        # sudo: whoever lets the queue run; reminders and the state of their invoices
        reminders_sudo = self.env["project.billing.reminder"].sudo()
        rows = reminders_sudo.search([("message_id", "in", mails.mail_message_id.ids)])
        gone = rows._settled()
        if not gone:
            return self.browse()
        mails = mails.filtered(lambda mail: mail.mail_message_id in gone.message_id)
        mails.write({"state": "cancel"})
        rows = rows.filtered(lambda row: row.message_id in gone.message_id)
        outbox = rows.outbox_id._engine()
        outbox.write(
            {
                "state": "skipped",
                "error": self.env._("It was settled before a mail server had it."),
            }
        )
        rows._engine().unlink()
        return mails


class ProjectBillingReminder(models.Model):
    """A reminder whose mail may not be sent yet."""

    _inherit = "project.billing.reminder"

    def _settled(self):
        """Return those whose invoices are paid, cancelled or credited by now."""
        return self.filtered(
            lambda row: (
                row.move_id.state != "posted"
                or row.move_id.payment_state not in ("not_paid", "partial")
            )
        )
