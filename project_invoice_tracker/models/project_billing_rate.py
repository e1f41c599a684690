"""Rates: dated prices of work, for a company, customer, project or single rule."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing import rates as rate_rules
from ..billing.wording import within_sentence
from ..const import RATE_SCOPES, RATE_UNITS
from .phrases import number

#: Who or what a rate may be for; several of them narrow it further.
WHO_FIELDS = ("task_id", "employee_id", "job_id", "tag_id")
SCOPE_FIELDS = ("rule_id", "project_id", "partner_id", "company_id", "currency_id")


class ProjectBillingRate(models.Model):
    """The price of an hour or a day of somebody's work, with dates.

    It applies to a company, a customer, a project or a single rule. The most specific
    scope wins; within it a rate for the task, the person, the job, a tag, anybody, in
    this order; then the rate that starts last. A change re-prices only work that no
    request and no invoice holds.
    """

    _name = "project.billing.rate"
    _inherit = ["project.billing.input"]
    _description = "Billing Rate"
    _order = (
        "company_id, partner_id, project_id, rule_id, employee_id, date_from desc, id"
    )
    _check_company_auto = True

    rule_id = fields.Many2one(
        "project.billing.rule",
        index=True,
        ondelete="cascade",
        domain="[('kind', '=', 'time')]",
        check_company=True,
        help="Only for work under this rule.",
    )
    project_id = fields.Many2one(
        "project.project",
        compute="_compute_scope_records",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        help="Only for this project.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_scope_records",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Only for the projects of this customer.",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_scope_records",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_scope_records",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="A rate is used for contracts in its currency only.",
    )
    scope = fields.Selection(
        RATE_SCOPES, string="Holds for", compute="_compute_scope", store=True
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        help="Leave empty for anybody.",
        index=True,
        ondelete="restrict",
    )
    job_id = fields.Many2one(
        "hr.job",
        help="The job that the person had on the day of work.",
        ondelete="restrict",
    )
    task_id = fields.Many2one(
        "project.task", index="btree_not_null", ondelete="restrict"
    )
    tag_id = fields.Many2one(
        "project.tags", help="A tag of the task.", ondelete="restrict"
    )
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="Until")
    price_unit = fields.Float(
        string="Price", required=True, min_display_digits="Product Price"
    )
    unit = fields.Selection(RATE_UNITS, string="Per", required=True, default="hour")
    hours_per_day = fields.Float(
        default=8.0, help="Hours in a day of which the price is the price."
    )
    weekend_multiplier = fields.Float(
        string="Weekend ×",
        default=1.0,
        help="What the price is multiplied by on Saturdays and Sundays.",
    )
    daily_limit = fields.Float(
        string="Overtime after (Hours)",
        help="Hours of a person on a day beyond which overtime is billed; 0 for none.",
    )
    overtime_multiplier = fields.Float(
        string="Overtime ×",
        default=1.0,
        help="What the price is multiplied by beyond that limit. On a weekend, the "
        "higher of the two holds.",
    )

    _price_positive = models.Constraint(
        "CHECK (price_unit > 0)", "A rate must be greater than zero."
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "A rate cannot end before it starts.",
    )
    _day_has_hours = models.Constraint(
        "CHECK (unit <> 'day' OR hours_per_day > 0 AND hours_per_day <= 24)",
        "A rate per day needs the hours of a day, up to 24.",
    )
    _multipliers = models.Constraint(
        "CHECK (weekend_multiplier >= 1 AND overtime_multiplier >= 1"
        " AND weekend_multiplier <= 10 AND overtime_multiplier <= 10"
        " AND daily_limit >= 0 AND daily_limit <= 24)",
        "A multiplier is between 1 and 10, a daily limit between 0 and 24 hours.",
    )

    # === COMPUTE ===

    @api.depends("rule_id", "project_id")
    def _compute_scope_records(self):
        for rate in self:
            rule, project = rate.rule_id, rate.rule_id.project_id or rate.project_id
            company = rule.company_id or project.company_id or rate.company_id
            rate.project_id = project
            rate.partner_id = not project and rate.partner_id
            rate.company_id = company or self.env.company
            rate.currency_id = (
                rule.currency_id
                or (project and project.billing_currency_id)
                or rate.currency_id
                or rate.company_id.currency_id
            )

    @api.depends("rule_id", "project_id", "partner_id")
    def _compute_scope(self):
        for rate in self:
            scopes = ("rule", "project", "partner")
            rate.scope = next((s for s in scopes if rate[f"{s}_id"]), "company")

    @api.depends(*WHO_FIELDS)
    def _compute_display_name(self):
        for rate in self._named():
            rate.display_name = rate._whose()

    def _title(self):
        """Return in words whose rate it is, with its price."""
        return f"{self._whose()}: {number(self.env, self.price_unit)}"

    def _whose(self):
        """Return in words who or what the rate is for."""
        # sudo: names that are shown on the rate, nothing else of them
        names = [self.sudo()[name].display_name for name in WHO_FIELDS]
        return ", ".join(filter(None, names)) or self.env._("Anybody")

    def _billing_name_as_holder(self):
        """Override: who it is for and where, without the price."""
        return f"{self._whose()}, {self._scope_in_words()}"

    def _scope_in_words(self):
        """Return what the rate applies to (rule, project, customer …), in words."""
        self.ensure_one()
        labels = dict(self._fields["scope"]._description_selection(self.env))
        name = self[f"{self.scope}_id"].display_name
        return f"{within_sentence(labels[self.scope], self.env.lang)} {name}"

    # === CONSTRAINTS ===

    @api.constrains(*SCOPE_FIELDS, *WHO_FIELDS, "date_from", "date_to")
    def _check_overlap(self):
        # sudo: a colleague's rate of the same scope counts as well
        rivals = self.sudo().search(
            [
                ("company_id", "in", self.company_id.ids),
                ("employee_id", "in", [*self.employee_id.ids, False]),
            ]
        )
        alike = rivals.grouped(
            lambda rate: tuple(rate[name].id for name in SCOPE_FIELDS + WHO_FIELDS)
        )
        for rates in alike.values():
            rates = rates.sorted(lambda rate: str(rate.date_from or ""))
            for position, rate in enumerate(rates):
                for other in rates[position + 1 :]:
                    if rate_rules.overlap(rate._to_rate(), other._to_rate()):
                        rate._refuse_overlap(other)

    def _refuse_overlap(self, other):
        raise ValidationError(
            self.env._(
                "Two rates of the same scope hold on the same days: %(first)s "
                "(%(first_dates)s) and %(second)s (%(second_dates)s). End one of "
                "them before the other starts.",
                first=self._title(),
                first_dates=self._dates(),
                second=other._title(),
                second_dates=other._dates(),
            )
        )

    def _dates(self):
        """Return the days on which the rate applies, in words."""
        return f"{self.date_from or '…'} – {self.date_to or '…'}"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        rates = super().create(vals_list)
        rates._affected_projects()._billing_sync_items(["time"])
        return rates

    def write(self, vals):
        projects = self._affected_projects()
        result = super().write(vals)
        (projects | self._affected_projects())._billing_sync_items(["time"])
        return result

    def unlink(self):
        projects = self._affected_projects()
        result = super().unlink()
        projects._billing_sync_items(["time"])
        return result
