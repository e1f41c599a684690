"""Budget used by a project, in hours and money; its cost and margin."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.standing import percent
from ..const import BILLING_GROUPS, COST_GROUPS, PRICE_GROUPS
from .open_sql import UNCAPPED
from .time_sql import minutes_of, units_of
from .work_sql import WORK_ASKED

#: Kinds that shift when an amount is paid and do not change the worth of the work.
NO_WORK = ("advance", "retention")

#: Fields that need the right to costs as well as the right to billing.
MARGIN_FIELDS = {"billing_cost", "billing_margin", "billing_margin_percent"}

#: Costs recorded on a project: time, and bills or expenses on its account. Without what
#: others (sales orders) bill, whose value is not in the work done either.
COSTS = """
    SELECT cost.project_id, cost.currency_id, -sum(cost.amount)
      FROM (
        SELECT entry.project_id, entry.currency_id, entry.amount
          FROM account_analytic_line entry
         WHERE entry.project_id IN %(projects)s AND NOT %(elsewhere)s
         UNION ALL
        SELECT project.id, entry.currency_id, entry.amount
          FROM project_project project
          JOIN account_analytic_line entry ON entry.account_id = project.account_id
          LEFT JOIN account_account account ON account.id = entry.general_account_id
         WHERE project.id IN %(projects)s AND entry.project_id IS NULL
           AND NOT %(elsewhere)s
           AND (account.id IS NULL OR starts_with(account.account_type, 'expense'))
      ) cost
     GROUP BY cost.project_id, cost.currency_id
"""

#: What was recorded on projects, in whatever unit the entries are kept.
HOURS = f"""
    SELECT line.project_id, coalesce(sum({minutes_of()}), 0) / 60
      FROM account_analytic_line line
      {units_of()}
     WHERE line.project_id IN %(projects)s
     GROUP BY line.project_id
