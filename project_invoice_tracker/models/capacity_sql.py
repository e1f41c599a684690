"""The query behind capacity: working hours less absences, per person and day.

Odoo computes working time interval by interval in Python, which takes seconds for a
team and a year. These statements follow the same rules (``resource.calendar``) for
everybody at once: hours of the working calendar that holds on the day, less the time
off of the person and of the company. All times are those of the person's own clock.
"""

from odoo.tools import SQL

#: Which working calendar holds for whom, from when and until when. Who has a contract
#: works within it; anybody else from the first version or the first time entry on,
#: whichever is earlier. Nobody has capacity after leaving.
VERSIONS = """
    SELECT history.id, history.employee_id, employee.company_id,
           history.calendar_id, employee.resource_id,
           coalesce(resource.tz, calendar.tz, 'UTC') AS tz,
           -- the least and the greatest of what there is: NULL does not count
           CASE WHEN history.contracts > 0
                THEN greatest(history.date_version, history.contract_date_start)
                -- who was here before the period needs no look at the entries
                WHEN history.position = 1 AND history.date_version > %(start)s::date
                THEN least(history.date_version, (
                    SELECT min(entry.date) FROM account_analytic_line entry
                     WHERE entry.employee_id = history.employee_id
                       AND entry.project_id IS NOT NULL))
                ELSE history.date_version END AS date_from,
           least(history.next_version - 1, history.contract_date_end,
                 history.departure_date) AS date_to
      FROM (SELECT version.id, version.employee_id, version.date_version,
                   version.contract_date_start, version.contract_date_end,
                   version.departure_date,
                   version.resource_calendar_id AS calendar_id,
                   row_number() OVER later AS position,
                   lead(version.date_version) OVER later AS next_version,
                   count(version.contract_date_start) OVER everything AS contracts
              FROM hr_version version
             WHERE version.active AND %(employees)s
            WINDOW later AS (
                       PARTITION BY version.employee_id ORDER BY version.date_version),
                   everything AS (PARTITION BY version.employee_id)) history
      JOIN hr_employee employee ON employee.id = history.employee_id
      JOIN resource_resource resource ON resource.id = employee.resource_id
      -- no calendar: hours that nobody has agreed upon
      JOIN resource_calendar calendar ON calendar.id = history.calendar_id
     WHERE (history.contracts = 0 OR history.contract_date_start IS NOT NULL)
       AND (employee.active OR history.departure_date IS NOT NULL
            OR history.contract_date_end IS NOT NULL)
"""

#: The shifts of each calendar by week (0 or 1, the same twice where weeks do not
#: differ) and weekday (0 is Monday), in minutes of the day. Flexible hours fill the
#: week from Monday on, around noon.
SHIFTS = """
    SELECT calendar.id AS calendar_id, week, attendance.dayofweek::integer AS weekday,
           round(attendance.hour_from * 60)::integer AS starts,
           round(attendance.hour_to * 60)::integer AS ends
      FROM resource_calendar calendar
      JOIN resource_calendar_attendance attendance
        ON attendance.calendar_id = calendar.id
     CROSS JOIN generate_series(0, 1) AS week
     WHERE NOT coalesce(calendar.flexible_hours, FALSE)
       AND attendance.display_type IS NULL AND attendance.day_period <> 'lunch'
       AND (NOT coalesce(calendar.two_weeks_calendar, FALSE)
            OR attendance.week_type = week::text)
     UNION ALL
    SELECT flexible.id, week, weekday, 720 - flexible.minutes / 2,
           720 + flexible.minutes - flexible.minutes / 2
      FROM (SELECT calendar.id, weekday,
                   round(60 * greatest(0, least(
                       calendar.hours_per_day,
                       calendar.full_time_required_hours
                       - weekday * calendar.hours_per_day)))::integer AS minutes
              FROM resource_calendar calendar
             CROSS JOIN generate_series(0, 6) AS weekday
             WHERE calendar.flexible_hours) flexible
     CROSS JOIN generate_series(0, 1) AS week
     WHERE flexible.minutes > 0
"""

