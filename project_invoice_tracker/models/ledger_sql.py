"""The statements of the ledger, apart from the verbs that run them."""

RELEASE_WHOLE = """
    UPDATE project_billing_allocation
       SET state = 'released', release_cause = %(cause)s, credit_line_id = %(credit)s,
           release_uid = %(uid)s, release_date = %(now)s,
           write_uid = %(uid)s, write_date = %(now)s
     WHERE id IN %(ids)s
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
"""
#: What a line of a credit note released, and nobody took back.
CREDITED_SLICES = """
    SELECT released.id, released.item_id, released.quantity, item.date
      FROM project_billing_allocation released
      JOIN project_billing_item item ON item.id = released.item_id
     WHERE released.credit_line_id = %(note)s AND released.state = 'released'
       AND released.release_cause = 'credited' AND released.reverted IS NOT TRUE
     ORDER BY item.date, item.id
"""
RETAKE_WHOLE = """
    UPDATE project_billing_allocation
       SET reverted = TRUE, taken_line_id = %(line)s, write_uid = %(uid)s
     WHERE id IN %(ids)s
 RETURNING item_id, line_id, request_id, quantity, action, reason
"""
RETAKE_PART = """
    WITH kept AS (
        UPDATE project_billing_allocation
           SET quantity = quantity - %(quantity)s, write_uid = %(uid)s
         WHERE id = %(id)s
     RETURNING *)
    INSERT INTO project_billing_allocation (
           item_id, line_id, request_id, quantity, action, state, reason,
           release_cause, credit_line_id, release_uid, release_date, reverted,
           taken_line_id, create_uid, create_date, write_uid, write_date)
    SELECT item_id, line_id, request_id, %(quantity)s, action, state, reason,
           release_cause, credit_line_id, release_uid, release_date, TRUE,
           %(line)s, create_uid, create_date, %(uid)s, write_date
      FROM kept
 RETURNING item_id, line_id, request_id, quantity, action, reason
"""
#: What the line of a reversal took back, and of which credit note.
RETAKEN = """
    SELECT id, line_id, item_id, quantity, credit_line_id
      FROM project_billing_allocation
     WHERE taken_line_id = %(line)s
     ORDER BY id
"""
SLICES = """
    SELECT allocation.line_id, allocation.id, allocation.item_id,
           allocation.quantity, item.date
      FROM project_billing_allocation allocation
      JOIN project_billing_item item ON item.id = allocation.item_id
     WHERE allocation.line_id IN %(lines)s
       AND allocation.action = %(action)s AND allocation.state IN %(states)s
     ORDER BY item.date, item.id
"""
STRETCH_ITEMS = """
    UPDATE project_billing_item item
       SET quantity = item.quantity + data.quantity,
           quantity_reserved = item.quantity_reserved + data.quantity
      FROM (VALUES %s) AS data(item_id, quantity) WHERE item.id = data.item_id
"""
STRETCH_SLICES = """
    UPDATE project_billing_allocation slice
       SET quantity = slice.quantity + data.quantity, write_uid = data.uid
      FROM (VALUES %s) AS data(slice_id, quantity, uid) WHERE slice.id = data.slice_id
"""
#: What is wanted of an item and not open, in the item's own direction.
TAKEN_MEANWHILE = """
    SELECT item.name, item.date, request.name
      FROM (SELECT item_id, sum(quantity) AS quantity
              FROM unnest(%(items)s, %(quantities)s::numeric[])
                   AS data(item_id, quantity)
             GROUP BY item_id) AS wanted
      JOIN project_billing_item item ON item.id = wanted.item_id
      LEFT JOIN project_billing_allocation allocation
        ON allocation.item_id = item.id AND allocation.state <> 'released'
      LEFT JOIN project_billing_request request ON request.id = allocation.request_id
     WHERE NOT wanted.quantity BETWEEN least(item.quantity_open, 0)
                                   AND greatest(item.quantity_open, 0)
     ORDER BY allocation.id DESC NULLS LAST LIMIT 1
"""
REFRESH = """
    WITH total AS (
        SELECT item.id, currency.rounding,
               coalesce(sum(a.quantity) FILTER (
                   WHERE a.action = 'bill' AND a.state = 'reserved'), 0)
                   AS reserved,
               coalesce(sum(a.quantity) FILTER (
                   WHERE a.action = 'bill' AND a.state = 'billed'), 0)
                   AS billed,
               coalesce(sum(a.quantity) FILTER (
                   WHERE a.action = 'write_off'), 0)
                   AS written_off
          FROM project_billing_item item
          JOIN res_currency currency ON currency.id = item.currency_id
          LEFT JOIN project_billing_allocation a
            ON a.item_id = item.id AND a.state <> 'released'
         WHERE item.id = ANY(%(ids)s)
         GROUP BY item.id, currency.rounding)
    UPDATE project_billing_item item
       SET quantity_reserved = total.reserved,
           quantity_billed = total.billed,
           quantity_written_off = total.written_off,
           quantity_open = item.quantity - total.reserved
                         - total.billed - total.written_off,
           amount_open = round(
               (item.quantity - total.reserved - total.billed
                - total.written_off)
               * coalesce(item.price_unit, 0)
               * (1 - coalesce(item.discount, 0) / 100)
               / CASE item.unit WHEN 'minute' THEN 60 ELSE 1 END
               / total.rounding) * total.rounding,
           state = CASE
               WHEN total.reserved + total.billed + total.written_off = 0
                   THEN 'open'
               WHEN total.written_off = item.quantity THEN 'written_off'
               WHEN total.billed + total.written_off = item.quantity
                   THEN 'billed'
               WHEN total.reserved + total.billed + total.written_off
                    = item.quantity THEN 'reserved'
               ELSE 'partial' END,
           write_date = %(now)s
      FROM total WHERE total.id = item.id
"""
