"""The queries behind the dashboard (cockpit); each reads its table once.

The records that the reader may see come in as a query of the ORM, which applies the
record rules.
"""

#: Projects that somebody may bill or follow, with whose they are and who pays.
PROJECTS = """
    SELECT project.id, project.name, project.user_id, manager_partner.name,
           payer.commercial_partner_id, customer.name
      FROM project_project project
      LEFT JOIN res_users manager ON manager.id = project.user_id
      LEFT JOIN res_partner manager_partner ON manager_partner.id = manager.partner_id
      LEFT JOIN res_partner payer
        ON payer.id = coalesce(project.billing_partner_id, project.partner_id)
      LEFT JOIN res_partner customer ON customer.id = payer.commercial_partner_id
     WHERE project.id IN %(visible)s
"""

#: Work that may be billed now: by age, and by project.
READY = """
    SELECT item.age, item.project_id, count(*), sum(item.amount_open),
           sum(CASE WHEN item.unit = 'minute' THEN item.quantity_open END) / 60,
           min(item.date)
      FROM (SELECT work.*, width_bucket(
                       %(today)s - coalesce(work.date, %(today)s), %(ages)s) AS age
              FROM (%(items)s) AS work) AS item
     GROUP BY GROUPING SETS ((item.age), (item.project_id))
"""

#: Work that is planned: in all, without a day, late, by week, and what comes first.
PLANNED = """
      WITH project (id, days) AS (SELECT * FROM unnest(%(projects)s, %(days)s)),
           item AS MATERIALIZED (
               SELECT work.*,
                      -- not greatest(), for which no day at all would be today
                      CASE WHEN work.date < %(today)s THEN %(today)s
                           ELSE work.date END + project.days AS expected
                 FROM (%(items)s) AS work
                 JOIN project ON project.id = work.project_id),
           first_of AS (
               -- of a retainer only the next period
               SELECT DISTINCT ON (CASE WHEN kind = 'recurring' THEN rule_id
                                        ELSE -id END)
                      id, kind, name, project_id, milestone_id, date, amount_open,
                      period_start, period_end
                 FROM item WHERE date IS NOT NULL AND kind <> 'retention'
                ORDER BY CASE WHEN kind = 'recurring' THEN rule_id ELSE -id END, date)
    SELECT json_build_object(
        'all', (SELECT json_build_array(count(*), sum(amount_open)) FROM item),
        'undated', (SELECT json_build_array(count(*), sum(amount_open))
                      FROM item WHERE date IS NULL),
        'late', (SELECT json_build_array(count(*), sum(amount_open))
                   FROM item WHERE date < %(today)s),
        'weeks', (SELECT json_object_agg(week, amount) FROM (
                   SELECT date_trunc('week', date)::date AS week,
                          sum(amount_open) AS amount
                     FROM item WHERE date BETWEEN %(first)s AND %(last)s
                    GROUP BY 1) AS by_week),
        'cash', (SELECT json_object_agg(month, amount) FROM (
                  SELECT to_char(least(expected, %(later)s), 'YYYY-MM') AS month,
                         sum(amount_open) AS amount
                    FROM item WHERE expected IS NOT NULL GROUP BY 1) AS by_month),
        'next', (SELECT json_agg(first_of ORDER BY date, id)
                   FROM (SELECT * FROM first_of ORDER BY date, id
                          LIMIT %(most)s) AS first_of))
"""

#: Planned work that is expected to be paid in a month.
PLANNED_IN = """
      WITH project (id, days) AS (SELECT * FROM unnest(%(projects)s, %(days)s))
    SELECT work.id FROM (%(items)s) AS work
      JOIN project ON project.id = work.project_id
     WHERE work.date IS NOT NULL
       AND to_char(least(greatest(work.date, %(today)s) + project.days, %(later)s),
                   'YYYY-MM') = %(month)s
"""

#: Invoices with the days on which their open parts are expected: what is overdue,
#: and the rest; a draft when it would be paid if it were sent today.
EXPECTED = """
    customer (id, late, days) AS (
        SELECT * FROM unnest(%(customers)s, %(late)s, %(days)s)),
    invoice AS MATERIALIZED (
        SELECT document.*,
               greatest(%(today)s - days_late + coalesce(customer.late, %(all_late)s),
                        %(today)s) AS expected_overdue,
               CASE WHEN state = 'draft'
                    THEN %(today)s + coalesce(customer.days, %(all_days)s)
                    ELSE greatest(invoice_date_due
                                  + coalesce(customer.late, %(all_late)s), %(today)s)
               END AS expected
          FROM (%(invoices)s) AS document
          LEFT JOIN customer ON customer.id = document.partner_id),
    cash AS (
        SELECT id, state, expected_overdue AS expected, amount_overdue AS amount
          FROM invoice WHERE state = 'posted' AND amount_overdue <> 0
         UNION ALL
        SELECT id, state, expected, amount_residual - amount_overdue
          FROM invoice WHERE state = 'posted' AND amount_residual <> amount_overdue
         UNION ALL
        SELECT id, state, expected, amount_total FROM invoice WHERE state = 'draft')
"""

