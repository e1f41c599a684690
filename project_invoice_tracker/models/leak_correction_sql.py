"""The query of corrections that find no work to lower; see :mod:`leak_sql`."""

#: Corrections that wait for work: more was taken back than there is to bill, drafts
#: included, at the prices of the lines. One row per project; the amount is below zero,
#: as it is owed to the customer.
CORRECTIONS = """
    SELECT found.first_id::bigint * 32 + 23, 'correction', found.company_id,
           found.project_id, found.currency_id, rule.id, NULL::int, NULL::int,
           rule.name, NULL::varchar, NULL::numeric, found.records,
           found.minutes / 60.0, found.amount + draft.amount, found.date
      FROM (SELECT item.project_id, item.company_id, item.currency_id, own.today,
                   own.work_days, sum(item.amount_open) AS amount,
                   min(item.id) FILTER (WHERE item.quantity_open < 0) AS first_id,
                   count(*) FILTER (WHERE item.quantity_open < 0) AS records,
                   min(item.date) FILTER (WHERE item.quantity_open < 0) AS date,
                   coalesce(sum(item.quantity_open) FILTER (
                       WHERE item.quantity_open < 0 AND item.unit = 'minute'), 0)
                       ::float8 AS minutes
              FROM (SELECT DISTINCT project_id FROM project_billing_item
                     WHERE quantity_open < 0 AND ready
                       AND is_adjustment IS NOT TRUE) AS corrected
              JOIN mine ON mine.project_id = corrected.project_id
              JOIN project_billing_item item
                ON item.project_id = corrected.project_id
               AND item.quantity_open <> 0 AND item.ready
               AND item.is_adjustment IS NOT TRUE
              JOIN own ON own.company_id = item.company_id
             GROUP BY item.project_id, item.company_id, item.currency_id, own.today,
                      own.work_days
            HAVING sum(item.amount_open) < 0) AS found
      JOIN project_billing_item first ON first.id = found.first_id
      JOIN project_billing_rule rule ON rule.id = first.rule_id
      CROSS JOIN LATERAL (
           SELECT coalesce(sum(line.quantity * line.price_unit::numeric
                      * (1 - coalesce(line.discount, 0)::numeric / 100)), 0) AS amount
             FROM project_billing_request request
             JOIN project_billing_line line ON line.request_id = request.id
              AND line.removed IS NOT TRUE
            WHERE request.project_id = found.project_id AND request.state = 'draft'
              AND request.company_id = found.company_id
              AND request.currency_id = found.currency_id) AS draft
     WHERE found.amount + draft.amount < 0
       AND found.date <= found.today - found.work_days
"""
