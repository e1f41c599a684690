"""Tell the manager how the customer decided on a milestone; bill what was accepted."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..exceptions import NothingToBill
from .phrases import number

ACTIVITY = "project_invoice_tracker.mail_activity_type_sign_off"
MAIL = "project_invoice_tracker.mail_signed"


class ProjectBillingOutbox(models.Model):
    """Rows of the kind ``signed``: a customer's decision on a milestone."""

    _inherit = "project.billing.outbox"

    def _deliver_signed(self):
        """Prepare the request if the rule says so, and write to the manager."""
        row = (
            self.env["project.billing.acceptance"]
            .browse(self.payload["acceptance_id"])
            .exists()
        )
        manager = self.user_id
        if not row or not manager.active:
            self.error = self.env._("The milestone or its manager is gone.")
            return None
        request, problem = self._bill_accepted(row, manager)
        if problem or row.decision in ("refused", "question", "part"):
            # the mail below says it; Odoo's own on the activity is left out
            project = row.project_id.with_context(mail_activity_quick_update=True)
            project.activity_schedule(
                ACTIVITY,
                user_id=manager.id,
                summary=row._title(),
                note=problem or row.reason or "",
            )
        return row.milestone_id.message_notify(
            partner_ids=manager.partner_id.ids,
            author_id=(row.partner_id or self.company_id.partner_id).id,
            subject=f"{row.project_id.name}: {row._title()}",
            body=self.env["ir.qweb"]._render(
                MAIL, self._signed_values(row, request, problem)
            ),
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _bill_accepted(self, row, manager):
        """Return the request made at once, if the rule says so, or why there is none.

        It is made as the manager, with the manager's rights. A failure raises nothing:
        it is returned as a sentence for the activity.
        """
        requests = self.env["project.billing.request"]
        rule = row.milestone_id._billing_sign_off_rule()
        if row.decision not in ("accepted", "part", "deemed") or (
            not rule.request_on_acceptance
        ):
            return requests, ""
        as_manager = requests.with_user(manager).with_context(
            allowed_company_ids=row.company_id.ids
        )
        try:
            with self.env.cr.savepoint():
                made = as_manager.prepare(
                    row.project_id.ids, row.company_id._billing_today()
                )
        except NothingToBill:
            # it is in a request already, or was not what the rule waits for
            return requests, ""
        except UserError as error:
            return requests, self.env._("No request could be made: %s", error)
        return made.sudo(), ""  # sudo: its name for the mail

    def _signed_values(self, row, request, problem):
        """Return the values of the mail, as plain texts in the manager's language."""
        return {
            "milestone": row.milestone_id.name,
            "project": row.project_id.name,
            "decision": row.decision,
            "percent": number(self.env, row.percent),
            "who": row.name or row.partner_id.name or "",
            "when": format_datetime(self.env, row.date),
            "reason": row.reason or "",
            "requests": ", ".join(request.mapped("name")),
            "problem": problem,
        }
