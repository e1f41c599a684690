"""The queries of Billing health about documents without a request of their own."""

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
