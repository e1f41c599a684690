"""Queries of integrity checks: project, price, amount and source of items."""

from .time_sql import minutes_of, units_of

#: What a quantity of an item comes to, in steps of its currency.
WORTH = """round(
    {0} * coalesce(item.price_unit, 0)::numeric
    * (1 - coalesce(item.discount, 0)::numeric / 100)
    / CASE item.unit WHEN 'minute' THEN 60 ELSE 1 END
    / currency.rounding::numeric) * currency.rounding::numeric"""
#: The price of a line for that of its items: days are longer than hours.
ON_LINE = """CASE WHEN line.unit = 'minute' AND coalesce(line.day_minutes, 0) <> 0
    THEN round(item.price_unit::numeric * line.day_minutes::numeric / 60, 4)
    ELSE item.price_unit::numeric END"""

#: Lines with another price, discount, project or company than the work behind them.
LINE_PRICES = f"""
    SELECT DISTINCT line.request_id AS res_id, request.company_id,
           concat(line.name, ': ', round(line.price_unit::numeric, 6), ' − ',
                  trim_scale(coalesce(line.discount, 0)::numeric)) AS found,
           concat(round({ON_LINE}, 6), ' − ',
                  trim_scale(coalesce(item.discount, 0)::numeric)) AS expected
      FROM project_billing_allocation slice
      JOIN project_billing_item item ON item.id = slice.item_id
      JOIN project_billing_line line ON line.id = slice.line_id
      JOIN project_billing_request request ON request.id = line.request_id
      JOIN res_currency currency ON currency.id = item.currency_id
     WHERE slice.state <> 'released' AND slice.action = 'bill'
       AND line.adjusts IS NOT TRUE AND item.is_adjustment IS NOT TRUE
       AND line.unit = item.unit AND line.unit IN ('minute', 'unit')
       -- parts of one thing sum to the whole: the last takes some coins more or less
       AND (abs(line.price_unit::numeric - {ON_LINE}) > 0.000001
            + CASE WHEN line.unit = 'unit' AND slice.quantity <> item.quantity
                   THEN 10 * currency.rounding::numeric
                        / greatest(abs(slice.quantity), 0.000001) ELSE 0 END
            OR abs(coalesce(line.discount, 0)::numeric
                   - coalesce(item.discount, 0)::numeric) > 0.000001)
"""
#: Work of another project than its rule, its request or its entry.
PROJECTS = """
    SELECT item.id AS res_id, item.company_id,
           coalesce(own.name ->> 'en_US', '–') AS found,
           coalesce(right_one.name ->> 'en_US', '–') AS expected
      FROM (SELECT item.id, item.company_id, item.project_id,
                   coalesce(
                       CASE WHEN request.project_id <> item.project_id
                            THEN request.project_id END,
                       CASE WHEN rule.project_id <> item.project_id
                            THEN rule.project_id END) AS other_id
              FROM project_billing_item item
              JOIN project_billing_rule rule ON rule.id = item.rule_id
              LEFT JOIN project_billing_allocation slice
                ON slice.item_id = item.id AND slice.state <> 'released'
              LEFT JOIN project_billing_request request
                ON request.id = slice.request_id
             WHERE request.project_id <> item.project_id
                OR rule.project_id <> item.project_id) item
      LEFT JOIN project_project own ON own.id = item.project_id
      LEFT JOIN project_project right_one ON right_one.id = item.other_id
     GROUP BY item.id, item.company_id, own.name, right_one.name
"""
#: Lines and steps that keep another project or company than their request.
KEPT_PROJECTS = """
    SELECT request.id AS res_id, request.company_id,
           min(coalesce(own.name ->> 'en_US', '–')) AS found,
           min(right_one.name ->> 'en_US') AS expected
      FROM (SELECT request_id, project_id, company_id FROM project_billing_line
             UNION ALL
            SELECT request_id, project_id, company_id FROM project_billing_approval
           ) part
      JOIN project_billing_request request ON request.id = part.request_id
      JOIN project_project right_one ON right_one.id = request.project_id
      LEFT JOIN project_project own ON own.id = part.project_id
     WHERE part.project_id IS DISTINCT FROM request.project_id
        OR part.company_id IS DISTINCT FROM request.company_id
     GROUP BY request.id
"""
#: Items that are worth something else than their quantity at their price.
AMOUNTS = f"""
    SELECT item.id AS res_id, item.company_id,
           concat_ws(' / ', trim_scale(item.amount), trim_scale(item.amount_open))
               AS found,
           concat_ws(' / ', trim_scale({WORTH.format("item.quantity")}),
                     trim_scale({WORTH.format("item.quantity_open")})) AS expected
      FROM project_billing_item item
      JOIN res_currency currency ON currency.id = item.currency_id
     WHERE item.unit IN ('minute', 'unit') AND item.is_adjustment IS NOT TRUE
       AND (abs(item.amount - {WORTH.format("item.quantity")})
            > currency.rounding::numeric / 2
            OR abs(item.amount_open - {WORTH.format("item.quantity_open")})
            > currency.rounding::numeric / 2)
"""
#: Time at another price than what it was computed from, as far as that is kept.
PRICES = """
    SELECT item.id AS res_id, item.company_id,
           concat(round(item.price_unit::numeric, 6), ' − ',
                  trim_scale(coalesce(item.discount, 0)::numeric)) AS found,
           concat(round(item.price, 6), ' − ', trim_scale(item.price_discount))
               AS expected
      FROM (SELECT item.id, item.company_id, item.price_unit, item.discount,
                   coalesce(item.pricing ->> 'tier_price',
                            item.pricing ->> 'hourly')::numeric
                   * (item.pricing ->> 'multiplier')::numeric AS price,
                   (item.pricing ->> 'discount')::numeric AS price_discount
              FROM project_billing_item item
             WHERE item.kind = 'time' AND item.is_adjustment IS NOT TRUE
               AND item.pricing ? 'hourly' AND item.pricing ? 'multiplier'
               AND NOT item.pricing ? 'agreed' AND NOT item.pricing ? 'volume'
           ) item
     WHERE abs(item.price_unit::numeric - item.price) > 0.000001
        OR abs(coalesce(item.discount, 0)::numeric - item.price_discount) > 0.000001
"""
#: Entries of which an item says another day, text, task or person; by whether
#: anything of them is in use (``{used}``).
ENTRIES = f"""
    SELECT item.id AS res_id, item.company_id,
           concat_ws(', ', CASE WHEN item.date IS DISTINCT FROM line.date
                                THEN coalesce(line.date::text, '–') END,
                     CASE WHEN ({{text}}) THEN left(line.name, 60) END,
                     CASE WHEN item.task_id IS DISTINCT FROM line.task_id
                          THEN coalesce(task.name, '–') END,
                     CASE WHEN item.employee_id IS DISTINCT FROM line.employee_id
                          THEN coalesce(person.name, '–') END,
                     {{hours_found}}) AS found,
           concat_ws(', ', CASE WHEN item.date IS DISTINCT FROM line.date
                                THEN coalesce(item.date::text, '–') END,
                     CASE WHEN ({{text}}) THEN left(item.name, 60) END,
                     CASE WHEN item.task_id IS DISTINCT FROM line.task_id
                          THEN coalesce(own_task.name, '–') END,
                     CASE WHEN item.employee_id IS DISTINCT FROM line.employee_id
                          THEN coalesce(own_person.name, '–') END,
                     {{hours_expected}}) AS expected
      FROM (SELECT item.id, item.company_id, item.analytic_line_id, item.date,
                   item.name, item.task_id, item.employee_id, item.part,
                   bool_or(item.quantity_open <> item.quantity) OVER source AS used,
                   sum(item.quantity_recorded) OVER source AS recorded,
                   row_number() OVER (source ORDER BY item.part) AS position
              FROM project_billing_item item
              JOIN project_billing_rule rule ON rule.id = item.rule_id
             WHERE item.kind = 'time' AND item.is_adjustment IS NOT TRUE
               AND item.analytic_line_id IS NOT NULL AND {{which}}
            WINDOW source AS (PARTITION BY item.analytic_line_id)) item
      JOIN account_analytic_line line ON line.id = item.analytic_line_id
      {units_of()}
      LEFT JOIN project_task task ON task.id = line.task_id
      LEFT JOIN project_task own_task ON own_task.id = item.task_id
      LEFT JOIN hr_employee person ON person.id = line.employee_id
      LEFT JOIN hr_employee own_person ON own_person.id = item.employee_id
     WHERE item.used = {{used}} AND (
           item.date IS DISTINCT FROM line.date
           OR item.task_id IS DISTINCT FROM line.task_id
           OR item.employee_id IS DISTINCT FROM line.employee_id
           OR ({{text}}) {{hours}})
"""
#: Texts as they are compared: white space apart, and as long as an item keeps them.
TEXT = """item.name IS DISTINCT FROM line.name AND
    left(regexp_replace(coalesce(nullif(item.name, '/'), ''), '\\s+', '', 'g'), 150)
    <> left(regexp_replace(coalesce(nullif(line.name, '/'), ''), '\\s+', '', 'g'), 150)
"""
BILLED_ENTRIES = ENTRIES.format(
    used="TRUE",
    which="TRUE",
    text=TEXT,
    hours="",
    hours_found="NULL",
    hours_expected="NULL",
)
_HOURS = f"item.position = 1 AND {minutes_of()} <> item.recorded"
OPEN_ENTRIES = ENTRIES.format(
    used="FALSE",
    which="rule.active",
    text=TEXT,
    hours=f"OR {_HOURS}",
    hours_found=f"CASE WHEN {_HOURS} THEN round({minutes_of()} / 60, 2) || ' h' END",
    hours_expected=f"CASE WHEN {_HOURS} THEN round(item.recorded / 60, 2) || ' h' END",
)
