"""The statements that read time entries and compare them with their items."""

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
#: Time entries in hours, whatever unit they are kept in.
ENTRIES = """
    SELECT line.id, line.name, line.project_id, line.task_id,
           line.employee_id, line.date, line.company_id,
           %(job)s AS job_id, %(tags)s AS tag_ids,
           line.unit_amount * coalesce(uom.factor / hour.factor, 1) AS hours,
           %(ready)s AS ready
      FROM account_analytic_line line
      JOIN uom_uom hour ON hour.id = %(hour)s
      LEFT JOIN uom_uom uom ON uom.id = line.product_uom_id
     WHERE line.project_id IN %(projects)s AND line.date >= %(start)s
       AND %(only)s AND (%(ours)s)
     ORDER BY line.date, line.id
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
#: What is in use of entries: as a whole, it stays as it is.
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
#: Entries that came to or left the projects, or are no longer what their items say.
STALE_ENTRIES = """
    SELECT line.id
      FROM account_analytic_line line
      JOIN uom_uom hour ON hour.id = %(hour)s
      LEFT JOIN uom_uom uom ON uom.id = line.product_uom_id
      LEFT JOIN (SELECT project_id, min(date_start) AS date_start
                   FROM project_billing_rule
                  WHERE project_id IN %(projects)s AND kind = 'time' AND active
                  GROUP BY project_id) rule ON rule.project_id = line.project_id
      -- an entry in parts is looked at by the first, and summed when it is open
      LEFT JOIN project_billing_item item
        ON item.analytic_line_id = line.id AND item.part = 0
     WHERE (line.project_id IN %(projects)s OR item.project_id IN %(projects)s)
       AND (item.id IS NULL AND rule.date_start <= line.date AND (%(ours)s)
            OR item.quantity = item.quantity_open AND (
               NOT (%(ours)s)
               OR item.project_id IS DISTINCT FROM line.project_id
               OR item.date <> line.date
               OR item.ready IS DISTINCT FROM (%(ready)s)
               OR item.company_id <> line.company_id
               OR item.task_id IS DISTINCT FROM line.task_id
               OR item.employee_id IS DISTINCT FROM line.employee_id
               OR round((line.unit_amount * 60
                  * coalesce(uom.factor / hour.factor, 1))::numeric) <> (
                  SELECT sum(quantity_recorded) FROM project_billing_item every
                   WHERE every.analytic_line_id = line.id)
               -- what came back gets the price of today's rates
               OR EXISTS (SELECT FROM project_billing_allocation slice
                            JOIN project_billing_item every
                              ON every.id = slice.item_id
                           WHERE every.analytic_line_id = line.id)))
"""
