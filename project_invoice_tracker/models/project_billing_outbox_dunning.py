"""Delivery of payment reminders: all is checked again under a lock before sending."""

from odoo import models
from odoo.tools import format_date, plaintext2html


class ProjectBillingOutbox(models.Model):
    """Rows of the kind ``dunning``: a person, and the invoices due when it was queued.

    The log and the mail are made in one transaction. The invoices are locked before
    they are looked at: a payment or a question that is being booked comes first, and
    the row is tried again later.
    """

    _inherit = "project.billing.outbox"

    def _deliver_dunning(self):
        """Remind one person of what is still due; returns the message, or none."""
        moves = self.env["account.move"].browse(self.payload["move_ids"]).exists()
        # also against what refers to an invoice, as a question does
        moves.lock_for_update()
        due = moves._billing_reminders_due(self.company_id, moves)
        if "partner_id" not in self.payload:
            return self._note_unreachable(moves, due)
        person = self.env["res.partner"].browse(self.payload["partner_id"]).exists()
        recipients = moves._billing_reminder_recipients()
        still = {
            move: reminder
            for move, reminder in due.items()
            if person and person in recipients[move]
        }
        if not still:
            self.error = self.env._(
                "Nothing is to be reminded of any more: paid, questioned, on hold, "
                "switched off, or reminded of already."
            )
            return None
        reminders = self._log_reminders(person, still)
        message = self._send_reminders(person, reminders)
        reminders.message_id = message
        reminders._tell_managers()
        return message

    def _log_reminders(self, person, due):
        """Log the reminders of a mail; PostgreSQL refuses those sent before."""
        today = self.company_id._billing_today()
        moves = self.env["account.move"].union(*due)
        questioned = moves._billing_amount_questioned()
        logs = self.env["project.billing.reminder"]._engine()
        return logs.create(
            [
                {
                    "move_id": move.id,
                    "level_id": reminder.level,
                    "partner_id": person.id,
                    "customer_id": move.commercial_partner_id.id,
                    "company_id": self.company_id.id,
                    "currency_id": move.currency_id.id,
                    "day": today,
                    "date_due": reminder.due,
                    "amount": float(reminder.amount),
                    "amount_open": move.amount_residual,
                    "amount_questioned": questioned.get(move, 0),
                    "outbox_id": self.id,
                }
                for move, reminder in due.items()
            ]
        )

    def _send_reminders(self, person, reminders):
        """Make one mail of the reminders, by the template of the highest level."""
        highest = max(reminders, key=lambda row: (row.level_id.days, -row.id))
        template = highest.level_id.mail_template_id
        mail = template._generate_template(
            highest.ids, ["subject", "body_html", "email_from", "reply_to"]
        )[highest.id]
        move = highest.move_id.with_context(lang=person.lang)
        return move.message_notify(
            partner_ids=person.ids,
            subject=mail["subject"],
            body=mail["body_html"],
            author_id=self.company_id.partner_id.id,
            email_from=mail.get("email_from") or self.company_id.email_formatted,
            attachments=reminders._attachments(person),
            email_layout_xmlid="mail.mail_notification_light",
            email_add_signature=False,
            model_description=move.type_name,
        )

    def _note_unreachable(self, moves, due):
        """Note on the invoice that no contact has an address, and ask the manager."""
        for move in moves:
            if move not in due or move._billing_reminder_recipients()[move]:
                self.error = self.env._(
                    "A reminder can be sent meanwhile, or is not due."
                )
                continue
            note = self.env._(
                "No reminder of %(invoice)s: %(customer)s has no e-mail address. Enter "
                "one on the contact.",
                invoice=move.name,
                customer=move.commercial_partner_id.display_name,
            )
            self.error = note
            move._message_log(body=note)
            move._billing_requests_behind()._billing_ask_manager(
                self.env._("The customer cannot be reminded"), note
            )
        return


class ProjectBillingReminder(models.Model):
    """Attachments of a payment reminder, and the manager's notes about it."""

    _inherit = "project.billing.reminder"

    def _attachments(self, person):
        """Return ``[(name, content)]`` of the files that the levels ask for."""
        files = []
        for row in self.filtered("level_id.attach_invoice"):
            pdf = row.move_id.invoice_pdf_report_id
            if pdf:
                files.append((pdf.name, pdf.raw))
        for (customer, company), rows in self.grouped(
            lambda row: (row.customer_id, row.company_id)
        ).items():
            if any(rows.level_id.mapped("attach_statement")):
                files.append(customer._billing_statement_file(company, person.lang))
        return files

    def _tell_managers(self):
        """Note each reminder on invoice and requests; some levels ask for a call."""
        for row in self:
            requests = row.move_id._billing_requests_behind()
            note = row._note()
            row.move_id._message_log(body=note)
            requests._message_log_batch(
                bodies={request.id: note for request in requests}
            )
            if row.level_id.create_activity:
                requests._billing_ask_manager(row._act(), note)

    def _note(self):
        """Return one sentence for the manager, without any amount.

        The invoice may bill projects of other managers as well.
        """
        return self.env._(
            "%(level)s of %(invoice)s (due %(due)s) was sent to %(person)s.",
            level=self.level_id.name,
            invoice=self.move_id.name,
            due=format_date(self.env, self.date_due),
            person=self.partner_id.display_name,
        )

    def _act(self):
        return self.env._("Call the customer about %s", self.move_id.name)


class ProjectBillingRequest(models.Model):
    """Activities for the project managers about the invoice of a request."""

    _inherit = "project.billing.request"

    def _billing_ask_manager(self, summary, note):
        """Give the manager of each project an activity; only for elevated records."""
        for request in self:
            manager = request.project_id.user_id or request.user_id
            if not manager.active:
                continue
            request.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=manager.id,
                summary=summary,
                # a note is HTML; the names in it are not
                note=plaintext2html(note),
            )