#: All figures of invoices, from one reading.
INVOICES = """
    WITH %(expected)s
    SELECT json_build_object(
        'drafts', (SELECT json_build_array(count(*), sum(amount_untaxed))
                     FROM invoice WHERE state = 'draft'),
        'billed', (SELECT json_build_array(
                              count(*), sum(amount_untaxed), sum(amount_total),
                              sum(amount_paid))
                     FROM invoice
                    WHERE state = 'posted'
                      AND invoice_date BETWEEN %(from)s AND %(to)s),
        'unpaid', (SELECT json_build_array(count(*), sum(amount_residual))
                     FROM invoice WHERE state = 'posted' AND amount_residual <> 0),
        'overdue', (SELECT json_build_array(
                               count(*), sum(amount_overdue), max(days_late))
                      FROM invoice WHERE state = 'posted' AND amount_overdue <> 0),
        'unsent', (SELECT json_build_array(count(*), sum(amount_total))
                     FROM invoice
                    WHERE state = 'posted' AND NOT sent AND NOT credit
                      AND amount_residual <> 0),
        'due_later', (SELECT json_build_array(
                                 count(*), sum(amount_residual - amount_overdue))
                        FROM invoice
                       WHERE state = 'posted' AND amount_residual <> amount_overdue),
        'ages', (SELECT json_object_agg(age, figures) FROM (
                  SELECT width_bucket(days_late, %(ages)s) AS age,
                         json_build_array(count(*), sum(amount_overdue)) AS figures
                    FROM invoice WHERE state = 'posted' AND amount_overdue <> 0
                   GROUP BY 1) AS by_age),
        -- by day first: so a day is written as a month once, not for each invoice
        'months', (SELECT json_object_agg(month, amount) FROM (
                    SELECT to_char(invoice_date, 'YYYY-MM') AS month,
                           sum(amount) AS amount
                      FROM (SELECT invoice_date, sum(amount_untaxed) AS amount
                              FROM invoice
                             WHERE state = 'posted' AND invoice_date >= %(year_ago)s
                             GROUP BY 1) AS by_day
                     GROUP BY 1) AS by_month),
        'cash', (SELECT json_agg(json_build_array(state, month, amount)) FROM (
                  SELECT state,
                         to_char(least(expected, %(later)s), 'YYYY-MM') AS month,
                         sum(amount) AS amount
                    FROM (SELECT state, expected, sum(amount) AS amount FROM cash
                           WHERE expected IS NOT NULL GROUP BY 1, 2) AS by_day
                   GROUP BY 1, 2) AS by_month))
"""

#: Invoices that are expected to be paid in a month, in whole or in part.
INVOICES_IN = """
    WITH %(expected)s
    SELECT DISTINCT id FROM cash
     WHERE state = %(state)s
       AND to_char(least(expected, %(later)s), 'YYYY-MM') = %(month)s
"""

#: How many days after the due date, and after the invoice date, customers paid within
#: the last year: averages weighted by amount; without a customer, of all of them.
PAYERS = """
    SELECT term.partner_id,
           round(sum(part.amount * (payment.date - term.date_maturity))
                 / sum(part.amount))::integer,
           round(sum(part.amount * (payment.date - term.invoice_date))
                 / sum(part.amount))::integer
      FROM account_partial_reconcile part
      JOIN account_move_line term
        ON term.id = part.debit_move_id AND term.display_type = 'payment_term'
       AND term.parent_state = 'posted'
      -- what a credit note takes off is no payment, and is a term of its own
      JOIN account_move_line payment
        ON payment.id = part.credit_move_id AND payment.display_type <> 'payment_term'
     WHERE term.move_id IN %(visible)s AND payment.date > %(year_ago)s
       -- the later of both days: what is not within the year is not looked up
       AND part.max_date > %(year_ago)s AND part.amount <> 0
     GROUP BY GROUPING SETS ((term.partner_id), ())
    HAVING sum(part.amount) <> 0
"""

#: Included or prepaid hours that are nearly used up, or end soon, by rule.
PACKS = """
    SELECT * FROM (
        SELECT pack.rule_id, pack.project_id, rule.name,
               sum(pack.minutes_balance) / 60.0 AS hours_left,
               -- of the last one, as what is used up is not what is talked about
               (array_agg(pack.minutes_granted + pack.minutes_rolled_in
                          ORDER BY pack.period_start DESC, pack.number DESC))[1]
                   / 60.0 AS size,
               max(pack.number) > 0 AS is_pack,
               min(pack.period_end) FILTER (WHERE pack.minutes_balance > 0) AS ends
          FROM (%(rows)s) AS pack
          JOIN project_billing_rule rule
            ON rule.id = pack.rule_id AND rule.active
           AND rule.currency_id = %(currency)s
         GROUP BY pack.rule_id, pack.project_id, rule.name) AS hours
     WHERE size > 0 AND (hours_left <= size * %(share)s
                         OR is_pack AND ends <= %(soon)s)
     ORDER BY hours_left / size, rule_id
     LIMIT %(most)s
"""

#: Who logged time lately on projects, and still works here.
TEAM = """
    SELECT DISTINCT line.employee_id
      FROM account_analytic_line line
      JOIN hr_employee employee
        ON employee.id = line.employee_id AND employee.active
     WHERE line.project_id = ANY(%(projects)s) AND line.date >= %(since)s
"""
