"""The query that compares the journal, the ledger and the invoices with each other."""

from ..billing.transitions import VOIDING_STEPS
from .journal_sql import ACTION_OF_STEP, CONTENT_OF_STEP

#: Steps after which no earlier approval counts.
VOIDING = ", ".join(f"'{step}'" for step in sorted(VOIDING_STEPS))

#: Whether an amount is not that of a line: a price between two coins, with which a
#: deduction leaves exactly nothing, stands for one of them.
AMOUNT = """
    abs({0} - {1}) > CASE WHEN mod({1}, {2}) = 0 THEN 0 ELSE {2} / 2 END + 0.00001
"""

#: One row for each difference: the comparison, the record, the expected value (from the
#: journal, or the slices) and the value found. Without a row everything adds up.
RECONCILE = f"""
    WITH moved AS (
        SELECT allocation_id, item_id, min(company_id) AS company_id,
               sum(CASE WHEN after ->> 'place' = 'reserved' THEN quantity ELSE 0 END
                 - CASE WHEN before ->> 'place' = 'reserved' THEN quantity ELSE 0 END)
                   AS reserved,
               sum(CASE WHEN after ->> 'place' = 'billed' THEN quantity ELSE 0 END
                 - CASE WHEN before ->> 'place' = 'billed' THEN quantity ELSE 0 END)
                   AS billed,
               sum(CASE WHEN after ->> 'place' = 'written_off' THEN quantity ELSE 0 END
                 - CASE WHEN before ->> 'place' = 'written_off'
                        THEN quantity ELSE 0 END)
                   AS written_off
          FROM project_billing_journal
         WHERE allocation_id IS NOT NULL
         GROUP BY allocation_id, item_id),
    slice AS (
        SELECT id, item_id, line_id, action, state, release_cause, reverted, quantity,
               CASE WHEN state = 'reserved' AND action = 'bill' THEN quantity ELSE 0 END
                   AS reserved,
               CASE WHEN state = 'billed' AND action = 'bill' THEN quantity ELSE 0 END
                   AS billed,
               CASE WHEN state <> 'released' AND action = 'write_off' THEN quantity
                    ELSE 0 END AS written_off
          FROM project_billing_allocation),
    total AS (
        SELECT item_id, sum(reserved) AS reserved, sum(billed) AS billed,
               sum(written_off) AS written_off
          FROM slice GROUP BY item_id),
    held AS (
        SELECT line_id, sum(quantity) AS quantity
          FROM slice
         WHERE action = 'bill' AND (state = 'billed'
               OR release_cause = 'credited' AND reverted IS NOT TRUE)
         GROUP BY line_id),
    invoiced AS (
        SELECT line.id, request.company_id, line.unit, line.quantity,
               coalesce(nullif(line.day_minutes, 0), 60)::numeric AS per,
               currency.rounding::numeric AS step,
               round(line.price_unit::numeric, 6) AS price_unit,
               round(coalesce(line.discount, 0)::numeric, 6) AS discount,
               line.price_subtotal,
               on_invoice.id AS invoice_line_id, on_invoice.quantity AS invoiced,
               round(on_invoice.price_unit::numeric, 6) AS invoiced_price,
               round(coalesce(on_invoice.discount, 0)::numeric, 6)
                   AS invoiced_discount,
               on_invoice.price_subtotal AS invoiced_amount,
               on_invoice.move_id IS DISTINCT FROM request.invoice_id AS elsewhere,
               coalesce(held.quantity, 0) AS held
          FROM project_billing_request request
          JOIN account_move move
            ON move.id = request.invoice_id AND move.state = 'posted'
          JOIN project_billing_line line ON line.request_id = request.id
          JOIN res_currency currency ON currency.id = request.currency_id
          LEFT JOIN account_move_line on_invoice ON on_invoice.billing_line_id = line.id
          LEFT JOIN held ON held.line_id = line.id
         WHERE line.removed IS NOT TRUE AND line.quantity <> 0),
    step AS (
        SELECT id, request_id, company_id, user_id, fingerprint, amount, comment,
               {CONTENT_OF_STEP} AS content,
               coalesce(valid, FALSE) AS valid, {ACTION_OF_STEP} AS action,
               coalesce(max(id) FILTER (WHERE decision IN ({VOIDING}))
                        OVER (PARTITION BY request_id), 0) AS taken_back
          FROM project_billing_approval step)

    SELECT 'journal' AS part, 'project.billing.item' AS model,
           coalesce(slice.item_id, moved.item_id) AS res_id,
           coalesce(item.company_id, moved.company_id) AS company_id,
           coalesce(moved.reserved + moved.billed + moved.written_off, 0)::text
               AS expected,
           coalesce(slice.reserved + slice.billed + slice.written_off, 0)::text
               AS found
      FROM slice
      FULL JOIN moved
        ON moved.allocation_id = slice.id AND moved.item_id = slice.item_id
      LEFT JOIN project_billing_item item ON item.id = slice.item_id
     WHERE moved.allocation_id IS NULL
        OR moved.reserved <> coalesce(slice.reserved, 0)
        OR moved.billed <> coalesce(slice.billed, 0)
        OR moved.written_off <> coalesce(slice.written_off, 0)
     UNION ALL
    SELECT 'counters', 'project.billing.item', item.id, item.company_id,
           concat_ws(' + ', coalesce(total.reserved, 0), coalesce(total.billed, 0),
                     coalesce(total.written_off, 0)),
           concat_ws(' + ', item.quantity_reserved, item.quantity_billed,
                     item.quantity_written_off)
      FROM project_billing_item item
      LEFT JOIN total ON total.item_id = item.id
     WHERE item.quantity_reserved <> coalesce(total.reserved, 0)
        OR item.quantity_billed <> coalesce(total.billed, 0)
        OR item.quantity_written_off <> coalesce(total.written_off, 0)
        OR item.quantity <> item.quantity_open + item.quantity_reserved
                            + item.quantity_billed + item.quantity_written_off
     UNION ALL
    SELECT 'invoice', 'project.billing.line', id, company_id,
           concat(trim_scale(quantity), ' × ', trim_scale(price_unit), ' = ',
                  trim_scale(price_subtotal)),
           concat(trim_scale(invoiced), ' × ', trim_scale(invoiced_price), ' = ',
                  trim_scale(invoiced_amount))
      FROM invoiced
     WHERE invoice_line_id IS NULL OR elsewhere OR invoiced <> quantity
        OR invoiced_price <> price_unit OR invoiced_discount <> discount
        OR invoiced_amount <> price_subtotal
     UNION ALL
    SELECT 'slices', 'project.billing.line', id, company_id,
           trim_scale(CASE unit WHEN 'minute' THEN round(held / per, 6)
                      ELSE held END)::text,
           trim_scale(CASE unit WHEN 'amount' THEN quantity * price_unit
                      ELSE quantity END)::text
      FROM invoiced
     WHERE CASE unit
           WHEN 'minute' THEN abs(held / per - quantity)
                              > 0.5 * power(10::numeric, -%(digits)s) + 0.000001
           WHEN 'amount' THEN {AMOUNT.format("held", "(quantity * price_unit)", "step")}
           ELSE abs(held - quantity) > 0.00001 END
     UNION ALL
    SELECT 'approvals', 'project.billing.request',
           coalesce(step.request_id, told.request_id),
           coalesce(step.company_id, told.company_id),
           coalesce(told.action, step.action), ''
      FROM step
      FULL JOIN (SELECT res_id, request_id, company_id, user_id, action, amount,
                        reason, after ->> 'content' AS content,
                        after ->> 'fingerprint' AS fingerprint,
                        (after ->> 'valid')::boolean AS valid
                   FROM project_billing_journal
                  WHERE model = 'project.billing.approval') told
        ON told.res_id = step.id AND told.request_id = step.request_id
     WHERE step.id IS NULL OR told.res_id IS NULL
        OR step.user_id <> told.user_id OR step.action <> told.action
        OR step.fingerprint IS DISTINCT FROM told.fingerprint
        OR step.amount IS DISTINCT FROM told.amount
        OR step.comment IS DISTINCT FROM told.reason
        -- versions before 19.0.6.0.0 did not tell of it
        OR step.content <> told.content
        -- it counts if it did when it was given, and nothing took it back since
        OR step.valid <> (told.valid AND step.id > step.taken_back)
"""
