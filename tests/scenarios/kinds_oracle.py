"""Every kind of billing recomputed from raw tables and documents, by SQL alone.

Each query finds rows that are wrong; none is the rule. None of them asks the add-on.
"""

from .ledger_oracle import UNBALANCED

#: I1: two items of one source and part; without a source only history is kept.
TWICE = """
    SELECT concat(analytic_line_id, '/', milestone_id, '/', cost_line_id, '/',
                  progress_id, '/', source_key, '/', part)
      FROM project_billing_item
     WHERE project_id = %(project)s AND kind <> 'manual' AND NOT coalesce(
           is_adjustment, FALSE)
       AND (quantity <> 0 OR coalesce(quantity_covered, 0) <> 0)
     GROUP BY analytic_line_id, milestone_id, cost_line_id, progress_id, source_key,
              part
    HAVING count(*) > 1
        OR coalesce(analytic_line_id, milestone_id, cost_line_id, progress_id) IS NULL
           AND source_key IS NULL
"""
#: I1: the parts of an entry are what was recorded, nothing more and nothing less.
RECORDED = """
    SELECT concat('entry ', line.id, ': ', x.recorded, ' recorded, items say ',
                  item.recorded)
      FROM account_analytic_line line
     CROSS JOIN LATERAL (
           SELECT round(line.unit_amount::numeric * 60, 6) AS recorded) x
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(quantity_recorded), 0) AS recorded
             FROM project_billing_item WHERE analytic_line_id = line.id) item
     WHERE line.project_id = %(project)s AND item.recorded <> x.recorded
"""
#: I1, I21: covered and charged minutes of an entry are what its increment says.
BY_ENTRY = """
    SELECT concat('entry ', line.id, ': ', x.billable, ' in increments, items say ',
                  item.minutes)
      FROM account_analytic_line line
     CROSS JOIN LATERAL (
           SELECT round(line.unit_amount::numeric * 60, 6) AS recorded) r
     CROSS JOIN LATERAL (
           SELECT sign(r.recorded) * ceil(abs(r.recorded) / %(step)s) * %(step)s
                  AS billable) x
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(coalesce(quantity_whole, quantity)
                               + coalesce(quantity_covered, 0)), 0) AS minutes
             FROM project_billing_item WHERE analytic_line_id = line.id) item
     WHERE line.project_id = %(project)s AND %(scope)s = 'entry'
       AND item.minutes <> x.billable
"""
#: The same for a person's day, as long as no request ever froze a part of it.
BY_DAY = """
    SELECT concat('day ', line.date, ' of ', line.employee_id, ': ',
                  sum(r.recorded), ' recorded, items say ', sum(item.minutes))
      FROM account_analytic_line line
     CROSS JOIN LATERAL (
           SELECT round(line.unit_amount::numeric * 60, 6) AS recorded) r
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(quantity + coalesce(quantity_covered, 0)), 0) AS minutes,
                  coalesce(bool_or(quantity <> quantity_open), FALSE) AS held
             FROM project_billing_item WHERE analytic_line_id = line.id) item
     WHERE line.project_id = %(project)s AND %(scope)s = 'person_day'
     GROUP BY line.employee_id, line.date
    HAVING NOT bool_or(item.held) AND bool_and(r.recorded > 0)
       AND sum(item.minutes) <> ceil(sum(r.recorded) / %(step)s) * %(step)s
"""
#: I2: a line's amount is its quantity at its price, tax included or not. Where the tax
#: is in it, Odoo rounds tax and rest apart: their sum may differ by a coin.
LINE_AMOUNT = """
    SELECT concat('line ', line.id, ': ', line.quantity, ' x ', line.price_unit,
                  ' - ', line.discount, ' is not ', line.price_subtotal)
      FROM project_billing_line line
      JOIN project_billing_request request ON request.id = line.request_id
      JOIN res_currency currency ON currency.id = request.currency_id
     WHERE line.project_id = %(project)s AND NOT coalesce(line.removed, FALSE)
       AND abs(round(line.quantity::numeric * line.price_unit::numeric
                     * (1 - coalesce(line.discount, 0)::numeric / 100)
                     / currency.rounding) * currency.rounding
               - CASE WHEN %(included)s THEN line.price_total
                      ELSE line.price_subtotal END)
           > CASE WHEN %(included)s AND (%(globally)s OR currency.rounding > 0.01)
                  THEN currency.rounding ELSE 0 END
"""
#: I2: what a line reads is what it holds, unless credit notes gave some back.
LINE_SLICES = """
    SELECT concat('line ', line.id, ' ', line.kind, ': ', line.quantity, ' x ',
                  line.price_unit, ', slices ', held.quantity)
      FROM project_billing_line line
      JOIN project_billing_request request ON request.id = line.request_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(quantity), 0) AS quantity
             FROM project_billing_allocation slice
            WHERE slice.line_id = line.id AND slice.action = 'bill'
              AND slice.state <> 'released') held
     WHERE line.project_id = %(project)s AND request.state <> 'cancelled'
       AND NOT coalesce(line.removed, FALSE)
       AND NOT EXISTS (SELECT FROM account_move_line WHERE
                       billing_origin_line_id = line.id)
       AND CASE line.unit
           WHEN 'minute' THEN abs(held.quantity / 60 - line.quantity) > 0.0050001
           WHEN 'amount' THEN abs(held.quantity - line.quantity * line.price_unit)
                              > 0.000001
           ELSE abs(held.quantity - line.quantity) > 0.000001 END
"""
#: I2: a request and its invoice come to the same; I23: and to nothing below zero,
#: once a draft is submitted.
TOTALS = """
    SELECT concat(request.name, ' ', request.state, ': ', request.amount_untaxed,
                  ' + ', request.amount_tax, ', invoice ', move.amount_untaxed, ' + ',
                  move.amount_tax, ', lines ', lines.amount)
      FROM project_billing_request request
      LEFT JOIN account_move move ON move.id = request.invoice_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(price_subtotal), 0) AS amount, count(*)
             FROM project_billing_line line WHERE line.request_id = request.id
              AND NOT coalesce(line.removed, FALSE)) lines
     WHERE request.project_id = %(project)s
       AND (least(request.amount_untaxed, request.amount_tax, request.amount_total) < 0
           AND request.state IN ('submitted', 'approved', 'invoiced')
            OR move.amount_total < 0
            OR abs(request.amount_untaxed - lines.amount)
               > CASE WHEN %(globally)s THEN %(step_of_money)s * lines.count
                      ELSE 0.001 END
            OR request.state = 'invoiced'
           AND (move.amount_untaxed <> request.amount_untaxed
                OR move.amount_tax <> request.amount_tax
                OR move.amount_total <> request.amount_total))
"""
#: I14: dead documents hold nothing, and only posted invoices bill.
DEAD = """
    SELECT concat('slice ', slice.id, ' ', slice.state, ' of ', request.name, ' ',
                  request.state, ' ', move.state)
      FROM project_billing_allocation slice
      JOIN project_billing_line line ON line.id = slice.line_id
      JOIN project_billing_request request ON request.id = line.request_id
      LEFT JOIN account_move move ON move.id = request.invoice_id
     WHERE slice.state <> 'released' AND line.project_id = %(project)s
       AND (request.state = 'cancelled' OR move.state = 'cancel'
            OR slice.request_id <> request.id
            OR (slice.state = 'billed') <> (coalesce(move.state, '') = 'posted')
               AND slice.action = 'bill')
"""
#: I21: the account of hours, added up from the work: of a pack by what it covers, of
#: a period by the days of the work, some of it covered by hours rolled over. What a
#: correction takes back is booked where that work was, so then only the sum is known.
ALLOWANCES = """
    SELECT concat('account ', account.period_start, ' ', account.number, ': ',
                  account.minutes_used, ' used, items say ', used.minutes,
                  ', balance ', account.minutes_balance)
      FROM project_billing_allowance account
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(quantity_covered), 0) AS minutes
             FROM project_billing_item item
             JOIN project_billing_allowance source ON source.id = item.allowance_id
            WHERE source.rule_id = account.rule_id
              AND CASE WHEN account.number > 0 THEN source.id = account.id
                  ELSE item.date BETWEEN account.period_start AND account.period_end
                  END) used
     WHERE account.project_id = %(project)s AND (account.number > 0 OR NOT EXISTS (
           SELECT FROM project_billing_item
            WHERE project_id = %(project)s AND quantity_covered < 0))
       AND (used.minutes <> account.minutes_used OR account.minutes_balance < 0
            OR account.minutes_granted + account.minutes_rolled_in - used.minutes
               - account.minutes_expired - account.minutes_rolled_out
               <> account.minutes_balance)
"""
ALL_HOURS = """
    SELECT concat(sum(minutes_used), ' used, items say ', used.minutes)
      FROM project_billing_allowance account
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(quantity_covered), 0) AS minutes
             FROM project_billing_item item
             JOIN project_billing_allowance source ON source.id = item.allowance_id
            WHERE source.rule_id = account.rule_id) used
     WHERE account.project_id = %(project)s
     GROUP BY account.rule_id, used.minutes HAVING sum(minutes_used) <> used.minutes
"""
ROLLED = """
    SELECT concat('rolled in ', sum(minutes_rolled_in), ', out ',
                  sum(minutes_rolled_out))
      FROM project_billing_allowance WHERE project_id = %(project)s
     GROUP BY rule_id HAVING sum(minutes_rolled_in) <> sum(minutes_rolled_out)
"""
#: I23: open items are worth what they say.
OPEN = """
    SELECT concat('item ', id, ' ', kind, ': ', quantity_open, ' x ', price_unit,
                  ' - ', discount, ' is not ', amount_open)
      FROM project_billing_item
     WHERE project_id = %(project)s AND quantity = quantity_open
       AND abs(CASE unit WHEN 'minute' THEN quantity_open / 60 ELSE quantity_open END
               * price_unit * (1 - coalesce(discount, 0) / 100) - amount_open)
           > %(step_of_money)s / 2 + 0.0000001
"""
QUERIES = {
    "counters": UNBALANCED,
    "billed twice": TWICE,
    "recorded": RECORDED,
    "increments": BY_ENTRY,
    "increments of a day": BY_DAY,
    "amount": LINE_AMOUNT,
    "slices": LINE_SLICES,
    "totals": TOTALS,
    "dead documents": DEAD,
    "included hours": ALLOWANCES,
    "all included hours": ALL_HOURS,
    "rollover": ROLLED,
    "open amounts": OPEN,
}


def complaints(env, **facts):
    """Return everything that the raw tables say is wrong; nothing if all is well."""
    env.flush_all()
    found = []
    for title, query in QUERIES.items():
        env.cr.execute(query, facts)
        found += [f"{title}: {row[0]}" for row in env.cr.fetchall()]
    # I26: and what the journal says against the ledger and the invoices
    found += [f"journal: {row}" for row in env["project.billing.journal"]._reconcile()]
    return found
