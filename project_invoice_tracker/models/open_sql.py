"""The query of what unbilled items come to on the lines that would bill them.

The lines of a request round hours once and money once and, where Odoo rounds per tax,
only the document is rounded. So no item has an amount of its own that could be summed:
each has a part of its line, cut at the running quantities. Each part is the difference
of two rounded amounts, so that the parts sum to the line, and to the document, to the
cent.
"""

#: Key of the context for what open work is worth, whatever a cap leaves of it.
UNCAPPED = "project_invoice_tracker_uncapped"
#: Key of the context for the same at the prices of the lines, as caps count: a tax
#: that a price includes is left in it.
AT_PRICES = "project_invoice_tracker_at_prices"

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

#: How long a day is on the line of an item (with its ``rule``): minutes, as the price
#: of a day says, or the rule where the price is one of an hour. Null: in hours.
DAY_MINUTES = """
    CASE WHEN item.kind = 'time' AND item.unit = 'minute' AND rule.line_unit = 'days'
         THEN round(coalesce((item.pricing ->> 'hours_per_day')::numeric,
                             rule.day_hours::numeric) * 60, 6) END AS day_minutes
"""

#: What drafts that take new work in hold already, by what their lines gather.
_HELD = f"""
    SELECT item.project_id, item.currency_id, {_KEY} AS key, sum(line.held) AS held,
           sum(sum(line.quantity * line.price_unit::numeric
                   * (1 - coalesce(line.discount, 0)::numeric / 100)))
               OVER (PARTITION BY item.project_id, item.currency_id) AS document
      FROM (SELECT line.id, max(line.quantity)::numeric AS quantity,
                   max(line.price_unit) AS price_unit, max(line.discount) AS discount,
                   sum(slice.quantity) AS held, min(slice.item_id) AS item_id
              FROM (SELECT DISTINCT ON (item.project_id, item.currency_id) item.id
                      FROM project_billing_request item
                     WHERE item.state = 'draft' AND %(scope)s
                     ORDER BY item.project_id, item.currency_id, item.id DESC) AS draft
              JOIN project_billing_line line ON line.request_id = draft.id
               AND line.adjusts IS NOT TRUE AND line.removed IS NOT TRUE
              JOIN project_billing_allocation slice ON slice.line_id = line.id
               AND slice.state = 'reserved' AND slice.action = 'bill'
             GROUP BY line.id) AS line
      JOIN project_billing_item item ON item.id = line.item_id
      JOIN project_billing_rule rule ON rule.id = item.rule_id
     GROUP BY item.project_id, item.currency_id, 3
"""

#: What a line reads for a quantity, times its price.
_WORTH = """
    CASE unit WHEN 'minute' THEN round({0} / 60, %(digits)s)
              WHEN 'unit' THEN round({0}, %(digits)s) ELSE {0} END * price
"""


def _rounded(amount):
    """Return SQL of an amount in whole steps of its currency, or in decimals."""
    return (
        f"CASE WHEN decimals IS NULL THEN round(({amount}) / step) * step"
        f" ELSE round({amount}, decimals) END"
    )


#: What all items of a line up to one come to, of the amount of the line.
_UPTO = "worth * done / whole"
_BEFORE = "worth * (done - quantity) / whole"

