"""The time check on items, where a manager sees time with its project."""

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..const import BILLING_MANAGER
from ..exceptions import BillingError


class ProjectBillingItem(models.Model):
    """An item of time, on which the manager checks the time entry."""

    _inherit = "project.billing.item"

    # === ACTIONS ===

    def action_check_time(self):
        """Mark this time as right, so that it may be billed.

        :returns: True
        :raises AccessError: when the user does not manage one of the projects
        :raises BillingError: when an item is not of a time entry
        """
        self._time_to_check()._billing_set_checked(True)
        return True

    def action_uncheck_time(self):
        """Undo the check of this time, so that it cannot be billed until the next one.

        :returns: True
        :raises AccessError: when the user does not manage one of the projects
        :raises SourceClosed: when a request or an invoice holds an entry
        """
        entries = self._time_to_check()
        entries._billing_refuse_closed(entries._billing_closed())
        entries._billing_set_checked(False)
        return True

    def action_check_week(self):
        """Check all time of the same people and weeks on the user's own projects.

        :returns: True
        :raises AccessError: when the user does not manage one of the projects
        """
        self._time_to_check()
        mine = self.env["project.project"]
        if not self.env.user.has_group(BILLING_MANAGER):
            mine = mine.search([("billing_owner_ids", "in", self.env.user.ids)])
        found = self
        for item in self:
            monday = item.date - timedelta(days=item.date.weekday())
            domain = [
                ("kind", "=", "time"),
                ("ready", "=", False),
                ("analytic_line_id", "!=", False),
                ("employee_id", "=", item.employee_id.id),
                ("date", ">=", monday),
                ("date", "<=", monday + timedelta(days=6)),
            ]
            if mine:
                domain.append(("project_id", "in", mine.ids))
            found |= self.search(domain)
        return found.action_check_time()

    def _time_to_check(self):
        """Return the time entries of these items (elevated), or refuse.

        A user who may read the item may not always read the entry.
        """
        self._check_some()
        self.project_id._billing_check_manager()
        # sudo: entries of projects that the user manages, checked just above
        entries = self.sudo().analytic_line_id
        if not entries or set(self.mapped("kind")) != {"time"}:
            raise BillingError(self.env._("Only recorded time is checked."))
        return entries


class ProjectBillingKindTime(models.AbstractModel):
    """Time billing, where a manager checks time before it is billed."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _waits_for(self, item):
        """Override: time that waits for nothing else waits for its check."""
        return super()._waits_for(item) or self.env._("Not checked yet")

    @api.model
    def _flush_entries(self):
        """Override to flush the check, which is stored on the entry."""
        self.env["account.analytic.line"].flush_model(["billing_checked"])
        return super()._flush_entries()

    @api.model
    def _ready_condition(self):
        """Override to require the check where the company or project asks for it.

        Where nobody asks for it, no entry is compared.
        """
        companies, always, never = self.env["project.project"]._billing_checks()
        if not companies and not always:
            return super()._ready_condition()
        return SQL(
            "%s AND (line.billing_checked IS TRUE OR NOT (line.project_id = ANY(%s)"
            " OR line.project_id <> ALL(%s) AND line.project_id IN (SELECT project_id"
            " FROM project_billing_rule WHERE company_id = ANY(%s))))",
            super()._ready_condition(),
            list(always),
            list(never),
            list(companies),
        )
