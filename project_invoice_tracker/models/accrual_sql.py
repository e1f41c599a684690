"""The query behind accruals: what was earned and billed by a day, per item."""

#: What the ledger had billed by the day: on invoices posted with a date up to then,
#: also if they were credited later on, but not while they were credited, until the
#: credit note was reversed. Then what was earned by the day:
#:
#: - work, costs and reports of progress on their day, milestones when they are ready;
#: - a retainer by the days of its period;
#: - prepaid hours as they are used, and what is left of a pack that was billed when it
#:   expires;
#: - a deposit never: what work earns is earned by the work; what is deducted of the
#:   deposit takes the advance off again;
#: - what is held back was earned with the work it is held back of.
#:
#: Minimum fees are earned by being billed. Written off is earned by nobody.
#:
#: All of it is untaxed: what is open comes to what a request would say (``worth``), and
#: what lines hold has its part of what they say, which has no taxes in it either.
ACCRUALS = """
    WITH billed AS (
        SELECT slice.item_id,
               sum(CASE WHEN slice.taken_line_id IS NULL THEN slice.quantity
                        ELSE -slice.quantity END) AS quantity
          FROM project_billing_allocation slice
          JOIN project_billing_request request ON request.id = slice.request_id
          JOIN account_move move ON move.id = request.invoice_id
          LEFT JOIN account_move_line credit ON credit.id = slice.credit_line_id
          LEFT JOIN account_move_line taken ON taken.id = slice.taken_line_id
         WHERE request.company_id = %(company)s AND slice.action = 'bill'
           AND move.state = 'posted' AND move.date <= %(day)s
           AND (slice.state = 'billed'
                OR slice.release_cause = 'credited' AND slice.reverted IS NOT TRUE
                AND credit.parent_state = 'posted' AND credit.date > %(day)s
                OR credit.date <= %(day)s AND taken.date > %(day)s)
         GROUP BY slice.item_id),
    used AS (
        SELECT allowance.rule_id || '/pack/' || allowance.number AS source_key,
               allowance.period_end <= %(day)s AS expired,
               coalesce(sum(item.quantity_covered), 0)
               / nullif(allowance.minutes_granted, 0) AS share
          FROM project_billing_allowance allowance
          LEFT JOIN project_billing_item item
            ON item.allowance_id = allowance.id AND item.date <= %(day)s
         WHERE allowance.company_id = %(company)s AND allowance.number > 0
         GROUP BY allowance.id),
    found AS (
        SELECT item.id, item.rule_id, item.project_id, item.currency_id, item.kind,
               item.quantity, item.amount,
               item.quantity = item.quantity_open AND billed.quantity IS NULL
               AS untouched, coalesce(billed.quantity, 0) AS billed,
               used.source_key IS NOT NULL AS is_pack,
               (item.quantity - item.quantity_written_off) * CASE
                   WHEN item.kind = 'retention' THEN 0
                   WHEN used.expired AND billed.quantity <> 0 THEN 1
                   WHEN item.kind = 'advance' THEN least(coalesce(used.share, 0), 1)
                   WHEN item.kind = 'recurring' THEN greatest(0, least(1,
                       (%(day)s::date - item.period_start + 1)::numeric
                       / (item.period_end - item.period_start + 1)))
                   WHEN item.date > %(day)s THEN 0
                   WHEN item.kind = 'milestone' AND NOT item.ready
                        AND item.quantity = item.quantity_open THEN 0
                   ELSE 1 END AS earned
          FROM project_billing_item item
          LEFT JOIN billed ON billed.item_id = item.id
          LEFT JOIN used ON used.source_key = item.source_key
         WHERE item.company_id = %(company)s AND item.quantity <> 0
           AND NOT (item.is_adjustment IS TRUE AND item.kind = 'time')
           AND (item.quantity_billed <> item.quantity - item.quantity_written_off
                OR billed.quantity IS DISTINCT FROM item.quantity_billed
                OR item.date > %(day)s
                OR item.kind IN ('advance', 'retention', 'recurring'))),
    worth AS MATERIALIZED (%(worth)s),
    valued AS (
        SELECT rule_id, found.project_id, currency_id, kind,
               CASE WHEN untouched AND worth.id IS NOT NULL
                    THEN worth.amount * earned / quantity
                    ELSE found.amount * (earned - billed) / quantity
                         * coalesce(taken.untaxed, 1) END AS amount,
               CASE WHEN kind = 'advance' AND NOT is_pack THEN 'advance'
                    WHEN kind = 'retention' OR (earned - billed) / quantity > 0
                    THEN 'unbilled' ELSE 'advance' END AS side
          FROM found
          LEFT JOIN worth ON worth.id = found.id
          LEFT JOIN LATERAL (
               SELECT sum(slice.quantity * line.price_subtotal / gross.amount)
                      / nullif(sum(slice.quantity), 0) AS untaxed
                 FROM project_billing_allocation slice
                 JOIN project_billing_line line ON line.id = slice.line_id
                CROSS JOIN LATERAL (
                      SELECT nullif(sum(
                                 part.quantity * coalesce(item.price_unit, 0)
                                 * (1 - coalesce(item.discount, 0) / 100)
                                 / CASE item.unit WHEN 'minute' THEN 60 ELSE 1 END), 0)
                             AS amount
                        FROM project_billing_allocation part
                        JOIN project_billing_item item ON item.id = part.item_id
                       WHERE part.line_id = line.id AND part.action = 'bill'
                         AND (part.state <> 'released'
                              OR part.release_cause = 'credited')) AS gross
                WHERE slice.item_id = found.id AND slice.action = 'bill'
                  AND NOT found.untouched AND gross.amount IS NOT NULL
                  AND (slice.state <> 'released' OR slice.release_cause = 'credited')
               ) AS taken ON TRUE
         WHERE earned <> billed
         UNION ALL
        -- a deposit that was credited at a lower price was billed by that much less
        SELECT item.rule_id, item.project_id, item.currency_id, item.kind,
               note.price_subtotal * CASE move.move_type WHEN 'out_refund' THEN 1
                                          ELSE -1 END, 'advance'
          FROM account_move_line note
          JOIN account_move move ON move.id = note.move_id
          JOIN project_billing_line line ON line.id = note.billing_origin_line_id
           AND line.kind = 'advance' AND line.adjusts IS NOT TRUE
          JOIN project_billing_allocation slice ON slice.line_id = line.id
           AND slice.state = 'billed' AND slice.action = 'bill'
          JOIN project_billing_item item ON item.id = slice.item_id
           AND item.source_key LIKE '%%/deposit'
         WHERE item.company_id = %(company)s AND move.state = 'posted'
           AND move.date <= %(day)s
           AND NOT EXISTS (SELECT FROM project_billing_allocation given
                            WHERE given.credit_line_id = note.id
                              AND given.reverted IS NOT TRUE))
    SELECT project_id, rule_id, currency_id, side, sum(amount) AS amount,
           count(*) AS records
      FROM valued
     GROUP BY project_id, rule_id, currency_id, side
     ORDER BY project_id, rule_id, side DESC
"""