"""


class ProjectProject(models.Model):
    """How much of its budgets and caps a project has used.

    Only for users who may read its billing. Hours are all hours recorded, as on Odoo's
    own project screens. Money is the work at the prices of its items, at any step,
    without written-off work. Cost is what Odoo recorded; only users who may see hourly
    costs see it, or a margin.
    """

    _inherit = "project.project"

    billing_budget_amount = fields.Monetary(
        string="Budget of the Project",
        currency_field="billing_currency_id",
        groups=PRICE_GROUPS,
        copy=False,
        tracking=True,
        help="How much may be billed in all, in the currency of the contract. 0: no "
        "budget. The budget in hours is the allocated time of the project.",
    )
    billing_hours_used = fields.Float(
        string="Hours Used",
        compute="_compute_billing_burn",
        groups=BILLING_GROUPS,
        help="All hours recorded on the project.",
    )
    billing_amount_used = fields.Monetary(
        string="Work Done",
        compute="_compute_billing_burn",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="Value of the work at its prices: billed, in requests and to bill. "
        "Without deposits, retentions and what is written off.",
    )
    billing_hours_percent = fields.Float(
        string="Hours Used (%)", compute="_compute_billing_burn", groups=BILLING_GROUPS
    )
    billing_budget_percent = fields.Float(
        string="Budget Used (%)", compute="_compute_billing_burn", groups=BILLING_GROUPS
    )
    billing_cap_percent = fields.Float(
        string="Cap Used (%)",
        compute="_compute_billing_cap_percent",
        groups=BILLING_GROUPS,
        help="Of the cap that is used most, counting what is still to bill.",
    )
    billing_cost = fields.Monetary(
        string="Cost",
        compute="_compute_billing_margin",
        currency_field="billing_currency_id",
        groups=COST_GROUPS,
        help="What was recorded on the project: time at hourly costs, bills and "
        "expenses, without what sales orders bill. In another currency, at the rate "
        "of today.",
    )
    billing_margin = fields.Monetary(
        string="Margin",
        compute="_compute_billing_margin",
        currency_field="billing_currency_id",
        groups=COST_GROUPS,
        help="Value of the work done less its cost.",
    )
    billing_margin_percent = fields.Float(
        string="Margin (%)", compute="_compute_billing_margin", groups=COST_GROUPS
    )

    _billing_budget_positive = models.Constraint(
        "CHECK (billing_budget_amount >= 0)",
        "A budget cannot be negative. Leave it at 0 for none.",
    )

    # === RIGHTS ===

    def _has_field_access(self, field, operation):
        """Override: a margin needs the right to costs as well as the one to billing."""
        return super()._has_field_access(field, operation) and (
            field.name not in MARGIN_FIELDS
            or self.env.su
            or self.env.user.has_groups(BILLING_GROUPS)
        )

    def _billing_readable(self):
        """Return those of these projects whose billing the user may read."""
        rules = self.env["project.billing.rule"].with_context(active_test=False)
        if not self.ids or not rules.has_access("read"):
            return self.browse()
        found = rules._read_group([("project_id", "in", self.ids)], ["project_id"])
        return self.browse([project.id for (project,) in found])

    # === COMPUTE ===

    @api.depends("allocated_hours", "billing_budget_amount")
    @api.depends_context("uid")
    def _compute_billing_burn(self):
        readable = self._billing_readable()
        hours, amounts = readable._billing_hours(), readable._billing_work_done()
        for project in self:
            used = hours.get(project.id, 0.0), amounts.get(project.id, 0.0)
            limits = project._billing_budgets() if project in readable else (0.0, 0.0)
            project.billing_hours_used, project.billing_amount_used = used
            project.billing_hours_percent = percent(used[0], limits[0])
            project.billing_budget_percent = percent(used[1], limits[1])

    @api.depends_context("uid")
    def _compute_billing_cap_percent(self):
        used = self._billing_readable()._billing_caps_used()
        for project in self:
            project.billing_cap_percent = used.get(project.id, 0.0)

    @api.depends_context("uid")
    def _compute_billing_margin(self):
        readable = self._billing_readable()
        costs, values = readable._billing_costs(), readable._billing_work_done()
        for project in self:
            value = values.get(project.id, 0.0)
            project.billing_cost = costs.get(project.id, 0.0)
            project.billing_margin = value - project.billing_cost
            project.billing_margin_percent = percent(project.billing_margin, value)

    # === FIGURES ===

    def _billing_caps_used(self):
        """Return ``{project id: percentage used of its most used cap}``."""
        caps = self.env["project.billing.cap"]
        if not self.ids or not caps.has_access("read"):
            return {}
        own, used = set(self.ids), {}
        for cap in caps.search([("rule_ids.project_id", "in", self.ids)]):
            # sudo: the ids of projects; who reads a cap knows how much is used
            for project_id in own.intersection(cap.sudo().rule_ids.project_id.ids):
                used[project_id] = max(used.get(project_id, 0.0), cap.percent_used)
        return used

    def _billing_budgets(self):
        """Return the budgets in hours and in money; 0 for none."""
        self.ensure_one()
        project = self.sudo()  # sudo: the budgets of a project that the user reads
        return project.allocated_hours, project.billing_budget_amount

    def _billing_budgets_used(self):
        """Return ``{project id: percentages used of the hours and of the money}``.

        Work is summed only where there is a budget.
        """
        budgets = {
            project.with_env(self.env): (
                project.allocated_hours,
                project.billing_budget_amount,
            )
            for project in self.sudo()  # sudo: budgets of projects that the user reads
        }
        timed = self.filtered(lambda project: budgets[project][0])
        priced = self.filtered(lambda project: budgets[project][1])
        hours, amounts = timed._billing_hours(), priced._billing_work_done()
        return {
            project.id: (
                percent(hours.get(project.id, 0.0), limits[0]),
                percent(amounts.get(project.id, 0.0), limits[1]),
            )
            for project, limits in budgets.items()
        }

    def _billing_hours(self):
        """Return ``{project id: hours}`` recorded; the caller checked who may read."""
        if not self.ids:
            return {}
        # sudo: the sum of hours, which Odoo shows on projects as well
        kind_sudo = self.env["project.billing.kind"]._get("time").sudo()
        kind_sudo._flush_entries()
        rows = self.env.execute_query(
            SQL(HOURS, projects=tuple(self.ids), hour=kind_sudo._hour().id)
        )
        return {project_id: float(hours) for project_id, hours in rows}

    def _billing_work_done(self):
        """Return ``{project id: value of the work}`` as far as the user may read it.

        Open work has the price that its next request would give it, also above a cap;
        all other work the price in its request or invoice. Untaxed, in the currency of
        the contract.
        """
        items = self.env["project.billing.item"].with_context(**{UNCAPPED: True})
        if not self.ids or not items.has_access("read"):
            return {}
        values = dict.fromkeys(self.ids, 0.0)
        for project, currency, amount in items._read_group(
            [
                ("project_id", "in", self.ids),
                ("quantity_open", "!=", 0),
                ("ready", "=", True),
                ("is_adjustment", "=", False),
                ("kind", "not in", NO_WORK),
            ],
            ["project_id", "currency_id"],
            ["amount_open:sum"],
        ):
            if currency == project.billing_currency_id:
                values[project.id] += amount
        currencies = {project.id: project.billing_currency_id.id for project in self}
        for project_id, currency_id, amount in self._billing_work_asked():
            if currencies[project_id] == currency_id:
                values[project_id] += float(amount)
        return {
            project.id: project.billing_currency_id.round(values[project.id])
            for project in self
        }

    def _billing_work_asked(self):
        """Return ``[(project id, currency id, amount)]`` of work in requests."""
        requests = self.env["project.billing.request"]
        if not requests.has_access("read"):
            return []
        requests.flush_model()
        self.env["project.billing.line"].flush_model()
        query = requests._search(
            [("project_id", "in", self.ids), ("state", "!=", "cancelled")]
        )
        asked = query.select(
            SQL.identifier(query.table, "id"),
            SQL.identifier(query.table, "amount_untaxed"),
        )
        return self.env.execute_query(
            SQL(WORK_ASKED, requests=asked, apart=list(NO_WORK))
        )

    def _billing_costs(self):
        """Return ``{project id: cost}`` in the currency of each contract.

        The caller checked who may read; the fields are for who may see costs.
        """
        if not self.ids:
            return {}
        entries = self.env["account.analytic.line"]
        entries.flush_model()
        self.flush_model(["account_id"])
        rows = self.env.execute_query(
            SQL(COSTS, projects=tuple(self.ids), elsewhere=entries._billed_elsewhere())
        )
        costs = dict.fromkeys(self.ids, 0.0)
        for project_id, currency_id, amount in rows:
            project = self.browse(project_id)
            company = project.company_id or self.env.company
            currency = self.env["res.currency"].browse(currency_id)
            costs[project_id] += currency._convert(
                float(amount),
                project.billing_currency_id,
                company,
                company._billing_today(),
            )
        return costs
