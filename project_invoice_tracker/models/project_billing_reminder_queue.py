"""Queueing reminders: once a day per company, one mail per person."""

from collections import defaultdict

from odoo import api, models


class ProjectBillingReminder(models.Model):
    """The daily run that queues reminders; a second run on a day adds nothing."""

    _inherit = "project.billing.reminder"

    @api.model
    def _cron_send(self):
        """Queue today's reminders of each company, by the company's own date.

        The key of a row names company, person and day: PostgreSQL keeps it unique.
        """
        companies = self.env["res.company"].search([("billing_reminders", "=", True)])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            self._queue_company(company)
            cron._commit_progress(1)

    @api.model
    def _queue_company(self, company):
        """Queue the reminders that are due in a company today.

        :returns: the keys of the outbox that were new
        """
        due = self.env["account.move"]._billing_reminders_due(company)
        moves = self.env["account.move"].union(*due)
        people = defaultdict(self.env["account.move"].browse)
        rows = []
        for move, contacts in moves._billing_reminder_recipients().items():
            for contact in contacts:
                people[contact] |= move
            if not contacts:
                rows.append(self._unreachable_row(company, move, due[move]))
        rows += [
            self._reminding_row(company, contact, moves)
            for contact, moves in people.items()
        ]
        return self.env["project.billing.outbox"]._queue(rows)

    @api.model
    def _reminding_row(self, company, contact, moves):
        """Return the row of the outbox for one person: all invoices in one mail."""
        day = company._billing_today().isoformat()
        return {
            **self._row_about(company, moves),
            "key": f"dunning/{company.id}/{contact.id}/{day}",
            "payload": {"partner_id": contact.id, "move_ids": moves.ids},
        }

    @api.model
    def _unreachable_row(self, company, move, reminder):
        """Return the row that tells the manager that nobody can be reminded."""
        return {
            **self._row_about(company, move),
            "key": f"dunning/unreachable/{move.id}/{reminder.level}/{reminder.due}",
            "payload": {"move_ids": move.ids, "level_id": reminder.level},
        }

    @api.model
    def _row_about(self, company, moves):
        request = moves[:1]._billing_requests_behind()[:1]
        return {
            "kind": "dunning",
            "company_id": company,
            "project_id": request.project_id,
            "request_id": request,
            "owner_id": request.user_id or self.env.user,
        }
