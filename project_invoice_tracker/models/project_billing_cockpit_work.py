"""Dashboard: items ready to bill, and requests that are not invoiced yet."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ..billing import horizon
from .cockpit_sql import READY

ITEM_COLUMNS = (
    "id",
    "kind",
    "rule_id",
    "name",
    "project_id",
    "milestone_id",
    "date",
    "unit",
    "quantity_open",
    "amount_open",
    "period_start",
    "period_end",
)
#: What the index of open work holds.
READY_COLUMNS = ("project_id", "date", "unit", "quantity_open", "amount_open")
#: Requests that are not an invoice yet.
ON_THE_WAY = ("draft", "submitted", "approved")
#: How many projects with the most to bill are shown.
TOP = 4
#: Days; work that was not billed for longer is called old.
OLD = horizon.AGES[0]


class Work(NamedTuple):
    """What is ready to bill of one age, or of one project."""

    count: int = 0
    amount: Decimal = Decimal(0)
    hours: Decimal | None = None
    oldest: date | None = None


class ProjectBillingCockpit(models.AbstractModel):
    """What may be billed now, by age and project, and requests by state."""

    _inherit = "project.billing.cockpit"

    def _parts(self, scope):
        """Override to add items ready to bill and requests."""
        return {
            **super()._parts(scope),
            **self._ready(scope),
            **self._requests(scope),
        }

    def _items_domain(self, scope, ready):
        """Return the domain of open items, without those of automatic lines."""
        return [
            *scope.domain,
            ("quantity_open", "!=", 0),
            ("ready", "=", ready),
            ("is_adjustment", "=", False),
        ]

    # === WORK ===

    def _ready(self, scope):
        """Return what is ready to bill: in all, by age, and the largest projects."""
        domain = self._items_domain(scope, True)
        ages = horizon.ages(scope.today)
        rows = self.env.execute_query(
            SQL(
                READY,
                today=scope.today,
                ages=[int(span.key) for span in ages[1:]],
                items=self._visible("project.billing.item", domain, READY_COLUMNS),
            )
        )
        by_age = {row[0]: Work(*row[2:]) for row in rows if row[0] is not None}
        by_project = {row[1]: Work(*row[2:]) for row in rows if row[1] is not None}
        scope.sums["ready"] = {key: work.amount for key, work in by_project.items()}
        return {
            "ready": self._ready_figure(scope, domain, by_project),
            "problems": self._problems(scope, domain),
            "work_ages": [
                self._age_figure(scope, domain, span, by_age.get(position, Work()))
                for position, span in enumerate(ages)
            ],
            "top": self._top(scope, domain, by_project),
        }

    def _problems(self, scope, domain):
        """Return the items without a price."""
        domain = [*domain, ("problem", "!=", False)]
        count = self.env["project.billing.item"].search_count(domain)
        return self._figure(
            scope,
            0,
            count,
            self._open_items(self.env._("Work without a price"), domain),
        )

    def _ready_figure(self, scope, domain, by_project):
        """Return all that is ready to bill, as one figure."""
        works = by_project.values()
        return self._figure(
            scope,
            sum(work.amount for work in works),
            sum(work.count for work in works),
            self._open_items(self.env._("Ready to bill"), domain),
            hours=round(float(sum(work.hours or 0 for work in works)), 2),
            projects=len(works),
            oldest=min((str(w.oldest) for w in works if w.oldest), default=False),
        )

    def _age_figure(self, scope, domain, span, work):
        days = []
        if span.end:
            days.append(("date", "<=", span.end))
        if span.start:
            days.append(("date", ">=", span.start))
        if not span.end:
            # without a day it is as if it were of today
            days = ["|", ("date", "=", False), *days]
        return self._figure(
            scope,
            work.amount,
            work.count,
            self._open_items(self.env._("Ready to bill, by age"), domain + days),
            key=span.key,
        )

    def _top(self, scope, domain, by_project):
        """Return the projects with the largest amounts to bill."""
        most = sorted(by_project.items(), key=lambda pair: -pair[1].amount)[:TOP]
        return [
            self._figure(
                scope,
                work.amount,
                work.count,
                self._open_items(
                    scope.projects[project].name,
                    [*domain, ("project_id", "=", project)],
                ),
                project_id=project,
                name=scope.projects[project].name,
                customer=scope.projects[project].customer or "",
                oldest=str(work.oldest) if work.oldest else False,
            )
            for project, work in most
            if project in scope.projects and work.amount
        ]

    def _open_items(self, name, domain):
        return self._open(name, "project.billing.item", domain)

    # === REQUESTS ===

    def _requests(self, scope):
        """Return the requests that are not invoiced yet, by state."""
        domain = [*scope.domain, ("state", "in", ON_THE_WAY)]
        groups = self.env["project.billing.request"]._read_group(
            domain,
            ["state", "project_id"],
            ["__count", "amount_untaxed:sum", "amount_total:sum", "create_date:min"],
        )
        names = {
            "draft": self.env._("In preparation"),
            "submitted": self.env._("In approval"),
            "approved": self.env._("Approved, to be invoiced"),
        }
        result, sums = {}, scope.sums.setdefault("requests", {})
        for state in ON_THE_WAY:
            rows = [row for row in groups if row[0] == state]
            oldest = min((row[5] for row in rows), default=None)
            result[f"request_{state}"] = self._figure(
                scope,
                sum(row[3] for row in rows),
                sum(row[2] for row in rows),
                self._open(
                    names[state],
                    "project.billing.request",
                    [*scope.domain, ("state", "=", state)],
                ),
                oldest=str(oldest.date()) if oldest else False,
            )
        for _state, project, _count, _untaxed, total, _oldest in groups:
            sums[project.id] = sums.get(project.id, 0) + total
        return result
