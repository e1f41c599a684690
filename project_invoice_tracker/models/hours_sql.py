"""The query behind utilization: hours recorded, hours billable and capacity.

Three kinds of rows, each read from an index alone: what was recorded, the part of it
that a billing rule took, and what people could have worked. Only sums of all three
are meant to be read, so nothing has to be joined entry by entry.
"""

from datetime import date, timedelta

from odoo.tools import SQL

from .report_sql import NO_VALUE
from .time_sql import hours_of, units_of

#: Hours as the ledger counts them; from a float of both, so that they cancel out.
HOURS = hours_of("entry")
ITEM_HOURS = "round(item.quantity_recorded::float8 * 1000000) / 60000000"

ENTRIES = f"""
    SELECT 4 * entry.id::bigint AS id, 'entry'::varchar AS kind, entry.employee_id,
           entry.project_id, entry.company_id, entry.date, %(people)s, %(projects)s,
           nullif(entry.name, '/')::varchar AS name,
           {HOURS} AS hours,
           CASE WHEN %(elsewhere)s THEN {HOURS} ELSE 0 END AS hours_billable,
           CASE WHEN project.partner_id IS NULL AND NOT %(elsewhere)s
                THEN {HOURS} ELSE 0 END AS hours_internal,
           CASE WHEN project.partner_id IS NULL OR %(elsewhere)s
                THEN 0 ELSE {HOURS} END AS hours_other,
           0::float8 AS hours_capacity, 0::float8 AS hours_absent
      FROM account_analytic_line entry
      JOIN project_project project ON project.id = entry.project_id
      JOIN hr_employee employee ON employee.id = entry.employee_id
      LEFT JOIN hr_version version ON version.id = employee.current_version_id
      {units_of("entry")}
     WHERE entry.project_id IS NOT NULL AND %(entries)s
"""
#: What a billing rule took of them, at whatever price; it is not internal then.
ITEMS = f"""
    SELECT 4 * item.id::bigint + 1, 'billable'::varchar, item.employee_id,
           item.project_id,
           -- what is billed for people of another company was recorded in theirs
           CASE WHEN project.company_id IS NULL THEN employee.company_id
                ELSE item.company_id END,
           item.date, %(people)s, %(projects)s,
           item.name::varchar,
           0::float8,
           {ITEM_HOURS},
           CASE WHEN project.partner_id IS NULL THEN -{ITEM_HOURS} ELSE 0 END,
           CASE WHEN project.partner_id IS NULL THEN 0 ELSE -{ITEM_HOURS} END,
           0::float8, 0::float8
      FROM project_billing_item item
      JOIN project_project project ON project.id = item.project_id
      JOIN hr_employee employee ON employee.id = item.employee_id
      LEFT JOIN hr_version version ON version.id = employee.current_version_id
     WHERE item.kind = 'time' AND %(items)s
"""
#: One row per person and day, and one more for the time off of that day.
CAPACITY = """
    SELECT 4 * (day.employee_id::bigint * 100000 + (day.date - DATE '2000-01-01'))
           + CASE WHEN day.hours_absent <> 0 THEN 3 ELSE 2 END,
           'capacity'::varchar, day.employee_id,
           NULL::integer, day.company_id, day.date, %(people)s,
           NULL::integer, NULL::integer, NULL::varchar,
           0::float8, 0::float8, 0::float8, 0::float8,
           day.hours::float8, day.hours_absent::float8
      FROM (%(capacity)s) day
      JOIN hr_employee employee ON employee.id = day.employee_id
      LEFT JOIN hr_version version ON version.id = employee.current_version_id
"""
PEOPLE = "version.department_id, version.job_id"
PROJECTS = "project.user_id, project.partner_id"
#: Shares have no meaning on a row; they are computed from sums.
ALL = """
    SELECT hours.*, %(none)s AS utilisation, %(none)s AS billable_share
      FROM (%(rows)s) hours
"""


#: The first day that capacity is counted from, in the ids of its rows.
FIRST_DAY = date(2000, 1, 1)


def statement(hour, capacity=None, named=None, elsewhere=None):
    """Return the query of all rows.

    :param int hour: id of the unit of measure that is an hour
    :param SQL capacity: rows as :func:`capacity_sql.capacity` returns them, one or
        two for each person and day; without it, there are hours only
    :param named: ids of the rows that are wanted, if only some are
    :param SQL elsewhere: which entries (alias ``entry``) are billed without an item
    """
    parts = {"people": SQL(PEOPLE), "projects": SQL(PROJECTS)}
    rows = [
        SQL(
            ENTRIES,
            hour=hour,
            elsewhere=elsewhere or SQL("FALSE"),
            entries=_only("entry", named, 0),
            **parts,
        ),
        SQL(ITEMS, items=_only("item", named, 1), **parts),
    ]
    if capacity:
        rows.append(SQL(CAPACITY, people=SQL(PEOPLE), capacity=capacity))
    return SQL(ALL, rows=SQL(" UNION ALL ").join(rows), none=SQL(NO_VALUE))


def _only(alias, named, rest):
    """Return the condition on the records of a table that make the wanted rows."""
    if named is None:
        return SQL("TRUE")
    ids = tuple(sorted(number // 4 for number in named if number % 4 == rest))
    return SQL("%s IN %s", SQL.identifier(alias, "id"), ids) if ids else SQL("FALSE")


def named_capacity(named):
    """Return ``(employee ids, first day, last day)`` of wanted capacity rows.

    None if no such row is wanted. The ids are those of :data:`CAPACITY`, decoded.
    """
    keys = [number // 4 for number in named if number % 4 in (2, 3)]
    if not keys:
        return None
    # days before the first one count backwards
    offsets = [(key + 50_000) % 100_000 - 50_000 for key in keys]
    pairs = zip(keys, offsets, strict=True)
    days = [FIRST_DAY + timedelta(days=offset) for offset in offsets]
    return tuple({(key - off) // 100_000 for key, off in pairs}), min(days), max(days)
