"""Retainers: a fee per period, with or without included hours."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing.periods import Schedule, add_months, without
from ..billing.rounding import exact, minutes_from_hours
from ..const import RECURRING_ALIGNMENTS, RECURRING_INTERVALS, RECURRING_TIMINGS

#: How far ahead the periods of a retainer are planned, for the forecast.
MONTHS_AHEAD = 12


class ProjectBillingRule(models.Model):
    """Rules of kind "recurring", which bill one fee per period automatically."""

    _inherit = "project.billing.rule"

    recurring_interval = fields.Selection(
        RECURRING_INTERVALS, string="Every", default="month"
    )
    recurring_timing = fields.Selection(
        RECURRING_TIMINGS,
        string="Billed",
        default="advance",
        help="In advance: from the first day of the period on. "
        "In arrears: on its last day.",
    )
    recurring_alignment = fields.Selection(
        RECURRING_ALIGNMENTS,
        string="Periods",
        default="start",
        help="Periods of equal length from the first day of the rule on, or those of "
        "the calendar; the first and the last one are then billed by their days.",
    )
    recurring_price = fields.Monetary(
        string="Fee", help="For one whole period; a part of it costs its days' share."
    )
    recurring_lead_days = fields.Integer(
        string="Days Before",
        help="How many days before it starts a period may be billed.",
    )
    included_hours = fields.Float(
        help="Hours of work per whole period that the fee covers. Time rules that draw "
        "on this rule bill only what goes beyond.",
    )
    rollover_hours = fields.Float(
        string="Rolled Over",
        help="At most so many unused hours of a period may be used later.",
    )
    rollover_periods = fields.Integer(
        string="For Periods",
        default=1,
        help="In how many periods after their own these hours may be used.",
    )

    _recurring_not_negative = models.Constraint(
        "CHECK (coalesce(recurring_price, 0) >= 0"
        " AND coalesce(recurring_lead_days, 0) BETWEEN 0 AND 365)",
        "The fee of a retainer cannot be negative, and it may be billed at most 365 "
        "days ahead.",
    )
    _included_not_negative = models.Constraint(
        "CHECK (coalesce(included_hours, 0) >= 0 AND coalesce(rollover_hours, 0) >= 0"
        " AND coalesce(rollover_periods, 0) BETWEEN 0 AND 120)",
        "Included hours and hours rolled over cannot be negative, and they may be used "
        "in at most 120 later periods.",
    )

    # === CONSTRAINTS ===

    @api.constrains("kind", "active", "recurring_price", "recurring_interval")
    def _check_recurring_complete(self):
        for rule in self.filtered(lambda r: r.kind == "recurring" and r.active):
            if not rule.recurring_price or not rule.recurring_interval:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: set a fee and how often it is billed.",
                        rule=rule.display_name,
                    )
                )

    @api.constrains(
        "kind", "active", "project_id", "product_id", "date_start", "date_end",
        "included_hours",
    )  # fmt: skip
    def _check_included_once(self):
        # sudo: rules of other companies count as well
        projects_sudo = self.filtered(lambda r: r.kind == "recurring").project_id.sudo()
        for rules in projects_sudo.billing_rule_ids.grouped(
            lambda r: (r.project_id, r.product_id)
        ).values():
            granting = rules.filtered(
                lambda r: r.kind == "recurring" and r.included_hours
            ).sorted("date_start")
            for first, second in zip(granting, granting[1:], strict=False):
                if not first.date_end or second.date_start <= first.date_end:
                    raise ValidationError(
                        self.env._(
                            "%(first)s and %(second)s include hours of the same "
                            "service at the same time. End one before the other "
                            "starts, or give them different services.",
                            first=first.display_name,
                            second=second.display_name,
                        )
                    )

    # === BUSINESS ===

    def _billing_today(self):
        """Return today's date where the company of the rule is."""
        self.ensure_one()
        return self.company_id._billing_today()

    def _recurring_schedule(self):
        """Return the :class:`billing.periods.Schedule` of a retainer."""
        self.ensure_one()
        return Schedule(
            self.recurring_interval,
            self.date_start,
            self.date_end or None,
            self.recurring_alignment == "calendar",
        )

    def _recurring_plan(self, held, until=None):
        """Return the periods to bill, without those that a request or invoice holds.

        :param held: ``[(first day, last day)]`` of the periods that stay as they are
        :param until: plan at least up to this day; a year ahead in any case
        """
        self.ensure_one()
        if not self.active or not self.recurring_interval:
            return []
        ahead = add_months(self._billing_today(), MONTHS_AHEAD)
        last = max(ahead, until or ahead)
        return without(self._recurring_schedule().until(last), held)

    def _recurring_day(self, period):
        """Return the day from which a period may be billed."""
        self.ensure_one()
        if self.recurring_timing == "arrears":
            return period.end
        return fields.Date.subtract(period.start, days=self.recurring_lead_days)

    def _included_minutes(self):
        """Return ``(granted, rolled over at most)`` of a whole period, in minutes."""
        self.ensure_one()
        return (
            minutes_from_hours(self.included_hours),
            minutes_from_hours(self.rollover_hours)
            if self.rollover_periods
            else exact(0),
        )
