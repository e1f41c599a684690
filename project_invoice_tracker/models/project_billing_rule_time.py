"""Time rules: rates, filters, increments, volume tiers."""

from odoo import api, fields, models

from ..billing import rates as rate_rules
from ..billing.pricing import Tier
from ..billing.rounding import exact, minutes_from_hours
from ..const import INCREMENT_METHODS, INCREMENT_SCOPES


class ProjectBillingRule(models.Model):
    """The fields of time rules."""

    _inherit = "project.billing.rule"

    price_unit = fields.Float(
        string="Hourly Rate",
        min_display_digits="Product Price",
        help="Price of an hour of anybody who has no rate of their own below. Leave "
        "empty to bill at the rates of the project, the customer or the company.",
    )
    rate_ids = fields.One2many(
        "project.billing.rate",
        "rule_id",
        string="Rates of This Rule",
        groups="project_invoice_tracker.group_billing_user,"
        "project_invoice_tracker.group_billing_approver",
    )
    task_ids = fields.Many2many(
        "project.task",
        string="Only Tasks",
        domain="[('project_id', '=', project_id)]",
        ondelete="restrict",
        # whoever or whatever is archived is meant still
        context={"active_test": False},
        help="Leave empty for all tasks of the project.",
    )
    employee_ids = fields.Many2many(
        "hr.employee",
        string="Only People",
        ondelete="restrict",
        context={"active_test": False},
        help="Leave empty for everybody.",
    )
    increment_minutes = fields.Integer(
        string="Billing Increment",
        help="In minutes, for instance 15. Work is billed in whole increments; the "
        "recorded time stays as it is. 0 bills what was recorded.",
    )
    increment_method = fields.Selection(
        INCREMENT_METHODS, string="Rounding", required=True, default="up"
    )
    increment_scope = fields.Selection(
        INCREMENT_SCOPES,
        string="Rounded Together",
        required=True,
        default="entry",
        help="What is rounded to the increment: each time entry on its own, all work "
        "of a person on a day, or each line of a request.",
    )
    tier_ids = fields.One2many(
        "project.billing.tier",
        "rule_id",
        string="Volume Tiers",
        groups="project_invoice_tracker.group_billing_user,"
        "project_invoice_tracker.group_billing_approver",
        help="What work costs after so many hours under this rule.",
    )

    _increment_positive = models.Constraint(
        "CHECK (increment_minutes BETWEEN 0 AND 480)",
        "The billing increment is a number of minutes between 0 and 480.",
    )
    _price_positive = models.Constraint(
        "CHECK (price_unit >= 0)", "An hourly rate cannot be negative."
    )

    def _rates(self):
        """Return ``{rule: plain rates}`` for :func:`billing.rates.pick`."""
        by_rule = self.env["project.billing.rate"]._by_rule(self)
        for rule, rates in by_rule.items():
            if rule.price_unit:
                rates.append(rate_rules.Rate(0, exact(rule.price_unit)))
        return by_rule

    def _counts_days(self):
        """Tell whether the price depends on other work of the same person and day."""
        if any(r.increment_scope == "person_day" and r.increment_minutes for r in self):
            return True
        limited = [("company_id", "in", self.company_id.ids), ("daily_limit", ">", 0)]
        return bool(self.env["project.billing.rate"].search_count(limited, limit=1))

    def _rounds_lines(self):
        """Tell whether each line is rounded to the increment of the rule."""
        self.ensure_one()
        return self.increment_scope == "line" and bool(self.increment_minutes)

    def _counts_all_work(self):
        """Tell whether the price depends on all other work under a rule."""
        return bool(self.tier_ids) or any(r._billing_list_hours() for r in self)

    def _priced_by_others(self):
        """Return the rules whose prices depend on data that changes unnoticed.

        These are price lists, tags of tasks, jobs of people, and the taxes of a
        customer where they are in the price.
        """
        every_rate = self._rates()
        return self.filtered(
            lambda rule: (
                any(rate.job_id or rate.tag_id for rate in every_rate[rule])
                or (
                    not rule.price_unit and rule._billing_list_price(rule.date_start)[1]
                )
                or rule._billing_tax_adapter()
            )
        )


class ProjectBillingTier(models.Model):
    """A volume tier: another price after so many hours under a rule."""

    _name = "project.billing.tier"
    _inherit = ["project.billing.input"]
    _description = "Volume Tier"
    _order = "rule_id, hours_from, id"

    rule_id = fields.Many2one(
        "project.billing.rule", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    project_id = fields.Many2one(related="rule_id.project_id", store=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    hours_from = fields.Float(
        string="After (Hours)",
        required=True,
        help="Hours billed under the rule, in the order they were worked.",
    )
    price_unit = fields.Float(
        string="Hourly Rate",
        min_display_digits="Product Price",
        help="Leave empty to keep the rate of whoever works.",
    )
    discount = fields.Float(string="Discount (%)", digits="Discount")

    _start_uniq = models.UniqueIndex(
        "(rule_id, hours_from)", "Two tiers of a rule start at the same hour."
    )
    _values = models.Constraint(
        "CHECK (hours_from >= 0 AND (price_unit IS NULL OR price_unit >= 0)"
        " AND (discount IS NULL OR discount BETWEEN 0 AND 100))",
        "A tier needs hours and a price that are not negative, and a discount "
        "between 0 and 100 %.",
    )
    _says_something = models.Constraint(
        "CHECK (coalesce(price_unit, 0) > 0 OR coalesce(discount, 0) > 0)",
        "A tier needs a price or a discount.",
    )

    def write(self, vals):
        """Override: re-price the open time."""
        result = super().write(vals)
        self.project_id._billing_sync_items(["time"])
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Override: re-price the open time with these tiers."""
        tiers = super().create(vals_list)
        tiers.project_id._billing_sync_items(["time"])
        return tiers

    def unlink(self):
        """Override: re-price the open time without these tiers."""
        projects = self.project_id
        result = super().unlink()
        projects._billing_sync_items(["time"])
        return result

    def _to_tier(self):
        """Return the plain value that :mod:`billing.pricing` works with."""
        self.ensure_one()
        return Tier(
            start=minutes_from_hours(self.hours_from),
            price=exact(self.price_unit) if self.price_unit else None,
            discount=exact(self.discount),
        )
