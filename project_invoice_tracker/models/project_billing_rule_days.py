"""Rules that sell days: lines show days, and half days are billed as such."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing.rounding import MINUTES_PER_HOUR, exact, minutes_from_hours
from ..const import INCREMENT_PARTS, LINE_UNITS
from .phrases import number

#: Number of increments in one day of the rule.
PARTS_OF_DAY = {"quarter": 4, "half": 2, "day": 1}
#: Hours of a day where the company says nothing else.
USUAL_DAY = 8.0


class ProjectBillingRule(models.Model):
    """Whether time lines show hours, or days of a set number of hours."""

    _inherit = "project.billing.rule"

    line_unit = fields.Selection(
        LINE_UNITS,
        string="Lines Show",
        required=True,
        default="hours",
        tracking=True,
        help="What lines of requests and invoices show of time. Days are as long as "
        "the price of a day says; hours stay hours in the annex and in reports.",
    )
    day_hours = fields.Float(
        string="Hours of a Day",
        compute="_compute_day_hours",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Of work without a rate per day, and of half and quarter days. A rate per "
        "day has hours of its own.",
    )
    increment_part = fields.Selection(
        INCREMENT_PARTS,
        string="Increment",
        required=True,
        default="minutes",
        tracking=True,
        help="A half day is half the hours of a day of this rule.",
    )
    increment_minutes = fields.Integer(
        compute="_compute_increment_minutes",
        store=True,
        readonly=False,
        precompute=True,
    )

    _day_has_hours = models.Constraint(
        "CHECK (line_unit <> 'days' AND increment_part = 'minutes'"
        " OR day_hours > 0 AND day_hours <= 24)",
        "A rule that bills days needs the hours of a day, up to 24.",
    )

    # === COMPUTE ===

    @api.depends("company_id")
    def _compute_day_hours(self):
        for rule in self:
            # sudo: the working hours of the company, a number
            calendar_sudo = rule.company_id.sudo().resource_calendar_id
            rule.day_hours = calendar_sudo.hours_per_day or USUAL_DAY

    @api.depends("increment_part", "day_hours")
    def _compute_increment_minutes(self):
        for rule in self:
            parts = PARTS_OF_DAY.get(rule.increment_part)
            minutes = rule.increment_minutes
            if parts:
                minutes = int(minutes_from_hours(rule.day_hours) / parts)
            rule.increment_minutes = minutes

    # === CONSTRAINTS ===

    @api.constrains("increment_part", "day_hours")
    def _check_increment_part(self):
        for rule in self:
            parts = PARTS_OF_DAY.get(rule.increment_part)
            if parts and exact(rule.day_hours) * MINUTES_PER_HOUR % parts:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: a day of %(hours)s hours has no such part in whole "
                        "minutes. Choose half days, or minutes.",
                        rule=rule.display_name,
                        hours=number(self.env, rule.day_hours),
                    )
                )

    # === CRUD ===

    def write(self, vals):
        """Override: minutes that are typed replace parts of a day."""
        if "increment_minutes" in vals and "increment_part" not in vals:
            vals = {**vals, "increment_part": "minutes"}
        return super().write(vals)
