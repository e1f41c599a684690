"""The SQL of the ledger's verbs."""

RELEASE_WHOLE = """
    UPDATE project_billing_allocation
       SET state = 'released', release_cause = %(cause)s, credit_line_id = %(credit)s,
           release_uid = %(uid)s, release_date = %(now)s,
           write_uid = %(uid)s, write_date = %(now)s
     WHERE id IN %(ids)s
 RETURNING id, item_id, quantity
"""
RELEASE_PART = """
    WITH kept AS (
        UPDATE project_billing_allocation
           SET quantity = quantity - %(quantity)s,
               write_uid = %(uid)s, write_date = %(now)s
         WHERE id = %(id)s
     RETURNING *)
    INSERT INTO project_billing_allocation (
           item_id, line_id, request_id, quantity, action, state, release_cause,
           credit_line_id, release_uid, release_date,
           create_uid, create_date, write_uid, write_date)
    SELECT item_id, line_id, request_id, %(quantity)s, action, 'released', %(cause)s,
           %(credit)s, %(uid)s, %(now)s,
           create_uid, create_date, write_uid, write_date
      FROM kept
 RETURNING id, item_id, quantity
"""
#: Time that is in use in increments, and how much of it is work.
TIMED = """(item.kind = 'time' AND item.unit = 'minute'
            AND item.is_adjustment IS NOT TRUE
            AND coalesce(item.quantity_whole, item.quantity) > 0)"""
#: What was rounded together: the entry, the person's day or the line.
TOGETHER = """CASE rule.increment_scope
                WHEN 'line' THEN 'line'
                WHEN 'person_day' THEN concat(item.employee_id, '/', item.date)
                ELSE item.analytic_line_id::varchar END"""
