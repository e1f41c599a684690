"""The ledger recomputed from raw tables, as an auditor with SQL would (I1, I2, I30)."""

#: Items whose counters are not the sum of their allocations, or do not balance.
UNBALANCED = """
    SELECT item.id
      FROM project_billing_item item
      LEFT JOIN project_billing_allocation a
        ON a.item_id = item.id AND a.state <> 'released'
     GROUP BY item.id
    HAVING item.quantity_reserved <> coalesce(sum(a.quantity)
               FILTER (WHERE a.action = 'bill' AND a.state = 'reserved'), 0)
        OR item.quantity_billed <> coalesce(sum(a.quantity)
               FILTER (WHERE a.action = 'bill' AND a.state = 'billed'), 0)
        OR item.quantity_written_off <> coalesce(sum(a.quantity)
               FILTER (WHERE a.action = 'write_off'), 0)
        OR item.quantity <> item.quantity_open + item.quantity_reserved
               + item.quantity_billed + item.quantity_written_off
"""
#: Time entries whose item does not count what was recorded, in whole increments up.
NOT_AS_RECORDED = """
    SELECT line.id
      FROM account_analytic_line line
      JOIN project_billing_rule rule
        ON rule.project_id = line.project_id AND rule.kind = 'time'
      LEFT JOIN project_billing_item item ON item.analytic_line_id = line.id
     CROSS JOIN LATERAL (
           SELECT round(line.unit_amount::numeric * 60, 6) AS recorded,
                  nullif(rule.increment_minutes, 0) AS step) AS x
     WHERE line.project_id = %(project)s
       AND coalesce(item.quantity_whole, item.quantity, 0) <> coalesce(
           sign(x.recorded) * ceil(abs(x.recorded) / x.step) * x.step, x.recorded)
"""
#: What invoice lines say, next to what the ledger holds for them. A credit note
#: counts where it gave work back, and its reversal the other way round; a draft or
#: posted invoice carries its line in full.
INVOICE_LINES = """
    SELECT line.id, line.unit, move.state, invoiced.quantity,
           coalesce((SELECT sum(allocation.quantity)
                       FROM project_billing_allocation allocation
                      WHERE allocation.line_id = line.id
                        AND allocation.action = 'bill'
                        AND allocation.state = CASE move.state
                            WHEN 'posted' THEN 'billed' ELSE 'reserved' END), 0),
           coalesce((SELECT sum(CASE note.move_type WHEN 'out_refund'
                                THEN credited.quantity ELSE -credited.quantity END)
                       FROM account_move_line credited
                       JOIN account_move note ON note.id = credited.move_id
                      WHERE credited.billing_origin_line_id = line.id
                        AND note.state = 'posted' AND move.state = 'posted'
                        AND EXISTS (
                            SELECT FROM project_billing_allocation given
                             WHERE given.credit_line_id = CASE note.move_type
                                   WHEN 'out_refund' THEN credited.id
                                   ELSE credited.billing_reversed_line_id END
                               AND (given.reverted IS NOT TRUE
                                    OR given.taken_line_id IS NOT NULL))), 0),
           (SELECT count(*) FROM account_move_line credited
             WHERE credited.billing_origin_line_id = line.id)
      FROM account_move_line invoiced
      JOIN project_billing_line line ON line.id = invoiced.billing_line_id
      JOIN account_move move ON move.id = invoiced.move_id
     WHERE move.move_type = 'out_invoice' AND line.project_id = %(project)s
"""
#: Minutes on invoices that no cancellation and no credit note took back, at most
#: what was recorded: the amounts of the whole project, documents only.
MINUTES_HELD_ELSEWHERE = """
    SELECT allocation.id
      FROM project_billing_allocation allocation
      JOIN project_billing_line line ON line.id = allocation.line_id
      JOIN project_billing_request request ON request.id = line.request_id
      LEFT JOIN account_move move ON move.id = request.invoice_id
     WHERE allocation.state <> 'released'
       AND (request.state = 'cancelled' OR move.state = 'cancel'
            OR allocation.request_id <> request.id
            OR (allocation.state = 'billed') <> (coalesce(move.state, '') = 'posted')
               AND allocation.action = 'bill')
"""


def complaints(env, project):
    """Return everything that the raw tables say is wrong; nothing if all is well."""
    env.flush_all()
    found = []
    for title, query in (
        ("counters", UNBALANCED),
        ("recorded time", NOT_AS_RECORDED),
        ("slices of dead documents", MINUTES_HELD_ELSEWHERE),
    ):
        env.cr.execute(query, {"project": project.id})
        found += [f"{title}: {row[0]}" for row in env.cr.fetchall()]
    env.cr.execute(INVOICE_LINES, {"project": project.id})
    for line_id, unit, state, quantity, held, credited, notes in env.cr.fetchall():
        minutes = 60 if unit == "minute" else 1
        sign = 1 if quantity >= 0 else -1
        expected = sign * max(sign * (float(quantity) - float(credited)), 0)
        if state == "cancel":
            expected = 0
        # each note is rounded to a hundredth of an hour of its own
        tolerance = 0.005 * (1 + notes) + 1e-6
        if abs(float(held) / minutes - expected) > tolerance:
            found.append(
                f"line {line_id} ({state}): {held} {unit} held, "
                f"{quantity} invoiced, {credited} credited"
            )
    return found
