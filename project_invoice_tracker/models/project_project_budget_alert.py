"""Budget alerts: the manager is told once per threshold, by activity and mail."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_amount

from ..billing.standing import reached, thresholds

ACTIVITY = "project_invoice_tracker.mail_activity_type_budget"
#: How many projects are looked at in one transaction.
BATCH = 500


class ResCompany(models.Model):
    """The percentage of a budget from which managers are alerted."""

    _inherit = "res.company"

    billing_budget_alerts = fields.Char(
        string="Budget Alerts",
        default="80, 100",
        help="Percentages of a project's budget, in hours or money, at which its "
        "manager is told, with commas between. Empty: never.",
    )

    @api.constrains("billing_budget_alerts")
    def _check_billing_budget_alerts(self):
        for company in self:
            try:
                thresholds(company.billing_budget_alerts)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(company)s: “%(word)s” is no percentage. Name whole numbers "
                        "from 1 to 1000 with commas between, such as 80, 100.",
                        company=company.name,
                        word=str(error),
                    )
                ) from error


class ResConfigSettings(models.TransientModel):
    """The thresholds of budget alerts, on the settings page."""

    _inherit = "res.config.settings"

    billing_budget_alerts = fields.Char(
        related="company_id.billing_budget_alerts", readonly=False
    )


class ProjectProject(models.Model):
    """Queue the budget alerts that are due; the outbox sends each once."""

    _inherit = "project.project"

    @api.model
    def _cron_billing_budget_alerts(self):
        """Queue the alerts of all projects with a budget; repeats queue nothing."""
        projects = self.search(
            Domain("billing_rule_ids", "!=", False)
            & Domain("user_id", "!=", False)
            & Domain("is_template", "=", False)
            & (
                Domain("allocated_hours", ">", 0)
                | Domain("billing_budget_amount", ">", 0)
            )
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(projects))
        for start in range(0, len(projects), BATCH):
            batch = projects[start : start + BATCH]
            self.env["project.billing.outbox"]._queue(batch._billing_alerts_due())
            cron._commit_progress(len(batch))

    def _billing_alerts_due(self):
        """Return the rows of the outbox: the highest threshold of each budget."""
        rows = []
        for project in self:
            about = f"budget/{project.id}"
            company = project.company_id or self.env.company
            alerts = thresholds(company.billing_budget_alerts)
            for subject, used, limit in project._billing_budget_uses():
                threshold = reached(100.0 * used / limit, alerts) if limit else 0
                if threshold:
                    rows.append(
                        {
                            # a budget that is raised alerts again
                            "key": f"{about}/{subject}/{limit:.2f}/{threshold}",
                            "kind": "budget",
                            "company_id": company,
                            "project_id": project,
                            "user_id": project.user_id,
                            "owner_id": project.user_id,
                            "payload": {"subject": subject, "threshold": threshold},
                        }
                    )
        return self._billing_without_lower(rows)

    def _billing_without_lower(self, rows):
        """Keep only alerts above every threshold that was reported before."""
        outbox_sudo = self.env["project.billing.outbox"].sudo()  # sudo: keys only
        prefixes = {row["key"].rpartition("/")[0]: row for row in rows}
        told = {}
        for before in outbox_sudo.search(
            [("kind", "=", "budget"), ("project_id", "in", self.ids)]
        ):
            prefix, _slash, threshold = before.key.rpartition("/")
            told[prefix] = max(told.get(prefix, 0), int(threshold))
        return [
            row
            for prefix, row in prefixes.items()
            if row["payload"]["threshold"] > told.get(prefix, 0)
        ]

    def _billing_budget_uses(self):
        """Return ``[(subject, used, limit)]`` of the budgets of this project."""
        self.ensure_one()
        hours, amount = self._billing_budgets()
        return [
            ("hours", self.billing_hours_used, hours),
            ("money", self.billing_amount_used, amount),
        ]

    def _billing_alert_sentence(self, subject):
        """Return how much of a budget is used now, in words."""
        self.ensure_one()
        _subject, used, limit = next(
            use for use in self._billing_budget_uses() if use[0] == subject
        )
        if not limit:
            return None
        if subject == "hours":
            parts = {"used": f"{used:.2f} h", "limit": f"{limit:.2f} h"}
        else:
            currency = self.billing_currency_id
            parts = {
                "used": format_amount(self.env, used, currency),
                "limit": format_amount(self.env, limit, currency),
            }
        return self.env._(
            "%(project)s has used %(used)s of %(limit)s, its budget (%(percent)s %%).",
            project=self.name,
            percent=int(100.0 * used / limit),
            **parts,
        )


class ProjectBillingOutbox(models.Model):
    """Rows of the kind ``budget``: an alert to the project manager."""

    _inherit = "project.billing.outbox"

    def _deliver_budget(self):
        """Give the manager of today an activity and a mail; returns the message."""
        # the mail says it; no second one for the activity
        project = self.project_id.with_context(mail_activity_quick_update=True)
        manager, payload = project.user_id, self.payload or {}
        # as who reads it: somebody who may not see the billing is told nothing of it
        readable = project.with_user(manager)._billing_readable() if manager else None
        sentence = project._billing_alert_sentence(payload["subject"])
        if not sentence or not readable or not manager.active or not project.active:
            self.error = self.env._("Nobody bills the project, or the budget is gone.")
            return None
        # notes and mails are HTML; the name of a project in them is not
        said = Markup("<p>%s</p>") % sentence
        summary = self.env._("%s %% of the budget is used", payload["threshold"])
        project.activity_schedule(
            ACTIVITY,
            user_id=manager.id,
            summary=summary,
            note=said,
        )
        return project.message_notify(
            partner_ids=manager.partner_id.ids,
            author_id=self.company_id.partner_id.id,
            subject=f"{project.name}: {summary}",
            body=said,
            email_layout_xmlid="mail.mail_notification_light",
        )