#: Item by item, as far as the open items and the drafts tell; where a company rounds
#: per tax, ``globally``, the document is rounded and not the line.
OPEN_AMOUNTS = f"""
    SELECT cut.id, cut.project_id,
           coalesce(CASE WHEN globally
                -- from where the item before got to, or what the draft comes to
                THEN reached - coalesce(lag(reached) OVER (
                         PARTITION BY project_id, ready, currency_id
                         ORDER BY key, date NULLS FIRST, id), {_rounded("document")})
                WHEN whole = quantity THEN worth
                ELSE {_rounded(_UPTO)} - {_rounded(_BEFORE)}
                END, 0) AS amount
      FROM (SELECT line.*,
                   -- how far the document is; each line counts with its last item
                   {_rounded("document + lines + begun")} AS reached
              FROM (SELECT line.*,
                           sum(CASE WHEN is_last AND globally THEN worth ELSE 0 END)
                               OVER (PARTITION BY project_id, ready, currency_id
                                     ORDER BY key, date NULLS FIRST, id) AS lines,
                           CASE WHEN is_last OR NOT globally THEN 0 ELSE {_UPTO} END
                           AS begun
                      FROM (SELECT item.*,
                                   CASE WHEN globally THEN
                                       {_WORTH.format("(held + whole)")}
                                       - CASE held WHEN 0 THEN 0 ELSE
                                         {_WORTH.format("held")} END
                                   ELSE
                                       {_rounded(_WORTH.format("(held + whole)"))}
                                       - CASE held WHEN 0 THEN 0 ELSE
                                         {_rounded(_WORTH.format("held"))} END
                                   END AS worth
                              FROM (SELECT item.*,
                                           nullif(sum(quantity) OVER line, 0) AS whole,
                                           sum(quantity) OVER upto AS done,
                                           row_number() OVER upto
                                           = count(*) OVER line AS is_last
                                      FROM (%(joined)s) AS item
                            WINDOW line AS (PARTITION BY project_id, ready,
                                                         currency_id, key),
                                   upto AS (PARTITION BY project_id, ready,
                                                         currency_id, key
                                            ORDER BY date NULLS FIRST, id)
                                   ) AS item) AS line) AS line) AS cut
"""
#: The open items, each with its line; ``others`` leaves out the projects of which more
#: has to be known.
_OPEN_ITEMS = f"""
    SELECT item.id, item.project_id, item.ready, item.currency_id, item.date, item.unit,
           item.quantity_open AS quantity,
           coalesce(item.price_unit, 0)
           * (1 - coalesce(item.discount, 0) / 100) AS price,
           currency.rounding::numeric AS step,
           CASE WHEN currency.rounding = power(10::numeric, -currency.decimal_places)
                THEN currency.decimal_places END AS decimals,
           company.tax_calculation_rounding_method = 'round_globally'
           AND item.is_adjustment IS NOT TRUE AS globally,
           {_KEY} AS key
      FROM project_billing_item item
      JOIN project_billing_rule rule ON rule.id = item.rule_id
      JOIN res_currency currency ON currency.id = item.currency_id
      JOIN res_company company ON company.id = item.company_id
     WHERE item.quantity_open <> 0 AND %(scope)s AND %(others)s AND %(until)s
       AND %(side)s
"""
#: What a reader asks for: everything, what is ready, or what is planned.
SIDES = {None: "TRUE", True: "item.ready", False: "item.ready IS NOT TRUE"}
#: The same of what is planned, which no draft holds anything of.
PLANNED_ITEMS = f"""
    SELECT item.*, 0::numeric AS held, 0::numeric AS document
      FROM ({_OPEN_ITEMS}) AS item
"""
#: The same beside what drafts hold already of what is ready.
ITEMS_AND_DRAFTS = f"""
      WITH draft AS MATERIALIZED ({_HELD}),
           whole_draft AS MATERIALIZED (
               SELECT DISTINCT project_id, currency_id, document FROM draft)
    SELECT item.*,
           CASE WHEN item.ready THEN coalesce(draft.held, 0) ELSE 0 END AS held,
           CASE WHEN item.ready THEN coalesce(whole_draft.document, 0) ELSE 0
           END AS document
      FROM ({_OPEN_ITEMS}) AS item
      LEFT JOIN draft
        ON draft.project_id = item.project_id
       AND draft.currency_id = item.currency_id AND draft.key = item.key
      LEFT JOIN whole_draft
        ON whole_draft.project_id = item.project_id
       AND whole_draft.currency_id = item.currency_id
"""
#: Those found by collecting itself, beside the others.
OWN_AMOUNTS = """
    SELECT own.id, item.project_id, own.amount
      FROM unnest(%(ids)s, %(amounts)s::numeric[]) AS own(id, amount)
      JOIN project_billing_item item ON item.id = own.id
"""

