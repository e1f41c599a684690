"""The statements that say who stands behind each posted line, and what it was worth."""

#: The job that a person had on each day; before the first one known, that one.
JOBS = """
    SELECT employee_id, job_id,
           CASE WHEN row_number() OVER known = 1 THEN '-infinity'
                ELSE date_version END AS start,
           lead(date_version, 1, 'infinity') OVER known AS stop
      FROM hr_version WHERE active
    WINDOW known AS (PARTITION BY employee_id ORDER BY date_version, id)
"""

#: Which lines concern some invoices and credit notes.
LINES_OF_MOVES = """
    line.id IN (
        SELECT line.id FROM project_billing_request request
          JOIN project_billing_line line ON line.request_id = request.id
         WHERE request.invoice_id IN %(moves)s
         UNION
        SELECT billing_origin_line_id FROM account_move_line
         WHERE move_id IN %(moves)s AND billing_origin_line_id IS NOT NULL)
"""

FORGET = "DELETE FROM project_billing_share AS share WHERE share.line_id IN %(lines)s"

#: One row for each posted line (or written-off work, or line of a credit note), person
#: and job. ``price`` is that of an hour or piece, ``standard`` the same before volume
#: prices.
BUILD = f"""
    WITH job AS MATERIALIZED ({JOBS}),
    line AS MATERIALIZED (
        SELECT line.id, line.kind, line.request_id, request.invoice_id, request.project_id,
               request.company_id, request.currency_id, currency.decimal_places,
               own.decimal_places AS own_decimals,
               EXISTS (SELECT FROM project_billing_tier tier
                        WHERE tier.rule_id = line.rule_id) AS tiered
          FROM project_billing_line line
          JOIN project_billing_request request ON request.id = line.request_id
          JOIN res_currency currency ON currency.id = request.currency_id
          JOIN res_company company ON company.id = request.company_id
          JOIN res_currency own ON own.id = company.currency_id
         WHERE %(only)s),
    slice AS (
        SELECT slice.line_id, slice.action, item.unit, item.employee_id, job.job_id,
               CASE slice.action WHEN 'write_off' THEN slice.reason END AS reason,
               CASE slice.state WHEN 'released' THEN slice.credit_line_id END
               AS credit_line_id,
               coalesce(item.price_unit, 0) AS price,
               coalesce(item.discount, 0) / 100 AS discount,
               CASE WHEN line.tiered AND item.pricing ->> 'tier_price' IS NOT NULL
                    THEN (item.pricing ->> 'hourly')::numeric
                       * (item.pricing ->> 'multiplier')::numeric END AS standard,
               sum(slice.quantity) AS quantity,
               sum(CASE WHEN item.unit <> 'minute' OR item.quantity_recorded IS NULL
                             OR item.quantity_recorded = item.quantity
                        THEN slice.quantity
                        WHEN slice.quantity = item.quantity
                        THEN item.quantity_recorded
                        ELSE item.quantity_recorded * slice.quantity / item.quantity
                    END) AS recorded
          FROM line
          JOIN project_billing_allocation slice ON slice.line_id = line.id
          JOIN project_billing_item item ON item.id = slice.item_id
          LEFT JOIN job ON job.employee_id = item.employee_id
           AND item.date >= job.start AND item.date < job.stop
         WHERE slice.state <> 'released'
            OR slice.release_cause = 'credited' AND slice.reverted IS NOT TRUE
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    part AS (
        SELECT line_id, action, employee_id, job_id, reason, credit_line_id, quantity,
               CASE unit WHEN 'minute' THEN quantity END AS minutes,
               CASE unit WHEN 'minute' THEN recorded END AS recorded,
               recorded * standard_price / per AS standard,
               quantity * (price::numeric - standard_price) / per AS volume,
               -quantity * price::numeric * discount::numeric / per AS discount,
               quantity * price::numeric * (1 - discount::numeric) / per AS net
          FROM (SELECT *, coalesce(standard, price::numeric) AS standard_price,
                       CASE unit WHEN 'minute' THEN 60 ELSE 1 END AS per
                  FROM slice) AS priced),
    document AS (
        SELECT line.*, move.id AS move_id, invoiced.id AS move_line_id, FALSE AS credit,
               FALSE AS rebate, move.invoice_date, invoiced.price_subtotal AS amount,
               -invoiced.balance AS amount_company
          FROM line
          JOIN account_move move
            ON move.id = line.invoice_id AND move.state = 'posted'
          LEFT JOIN account_move_line invoiced
            ON invoiced.billing_line_id = line.id AND invoiced.move_id = move.id
         UNION ALL
        SELECT line.*, move.id, note.id, TRUE,
               NOT EXISTS (SELECT FROM part WHERE part.credit_line_id = note.id),
               move.invoice_date, -note.price_subtotal, -note.balance
          FROM line
          JOIN account_move_line note ON note.billing_origin_line_id = line.id
          JOIN account_move move ON move.id = note.move_id
           AND move.state = 'posted' AND move.move_type = 'out_refund'),
    piece AS (
        SELECT document.id AS line_id, document.move_id, document.move_line_id,
               document.credit, document.rebate, document.invoice_date,
               document.project_id, document.company_id, document.currency_id,
               document.kind, document.decimal_places, document.own_decimals,
               part.employee_id, part.job_id, part.reason, way.action,
               document.amount * way.billed AS amount,
               document.amount_company * way.billed AS amount_company,
               coalesce(sum(part.quantity), 0) AS quantity,
               coalesce(sum(part.minutes * way.sign), 0) AS minutes,
               coalesce(sum(part.recorded * way.sign), 0) AS recorded,
               round(coalesce(sum(part.standard * way.sign), 0),
                     document.decimal_places) AS standard,
               round(coalesce(sum(part.volume * way.sign), 0),
                     document.decimal_places) AS volume,
               round(coalesce(sum(part.discount * way.sign), 0),
                     document.decimal_places) AS discount,
               round(coalesce(sum(part.net * (way.billed - 1)), 0),
                     document.decimal_places) AS written_off
          FROM document
          LEFT JOIN part ON part.line_id = document.id
           AND (NOT document.credit
                OR part.action = 'bill'
                   AND (document.rebate OR part.credit_line_id = document.move_line_id))
         CROSS JOIN LATERAL (
             SELECT coalesce(part.action, 'bill') AS action,
                    CASE part.action WHEN 'write_off' THEN 0 ELSE 1 END AS billed,
                    CASE WHEN document.rebate THEN 0 WHEN document.credit THEN -1
                         ELSE 1 END AS sign) AS way
         WHERE document.move_line_id IS NOT NULL OR part.action = 'write_off'
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18),
    -- how far the parts of a document are with each: so they sum to its amount
    spread AS (
        SELECT piece.*, CASE WHEN sum(quantity) OVER whole = 0
                   THEN row_number() OVER ordered::numeric / count(*) OVER whole
                   ELSE sum(quantity) OVER ordered / sum(quantity) OVER whole
               END AS done
          FROM piece
        WINDOW whole AS (PARTITION BY line_id, move_line_id, action),
               ordered AS (PARTITION BY line_id, move_line_id, action
                           ORDER BY employee_id, job_id, reason)),
    billed AS (
        SELECT spread.*,
               round(amount * done, decimal_places)
               - coalesce(lag(round(amount * done, decimal_places)) OVER ordered, 0)
               AS part,
               round(amount_company * done, own_decimals)
               - coalesce(lag(round(amount_company * done, own_decimals))
                          OVER ordered, 0) AS part_company
          FROM spread
        WINDOW ordered AS (PARTITION BY line_id, move_line_id, action
                           ORDER BY employee_id, job_id, reason))
    INSERT INTO project_billing_share (
           line_id, move_id, move_line_id, project_id, company_id, currency_id, date,
           kind, credit, employee_id, job_id, reason, minutes, minutes_recorded, amount,
           amount_company, amount_standard, amount_volume, amount_discount,
           amount_written_off, amount_rebate, amount_rounding)
    SELECT line_id, move_id, move_line_id, project_id, company_id, currency_id,
           invoice_date, kind, credit, employee_id, job_id, reason, minutes, recorded,
           part, part_company, standard, volume, discount, written_off,
           CASE WHEN rebate THEN part ELSE 0 END,
           part - standard - volume - discount - written_off
           - CASE WHEN rebate THEN part ELSE 0 END
      FROM billed
"""
