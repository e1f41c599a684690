"""Queries of what sales orders have of one project, for a hand-over."""

from .claim_sql import INVOICED_BY_ORDER
from .former_sql import UNPAID

#: Order items that anything of a project stands on.
ITEMS = """
    (SELECT line.so_line FROM account_analytic_line line
      WHERE line.project_id = %(project)s AND line.so_line IS NOT NULL
      UNION
     SELECT task.sale_line_id FROM project_task task
      WHERE task.project_id = %(project)s AND task.sale_line_id IS NOT NULL
      UNION
     SELECT step.sale_line_id FROM project_milestone step
      WHERE step.project_id = %(project)s AND step.sale_line_id IS NOT NULL
      UNION
     SELECT map.sale_line_id FROM project_sale_line_employee_map map
      WHERE map.project_id = %(project)s AND map.sale_line_id IS NOT NULL
      UNION
     SELECT project.sale_line_id FROM project_project project
      WHERE project.id = %(project)s AND project.sale_line_id IS NOT NULL)
"""
#: Orders of a project: of its items, and those that were made for it.
ORDERS = f"""
    SELECT sold.order_id FROM sale_order_line sold WHERE sold.id IN {ITEMS}
     UNION
    SELECT sale.id FROM sale_order sale WHERE sale.project_id = %(project)s
     UNION
    SELECT sold.order_id FROM sale_order_line sold WHERE sold.project_id = %(project)s
"""
#: Time on orders that no request holds. ``paid``: an invoice of the order stands for
#: some of it, or it is included in what is invoiced as a whole.
ENTRIES = f"""
    SELECT line.id, line.so_line, sold.order_id, line.date,
           (line.unit_amount * coalesce(unit.factor / hour.factor, 1))::float8,
           coalesce(unpaid.loose < unpaid.quantity, FALSE) OR {INVOICED_BY_ORDER},
           coalesce(line.is_so_line_edited, FALSE)
      FROM account_analytic_line line
      JOIN sale_order_line sold ON sold.id = line.so_line
      JOIN uom_uom hour ON hour.id = %(hour)s
      LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
      LEFT JOIN ({UNPAID.replace("%(items)s", ITEMS)}) unpaid
        ON unpaid.analytic_line_id = line.id
     WHERE line.project_id = %(project)s AND NOT coalesce(line.billing_held, FALSE)
     ORDER BY line.date, line.id
"""
#: Milestones on orders that no request holds.
MILESTONES = f"""
    SELECT step.id, step.sale_line_id, sold.order_id, step.is_reached,
           step.reached_date,
           step.is_reached AND coalesce(unpaid.loose < unpaid.quantity, FALSE),
           (coalesce(step.quantity_percentage, 0) * sold.product_uom_qty::float8
            * sold.price_unit * (1 - coalesce(sold.discount, 0) / 100))::float8
      FROM project_milestone step
      JOIN sale_order_line sold ON sold.id = step.sale_line_id
      LEFT JOIN ({UNPAID.replace("%(items)s", ITEMS)}) unpaid
        ON unpaid.milestone_id = step.id
     WHERE step.project_id = %(project)s AND NOT coalesce(step.billing_held, FALSE)
     ORDER BY step.sequence, step.id
"""
#: Down payments of orders that are posted and not deducted, by order.
DOWN_PAYMENTS = """
    SELECT item.order_id,
           sum(CASE WHEN move.move_type = 'out_refund'
                    THEN -line.price_subtotal ELSE line.price_subtotal END)::float8
      FROM sale_order_line item
      JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = item.id
      JOIN account_move_line line ON line.id = rel.invoice_line_id
      JOIN account_move move ON move.id = line.move_id
     WHERE item.order_id IN %(orders)s AND item.is_downpayment
       AND item.display_type IS NULL
       AND (move.state = 'posted'
            OR move.state = 'draft' AND line.quantity < 0)
     GROUP BY item.order_id
"""
#: Time of a project that no order has and no request holds.
FREE_ENTRIES = """
    SELECT line.id, line.date, line.task_id, line.employee_id,
           (line.unit_amount * coalesce(unit.factor / hour.factor, 1))::float8,
           coalesce(line.is_so_line_edited, FALSE),
           EXISTS (SELECT FROM project_billing_item item
                    WHERE item.analytic_line_id = line.id)
      FROM account_analytic_line line
      JOIN uom_uom hour ON hour.id = %(hour)s
      LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
     WHERE line.project_id = %(project)s AND line.so_line IS NULL
       AND NOT coalesce(line.billing_held, FALSE)
       AND NOT (%(ordered)s)
     ORDER BY line.date, line.id
"""
#: What requests and invoices of ours took since a slice (``mark``), or included hours
#: cover: of what was handed over, and of everything from the day on.
HELD = """
    SELECT item.id FROM project_billing_item item
     WHERE item.project_id = %(project)s
       AND (item.date >= %(day)s OR item.milestone_id = ANY(%(milestones)s)
            OR item.rule_id = ANY(%(deposits)s))
       AND (EXISTS (SELECT FROM project_billing_allocation slice
                     WHERE slice.item_id = item.id AND slice.id > %(mark)s
                       AND slice.state <> 'released')
            OR item.quantity_covered <> 0)
     ORDER BY item.date, item.id
     LIMIT 1
"""
MARKS = """
    SELECT (SELECT coalesce(max(id), 0) FROM project_billing_allocation),
           (SELECT coalesce(max(id), 0) FROM account_move)
"""
#: The first day of what each rule bills.
FIRST_DAYS = """
    SELECT item.rule_id, min(item.date), max(item.date)
             FILTER (WHERE item.quantity_open = item.quantity)
      FROM project_billing_item item
     WHERE item.project_id = %(project)s AND item.rule_id IS NOT NULL
     GROUP BY item.rule_id
"""
