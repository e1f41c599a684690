"""What open work comes to: as lines, the way collecting makes them, item by item.

The lines of a request round hours once and money once, and where Odoo rounds per tax,
the document only. So no item has an amount of its own that could be summed: each has a
part of its line, cut at the running quantities. Each part is the difference of two
rounded amounts, so the parts sum to the line, and to the document, to the cent.
"""

#: Key of the context for what open work is worth, whatever a cap leaves of it.
UNCAPPED = "project_invoice_tracker_uncapped"

#: What ``billing.grouping.line_key`` gathers, as one number.
_KEY = """
    hash_record_extended(ROW(
        item.rule_id, coalesce(item.price_unit, 0), coalesce(item.discount, 0),
        coalesce(item.product_id, rule.product_id), coalesce(item.tax_product_id, 0),
        CASE WHEN item.kind = ANY(%(gathering)s) AND rule.detail <> 'entry'
             THEN CASE WHEN rule.detail IN ('task', 'task_person')
                       THEN coalesce(item.task_id, 0) ELSE 0 END
             ELSE -item.id END,
        CASE WHEN rule.detail IN ('person', 'task_person')
             THEN coalesce(item.employee_id, 0) ELSE 0 END,
        CASE WHEN rule.detail = 'day' THEN item.date END), 0)
"""

#: ``own`` are the amounts that were found by collecting itself, see
#: ``project_billing_item_open``; the others are found here.
OPEN_AMOUNTS = f"""
    SELECT cut.id, cut.project_id,
           coalesce(CASE WHEN globally
                THEN round((before + part_to) / step) * step
                   - round((before + part_from) / step) * step
                ELSE round(round(worth / step) * step * done / whole / step) * step
                   - round(round(worth / step) * step * (done - quantity)
                           / whole / step) * step END, 0) AS amount
      FROM (SELECT line.*, worth * done / whole AS part_to,
                   worth * (done - quantity) / whole AS part_from,
                   -- what the lines before come to; each counts with its last item
                   sum(CASE WHEN is_last AND globally THEN worth ELSE 0 END)
                       OVER (PARTITION BY project_id, ready, currency_id
                             ORDER BY key, date NULLS FIRST, id)
                   - CASE WHEN is_last AND globally THEN worth ELSE 0 END AS before
              FROM (SELECT item.*,
                           CASE item.unit
                           WHEN 'minute' THEN round(whole / 60, %(digits)s)
                           WHEN 'unit' THEN round(whole, %(digits)s)
                           ELSE whole END * price AS worth
                      FROM (SELECT item.*, nullif(sum(quantity) OVER line, 0) AS whole,
                                   sum(quantity) OVER upto AS done,
                                   row_number() OVER upto = count(*) OVER line
                                   AS is_last
                              FROM (SELECT item.id, item.project_id, item.ready,
                                           item.currency_id, item.date, item.unit,
                                           item.quantity_open AS quantity,
                                           coalesce(item.price_unit, 0)
                                           * (1 - coalesce(item.discount, 0) / 100)
                                           AS price,
                                           currency.rounding::numeric AS step,
                                           company.tax_calculation_rounding_method
                                               = 'round_globally'
                                           AND item.is_adjustment IS NOT TRUE
                                           AS globally,
                                           {_KEY} AS key
                                      FROM project_billing_item item
                                      JOIN project_billing_rule rule
                                        ON rule.id = item.rule_id
                                      JOIN res_currency currency
                                        ON currency.id = item.currency_id
                                      JOIN res_company company
                                        ON company.id = item.company_id
                                     WHERE item.quantity_open <> 0 AND %(scope)s
                                       AND %(others)s) AS item
                            WINDOW line AS (PARTITION BY project_id, ready,
                                                         currency_id, key),
                                   upto AS (PARTITION BY project_id, ready,
                                                         currency_id, key
                                            ORDER BY date NULLS FIRST, id)
                           ) AS item) AS line) AS cut
"""
#: Those found by collecting itself, beside the others.
OWN_AMOUNTS = """
    SELECT own.id, item.project_id, own.amount
      FROM unnest(%(ids)s, %(amounts)s::numeric[]) AS own(id, amount)
      JOIN project_billing_item item ON item.id = own.id
"""

