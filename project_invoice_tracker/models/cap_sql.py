"""Queries of caps: locking them, and counting what is used."""

#: In one order, so that two sessions that need several never wait for each other.
LOCK_CAPS = "SELECT FROM project_billing_cap WHERE id IN %s ORDER BY id FOR UPDATE"
#: What is used of caps; amounts as on the lines: hours rounded once per line, then
#: the money; up where Odoo rounds the document only, which then never comes to more.
USED = """
    WITH line AS (
        SELECT line.id, line.price_unit, line.discount, item.rule_id,
               coalesce(nullif(line.day_minutes, 0), 60)::numeric AS per,
               min(item.unit) AS unit, min(currency.rounding) AS rounding,
               bool_or(company.tax_calculation_rounding_method = 'round_globally')
                   AS upwards,
               sum(slice.quantity) AS quantity
          FROM project_billing_cap_rule_rel rel
          JOIN project_billing_item item ON item.rule_id = rel.rule_id
          JOIN project_billing_allocation slice
            ON slice.item_id = item.id AND slice.action = 'bill'
           AND slice.state <> 'released'
          JOIN project_billing_line line ON line.id = slice.line_id
          JOIN res_currency currency ON currency.id = item.currency_id
          JOIN res_company company ON company.id = item.company_id
         WHERE rel.cap_id IN %(caps)s
         GROUP BY line.id, item.rule_id),
    exact AS (
        SELECT rule_id, unit, quantity, rounding, upwards,
               CASE unit WHEN 'minute' THEN round(quantity / per, %(digits)s)
                         WHEN 'amount' THEN sign(quantity)
                         ELSE quantity END
               * price_unit::numeric * (1 - coalesce(discount, 0)::numeric / 100)
               / rounding::numeric AS cents
          FROM line),
    amount AS (
        SELECT rule_id, rounding::numeric
               * CASE WHEN upwards THEN ceil(cents) ELSE round(cents) END AS amount,
               CASE unit WHEN 'minute' THEN quantity ELSE 0 END AS minutes
          FROM exact)
    SELECT cap.id, coalesce(sum(amount.amount), 0) AS amount,
           coalesce(sum(amount.minutes), 0) AS minutes
      FROM project_billing_cap cap
      LEFT JOIN project_billing_cap_rule_rel rel ON rel.cap_id = cap.id
      LEFT JOIN amount ON amount.rule_id = rel.rule_id
     WHERE cap.id IN %(caps)s
     GROUP BY cap.id
"""
STORE_USED = """
    UPDATE project_billing_cap cap
       SET amount_used = total.amount, minutes_used = total.minutes
      FROM unnest(%(ids)s, %(amounts)s::numeric[], %(minutes)s::numeric[])
           AS total(id, amount, minutes)
     WHERE total.id = cap.id
       AND (cap.amount_used IS DISTINCT FROM total.amount
            OR cap.minutes_used IS DISTINCT FROM total.minutes)
"""