#: Time off of a person and of everybody, on the person's clock, overlaps joined.
ABSENCES = """
    SELECT version_id, min(starts) AS starts, max(ends) AS ends
      FROM (SELECT *, sum(opens) OVER (
                       PARTITION BY version_id ORDER BY starts, ends) AS island
              FROM (SELECT time_off.*, CASE WHEN starts <= max(ends) OVER (
                               PARTITION BY version_id ORDER BY starts, ends
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                           THEN 0 ELSE 1 END AS opens
                      FROM (%(leaves)s) time_off) marked) numbered
     GROUP BY version_id, island
"""
LEAVES = """
    SELECT version.id AS version_id,
           leave.date_from AT TIME ZONE 'UTC' AT TIME ZONE version.tz AS starts,
           leave.date_to AT TIME ZONE 'UTC' AT TIME ZONE version.tz AS ends
      FROM version
      JOIN resource_calendar_leaves leave
        ON (leave.resource_id = version.resource_id
            OR (leave.resource_id IS NULL AND leave.company_id = version.company_id))
       AND (leave.calendar_id IS NULL OR leave.calendar_id = version.calendar_id)
     WHERE leave.time_type = 'leave'
       AND leave.date_to >= %(start)s::date - 1 AND leave.date_from < %(end)s::date + 2
"""

#: What of the shifts falls into an absence.
LOST = """
    SELECT away.employee_id, away.company_id, day::date AS date,
           sum(extract(epoch FROM
               least(away.ends, day + shift.ends * interval '1 minute')
               - greatest(away.starts, day + shift.starts * interval '1 minute')
           )) / 3600.0 AS hours
      -- whose absence it is comes first (OFFSET 0): nothing is known about either, and
      -- each day of each absence would be tried with everybody
      FROM (SELECT version.employee_id, version.company_id, version.calendar_id,
                   version.date_from, version.date_to, absence.starts, absence.ends
              FROM absence
              JOIN version ON version.id = absence.version_id OFFSET 0) away
     CROSS JOIN LATERAL generate_series(
               greatest(away.starts::date, away.date_from, %(start)s::date),
               least(away.ends::date, away.date_to, %(end)s::date),
               interval '1 day') AS day
      JOIN shift ON shift.calendar_id = away.calendar_id
       AND shift.week = %(week)s AND shift.weekday = %(weekday)s
       AND day + shift.starts * interval '1 minute' < away.ends
       AND day + shift.ends * interval '1 minute' > away.starts
     GROUP BY away.employee_id, away.company_id, day
"""

#: What the working calendars say, and what absences take off it: rows to be summed by
#: person and day, one of each. (A join of the two would be planned in the dark, as
#: nothing is known about either.)
CAPACITY = """
    WITH version AS MATERIALIZED (%(versions)s),
         shift AS MATERIALIZED (%(shifts)s),
         planned AS MATERIALIZED (
            SELECT calendar_id, week, weekday, sum(ends - starts) / 60.0 AS hours
              FROM shift GROUP BY calendar_id, week, weekday),
         absence AS MATERIALIZED (%(absences)s)
    SELECT version.employee_id, version.company_id, day::date AS date,
           planned.hours, 0.0 AS hours_absent
      FROM version
     CROSS JOIN LATERAL generate_series(
               greatest(version.date_from, %(start)s::date)::timestamp,
               least(version.date_to, %(end)s::date)::timestamp,
               interval '1 day') AS day
      JOIN planned ON planned.calendar_id = version.calendar_id
       AND planned.week = %(week)s AND planned.weekday = %(weekday)s
     UNION ALL
    SELECT lost.employee_id, lost.company_id, lost.date, -lost.hours, lost.hours
      FROM (%(lost)s) lost
"""

#: Weeks count from the first Monday there was, as Odoo's alternating weeks do.
WEEK = "(day::date - DATE '0001-01-01') / 7 %% 2"
WEEKDAY = "(day::date - DATE '0001-01-01') %% 7"


def capacity(employees, start, end):
    """Return the query of the capacity of people on the days of a period.

    :param SQL employees: which rows of ``version`` (``hr_version``) it is about
    :param SQL start: the first day
    :param SQL end: the last day
    :returns: rows of ``employee_id, company_id, date, hours, hours_absent``, to be
        summed; the hours are what is left of the working calendar
    """
    days = {"start": start, "end": end, "week": SQL(WEEK), "weekday": SQL(WEEKDAY)}
    leaves = SQL(LEAVES, start=start, end=end)
    return SQL(
        CAPACITY,
        versions=SQL(VERSIONS, employees=employees, start=start),
        shifts=SQL(SHIFTS),
        absences=SQL(ABSENCES, leaves=leaves),
        lost=SQL(LOST, **days),
        **days,
    )
