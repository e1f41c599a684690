"""Who bills what, told from raw tables and documents alone (I1, I3, I30)."""

#: In use of a request: what an allocation says, not what any counter or mark does.
USED = """
    EXISTS (SELECT FROM project_billing_item own
              JOIN project_billing_allocation slice ON slice.item_id = own.id
             WHERE slice.state <> 'released' AND own.%(source)s = %(alias)s.id)
"""
USED_LINE = USED % {"source": "analytic_line_id", "alias": "line"}
USED_STEP = USED % {"source": "milestone_id", "alias": "step"}
#: Each entry has one owner: items for all of its minutes, or an order item, which
#: an invoice of that order may have been made for, or an order that was paid for it.
#: What a request used and an order had before they knew of each other keeps its order
#: item, and is ours.
ENTRIES = f"""
    SELECT line.id FROM account_analytic_line line
      LEFT JOIN account_move move
        ON move.id = line.timesheet_invoice_id AND move.state <> 'cancel'
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(item.quantity), 0) AS minutes
             FROM project_billing_item item
            WHERE item.analytic_line_id = line.id) ours
     WHERE line.project_id = %(project)s AND (
           {USED_LINE} AND (move.id IS NOT NULL
               OR line.so_line IS NOT NULL AND line.id <> ALL (%(past)s))
           OR CASE WHEN {USED_LINE}
                        OR line.so_line IS NULL AND line.id <> ALL (%(paid)s)
                           AND line.id <> ALL (%(outside)s)
                   THEN ours.minutes <> round(line.unit_amount::numeric * 60, 6)
                   -- before the first day: what was released is dropped when collected
                   WHEN line.so_line IS NULL AND line.id <> ALL (%(paid)s)
                   THEN ours.minutes NOT IN
                        (0, round(line.unit_amount::numeric * 60, 6))
                   ELSE ours.minutes <> 0 END
           OR {USED_LINE} <> coalesce(line.billing_held, FALSE))
"""
#: An order delivers the time that has its item, and none that a request uses.
DELIVERED = f"""
    SELECT sold.id, sold.qty_delivered, x.hours FROM sale_order_line sold
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(line.unit_amount), 0) AS hours
             FROM account_analytic_line line
            WHERE line.so_line = sold.id AND line.project_id IS NOT NULL
              AND NOT {USED_LINE}) x
     WHERE sold.qty_delivered_method = 'timesheet'
       AND sold.product_uom_id = %(hour)s
       AND abs(sold.qty_delivered - x.hours) > 0.0001
"""
#: A milestone has an item of ours, or an item of an order, which delivers it.
MILESTONES = f"""
    SELECT step.id FROM project_milestone step
      LEFT JOIN project_billing_item item ON item.milestone_id = step.id
     WHERE step.project_id = %(project)s AND (
           (item.id IS NULL) <> (step.sale_line_id IS NOT NULL
                                 OR step.id = ANY (%(paid_steps)s))
           OR {USED_STEP} <> coalesce(step.billing_held, FALSE))
"""
STEPS_DELIVERED = """
    SELECT sold.id FROM sale_order_line sold
     WHERE sold.qty_delivered_method = 'milestones'
       AND abs(sold.qty_delivered - sold.product_uom_qty * (
           SELECT coalesce(sum(step.quantity_percentage), 0)
             FROM project_milestone step
            WHERE step.sale_line_id = sold.id AND step.is_reached)) > 0.0001
"""
#: Hours on documents that stand, of both billers, less what was credited, are never
#: more than the hours that were logged.
DOCUMENTS = """
    SELECT coalesce(sum(line.quantity * CASE move.move_type
               WHEN 'out_refund' THEN -1 ELSE 1 END), 0)
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
     WHERE line.product_id IN %(services)s AND line.display_type = 'product'
       AND (move.state = 'posted'
            OR move.state = 'draft' AND move.move_type = 'out_invoice')
"""
LOGGED = """
    SELECT coalesce(sum(unit_amount), 0) FROM account_analytic_line
     WHERE project_id = %(project)s
"""


def complaints(env, project, services, past=(), history=None):
    """Return everything that is billed twice, or by nobody; nothing if all is well.

    :param past: ids of entries that both had before they knew of each other
    :param history: :class:`order_history.History` of what orders had
    """
    env.flush_all()
    names = {"project": project.id, "services": tuple(services.ids)}
    names["past"] = list(past)
    names["paid"], names["paid_steps"], names["outside"] = [], [], []
    names["hour"] = env.ref("uom.product_uom_hour").id
    found = []
    if history:
        names["outside"] = [row[0] for row in history.outside()]
        names["paid"] = history.paid_entries()
        names["paid_steps"] = history.paid_milestones()
        found += history.complaints()
    for title, query in (
        ("entries", ENTRIES),
        ("delivered", DELIVERED),
        ("milestones", MILESTONES),
        ("delivered steps", STEPS_DELIVERED),
    ):
        env.cr.execute(query, names)
        found += [f"{title}: {row}" for row in env.cr.fetchall()]
    env.cr.execute(DOCUMENTS, names)
    documents = env.cr.fetchone()[0]
    env.cr.execute(LOGGED, names)
    logged = env.cr.fetchone()[0]
    if float(documents) > float(logged) + 0.005:
        found.append(f"{documents} hours on documents of {logged} logged")
    return found
