"""Items: checking time, and saying in words what else they wait for."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..exceptions import BillingError


class ProjectBillingItem(models.Model):
    """The manager checks time where it is seen with its project: on its item."""

    _inherit = "project.billing.item"

    waits_for = fields.Char(
        string="Waiting For",
        compute="_compute_waits_for",
        help="Why it cannot be billed yet.",
    )
    hours_recorded = fields.Float(
        string="Recorded Hours",
        compute="_compute_hours",
        aggregator="sum",
        help="As recorded, before the billing increment.",
    )

    # === COMPUTE ===

    @api.depends("ready", "kind", "date", "held_back")
    @api.depends_context("lang")
    def _compute_waits_for(self):
        for item in self:
            kind = self.env["project.billing.kind"]._get(item.kind)
            waits = not item.ready and item.quantity_open
            item.waits_for = kind._waits_for(item) if waits else False

    def _compute_hours(self):
        for item in self:
            is_time = item.unit == "minute"
            item.hours_recorded = item.quantity_recorded / 60 if is_time else 0.0
        return super()._compute_hours()

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override to sum the recorded hours in lists and groups."""
        if field_expr != "hours_recorded":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "(CASE WHEN %s = 'minute' THEN %s / 60.0 ELSE 0 END)",
            self._field_to_sql(alias, "unit", query),
            self._field_to_sql(alias, "quantity_recorded", query),
        )

    # === ACTIONS ===

    def action_check_time(self):
        """Note that this time is right and may be billed.

        :returns: True
        :raises AccessError: when the user does not manage one of the projects
        :raises BillingError: when an item is not of a time entry
        """
        self._time_to_check()._billing_set_checked(True)
        return True

    def action_uncheck_time(self):
        """Take the check of this time back: it cannot be billed until the next one.

        :returns: True
        :raises AccessError: when the user does not manage one of the projects
        :raises SourceClosed: when a request or an invoice holds an entry
        """
        entries = self._time_to_check()
        entries._billing_refuse_closed(entries._billing_closed())
        entries._billing_set_checked(False)
        return True

    def action_check_week(self):
        """Check all time of the same people in the same weeks, on the own projects.

        :returns: True
        :raises AccessError: when the user does not manage one of the projects
        """
        self._time_to_check()
        mine = self.env["project.project"]
        if not self.env.user.has_group("project_invoice_tracker.group_billing_manager"):
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
        """Return the entries of these items (elevated), or refuse.

        Whoever may read the item may not always read the entry.
        """
        self._check_some()
        self.project_id._billing_check_manager()
        # sudo: entries of projects that the user manages, checked just above
        entries = self.sudo().analytic_line_id
        if not entries or set(self.mapped("kind")) != {"time"}:
            raise BillingError(self.env._("Only recorded time is checked."))
        return entries


class ProjectBillingKind(models.AbstractModel):
    """Why something that is known cannot be billed yet."""

    _inherit = "project.billing.kind"

    @api.model
    def _waits_for(self, item):
        """Say what an item waits for that is not ready."""
        if item.date and item.date > item.company_id._billing_today():
            return self.env._("Its day, %s", format_date(self.env, item.date))
        return False


class ProjectBillingKindMilestone(models.AbstractModel):
    _inherit = "project.billing.kind.milestone"

    @api.model
    def _waits_for(self, item):
        """Override: for being reached, or accepted."""
        # sudo: the state of a milestone whose item the user reads
        if item.sudo().milestone_id.is_reached:
            return self.env._("Not signed off yet")
        return self.env._("Not reached yet")


class ProjectBillingKindTime(models.AbstractModel):
    """Time that its manager wants to look at first."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _waits_for(self, item):
        """Override: time waits for its check, or for what holds it back."""
        if item.held_back:
            return item.problem
        return self.env._("Not checked yet")

    @api.model
    def _flush_entries(self):
        """Override: the check is a part of the entry."""
        self.env["account.analytic.line"].flush_model(["billing_checked"])
        return super()._flush_entries()

    @api.model
    def _ready_condition(self):
        """Return which time entries (alias ``line``) may be billed, as SQL.

        True for all, without looking at them, where nobody asks for a check.
        """
        companies, always, never = self.env["project.project"]._billing_checks()
        if not companies and not always:
            return SQL("TRUE")
        return SQL(
            "(line.billing_checked IS TRUE OR NOT (line.project_id = ANY(%s)"
            " OR line.project_id <> ALL(%s) AND line.project_id IN (SELECT project_id"
            " FROM project_billing_rule WHERE company_id = ANY(%s))))",
            list(always),
            list(never),
            list(companies),
        )
