"""Notifications about questions: log, activity of the manager, mails to both sides."""

from markupsafe import Markup

from odoo import models
from odoo.tools import format_amount

from ..exceptions import BillingError

QUESTION_ACTIVITY = "project_invoice_tracker.mail_activity_type_question"
LIGHT = "mail.mail_notification_light"


class ProjectBillingQuestion(models.Model):
    """The notifications about a question."""

    _inherit = "project.billing.question"

    def _remind_manager(self):
        """Give the project's manager something to do (elevated)."""
        self.ensure_one()
        manager = self._manager()
        # in the words of who reads it, not of the customer
        words = self.with_context(lang=manager.lang or self.env.lang)
        words.request_id.with_context(
            mail_activity_quick_update=True
        ).activity_schedule(
            QUESTION_ACTIVITY,
            user_id=manager.id,
            summary=words.env._(
                "%(who)s asks about %(what)s", who=self.name, what=words._title()
            ),
            # plain text: it is escaped here
            note=Markup("<p>%s</p>") % self.text,
        )

    def _queue_question(self):
        """Queue the mail to the manager (elevated)."""
        self.ensure_one()
        manager = self._manager()
        self.env["project.billing.outbox"]._queue(
            [
                {
                    "key": f"question/{self.id}",
                    "kind": "question",
                    "request_id": self.request_id,
                    "invoice_id": self.move_id,
                    "user_id": manager,
                    "owner_id": manager,
                    "payload": {"question_id": self.id},
                }
            ]
        )

    def _queue_answer(self):
        """Queue the mail to the customer: once for each answer."""
        self.ensure_one()
        question_sudo = self.sudo()  # sudo: ids of a question that was checked
        stamp = question_sudo.answer_date.strftime("%Y%m%d%H%M%S")
        self.env["project.billing.outbox"]._queue(
            [
                {
                    "key": f"answer/{self.id}/{stamp}",
                    "kind": "answer",
                    "request_id": question_sudo.request_id,
                    "invoice_id": question_sudo.move_id,
                    "payload": {"question_id": self.id, "answer": self.answer},
                }
            ]
        )

    def _facts(self):
        """Return the texts that a mail about the question contains (elevated)."""
        self.ensure_one()
        return {
            "number": self.move_id.name,
            "line": self.line_id.name,
            "amount": format_amount(self.env, self.amount, self.currency_id),
            "name": self.name,
            "text": self.text,
        }

    # === LOG ===

    def _log_step(self, action, sentence, reason="", author=None):
        """Write a step into the journal and on the request.

        :param str action: a key of :data:`const.JOURNAL_ACTIONS`
        :param str sentence: for the chatter of the request
        :param author: the partner who did it, if not the user
        """
        rows = []
        for question in self:
            # sudo: the question, its request and invoice were checked by the caller
            question_sudo = question.sudo()
            request_sudo = question_sudo.request_id
            rows.append(
                {
                    "company_id": question_sudo.company_id.id,
                    "project_id": question_sudo.project_id.id,
                    "request_id": request_sudo.id,
                    "line_id": question_sudo.line_id.id,
                    "invoice_id": question_sudo.move_id.id,
                    "document": question_sudo.move_id.name or request_sudo.name,
                    "reason": reason or None,
                    "model": self._name,
                    "res_id": question.id,
                    "after": {
                        "by": question_sudo.name,
                        "quantity": question_sudo.quantity,
                        "amount": question_sudo.amount,
                        "currency": question_sudo.currency_id.name,
                    },
                }
            )
            request_sudo._message_log(
                body=f"{question_sudo._title()}: {sentence}",
                author_id=(author or self.env.user.partner_id).id,
            )
        self.env["project.billing.journal"]._record(action, rows)

    def _done_with_activities(self):
        """Remove the activities of requests that have no open question any more."""
        # sudo: reminders of the manager, whoever answered
        requests_sudo = self.sudo().request_id
        waiting = self.sudo().search(  # sudo: as above
            [
                ("request_id", "in", requests_sudo.ids),
                ("state", "=", "open"),
                ("credit_move_id", "=", False),
            ]
        )
        (requests_sudo - waiting.request_id).activity_unlink([QUESTION_ACTIVITY])


class ProjectBillingOutbox(models.Model):
    """Rows of the kinds ``question`` (to managers) and ``answer`` (to customers)."""

    _inherit = "project.billing.outbox"

    def _asked_question(self):
        question_id = (self.payload or {}).get("question_id")
        return self.env["project.billing.question"].browse(question_id).exists()

    def _deliver_question(self):
        """Tell the project's manager of a customer's question."""
        question, user = self._asked_question(), self.user_id
        if question.state != "open":
            self.error = self.env._("The question is not open any more.")
            return None
        request = self.request_id
        url = f"{request.get_base_url()}/odoo/billing-questions/{question.id}"
        return request.message_notify(
            partner_ids=user.partner_id.ids,
            author_id=question.partner_id.id,
            # never in the name of an address that somebody else owns
            email_from=request.company_id.email_formatted or user.email_formatted,
            subject=self.env._(
                "%(who)s asks about %(what)s",
                who=question.name,
                what=question._title(),
            ),
            body=self.env["ir.qweb"]._render(
                "project_invoice_tracker.mail_question",
                {"facts": question._facts(), "url": url},
            ),
            email_layout_xmlid=LIGHT,
        )

    def _deliver_answer(self):
        """Tell the customer the answer, in the customer's language."""
        question, move = self._asked_question(), self.invoice_id
        if not question or not move:
            self.error = self.env._("The invoice is gone.")
            return None
        client = question.partner_id
        if not client.email:
            raise BillingError(
                self.env._(
                    "%s has no e-mail address: the answer is in the portal only.",
                    client.display_name,
                )
            )
        words = question.with_context(lang=client.lang or self.env.lang)
        move = move.with_context(lang=words.env.lang)
        values = {
            "facts": words._facts(),
            "answer": self.payload["answer"],
            "credit": bool(words._waiting_note()) or words.outcome == "credited",
            "url": f"{move._billing_page_url()}#questions",
            "company": move.company_id.name,
        }
        return move.message_notify(
            partner_ids=client.ids,
            author_id=self.owner_id.partner_id.id,
            subject=words.env._(
                "%(company)s: answer to your question about %(invoice)s",
                company=move.company_id.name,
                invoice=move.name,
            ),
            body=words.env["ir.qweb"]._render(
                "project_invoice_tracker.mail_answer", values
            ),
            email_layout_xmlid=LIGHT,
        )
