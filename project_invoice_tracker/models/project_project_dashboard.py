"""Billing figures on Odoo's own project dashboard."""

from odoo import models
from odoo.tools import format_amount, format_date, format_duration

from ..const import BILLING_GROUPS, COST_GROUPS


class ProjectProject(models.Model):
    """A billing section in the panel beside the updates of a project."""

    _inherit = "project.project"

    def get_panel_data(self):
        """Override of `project` to add the billing, for who may read it."""
        data = super().get_panel_data()
        if data and self.env.user.has_groups(BILLING_GROUPS):
            section = self._billing_panel()
            if section:
                data["billing"] = section
        return data

    def _billing_panel(self):
        """Return the section as plain texts, or nothing without billing to read."""
        self.ensure_one()
        if not self._billing_readable():
            return None
        return {
            "health": self.billing_health,
            "label": dict(
                self._fields["billing_health"]._description_selection(self.env)
            )[self.billing_health],
            "reason": self.billing_health_reason,
            "rows": [
                {"label": label, "value": value, "action": action}
                for label, value, action in self._billing_panel_rows()
            ],
        }

    def _billing_panel_rows(self):
        """Return ``[(label, text, method that opens it)]``."""
        self.ensure_one()
        env, currency = self.env, self.billing_currency_id

        def money(amount):
            return format_amount(env, amount, currency)

        items, requests, invoices = (
            "action_billing_open_items",
            "action_billing_open_requests",
            "action_billing_open_invoices",
        )
        rows = [
            (env._("To bill"), money(self.billing_amount_ready), items),
            (env._("In requests"), money(self.billing_amount_requested), requests),
            (env._("Billed"), money(self.billing_amount_invoiced), invoices),
            (env._("Outstanding"), money(self.billing_amount_outstanding), invoices),
        ]
        if self.billing_amount_overdue:
            rows.append(
                (env._("Overdue"), money(self.billing_amount_overdue), invoices)
            )
        return rows + self._billing_panel_burn(money)

    def _billing_panel_burn(self, money):
        """Return the rows about budgets, the next milestone and the margin."""
        env, rows = self.env, []
        hours, budget = self._billing_budgets()
        if hours:
            used = format_duration(self.billing_hours_used)
            of_all = env._(
                "%(used)s of %(limit)s", used=used, limit=format_duration(hours)
            )
            rows.append((env._("Hours used"), of_all, False))
        if budget:
            of_all = env._(
                "%(used)s of %(limit)s",
                used=money(self.billing_amount_used),
                limit=money(budget),
            )
            rows.append((env._("Budget used"), of_all, False))
        if self.billing_next_milestone_id:
            when = env._(
                "%(milestone)s, %(day)s",
                milestone=self.billing_next_milestone_id.name,
                day=format_date(env, self.billing_next_date),
            )
            rows.append((env._("Next milestone"), when, False))
        if env.user.has_groups(COST_GROUPS):
            margin = (
                f"{money(self.billing_margin)} ({self.billing_margin_percent:.0f} %)"
            )
            rows.append((env._("Margin"), margin, False))
        return rows
