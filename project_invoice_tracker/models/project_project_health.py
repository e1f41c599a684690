"""Projects: how the billing stands, as a colour with its reason in words."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ..billing.standing import Facts, findings, worst
from ..const import BILLING_GROUPS, BILLING_HEALTHS


class ProjectProject(models.Model):
    """A manager sees in a second which project needs something, and what."""

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
        readable = self._billing_readable()
        problems = readable._billing_problems()
        burn = readable._billing_budgets_used()
        for project in self:
            if project not in readable:
                project.billing_health = project.billing_health_reason = False
                continue
            facts = project._billing_facts(
                problems.get(project.id, 0), *burn[project.id]
            )
            found = findings(facts)
            project.billing_health = worst(found)
            sentences = [project._billing_finding(cause, facts) for _l, cause in found]
            project.billing_health_reason = " ".join(sentences) or self.env._(
                "Nothing is late, and nothing runs over."
            )

    def _billing_problems(self):
        """Return ``{project id: number of open items that cannot be billed}``."""
        items = self.env["project.billing.item"]
        if not self.ids or not items.has_access("read"):
            return {}
        return {
            project.id: count
            for project, count in items._read_group(
                [
                    ("project_id", "in", self.ids),
                    ("quantity_open", "!=", 0),
                    ("problem", "not in", (False, "")),
                ],
                ["project_id"],
                ["__count"],
            )
        }

    def _billing_facts(self, problems, hours, budget):
        """Return what the health follows from.

        :param int problems: how many items cannot be billed
        :param float hours: per cent used of the budget in hours
        :param float budget: per cent used of the budget in money
        """
        self.ensure_one()
        today = (self.company_id or self.env.company)._billing_today()

        def days_since(day):
            return (today - day).days if day else 0

        return Facts(
            # a credit note that is not settled is no late customer
            late=self.billing_days_late if self.billing_amount_overdue > 0 else 0,
            hours=hours,
            budget=budget,
            cap=self.billing_cap_percent,
            old=days_since(self.billing_oldest_date),
            problem=problems,
            milestone=days_since(self.billing_next_date),
        )

    def _billing_finding(self, cause, facts):
        """Return the sentence of one cause."""
        self.ensure_one()
        value = getattr(facts, cause)
        if cause == "late":
            return self.env._(
                "%(amount)s is overdue, by up to %(days)s days.",
                amount=format_amount(
                    self.env, self.billing_amount_overdue, self.billing_currency_id
                ),
                days=value,
            )
        if cause == "milestone":
            return self.env._(
                "“%(milestone)s” was due on %(day)s.",
                milestone=self.billing_next_milestone_id.name,
                day=format_date(self.env, self.billing_next_date),
            )
        sentences = {
            "hours": self.env._("%s %% of the hours are used."),
            "budget": self.env._("%s %% of the budget is used."),
            "cap": self.env._("%s %% of a cap is used."),
            "old": self.env._("Work has waited to be billed for %s days."),
            "problem": self.env._("Items that cannot be billed yet: %s."),
        }
        return sentences[cause] % int(value)

    def _search_billing_health(self, operator, value):
        """Find projects by their health, among those with a billing rule."""
        if operator != "in":
            return NotImplemented
        # by "any", which asks the record rules of billing rules
        projects = self.search([("billing_rule_ids", "any", [("active", "=", True)])])
        found = projects.filtered(lambda project: project.billing_health in value)
        return Domain("id", "in", found.ids)
