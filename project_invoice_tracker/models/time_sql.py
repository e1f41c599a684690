"""Queries that read time entries and compare them with their items."""

ENTRY_FIELDS = [
    "project_id",
    "task_id",
    "employee_id",
    "date",
    "unit_amount",
    "product_uom_id",
    "company_id",
    "name",
]
#: Minutes in the unit (``uom``) that a time entry is kept in, when ``hour`` is that of
#: hours; both come with :func:`units_of`.
UNIT_MINUTES = """CASE WHEN uom.id <> hour.id THEN 60 * uom.factor / hour.factor
                    ELSE 60 END"""


def minutes_of(alias="line"):
    """Return the SQL of the exact minutes of a time entry, in any unit.

    Gives the same digits as :func:`billing.rounding.minutes_from_hours`: PostgreSQL
    reads 15 digits of a host float. The statement needs :func:`units_of` as well.

    :param str alias: of ``account_analytic_line``
    """
    return f"round({alias}.unit_amount::numeric * {UNIT_MINUTES}, 6)"


def hours_of(alias="line"):
    """Return the SQL of the hours as a float, for sums over a million entries."""
    return f"round({alias}.unit_amount * 1000000 * {UNIT_MINUTES}) / 60000000"


def units_of(alias="line"):
    """Return the joins that :func:`minutes_of` needs, with ``%(hour)s``."""
    return f"""JOIN uom_uom hour ON hour.id = %(hour)s
      LEFT JOIN uom_uom uom ON uom.id = {alias}.product_uom_id"""


ENTRIES = f"""
    SELECT line.id, line.name, line.project_id, line.task_id,
           line.employee_id, line.date,
           %(job)s AS job_id, %(tags)s AS tag_ids,
           {minutes_of()} AS minutes, %(ready)s AS ready, %(foreign)s AS is_foreign
      FROM account_analytic_line line
      {units_of()}
     WHERE line.project_id IN %(projects)s AND line.date >= %(start)s
       AND %(only)s AND (%(ours)s)
     ORDER BY line.date, line.id
"""
#: Tasks of projects that are for another customer than the project, with all that is
#: below them. Contacts of one company are one customer; without one, a task is for
#: the customer of its project.
FOREIGN_TASKS = """
    WITH RECURSIVE foreign_task AS (
        SELECT task.id, task.project_id
          FROM project_task task
          JOIN res_partner own ON own.id = task.partner_id
          JOIN project_project project ON project.id = task.project_id
          LEFT JOIN res_partner customer ON customer.id = project.partner_id
          LEFT JOIN res_partner payer ON payer.id = project.billing_partner_id
         WHERE task.project_id IN %(projects)s
           AND coalesce(customer.id, payer.id) IS NOT NULL
           AND own.commercial_partner_id
               IS DISTINCT FROM customer.commercial_partner_id
           AND own.commercial_partner_id IS DISTINCT FROM payer.commercial_partner_id
         UNION
        SELECT child.id, child.project_id
          FROM project_task child
          JOIN foreign_task ON foreign_task.id = child.parent_id
           AND foreign_task.project_id = child.project_id)
    SELECT id FROM foreign_task
"""
#: Entries of the same people and days, as the given ones are now and were before.
NEIGHBOURS = """
    WITH day AS (
        SELECT line.employee_id, line.date FROM account_analytic_line line
         WHERE line.id IN %(ids)s
         UNION
        SELECT item.employee_id, item.date FROM project_billing_item item
         WHERE item.analytic_line_id IN %(ids)s)
    SELECT line.id FROM account_analytic_line line
      JOIN day ON day.date = line.date AND day.employee_id = line.employee_id
     WHERE line.project_id IN %(projects)s
"""
#: Entries in use, which stay as they are as a whole.
HELD = """
    SELECT item.analytic_line_id, min(item.rule_id) AS rule_id,
           sum(item.quantity) AS charged,
           sum(item.quantity + coalesce(item.quantity_covered, 0)) AS minutes
      FROM project_billing_item item
     WHERE item.project_id IN %(projects)s AND item.kind = 'time'
       AND item.analytic_line_id IS NOT NULL
     GROUP BY item.analytic_line_id
    HAVING bool_or(item.quantity_open <> item.quantity)
"""
#: Entries that were moved to or from the projects, or differ from their items.
STALE_ENTRIES = f"""
    SELECT line.id
      FROM account_analytic_line line
      {units_of()}
      LEFT JOIN (SELECT project_id, min(date_start) AS date_start
                   FROM project_billing_rule
                  WHERE project_id IN %(projects)s AND kind = 'time' AND active
                  GROUP BY project_id) rule ON rule.project_id = line.project_id
      -- an entry in parts is looked at by the first, and summed when it is open
      LEFT JOIN project_billing_item item
        ON item.analytic_line_id = line.id AND item.part = 0
      LEFT JOIN project_billing_rule own ON own.id = item.rule_id
     WHERE (line.project_id IN %(projects)s OR item.project_id IN %(projects)s)
       AND (item.id IS NULL AND rule.date_start <= line.date AND (%(ours)s)
            OR item.quantity = item.quantity_open AND (
               NOT (%(ours)s)
               OR item.project_id IS DISTINCT FROM line.project_id
               OR item.date <> line.date
               OR (item.held_back IS TRUE) <>
                  (%(foreign)s AND own.bill_all_customers IS NOT TRUE)
               OR item.ready IS DISTINCT FROM (%(ready)s)
                  AND item.held_back IS NOT TRUE
               OR item.task_id IS DISTINCT FROM line.task_id
               OR item.employee_id IS DISTINCT FROM line.employee_id
               OR {minutes_of()} <> (
                  SELECT sum(quantity_recorded) FROM project_billing_item every
                   WHERE every.analytic_line_id = line.id
                  HAVING bool_and(every.quantity_open = every.quantity))
               -- what came back gets the price of today's rates
               OR EXISTS (SELECT FROM project_billing_allocation slice
                            JOIN project_billing_item every
                              ON every.id = slice.item_id
                           WHERE every.analytic_line_id = line.id)))
"""
