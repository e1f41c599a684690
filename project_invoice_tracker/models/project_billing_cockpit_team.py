"""Dashboard: the people who work on the projects, and their free time."""

from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ..billing import horizon
from ..billing.periods import DAY
from .cockpit_sql import TEAM

#: Days back in which somebody logged time to be of the team.
LATELY = 56


class ProjectBillingCockpit(models.AbstractModel):
    """The team's hours and absences in the coming weeks."""

    _inherit = "project.billing.cockpit"

    def _parts(self, scope):
        """Override to add the team's hours per week."""
        return {**super()._parts(scope), "team": self._team(scope)}

    def _team(self, scope):
        """Return how many people work on the projects, and their hours by week."""
        rows = self.env.execute_query(
            SQL(
                TEAM,
                projects=SQL("%s::integer[]", list(scope.projects)),
                since=scope.today - LATELY * DAY,
            )
        )
        employees = [row[0] for row in rows]
        spans = horizon.weeks(scope.today)
        hours = self._team_hours(employees, spans)
        return {
            "people": len(employees),
            "weeks": [
                {
                    "start": span.key,
                    "available": round(hours[span.key][0], 2),
                    "absent": round(hours[span.key][1], 2),
                }
                for span in spans
            ],
        }

    def _team_hours(self, employees, spans):
        """Return ``{week: [working hours, hours absent]}`` of these people."""
        hours = defaultdict(lambda: [0.0, 0.0])
        # whoever may bill a project knows who works on it: only sums leave
        capacity = self.env["project.billing.capacity"]
        for row in capacity._capacity(employees, spans[0].start, spans[-1].end, "week"):
            week = hours[str(row["date"])]
            week[0] += row["hours"]
            week[1] += row["hours_absent"]
        return hours
