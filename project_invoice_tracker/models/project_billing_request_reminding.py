"""Remind approvers once a day of requests that wait for them."""

from odoo import api, models
from odoo.tools import SQL


class ProjectBillingRequest(models.Model):
    """Remind approvers after some days, repeatedly; then escalate to others."""

    _inherit = "project.billing.request"

    @api.model
    def _cron_remind(self):
        """Queue today's reminders; a second run on a day queues nothing more."""
        waiting = self._read_group([("state", "=", "submitted")], ["company_id"])
        companies = [company for (company,) in waiting]
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            waiting = self.search(
                [("state", "=", "submitted"), ("company_id", "=", company.id)]
            )
            rows = waiting._reminders_due(company) + waiting._escalations_due(company)
            self.env["project.billing.outbox"]._queue(rows)
            cron._commit_progress(1)

    def _reminders_due(self, company):
        """Return the reminders of today: one per request, approver and day."""
        days = company.billing_remind_days
        if not days or not self:
            return []
        today, told = company._billing_today(), self._last_told()
        rows = []
        for request, users in self._asked_now().items():
            for user in users:
                last = told.get((request.id, user.id))
                day = company._billing_day(last) if last else request._waiting_day()
                if day and (today - max(day, request._waiting_day())).days >= days:
                    rows.append(
                        request._reminding_row("reminder", user, today.isoformat())
                    )
        return rows

    def _last_told(self):
        """Return ``{(request id, user id): when}`` of the last mail to decide."""
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                SELECT request_id, user_id, max(create_date)
                  FROM project_billing_outbox
                 WHERE request_id IN %s AND kind IN ('approval', 'reminder')
                 GROUP BY request_id, user_id
                """,
                tuple(self.ids),
            )
        )
        return {(request_id, user_id): when for request_id, user_id, when in found}

    def _escalations_due(self, company):
        """Return the escalations that are due: one per request, step and person."""
        rows = []
        for request in self:
            for mark, users, since, days in request._escalations():
                waited = company._billing_today() - company._billing_day(since)
                if waited.days >= days:
                    rows += [
                        request._reminding_row("escalation", user, mark)
                        for user in users
                    ]
        return rows

    def _reminding_row(self, kind, user, mark):
        """Return one row of the outbox; ``mark`` tells repeated mails apart."""
        self.ensure_one()
        return {
            "key": f"{kind}/{self.id}/{user.id}/{mark}",
            "kind": kind,
            "request_id": self,
            "user_id": user,
            "owner_id": self.user_id,
        }

    def _escalations(self):
        """Return ``[(mark, users, since, days)]`` of the escalations of a request.

        ``users`` are told, ``days`` after ``since``. ``mark`` names the step of the
        approval, so that each step is escalated once.
        """
        self.ensure_one()
        step = self._current_step()
        level = step.level_id
        if not level.escalate_after_days or not step.date_asked:
            return []
        users = level.escalate_to_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        return [(f"step{step.id}", users, step.date_asked, level.escalate_after_days)]


class ProjectBillingOutbox(models.Model):
    """Mails that remind approvers, and that escalate."""

    _inherit = "project.billing.outbox"

    def _deliver_reminder(self):
        """Remind an approver, if the request still waits for this one."""
        return self._notify_decision(
            self.env._("%(request)s still waits for you: %(amount)s for %(customer)s")
        )

    def _deliver_escalation(self):
        """Tell the escalation contact that approvers keep a request waiting."""
        return self._notify_decision(
            self.env._("Nobody decides on %(request)s: %(amount)s for %(customer)s")
        )

    def _still_asked(self, request):
        """Override: an escalation goes to the escalation contacts."""
        if self.kind == "escalation":
            users = self.env["res.users"]
            for _mark, named, _since, _days in request._escalations():
                users |= named
            return users
        return super()._still_asked(request)
