"""Dashboard: what the user has to do now, the most urgent first."""

from odoo import models

from ..billing.periods import DAY
from ..const import ACCOUNTING_GROUP
from .phrases import for_days
from .project_billing_cockpit_work import OLD

#: What is waited for by whom: figure, group whose turn it is, how urgent that is.
TURNS = (
    ("request_submitted", "project_invoice_tracker.group_billing_approver", "warning"),
    ("invoice_draft", "account.group_account_invoice", "warning"),
    ("request_approved", "project_invoice_tracker.group_billing_user", "warning"),
    ("unsent", "project_invoice_tracker.group_billing_user", "warning"),
    ("request_draft", "project_invoice_tracker.group_billing_user", "info"),
)


class ProjectBillingCockpit(models.AbstractModel):
    """The tasks of the user on the dashboard, without those of other people."""

    _inherit = "project.billing.cockpit"

    def _parts(self, scope):
        """Override to add the tasks that follow from the figures."""
        result = super()._parts(scope)
        labels = {
            "request_submitted": self.env._("to approve"),
            "invoice_draft": self.env._("draft invoices to post"),
            "request_approved": self.env._("approved, to be invoiced"),
            "unsent": self.env._("invoices not sent yet"),
            "request_draft": self.env._("drafts to submit"),
        }
        user = self.env.user
        turns = [
            self._task(level, labels[name], result[name], count=True)
            for name, group, level in TURNS
            if user.has_group(group)
            or (name == "request_submitted" and self._accounting_decides())
        ]
        tasks = [*self._late_tasks(result, scope), *turns]
        return {**result, "attention": [task for task in tasks if task["value"] > 0]}

    def _accounting_decides(self):
        """Tell whether the user approves requests as a member of accounting."""
        return self.env.user.has_group(ACCOUNTING_GROUP) and any(
            company._billing_approval_way() == "accounting"
            for company in self.env.companies
        )

    def _task(self, level, label, figure, count=False):
        """Return one task with its figure, an amount or a count."""
        return {
            "level": level,
            "label": label,
            "unit": "records" if count else "amount",
            "value": figure["count"] if count else figure["amount"],
            "open": figure["open"],
        }

    def _late_tasks(self, result, scope):
        """Return the tasks about what is late, whoever has to act."""
        days = result["overdue"]["days"]
        old = result["work_ages"][1:]
        old_days = scope.today - (OLD + 1) * DAY
        old_work = self._figure(
            scope,
            sum(figure["amount"] for figure in old),
            sum(figure["count"] for figure in old),
            self._open_items(
                self.env._("Work older than %s days", OLD),
                [*self._items_domain(scope, True), ("date", "<=", old_days)],
            ),
        )
        return [
            self._task(
                "danger",
                self.env._("overdue, the oldest %s", for_days(self.env, days)),
                result["overdue"],
            ),
            self._task(
                "danger",
                self.env._("of work older than %s days", OLD),
                old_work,
            ),
            self._task(
                "warning", self.env._("planned, and late by now"), result["late"]
            ),
            self._task(
                "warning",
                self.env._("pieces of work without a price"),
                result["problems"],
                count=True,
            ),
        ]
