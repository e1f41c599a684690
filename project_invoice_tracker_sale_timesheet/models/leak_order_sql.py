"""Queries of leaks of sales orders: work on an order that nobody bills.

Each row is of one project and order, with the columns of the other leaks. Its id is
that of a source, from which the order is found again. Amounts are at the price of the
order.
"""

from .former_sql import FORMER

#: The price of an hour of an order item, in the currency of the order.
HOUR_PRICE = """
    (sold.price_unit * (1 - sold.discount / 100)
     / coalesce(unit.factor / hour.factor, 1))::numeric
"""
_COLUMNS = """
    SELECT min(found.id)::bigint * 32 + {number}, '{code}', project.company_id,
           found.project_id, min(sale.currency_id), NULL::int, NULL::int, NULL::int,
           sale.name, NULL::varchar, NULL::numeric, count(*),
           sum(found.hours)::float8, round(sum(found.hours * found.price), 2),
           min(found.day)
"""
_PROJECT = """
      JOIN mine ON mine.project_id = found.project_id
      JOIN project_project project ON project.id = found.project_id AND project.active
      JOIN own ON own.company_id = project.company_id
      JOIN sale_order sale ON sale.id = found.order_id
     GROUP BY project.company_id, found.project_id, sale.id
"""
_COST_PROJECT = """
      JOIN project_project project ON project.account_id = found.account_id
       AND project.active
      JOIN mine ON mine.project_id = project.id
      JOIN own ON own.company_id = found.company_id
      JOIN res_company company ON company.id = found.company_id
      JOIN sale_order sale ON sale.id = found.order_id
"""
_SOLD = """
      JOIN sale_order_line sold ON sold.id = {alias}.order_line_id
      LEFT JOIN uom_uom unit ON unit.id = sold.product_uom_id
      JOIN uom_uom hour ON hour.id = %(hour)s
"""
CANCELLED = f"""
    {_COLUMNS.format(number=15, code="order_cancelled")}
      FROM (SELECT line.id, line.project_id, line.date AS day, loose.order_id,
                   loose.loose * coalesce(unit.factor / hour.factor, 1)::numeric
                       AS hours,
                   {HOUR_PRICE} AS price
              FROM (%(loose)s) loose
              JOIN account_analytic_line line ON line.id = loose.analytic_line_id
              {_SOLD.format(alias="loose")}
             WHERE loose.loose > 0) found
    {_PROJECT}
"""
PART = f"""
    {_COLUMNS.format(number=16, code="order_part")}
      FROM (SELECT line.id, line.project_id, line.date AS day, cover.order_id,
                   (cover.quantity - cover.covered)
                       * coalesce(unit.factor / hour.factor, 1)::numeric AS hours,
                   {HOUR_PRICE} AS price
              FROM (%(cover)s) cover
              JOIN account_analytic_line line ON line.id = cover.analytic_line_id
              {_SOLD.format(alias="cover")}
             WHERE cover.covered > 0 AND cover.covered < cover.quantity
               AND NOT cover.held) found
    {_PROJECT}
"""
#: Entries of projects that requests bill by time, which stand on an order that was
#: paid in advance: of another project, or given by the project to each new task.
TAKEN_ENTRIES = """
    SELECT line.id, line.project_id, line.date AS day, sold.order_id,
           (line.unit_amount * coalesce(entry.factor / hour.factor, 1))::numeric
               AS hours, 0::numeric AS price
      FROM (SELECT rule.project_id, min(rule.create_date) AS since
              FROM project_billing_rule rule
              JOIN mine ON mine.project_id = rule.project_id
             WHERE rule.kind = 'time' AND rule.active
             GROUP BY rule.project_id) rule
      JOIN project_project project ON project.id = rule.project_id
       AND project.billing_order_tasks = 'ask'
      JOIN account_analytic_line line ON line.project_id = rule.project_id
       AND line.so_line IS NOT NULL AND NOT coalesce(line.billing_held, FALSE)
      JOIN sale_order_line sold ON sold.id = line.so_line
      JOIN sale_order sale ON sale.id = sold.order_id AND sale.state = 'sale'
      JOIN product_product product ON product.id = sold.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
       AND template.invoice_policy = 'order'
      JOIN project_task task ON task.id = line.task_id
       AND task.sale_line_id = line.so_line
      JOIN uom_uom hour ON hour.id = %(hour)s
      LEFT JOIN uom_uom entry ON entry.id = line.product_uom_id
      LEFT JOIN sale_order_line own ON own.id = project.sale_line_id
     WHERE NOT EXISTS (SELECT FROM project_sale_line_employee_map map
                        WHERE map.project_id = project.id
                          AND map.sale_line_id = sold.id)
       AND CASE WHEN own.order_id = sold.order_id OR sold.project_id = project.id
                     OR sale.project_id = project.id
                THEN sold.id = project.sale_line_id AND task.create_date >= rule.since
                ELSE TRUE END
"""
TAKEN = f"""
    {_COLUMNS.format(number=17, code="order_taken")}
      FROM ({TAKEN_ENTRIES}) found
    {_PROJECT}
"""
#: The latest hours on an order item that was sold by the hour in advance.
OVER = f"""
    {_COLUMNS.format(number=18, code="order_over")}
      FROM (SELECT queued.id, queued.project_id, queued.day, queued.order_id,
                   queued.price, least(queued.hours, queued.upto - queued.sold)
                       AS hours
              FROM (SELECT line.id, line.project_id, line.date AS day, sold.order_id,
                           {HOUR_PRICE} AS price,
                           (line.unit_amount * coalesce(entry.factor / hour.factor, 1)
                               )::numeric AS hours,
                           (sold.product_uom_qty * unit.factor / hour.factor)::numeric
                               AS sold,
                           sum(line.unit_amount
                               * coalesce(entry.factor / hour.factor, 1)) OVER (
                               PARTITION BY sold.id ORDER BY line.date, line.id
                               )::numeric AS upto
                      FROM sale_order_line sold
                      JOIN sale_order sale ON sale.id = sold.order_id
                       AND sale.state = 'sale'
                      JOIN product_product product ON product.id = sold.product_id
                      JOIN product_template template
                        ON template.id = product.product_tmpl_id
                       AND template.invoice_policy = 'order'
                      JOIN uom_uom unit ON unit.id = sold.product_uom_id
                      JOIN uom_uom hour ON hour.id = %(hour)s
                       AND split_part(hour.parent_path, '/', 1)
                           = split_part(unit.parent_path, '/', 1)
                      JOIN account_analytic_line line ON line.so_line = sold.id
                       AND line.project_id IS NOT NULL
                       AND NOT coalesce(line.billing_held, FALSE)
                      LEFT JOIN uom_uom entry ON entry.id = line.product_uom_id
                     WHERE sold.qty_delivered_method = 'timesheet'
                       AND sold.qty_delivered > sold.product_uom_qty) queued
             WHERE queued.upto > queued.sold) found
      JOIN (SELECT DISTINCT rule.project_id FROM project_billing_rule rule
             WHERE rule.kind = 'time' AND rule.active) timed
        ON timed.project_id = found.project_id
    {_PROJECT}
"""
#: Milestones on orders that do not stand, and those that left one and have no price
#: here.
ORDER_MILESTONES = """
    SELECT milestone.id::bigint * 32 + 20, 'order_milestone', project.company_id,
           milestone.project_id, sale.currency_id, NULL::int, milestone.id, NULL::int,
           milestone.name, sale.name, NULL::numeric, 1::bigint, 0.0::float8,
           round((found.rest * sold.price_unit
               * (1 - sold.discount / 100))::numeric, 2),
           coalesce(milestone.reached_date, milestone.create_date::date)
      FROM (SELECT loose.milestone_id, loose.order_line_id, loose.loose AS rest
              FROM (%(loose)s) loose
             WHERE loose.milestone_id IS NOT NULL AND loose.loose > 0
             UNION ALL
            SELECT cover.milestone_id, max(cover.order_line_id),
                   max(cover.quantity - cover.covered)
              FROM (%(cover)s) cover
             WHERE cover.milestone_id IS NOT NULL AND NOT cover.held
               AND cover.covered < cover.quantity
               AND NOT EXISTS (SELECT FROM project_billing_item item
                                WHERE item.milestone_id = cover.milestone_id)
             GROUP BY cover.milestone_id) found
      JOIN project_milestone milestone ON milestone.id = found.milestone_id
       AND milestone.is_reached
      JOIN sale_order_line sold ON sold.id = found.order_line_id
      JOIN sale_order sale ON sale.id = sold.order_id
      JOIN mine ON mine.project_id = milestone.project_id
      JOIN project_project project
        ON project.id = milestone.project_id AND project.active
      JOIN own ON own.company_id = project.company_id
"""
#: Lines of bills that stand on an order that is not confirmed or bills none of it.
BILLS = """
    SELECT line.id, account.id::int AS account_id, line.company_id, sold.order_id,
           coalesce(move.invoice_date, line.date) AS day,
           line.balance * share.value::numeric / 100 AS amount
      FROM (SELECT DISTINCT entry.move_line_id, entry.so_line
              FROM account_analytic_line entry
              JOIN sale_order_line sold ON sold.id = entry.so_line
              JOIN sale_order sale ON sale.id = sold.order_id
             WHERE entry.move_line_id IS NOT NULL
               AND (sale.state <> 'sale' OR sold.qty_to_invoice = 0)
               AND sold.qty_invoiced = 0) entry
      JOIN sale_order_line sold ON sold.id = entry.so_line
      JOIN account_move_line line ON line.id = entry.move_line_id
       AND line.parent_state = 'posted' AND line.balance <> 0
       -- expenses have a leak of their own
       AND to_jsonb(line) ->> 'expense_id' IS NULL
      JOIN account_move move ON move.id = line.move_id
       AND move.move_type IN ('in_invoice', 'in_refund', 'in_receipt')
     CROSS JOIN LATERAL jsonb_each_text(line.analytic_distribution) AS share
     CROSS JOIN LATERAL unnest(string_to_array(share.key, ',')) AS account(id)
"""
COSTS = f"""
    SELECT min(found.id)::bigint * 32 + 19, 'order_cost', found.company_id, project.id,
           company.currency_id, NULL::int, NULL::int, NULL::int, sale.name,
           NULL::varchar, NULL::numeric, count(*), 0.0::float8, sum(found.amount),
           min(found.day)
      FROM ({BILLS}) found
      {_COST_PROJECT}
     GROUP BY found.company_id, project.id, company.currency_id, sale.id
"""
#: Costs that an order was paid for, and that are higher since: posted again, when the
#: order had no item for them any more. A higher price of the item pays for that.
GROWN_COSTS = """
    SELECT line.id, cover.order_id, line.company_id,
           coalesce(move.invoice_date, line.date) AS day,
           share.account_id, share.part * (now.amount - greatest(cover.amount,
               CASE WHEN sale.currency_id = line.company_currency_id
                    THEN cover.quantity * (sold.price_unit
                         * (1 - sold.discount / 100))::numeric END)) AS amount
      FROM (%(cover)s) cover
      JOIN sale_order_line sold ON sold.id = cover.order_line_id
      JOIN sale_order sale ON sale.id = sold.order_id
      JOIN account_move_line line ON line.parent_state = 'posted'
       AND (line.id = cover.move_line_id OR %(of_expense)s)
      JOIN account_move move ON move.id = line.move_id
     CROSS JOIN LATERAL (SELECT -sum(entry.amount) AS amount
                           FROM account_analytic_line entry
                          WHERE entry.move_line_id = line.id) now
     CROSS JOIN LATERAL (
           SELECT account.id::int AS account_id,
                  each.value::numeric / sum(each.value::numeric) OVER () AS part
             FROM jsonb_each_text(line.analytic_distribution) AS each
            CROSS JOIN LATERAL unnest(string_to_array(each.key, ',')) AS account(id)
            WHERE each.value::numeric > 0) share
     WHERE cover.covered > 0 AND NOT cover.held
"""
#: The line of an expense in the entry that it has now.
OF_EXPENSE = """
    line.expense_id = cover.expense_id AND line.display_type = 'product'
    AND line.move_id = (SELECT expense.account_move_id FROM hr_expense expense
                         WHERE expense.id = cover.expense_id)
"""
GROWN = f"""
    SELECT min(found.id)::bigint * 32 + 25, 'order_grown', found.company_id, project.id,
           company.currency_id, NULL::int, NULL::int, NULL::int, sale.name,
           NULL::varchar, NULL::numeric, count(*), 0.0::float8,
           round(sum(found.amount), 2), min(found.day)
      FROM ({GROWN_COSTS}) found
      {_COST_PROJECT}
     WHERE found.amount > 0.005
     GROUP BY found.company_id, project.id, company.currency_id, sale.id
"""
#: Paid in advance on an order that has nobody working on it any more: no project,
#: task, map or milestone has one of its items, and what it has delivered is less.
DOWN_PAYMENTS = f"""
    SELECT sale.id::bigint * 32 + 21, 'down_payment', sale.company_id, owner.project_id,
           sale.currency_id, NULL::int, NULL::int, NULL::int, sale.name,
           NULL::varchar, NULL::numeric, 1::bigint, 0.0::float8,
           round(paid.amount - open.amount, 2), paid.day
      FROM (SELECT item.order_id, min(move.invoice_date) AS day,
                   sum(CASE WHEN move.move_type = 'out_refund'
                            THEN -line.price_subtotal ELSE line.price_subtotal END)
                       AS amount
              FROM sale_order_line item
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = item.id
              JOIN account_move_line line ON line.id = rel.invoice_line_id
              JOIN account_move move ON move.id = line.move_id
               AND move.state = 'posted'
             WHERE item.is_downpayment AND item.display_type IS NULL
             GROUP BY item.order_id) paid
      JOIN sale_order sale ON sale.id = paid.order_id
      JOIN own ON own.company_id = sale.company_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(item.qty_to_invoice * item.price_unit
                               * (1 - item.discount / 100)), 0)::numeric AS amount
             FROM sale_order_line item
            WHERE item.order_id = sale.id AND item.qty_to_invoice > 0
              AND NOT coalesce(item.is_downpayment, FALSE)) AS open
     CROSS JOIN LATERAL (
           SELECT min(found.project_id) AS project_id
             FROM (SELECT sale.project_id
                    UNION
                   SELECT item.project_id FROM sale_order_line item
                    WHERE item.order_id = sale.id
                    UNION
                   SELECT line.project_id FROM sale_order_line item
                     JOIN account_analytic_line line ON line.so_line = item.id
                    WHERE item.order_id = sale.id
                    UNION
                   SELECT coalesce(line.project_id, milestone.project_id)
                     FROM sale_order_line item
                     JOIN {FORMER} former ON former.order_line_id = item.id
                     LEFT JOIN account_analytic_line line
                       ON line.id = former.analytic_line_id
                     LEFT JOIN project_milestone milestone
                       ON milestone.id = former.milestone_id
                    WHERE item.order_id = sale.id) found
             JOIN mine ON mine.project_id = found.project_id) AS owner
      JOIN project_project project ON project.id = owner.project_id AND project.active
     WHERE paid.amount > open.amount + 0.005
       AND NOT EXISTS (
           SELECT FROM sale_order_line item
            WHERE item.order_id = sale.id AND sale.state = 'sale' AND (
                  EXISTS (SELECT FROM project_task task
                           WHERE task.sale_line_id = item.id AND task.active)
                  OR EXISTS (SELECT FROM project_project sold
                              WHERE sold.sale_line_id = item.id AND sold.active)
                  OR EXISTS (SELECT FROM project_sale_line_employee_map map
                              WHERE map.sale_line_id = item.id)
                  OR EXISTS (SELECT FROM project_milestone milestone
                              WHERE milestone.sale_line_id = item.id)))
"""
#: Projects that orders billed, or had work of.
BILLED = f"""
    SELECT line.project_id FROM {FORMER} former
      JOIN account_analytic_line line ON line.id = former.analytic_line_id
      JOIN mine ON mine.project_id = line.project_id
     GROUP BY line.project_id
     UNION
    SELECT sold.project_id
      FROM (SELECT project.id AS project_id, item.id
              FROM project_project project
              JOIN sale_order_line own ON own.id = project.sale_line_id
              JOIN sale_order_line item ON item.order_id = own.order_id
             UNION ALL
            SELECT item.project_id, item.id FROM sale_order_line item
             WHERE item.project_id IS NOT NULL) sold
      JOIN mine ON mine.project_id = sold.project_id
     WHERE EXISTS (SELECT FROM sale_order_line_invoice_rel rel
                    WHERE rel.order_line_id = sold.id)
     GROUP BY sold.project_id
     UNION
    SELECT handover.project_id FROM project_billing_handover handover
      JOIN mine ON mine.project_id = handover.project_id
"""