#: What a line of a credit note released, and nobody took back.
CREDITED_SLICES = f"""
    SELECT released.id, released.item_id, released.quantity, item.date,
           greatest(0, least(released.quantity,
                             coalesce(released.quantity_surplus, 0))) AS surplus,
           {TOGETHER} AS together
      FROM project_billing_allocation released
      JOIN project_billing_item item ON item.id = released.item_id
      JOIN project_billing_rule rule ON rule.id = item.rule_id
     WHERE released.credit_line_id = %(note)s AND released.state = 'released'
       AND released.release_cause = 'credited' AND released.reverted IS NOT TRUE
     ORDER BY item.date, item.id
"""
RETAKE_WHOLE = """
    UPDATE project_billing_allocation
       SET reverted = TRUE, taken_line_id = %(line)s, write_uid = %(uid)s
     WHERE id IN %(ids)s
 RETURNING item_id, line_id, request_id, quantity, action, reason,
           coalesce(quantity_surplus, 0)
"""
RETAKE_PART = """
    WITH part AS (
        -- the surplus of an increment stays free as long as it can
        SELECT id, coalesce(quantity_surplus, 0)
                   - greatest(0, least(coalesce(quantity_surplus, 0),
                                       quantity - %(quantity)s)) AS surplus
          FROM project_billing_allocation WHERE id = %(id)s),
    kept AS (
        UPDATE project_billing_allocation slice
           SET quantity = slice.quantity - %(quantity)s, write_uid = %(uid)s,
               quantity_surplus = slice.quantity_surplus - part.surplus
          FROM part WHERE slice.id = part.id
     RETURNING slice.*, part.surplus AS surplus)
    INSERT INTO project_billing_allocation (
           item_id, line_id, request_id, quantity, quantity_surplus, action, state,
           reason, release_cause, credit_line_id, release_uid, release_date, reverted,
           taken_line_id, create_uid, create_date, write_uid, write_date)
    SELECT item_id, line_id, request_id, %(quantity)s, surplus, action, state, reason,
           release_cause, credit_line_id, release_uid, release_date, TRUE,
           %(line)s, create_uid, create_date, %(uid)s, write_date
      FROM kept
 RETURNING item_id, line_id, request_id, quantity, action, reason,
           coalesce(quantity_surplus, 0)
"""
#: What the line of a reversal took back, and of which credit note.
RETAKEN = """
    SELECT id, line_id, item_id, quantity, credit_line_id
      FROM project_billing_allocation
     WHERE taken_line_id = %(line)s
     ORDER BY id
"""
#: Slices with the part that is the surplus of an increment.
SLICES = f"""
    SELECT allocation.line_id, allocation.id, allocation.item_id,
           allocation.quantity, item.date,
           CASE WHEN {TIMED} AND allocation.action = 'bill'
                THEN greatest(0, least(
                    allocation.quantity,
                    item.quantity - item.quantity_open - item.quantity_recorded))
                ELSE 0 END AS surplus,
           {TOGETHER} AS together
      FROM project_billing_allocation allocation
      JOIN project_billing_item item ON item.id = allocation.item_id
      JOIN project_billing_rule rule ON rule.id = item.rule_id
     WHERE allocation.line_id IN %(lines)s
       AND allocation.action = %(action)s AND allocation.state IN %(states)s
     ORDER BY item.date, item.id
"""
#: What a line drops of the work is not open as long as the line holds the rest.
STRETCH_ITEMS = """
    UPDATE project_billing_item item
       SET quantity = item.quantity + data.quantity,
           quantity_reserved = item.quantity_reserved + data.quantity,
           quantity_whole = coalesce(item.quantity_whole, item.quantity),
           quantity_dropped = greatest(0, least(
               item.quantity_recorded, coalesce(item.quantity_whole, item.quantity))
               - item.quantity - data.quantity)
      FROM (VALUES %s) AS data(item_id, quantity) WHERE item.id = data.item_id
"""
STRETCH_SLICES = """
    UPDATE project_billing_allocation slice
       SET quantity = slice.quantity + data.quantity, write_uid = data.uid
      FROM (VALUES %s) AS data(slice_id, quantity, uid) WHERE slice.id = data.slice_id
"""
#: The surplus of an increment comes back with the work; what a line dropped goes again.
#: ``data`` says of each item how much comes back, and how much of that is work.
RESTORE_SURPLUS = f"""
    UPDATE project_billing_item item
       SET quantity = greatest(item.quantity, now.used + data.quantity),
           quantity_open = greatest(item.quantity, now.used + data.quantity) - now.used,
           quantity_whole = coalesce(item.quantity_whole, item.quantity),
           quantity_dropped = greatest(0, least(
               item.quantity_recorded, coalesce(item.quantity_whole, item.quantity))
               - now.used - data.quantity - greatest(0, now.open - data.work))
      FROM (VALUES %s) AS data(item_id, quantity, work)
      JOIN (SELECT id, quantity - quantity_open AS used, quantity_open AS open
              FROM project_billing_item) now ON now.id = data.item_id
     WHERE item.id = data.item_id AND {TIMED}
       AND (data.quantity <> data.work OR data.quantity > now.open)
"""
NOTE_SURPLUS = """
    UPDATE project_billing_allocation slice SET quantity_surplus = data.surplus
      FROM (VALUES %s) AS data(slice_id, surplus) WHERE slice.id = data.slice_id
"""
#: What is wanted of an item and not open, in the item's own direction.
TAKEN_MEANWHILE = f"""
    SELECT item.name, item.date, request.name
      FROM (SELECT item_id, sum(quantity) AS quantity, sum(work) AS work
              FROM unnest(%(items)s, %(quantities)s::numeric[], %(works)s::numeric[])
                   AS data(item_id, quantity, work)
             GROUP BY item_id) AS wanted
      JOIN project_billing_item item ON item.id = wanted.item_id
      LEFT JOIN project_billing_allocation allocation
        ON allocation.item_id = item.id AND allocation.state <> 'released'
      LEFT JOIN project_billing_request request ON request.id = allocation.request_id
     WHERE NOT wanted.work BETWEEN least(item.quantity_open, 0)
                               AND greatest(item.quantity_open, 0)
       -- what was rounded comes back in any order, up to what it was rounded to
       AND NOT ({TIMED} AND item.quantity - item.quantity_open + wanted.quantity
                <= coalesce(item.quantity_whole, item.quantity))
     ORDER BY allocation.id DESC NULLS LAST LIMIT 1
"""
#: Of time that is in use nothing is open but recorded work: the surplus of an increment
#: goes with what is given back. Nothing makes an item larger here, so that PostgreSQL
#: refuses whatever would bill more than there is.
REFRESH = f"""
    WITH used AS (
        SELECT item.id, currency.rounding,
               coalesce(sum(a.quantity) FILTER (
                   WHERE a.action = 'bill' AND a.state = 'reserved'), 0)
                   AS reserved,
               coalesce(sum(a.quantity) FILTER (
                   WHERE a.action = 'bill' AND a.state = 'billed'), 0)
                   AS billed,
               coalesce(sum(a.quantity) FILTER (
                   WHERE a.action = 'write_off'), 0)
                   AS written_off,
               coalesce(sum(a.quantity), 0) AS total
          FROM project_billing_item item
          JOIN res_currency currency ON currency.id = item.currency_id
          LEFT JOIN project_billing_allocation a
            ON a.item_id = item.id AND a.state <> 'released'
         WHERE item.id = ANY(%(ids)s)
         GROUP BY item.id, currency.rounding),
    total AS (
        SELECT used.*, item.quantity_open AS open_before, whole.quantity AS whole,
               CASE WHEN used.total = 0 THEN whole.quantity
                    WHEN NOT {TIMED} THEN item.quantity
                    ELSE least(item.quantity, greatest(
                        used.total,
                        least(coalesce(item.quantity_recorded, whole.quantity),
                              whole.quantity)
                        - coalesce(item.quantity_dropped, 0)))
                    END AS quantity
          FROM used
          JOIN project_billing_item item ON item.id = used.id
         CROSS JOIN LATERAL (
             SELECT coalesce(item.quantity_whole, item.quantity) AS quantity) whole)
    UPDATE project_billing_item item
       SET quantity = total.quantity,
           quantity_whole = CASE WHEN total.quantity <> total.whole
                                 THEN total.whole END,
           quantity_dropped = CASE WHEN total.total <> 0 THEN quantity_dropped END,
           quantity_reserved = total.reserved,
           quantity_billed = total.billed,
           quantity_written_off = total.written_off,
           quantity_open = total.quantity - total.total,
           amount = CASE WHEN total.quantity = item.quantity
                              AND item.quantity_whole IS NULL THEN item.amount
                         ELSE {{worth_of_all}} END,
           amount_open = {{worth_of_open}},
           state = CASE
               WHEN total.total = 0 THEN 'open'
               WHEN total.written_off = total.quantity THEN 'written_off'
               WHEN total.billed + total.written_off = total.quantity
                   THEN 'billed'
               WHEN total.total = total.quantity THEN 'reserved'
               ELSE 'partial' END,
           write_date = %(now)s
      FROM total WHERE total.id = item.id
 RETURNING item.id, item.quantity_open - total.open_before
"""
#: What a quantity of an item comes to, rounded as its currency is.
WORTH = """round(
               %s * coalesce(item.price_unit, 0)
               * (1 - coalesce(item.discount, 0) / 100)
               / CASE item.unit WHEN 'minute' THEN 60 ELSE 1 END
               / total.rounding) * total.rounding"""
REFRESH = REFRESH.format(
    worth_of_all=WORTH % "total.quantity",
    worth_of_open=WORTH % "(total.quantity - total.total)",
)
