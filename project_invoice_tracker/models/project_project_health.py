"""Billing health of projects: a colour, with the reason in words."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ..billing.standing import Facts, findings, worst
from ..const import BILLING_GROUPS, BILLING_HEALTHS
from .phrases import for_days


class ProjectProject(models.Model):
    """The health of a project's billing: whether a manager must act, and why."""

    _inherit = "project.project"

    billing_health = fields.Selection(
        BILLING_HEALTHS,
        string="Health",
        compute="_compute_billing_health",
        search="_search_billing_health",
        groups=BILLING_GROUPS,
        help="Late invoices, used budgets and caps, work that waits, missing prices "
        "and milestones that are behind.",
    )
    billing_health_reason = fields.Char(
        string="Because", compute="_compute_billing_health", groups=BILLING_GROUPS
    )
    billing_next_milestone_id = fields.Many2one(
        "project.milestone",
        string="Next Milestone Due",
        compute="_compute_billing_next_milestone",
        groups=BILLING_GROUPS,
        help="The first one with a deadline that is not reached.",
    )
    billing_next_date = fields.Date(
        string="Next Deadline",
        compute="_compute_billing_next_milestone",
        groups=BILLING_GROUPS,
    )

    # === COMPUTE ===

    @api.depends_context("uid")
    def _compute_billing_next_milestone(self):
        # read as the user; an approver need not see milestones
        milestones = self.env["project.milestone"]
        found = {}
        if self.ids and milestones.has_access("read"):
            for milestone in milestones.search(
                [
                    ("project_id", "in", self._billing_readable().ids),
                    ("is_reached", "=", False),
                    ("deadline", "!=", False),
                ],
                order="deadline, id",
            ):
                found.setdefault(milestone.project_id.id, milestone)
        for project in self:
            milestone = found.get(project.id, milestones)
            project.billing_next_milestone_id = milestone
            project.billing_next_date = milestone.deadline

    @api.depends_context("uid", "lang")
    def _compute_billing_health(self):
        every = self._billing_every_facts()
        for project in self:
            if project not in every:
                project.billing_health = project.billing_health_reason = False
                continue
            facts = every[project]
            found = findings(facts)
            project.billing_health = worst(found)
            sentences = [project._billing_finding(cause, facts) for _l, cause in found]
            project.billing_health_reason = " ".join(sentences) or self.env._(
                "Nothing is late, and nothing runs over."
            )

    def _billing_every_facts(self):
        """Return ``{project: facts}`` of those whose billing the user may read.

        Computed by sums over all projects, not by the fields of a project: Odoo
        computes those in batches, each of which would read the invoices again.
        """
        readable = self._billing_readable()
        problems, oldest = readable._billing_problems(), readable._billing_oldest()
        burn, caps = readable._billing_budgets_used(), readable._billing_caps_used()
        late, planned = readable._billing_late(), readable._billing_next_dates()
        every = {}
        for company, projects in readable.grouped("company_id").items():
            today = (company or self.env.company)._billing_today()
            for project_id in projects.ids:
                hours, budget = burn[project_id]
                waits, due = oldest.get(project_id), planned.get(project_id)
                every[project_id] = Facts(
                    late=late.get(project_id, 0),
                    hours=hours,
                    budget=budget,
                    cap=caps.get(project_id, 0.0),
                    old=(today - waits).days if waits else 0,
                    problem=problems.get(project_id, 0),
                    milestone=(today - due).days if due else 0,
                )
        return {project: every[project.id] for project in readable}

    def _billing_oldest(self):
        """Return ``{project id: day of the oldest work that is ready}``."""
        return self._billing_group(
            "project.billing.item",
            [
                ("quantity_open", "!=", 0),
                ("is_adjustment", "=", False),
                ("ready", "=", True),
            ],
            "date:min",
        )

    def _billing_next_dates(self):
        """Return ``{project id: the first deadline that is not reached}``."""
        return self._billing_group(
            "project.milestone",
            [("is_reached", "=", False), ("deadline", "!=", False)],
            "deadline:min",
        )

    def _billing_group(self, model, domain, aggregate):
        """Return ``{project id: value}`` of the records that the user may read."""
        records = self.env[model]
        if not self.ids or not records.has_access("read"):
            return {}
        domain = [("project_id", "in", self.ids), *domain]
        found = records._read_group(domain, ["project_id"], [aggregate])
        return {project.id: value for project, value in found}

    def _billing_late(self):
        """Return ``{project id: days}`` since the oldest overdue amount was due."""
        # a credit note that is not settled is no late customer
        return {
            project_id: days
            for project_id, (overdue, days) in self._billing_sums(
                "project.billing.invoice",
                [("state", "=", "posted"), ("unsettled", "=", True)],
                "amount_overdue:sum",
                "days_late:max",
            ).items()
            if overdue > 0
        }

    def _billing_problems(self):
        """Return ``{project id: number of open items that cannot be billed}``."""
        return self._billing_group(
            "project.billing.item",
            [("quantity_open", "!=", 0), ("problem", "not in", (False, ""))],
            "__count",
        )

    def _billing_finding(self, cause, facts):
        """Return one reason for the health, in words."""
        self.ensure_one()
        value = getattr(facts, cause)
        if cause == "late":
            return self.env._(
                "%(amount)s is overdue, the oldest %(waiting)s.",
                amount=format_amount(
                    self.env, self.billing_amount_overdue, self.billing_currency_id
                ),
                waiting=for_days(self.env, value),
            )
        if cause == "milestone":
            return self.env._(
                "“%(milestone)s” was due on %(day)s.",
                milestone=self.billing_next_milestone_id.name,
                day=format_date(self.env, self.billing_next_date),
            )
        if cause == "old":
            return self.env._(
                "Work has waited to be billed %s.", for_days(self.env, int(value))
            )
        sentences = {
            "hours": self.env._("%s %% of the hours are used."),
            "budget": self.env._("%s %% of the budget is used."),
            "cap": self.env._("%s %% of a cap is used."),
            "problem": self.env._("Items that cannot be billed yet: %s."),
        }
        return sentences[cause] % int(value)

    def _search_billing_health(self, operator, value):
        """Find projects with a billing rule by their health."""
        if operator != "in":
            return NotImplemented
        # by "any", which asks the record rules of billing rules
        projects = self.search([("billing_rule_ids", "any", [("active", "=", True)])])
        every = projects._billing_every_facts()
        found = [
            project.id
            for project, facts in every.items()
            if worst(findings(facts)) in value
        ]
        return Domain("id", "in", found)