#: Projects of which more has to be known than their open items tell: corrections,
#: prices by volume, rests, increments of lines, drafts that take the work in, caps,
#: taxes in prices.
INTRICATE = """
    SELECT DISTINCT item.project_id
      FROM project_billing_item item
      JOIN project_billing_rule rule ON rule.id = item.rule_id
      JOIN res_company company ON company.id = item.company_id
     WHERE item.quantity_open <> 0 AND item.is_adjustment IS NOT TRUE AND %(scope)s
       AND (item.ready AND (
               item.quantity_open < 0
            OR item.pricing ? 'volume'
            OR item.unit = 'unit' AND item.quantity_open <> item.quantity
            OR item.unit = 'minute' AND rule.increment_scope = 'line'
               AND rule.increment_minutes > 0
            OR item.project_id IN (
                   SELECT project_id FROM project_billing_request
                    WHERE state = 'draft')
               AND (item.unit = 'minute' OR company.tax_calculation_rounding_method
                                            = 'round_globally')
            OR item.rule_id IN (%(capped)s))
            OR %(taxed)s)
"""
#: Rules under caps that might be reached: each line is rounded up by less than this.
CAPPED = """
    SELECT rel.rule_id FROM project_billing_cap_rule_rel rel
     WHERE rel.cap_id IN (
           SELECT cap.id
             FROM project_billing_cap cap
             JOIN project_billing_cap_rule_rel own ON own.cap_id = cap.id
             JOIN project_billing_item item ON item.rule_id = own.rule_id
            WHERE cap.active AND item.quantity_open <> 0 AND item.ready
            GROUP BY cap.id
           HAVING cap.limit_amount > 0 AND cap.limit_amount - cap.amount_used
                  < sum(coalesce(item.price_unit, 0)
                        * CASE item.unit WHEN 'minute'
                               THEN item.quantity_open / 60 + 0.01
                               ELSE item.quantity_open END + 1)
               OR cap.limit_hours > 0 AND round(cap.limit_hours::numeric * 60, 6) - cap.minutes_used
                  < sum(CASE item.unit WHEN 'minute' THEN item.quantity_open
                        ELSE 0 END))
"""
#: Services whose price includes a tax, of their own or of their account.
TAXED = """
    coalesce(item.tax_product_id, item.product_id, rule.product_id) IN (
        SELECT product.id FROM product_product product
         WHERE EXISTS (SELECT FROM product_taxes_rel rel
                        WHERE rel.prod_id = product.product_tmpl_id
                          AND rel.tax_id = ANY(%(taxes)s))
            OR %(by_account)s AND NOT EXISTS (
                   SELECT FROM product_taxes_rel rel
                    WHERE rel.prod_id = product.product_tmpl_id))
"""
#: The open items of projects, as collecting reads them, but without taking them.
OPEN_ROWS = """
    SELECT item.id, item.project_id, item.rule_id, item.kind, item.unit,
           rule.detail,
           item.quantity_open AS open, item.price_unit AS price,
           coalesce(item.product_id, rule.product_id) AS product_id,
           item.task_id, item.employee_id,
           coalesce(item.discount, 0) AS discount, item.tax_product_id,
           (item.unit = 'unit' OR item.pricing ? 'volume')
           AND item.quantity_open <> item.quantity AS taken,
           item.pricing -> 'volume' AS volume,
           item.date AS day, item.ready, item.company_id, item.currency_id,
           currency.rounding AS coin,
           CASE WHEN item.quantity_open = item.quantity THEN item.quantity_recorded
                ELSE item.quantity_open END AS recorded
      FROM project_billing_item item
      JOIN project_billing_rule rule ON rule.id = item.rule_id
      JOIN res_currency currency ON currency.id = item.currency_id
     WHERE item.project_id = ANY(%(projects)s) AND item.quantity_open <> 0
       AND item.is_adjustment IS NOT TRUE
     ORDER BY item.id
"""
