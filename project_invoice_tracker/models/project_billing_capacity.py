"""Capacity: how many hours people can work, from their working calendars."""

from odoo import models
from odoo.tools import SQL

from . import capacity_sql

#: From a day to the first day of its period.
PERIODS = {
    "day": "date",
    "week": "date_trunc('week', date)::date",
    "month": "date_trunc('month', date)::date",
}


class ProjectBillingCapacity(models.AbstractModel):
    """Working hours less absences of many people, for reports and the dashboard.

    Working calendars and time off are those of Odoo's ``resource``, whether or not the
    app Time Off is installed. The methods are private: callers decide whose hours the
    user may see.
    """

    _name = "project.billing.capacity"
    _description = "Capacity of People"

    def _capacity(self, employee_ids, date_from, date_to, period="day"):
        """Return the working hours of people in a period.

        :param employee_ids: ids of ``hr.employee``; unknown ones have no rows
        :param date date_from: the first day
        :param date date_to: the last day
        :param str period: ``day``, ``week`` (from Monday on) or ``month``
        :returns: list of dicts, by person and day: ``employee_id``, ``date`` (first
            day of the period), ``hours`` (that can be worked), ``hours_absent`` (of
            the working calendar that time off takes); days without work have no row
        """
        if not employee_ids:
            return []
        rows = self._sql(
            SQL("version.employee_id IN %s", tuple(employee_ids)), date_from, date_to
        )
        return self.env.execute_query_dict(
            SQL(
                "SELECT employee_id, %(period)s AS date, sum(hours)::float8 AS hours,"
                " sum(hours_absent)::float8 AS hours_absent FROM (%(rows)s) capacity"
                " GROUP BY employee_id, %(period)s ORDER BY employee_id, date",
                period=SQL(PERIODS[period]),
                rows=rows,
            )
        )

    def _sql(self, employees, date_from, date_to):
        """Return the query of capacity, for reports that join it.

        :param SQL employees: a condition on ``version.employee_id``
        """
        self.env["resource.calendar.leaves"].flush_model()
        self.env["resource.calendar.attendance"].flush_model()
        self.env["resource.calendar"].flush_model()
        self.env["hr.version"].flush_model()
        self.env["hr.employee"].flush_model(["active", "company_id", "resource_id"])
        self.env["resource.resource"].flush_model(["tz"])
        return capacity_sql.capacity(
            employees, SQL("%s", date_from), SQL("%s", date_to)
        )
