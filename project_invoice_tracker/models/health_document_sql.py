"""Queries of integrity checks: documents without a request of their own."""

#: Posted invoices that say they bill recorded work, and name none; and lines that do
#: so without naming the credit note that they reverse.
UNLINKED = """
    SELECT move.id AS res_id, move.company_id,
           count(line.id) FILTER (WHERE line.billing_line_id IS NULL
                AND (line.billing_origin_line_id IS NULL
                     OR line.billing_reversed_line_id IS NULL))::text AS found,
           '0' AS expected
      FROM account_move move
      JOIN account_move_line line
        ON line.move_id = move.id AND line.display_type = 'product'
     WHERE move.billing_tracked AND move.move_type = 'out_invoice'
       AND move.state = 'posted'
     GROUP BY move.id
    HAVING count(line.billing_line_id) + count(line.billing_origin_line_id) = 0
        OR count(*) FILTER (WHERE line.billing_origin_line_id IS NOT NULL
                            AND line.billing_reversed_line_id IS NULL) > 0
"""

#: Posted invoices that come to something else than their requests, and than what the
#: journal says that accounting added. Of several requests, taxes may be rounded
#: together: each line may make a difference of the smallest unit.
OTHER_TOTAL = """
    SELECT total.id AS res_id, total.company_id,
           trim_scale(total.found)::text AS found,
           trim_scale(total.expected)::text AS expected
      FROM (SELECT move.id, move.company_id,
                   move.amount_total - coalesce(round.amount, 0) AS found,
                   approved.amount + coalesce(added.amount, 0) AS expected,
                   CASE WHEN approved.parts > 1
                        THEN currency.rounding * approved.lines ELSE 0 END AS spread,
                   currency.rounding
              FROM account_move move
              JOIN res_currency currency ON currency.id = move.currency_id
              JOIN (SELECT invoice_id, sum(amount_total) AS amount, count(*) AS parts,
                           sum((SELECT count(*) FROM project_billing_line line
                                 WHERE line.request_id = request.id)) AS lines
                      FROM project_billing_request request
                     WHERE state = 'invoiced'
                     GROUP BY invoice_id) approved ON approved.invoice_id = move.id
              LEFT JOIN LATERAL (
                    SELECT (journal.after ->> 'added')::numeric AS amount
                      FROM project_billing_journal journal
                     WHERE journal.invoice_id = move.id
                       AND journal.action = 'lines_added'
                     ORDER BY journal.id DESC LIMIT 1) added ON TRUE
              LEFT JOIN LATERAL (
                    SELECT -sum(line.amount_currency) AS amount
                      FROM account_move_line line
                      JOIN account_cash_rounding method
                        ON method.id = move.invoice_cash_rounding_id
                     WHERE line.move_id = move.id AND line.display_type = 'rounding'
                    HAVING abs(sum(line.amount_currency)) < max(method.rounding)
                    ) round ON TRUE
             WHERE move.state = 'posted' AND move.move_type = 'out_invoice') total
     WHERE abs(total.found - total.expected) > total.spread + total.rounding / 2
"""
