"""Queries of the people behind each posted line, and of the worth of their work."""

from .currency_step import rounded_sql

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


def _with_rest(amount, name, step):
    """Return the SQL of the booked amount of a line, with its part of the rest.

    :param str amount: the column of the line's own amount
    :param str name: what the columns of the rest and of the running sums begin with
    :param str step: the column of the currency's rounding
    """
    rest, upto, whole = f"{name}rest", f"{name}upto", f"{name}whole"
    by_amount = [
        f"{rest} * {upto} / {whole}",
        f"{rest} * ({upto} - abs({amount})) / {whole}",
    ]
    by_line = [f"{rest} * position / lines", f"{rest} * (position - 1) / lines"]
    parts = (
        " - ".join(rounded_sql(share, step) for share in cut)
        for cut in (by_line, by_amount)
    )
    return """{} + CASE WHEN {} = 0 THEN 0
                        WHEN {} = 0 THEN {} ELSE {} END""".format(
        amount, rest, whole, *parts
    )


#: One row for each posted line (or written-off work, or line of a credit note), person
#: and job. ``price`` is that of an hour or piece, ``standard`` the same before volume
#: prices.
BUILD = f"""
    WITH job AS MATERIALIZED ({JOBS}),
    line AS MATERIALIZED (
        SELECT line.id, line.kind, line.request_id, request.invoice_id,
               request.user_id, request.project_id, request.company_id,
               request.currency_id, currency.rounding,
               own.rounding AS own_rounding,
               EXISTS (SELECT FROM project_billing_tier tier
                        WHERE tier.rule_id = line.rule_id) AS tiered,
               -- of prices with taxes in them, the untaxed part
               CASE WHEN abs(typed.amount - line.price_subtotal) > currency.rounding
                    THEN line.price_subtotal / typed.amount ELSE 1 END AS untaxed
          FROM project_billing_line line
         CROSS JOIN LATERAL (
               SELECT line.quantity::numeric * line.price_unit::numeric
                      * (1 - coalesce(line.discount, 0)::numeric / 100) AS amount
               ) AS typed
          JOIN project_billing_request request ON request.id = line.request_id
          JOIN res_currency currency ON currency.id = request.currency_id
          JOIN res_company company ON company.id = request.company_id
          JOIN res_currency own ON own.id = company.currency_id
         WHERE %(only)s),
    slice AS (
        SELECT slice.line_id, slice.action = 'write_off' AS lost,
               item.unit = 'minute' AS timed, item.employee_id, job.job_id,
               CASE slice.action WHEN 'write_off' THEN slice.reason END AS reason,
               CASE slice.state WHEN 'released' THEN slice.credit_line_id END
               AS credit_line_id, slice.taken_line_id,
               item.price_unit AS price, item.discount, line.untaxed,
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
            OR slice.release_cause = 'credited'
               AND (slice.reverted IS NOT TRUE OR slice.taken_line_id IS NOT NULL)
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
    part AS MATERIALIZED (
        SELECT line_id, lost, employee_id, job_id, reason, credit_line_id,
               taken_line_id, quantity,
               CASE WHEN timed THEN quantity ELSE 0 END AS minutes,
               CASE WHEN timed THEN recorded ELSE 0 END AS recorded,
               recorded * standard_price / per AS standard,
               quantity * (full_price - standard_price) / per AS volume,
               -quantity * full_price * part_off / per AS discount,
               quantity * full_price * (1 - part_off) / per AS net
          FROM slice
         CROSS JOIN LATERAL (
             SELECT coalesce(price, 0)::numeric * untaxed AS full_price,
                    coalesce(standard, price::numeric, 0) * untaxed AS standard_price,
                    coalesce(slice.discount, 0)::numeric / 100 AS part_off,
                    CASE WHEN timed THEN 60 ELSE 1 END AS per) AS priced),
    -- lines of credit notes, and of what reverses them, that moved work
    given AS MATERIALIZED (
        SELECT credit_line_id AS id FROM part WHERE credit_line_id IS NOT NULL
         UNION
        SELECT taken_line_id FROM part WHERE taken_line_id IS NOT NULL),
    -- what is booked of each line: where Odoo rounds the document, its cents are on
    -- one of the lines; what no request asked for (cash rounding, what accounting
    -- added) is cut at the running amounts of those that one did
    booked AS MATERIALIZED (
        SELECT id, {_with_rest("amount", "", "rounding")} AS amount,
               {_with_rest("own", "own_", "own_rounding")} AS own
          FROM (SELECT entry.*, currency.rounding,
                       home.rounding AS own_rounding,
                       sum(abs(amount)) OVER ordered AS upto,
                       sum(abs(amount)) OVER document AS whole,
                       sum(abs(own)) OVER ordered AS own_upto,
                       sum(abs(own)) OVER document AS own_whole,
                       row_number() OVER ordered AS position,
                       count(*) OVER document AS lines,
                       total - sum(amount) OVER document AS rest,
                       own_total - sum(own) OVER document AS own_rest
                  FROM (SELECT id, move_id, currency_id, company_currency_id,
                               -amount_currency AS amount, -balance AS own,
                               billing_line_id IS NOT NULL
                               OR billing_origin_line_id IS NOT NULL AS tracked,
                               sum(-amount_currency) OVER move AS total,
                               sum(-balance) OVER move AS own_total
                          FROM account_move_line
                         WHERE display_type IN ('product', 'rounding')
                           AND move_id IN (
                               SELECT invoice_id FROM line
                                WHERE invoice_id IS NOT NULL
                                UNION
                               SELECT note.move_id FROM line
                                 JOIN account_move_line note
                                   ON note.billing_origin_line_id = line.id)
                        WINDOW move AS (PARTITION BY move_id)) AS entry
                  JOIN res_currency currency ON currency.id = entry.currency_id
                  JOIN res_currency home ON home.id = entry.company_currency_id
                 WHERE entry.tracked
                WINDOW document AS (PARTITION BY move_id),
                       ordered AS (PARTITION BY move_id ORDER BY entry.id)) AS entry),
    document AS (
        SELECT line.*, move.id AS move_id, coalesce(invoiced.id, 0) AS move_line_id,
               TRUE AS first, FALSE AS credit, FALSE AS rebate, move.invoice_date,
               booked.amount, booked.own AS amount_company
          FROM line
          JOIN account_move move
            ON move.id = line.invoice_id AND move.state = 'posted'
          LEFT JOIN LATERAL (
             SELECT id, move_id FROM account_move_line
              WHERE billing_line_id = line.id OFFSET 0) AS invoiced
            ON invoiced.move_id = move.id
          LEFT JOIN booked ON booked.id = invoiced.id
         UNION ALL
        -- credit notes, and the invoices that reverse them
        SELECT line.*, move.id, note.id, FALSE, move.move_type = 'out_refund',
               given.id IS NULL,
               move.invoice_date, booked.amount, booked.own
          FROM line
         CROSS JOIN LATERAL (
             SELECT id, move_id FROM account_move_line
              -- an index scan for each line, however many notes there are
              WHERE billing_origin_line_id = line.id OFFSET 0) AS note
          LEFT JOIN given ON given.id = note.id
          JOIN booked ON booked.id = note.id
          JOIN account_move move ON move.id = note.move_id
           AND move.state = 'posted'
           AND move.move_type IN ('out_refund', 'out_invoice')),
    piece AS (
        SELECT document.id AS line_id, document.move_line_id,
               coalesce(part.lost, FALSE) AS lost,
               part.employee_id, part.job_id, part.reason,
               coalesce(sum(part.quantity), 0) AS quantity,
               coalesce(sum(part.minutes), 0) AS minutes,
               coalesce(sum(part.recorded), 0) AS recorded,
               coalesce(sum(part.standard), 0) AS standard,
               coalesce(sum(part.volume), 0) AS volume,
               coalesce(sum(part.discount), 0) AS discount,
               coalesce(sum(part.net), 0) AS net
          FROM document
          LEFT JOIN part ON part.line_id = document.id
           AND CASE
               WHEN document.first THEN part.taken_line_id IS NULL
               WHEN part.lost THEN FALSE
               WHEN document.rebate THEN part.taken_line_id IS NULL
               WHEN document.credit THEN part.credit_line_id = document.move_line_id
               ELSE part.taken_line_id = document.move_line_id END
         WHERE document.move_line_id <> 0 OR part.lost
         GROUP BY 1, 2, 3, 4, 5, 6),
    -- how far the parts of a document are with each: so they sum to its amount
    spread AS (
        SELECT piece.*, CASE WHEN sum(quantity) OVER whole = 0
                   THEN row_number() OVER ordered::numeric / count(*) OVER whole
                   ELSE sum(quantity) OVER ordered / sum(quantity) OVER whole
               END AS done
          FROM piece
        WINDOW whole AS (PARTITION BY line_id, move_line_id, lost),
               ordered AS (PARTITION BY line_id, move_line_id, lost
                           ORDER BY employee_id, job_id, reason)),
    valued AS (
        SELECT spread.*, document.move_id, document.invoice_date, document.credit,
               document.project_id, document.company_id, document.currency_id,
               document.kind, document.rebate, document.request_id, document.user_id,
               CASE WHEN lost THEN 0
                    ELSE {rounded_sql("document.amount * done", "rounding")}
               END AS reached,
               CASE WHEN lost THEN 0
                    ELSE {rounded_sql("amount_company * done", "own_rounding")}
               END AS reached_company,
               {rounded_sql("standard * sign", "rounding")} AS standard_part,
               {rounded_sql("volume * sign", "rounding")} AS volume_part,
               {rounded_sql("discount * sign", "rounding")} AS discount_part,
               CASE WHEN lost THEN -{rounded_sql("net", "rounding")}
                    ELSE 0 END AS lost_part,
               sign
          FROM spread
          JOIN document ON document.id = spread.line_id
           AND document.move_line_id = spread.move_line_id
         CROSS JOIN LATERAL (
             SELECT CASE WHEN document.rebate THEN 0 WHEN document.credit THEN -1
                         ELSE 1 END AS sign) AS way),
    billed AS (
        SELECT valued.*,
               reached - coalesce(lag(reached) OVER ordered, 0) AS part,
               reached_company - coalesce(lag(reached_company) OVER ordered, 0)
               AS part_company
          FROM valued
        WINDOW ordered AS (PARTITION BY line_id, move_line_id, lost
                           ORDER BY employee_id, job_id, reason))
    INSERT INTO project_billing_share (
           line_id, request_id, user_id, move_id, move_line_id, project_id, company_id,
           currency_id, date, kind, credit, employee_id, job_id, reason, minutes,
           minutes_recorded, amount, amount_company, amount_standard, amount_volume,
           amount_discount, amount_written_off, amount_rebate, amount_rounding)
    SELECT line_id, request_id, user_id, move_id, move_line_id, project_id, company_id,
           currency_id, invoice_date, kind, credit, employee_id, job_id, reason,
           minutes * sign, recorded * sign, part, part_company, standard_part,
           volume_part, discount_part, lost_part,
           CASE WHEN rebate THEN part ELSE 0 END,
           part - standard_part - volume_part - discount_part - lost_part
           - CASE WHEN rebate THEN part ELSE 0 END
      FROM billed
"""