#: Projects of which more has to be known than that: corrections, prices by volume,
#: rests, increments of lines, days, caps that may be reached, taxes in prices.
INTRICATE = """
    SELECT DISTINCT item.project_id
      FROM project_billing_item item
      JOIN project_billing_rule rule ON rule.id = item.rule_id
     WHERE item.quantity_open <> 0 AND item.is_adjustment IS NOT TRUE AND %(scope)s
       AND %(side)s
       AND (item.ready AND (
               item.quantity_open < 0
            OR item.pricing ? 'volume'
            OR item.unit = 'unit' AND item.quantity_open <> item.quantity
            OR item.unit = 'minute' AND rule.increment_scope = 'line'
               AND rule.increment_minutes > 0
            OR item.rule_id IN (%(capped)s))
            OR item.unit = 'minute' AND rule.line_unit = 'days'
            OR item.unit = 'minute' AND EXISTS (
               SELECT FROM project_billing_request draft
                 JOIN project_billing_line line ON line.request_id = draft.id
                WHERE draft.project_id = item.project_id AND draft.state = 'draft'
                  AND line.day_minutes > 0)
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
               OR cap.limit_hours > 0
                  AND round(cap.limit_hours::numeric * 60, 6) - cap.minutes_used
                  < sum(CASE item.unit WHEN 'minute' THEN item.quantity_open
                        ELSE 0 END))
"""
#: Services whose price includes a tax: of their own, in a group, or instead of another
#: one under a fiscal position; without taxes of their own, those of accounts.
TAXED = """
    coalesce(item.tax_product_id, item.product_id, rule.product_id) IN (
        WITH included AS (
            SELECT tax.id FROM account_tax tax
              JOIN res_company company ON company.id = tax.company_id
             WHERE tax.price_include_override = 'tax_included'
                OR tax.price_include_override IS NULL
                   AND company.account_price_include = 'tax_included'),
        -- a tax that contains one, then one that is replaced
        grouped AS (
            SELECT id FROM included UNION
            SELECT parent_tax FROM account_tax_filiation_rel
             WHERE child_tax IN (SELECT id FROM included)),
        concerned AS (
            SELECT id FROM grouped UNION
            SELECT src_tax_id FROM account_tax_alternatives
             WHERE dest_tax_id IN (SELECT id FROM grouped))
        SELECT product.id FROM product_product product
          JOIN product_taxes_rel rel ON rel.prod_id = product.product_tmpl_id
         WHERE rel.tax_id IN (SELECT id FROM concerned)
         UNION ALL
        SELECT product.id FROM product_product product
         WHERE EXISTS (SELECT FROM account_account_tax_default_rel rel
                        WHERE rel.tax_id IN (SELECT id FROM concerned))
           AND NOT EXISTS (SELECT FROM product_taxes_rel rel
                            WHERE rel.prod_id = product.product_tmpl_id))
"""
#: Time up to a day only; what else there is has lines of its own.
UNTIL = "(item.unit <> 'minute' OR item.date IS NULL OR item.date <= %(day)s)"

#: What planning asks of an open item (with its ``rule`` and ``currency``), whether it
#: is collected or foreseen: see :class:`billing.grouping.OpenItem`.
OPEN_COLUMNS = f"""
    item.id, item.project_id, item.rule_id, item.kind, item.unit,
           rule.detail,
           item.quantity_open AS open, item.price_unit AS price,
           coalesce(item.product_id, rule.product_id) AS product_id,
           item.task_id, item.employee_id,
           coalesce(item.discount, 0) AS discount, item.tax_product_id,
           (item.unit = 'unit' OR item.pricing ? 'volume')
           AND item.quantity_open <> item.quantity AS taken,
           item.pricing -> 'volume' AS volume,
           item.date AS day, currency.rounding AS coin,
           {DAY_MINUTES}
"""
#: The open items of projects, as collecting reads them, but without taking them.
OPEN_ROWS = f"""
    SELECT {OPEN_COLUMNS},
           item.ready, item.company_id, item.currency_id,
           CASE WHEN item.quantity_open = item.quantity THEN item.quantity_recorded
                ELSE item.quantity_open END AS recorded
      FROM project_billing_item item
      JOIN project_billing_rule rule ON rule.id = item.rule_id
      JOIN res_currency currency ON currency.id = item.currency_id
     WHERE item.project_id = ANY(%(projects)s) AND item.quantity_open <> 0
       AND item.is_adjustment IS NOT TRUE AND %(until)s
     ORDER BY item.id
"""
