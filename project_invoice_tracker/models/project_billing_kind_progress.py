"""Progress: the completed percentage of a contract amount."""

from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, format_date

from ..billing.progress import Report, steps
from ..billing.rounding import exact, money
from .currency_step import step_of
from .phrases import number


class ProjectBillingKindProgress(models.AbstractModel):
    """Each progress report is an item worth what it adds to the earlier ones."""

    _name = "project.billing.kind.progress"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Progress"

    _kind = "progress"
    _source_field = "progress_id"
    _priced_when_freed = True
    _line_may_credit = True

    @api.model
    def _section_title(self):
        return self.env._("Progress")

    @api.model
    def _sync_items(self, projects, source_ids=None):
        """Override to look at all reports of a contract, and to plan the rest.

        Reports depend on each other.
        """
        super()._sync_items(projects)
        if not projects:
            return
        planned = [
            values
            for rule in self._get_rules(projects)
            if (values := self._planned_values(rule))
        ]
        self.env["project.billing.item"]._store_items(
            "source_key",
            SQL(
                "item.kind = %s AND item.source_key IS NOT NULL"
                " AND item.project_id IN %s",
                self._kind,
                tuple(projects.ids),
            ),
            [values for several in planned for values in several],
        )

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        wanted = []
        for rule in rules:
            for milestone, contract, before, amounts in self._amounts(rule):
                for report, amount in amounts.items():
                    if amount:
                        values = self._report_values(rule, milestone, report, amount)
                        values["explanation"] = self._explain(
                            rule, report, contract, before, amount
                        )
                        wanted.append(values)
                    before += amount
        return wanted

    @api.model
    def _line_name(self, request, planned, env):
        item = env["project.billing.item"].browse(planned.first.id)
        report = item.progress_id
        return env._(
            "%(what)s: %(share)s %% completed on %(day)s",
            what=report.milestone_id.name or report.rule_id.name,
            share=number(env, report.percentage),
            day=format_date(env, report.date),
        )

    # === HELPERS ===

    @api.model
    def _amounts(self, rule):
        """Return the amounts of the reports for each contract of a rule.

        :returns: ``[(milestone, contract, held, {report: amount of what is open})]``
        """
        step = step_of(rule.currency_id)
        held = rule._progress_held()
        found = []
        for milestone, contract, reports in rule._progress_scopes():
            plain = [
                Report(report.id, exact(report.percentage), held.get(report.id))
                for report in reports
            ]
            billed = sum((held.get(report.id, 0) for report in reports), Decimal(0))
            if contract < billed:
                # lowered by what is written off: that is no work to take back
                contract = min(contract + reports._written_off(), billed)
            by_id = steps(contract, plain, step)
            amounts = {reports.browse(report_id): a for report_id, a in by_id.items()}
            found.append((milestone, contract, billed, amounts))
        return found

    @api.model
    def _report_values(self, rule, milestone, report, amount):
        """Return the item of a report: one piece, or minus one if it takes back."""
        return self._item_values(
            rule,
            Decimal(1 if amount > 0 else -1),
            abs(amount),
            name=f"{milestone.name or rule.name}: "
            f"{number(self.env, report.percentage)} %",
            progress_id=report.id,
            date=report.date,
        )

    @api.model
    def _explain(self, rule, report, contract, before, amount):
        """Return in words how the amount of a report was computed.

        :param before: amount of all earlier reports
        """
        goal = money(
            contract * exact(report.percentage) / 100, step_of(rule.currency_id)
        )
        text = self.env._(
            "%(share)s %% of %(contract)s",
            share=number(self.env, report.percentage),
            contract=number(self.env, contract),
        )
        if before:
            text = self.env._(
                "%(part)s less %(before)s reported before",
                part=text,
                before=number(self.env, before),
            )
        if goal - before != amount:
            text = self.env._("%s, as far as a later report keeps it", text)
        return text

    @api.model
    def _planned_values(self, rule):
        """Return the items for what is still missing to 100 %."""
        planned = []
        for milestone, contract, held, amounts in self._amounts(rule):
            done = held + sum(amounts.values(), Decimal(0))
            if contract <= done:
                continue
            planned.append(
                self._item_values(
                    rule,
                    Decimal(1),
                    contract - done,
                    source_key=f"progress/{rule.id}/{milestone.id or 0}",
                    name=milestone.name or rule.name,
                    date=milestone.deadline or rule.date_end or None,
                    ready=False,
                    explanation=self.env._(
                        "What is missing to 100 %% of %s", number(self.env, contract)
                    ),
                )
            )
        return planned
