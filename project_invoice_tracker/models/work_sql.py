"""The query of the worth of the work in requests and on invoices."""

#: What requests say of work, less what was credited of it. Where Odoo rounds the
#: document, its cents count with the first line.
WORK_ASKED = """
    SELECT line.project_id, request.currency_id,
           sum(line.price_subtotal * coalesce(held.share, 1) + line.cents)
      FROM (SELECT id, project_id, request_id, kind, adjusts, price_subtotal,
                   CASE WHEN row_number() OVER document = 1 AND quantity <> 0
                        THEN amount_untaxed - sum(price_subtotal) OVER whole
                        ELSE 0 END AS cents
              FROM (SELECT line.*, asked.amount_untaxed
                      FROM (%(requests)s) AS asked
                      JOIN project_billing_line line ON line.request_id = asked.id
                     WHERE line.removed IS NOT TRUE) AS line
            WINDOW whole AS (PARTITION BY request_id),
                   document AS (PARTITION BY request_id
                                ORDER BY adjusts IS TRUE, kind = ANY(%(apart)s), id)
           ) AS line
      JOIN project_billing_request request ON request.id = line.request_id
      LEFT JOIN LATERAL (
           SELECT coalesce(sum(quantity) FILTER (WHERE state <> 'released'), 0)
                  / nullif(sum(quantity), 0) AS share
             FROM project_billing_allocation
            WHERE line_id = line.id AND action = 'bill'
              -- few lines have a credit note
              AND EXISTS (SELECT FROM account_move_line note
                           WHERE note.billing_origin_line_id = line.id)
              AND (state <> 'released'
                   OR release_cause = 'credited' AND reverted IS NOT TRUE)) AS held
        ON TRUE
     WHERE line.adjusts IS NOT TRUE AND line.kind <> ALL(%(apart)s)
     GROUP BY line.project_id, request.currency_id
"""
