"""The queries behind missed billing alerts (leaks): one for each kind.

Every query returns the columns of :data:`COLUMNS`, so that they can be combined.
``own`` holds one row for each company: its local day, its time zone, and after how many
days something counts as missed; ``mine`` holds the projects. All sum what is open; none
reads an entry that a request has collected.
"""

from .time_sql import minutes_of, units_of

#: Columns of each query, in this order.
COLUMNS = (
    "id",
    "code",
    "company_id",
    "project_id",
    "currency_id",
    "rule_id",
    "milestone_id",
    "request_id",
    "document",
    "note",
    "share",
    "records",
    "hours",
    "amount",
    "date",
)


#: Priced milestones that are ready, one row each.
MILESTONES = """
    SELECT item.id::bigint * 32 + 1, 'milestone', item.company_id, item.project_id,
           item.currency_id, item.rule_id, item.milestone_id, NULL::int, item.name,
           NULL::varchar, NULL::numeric, 1::bigint, 0.0::float8,
           coalesce(worth.amount, 0),
           coalesce(item.date, item.create_date::date)
      FROM project_billing_item item
      JOIN own ON own.company_id = item.company_id
      JOIN mine ON mine.project_id = item.project_id
      LEFT JOIN worth ON worth.id = item.id
     WHERE item.quantity_open <> 0 AND item.ready AND item.kind = 'milestone'
       AND item.problem IS NULL
       AND coalesce(item.date, item.create_date::date)
           <= own.today - own.milestone_days
"""

#: Milestones that are reached while the customer has not signed off yet.
UNSIGNED = """
    SELECT item.id::bigint * 32 + 2, 'unsigned', item.company_id, item.project_id,
           item.currency_id, item.rule_id, item.milestone_id, NULL::int, item.name,
           NULL::varchar, NULL::numeric, 1::bigint, 0.0::float8,
           coalesce(worth.amount, 0),
           coalesce(milestone.reached_date, item.create_date::date)
      FROM project_billing_item item
      JOIN own ON own.company_id = item.company_id
      JOIN mine ON mine.project_id = item.project_id
      JOIN project_milestone milestone ON milestone.id = item.milestone_id
      LEFT JOIN worth ON worth.id = item.id
     WHERE item.quantity_open <> 0 AND item.kind = 'milestone' AND NOT item.ready
       AND milestone.is_reached
       AND coalesce(milestone.reached_date, item.create_date::date)
           <= own.today - own.milestone_days
"""

#: Open work of all other kinds in one pass: old, or without a price. One row per rule;
#: where a price is missing, per sentence that says why.
OPEN_WORK = """
    SELECT CASE found.code WHEN 'no_rate' THEN found.first_id::bigint * 32 + 3
                           WHEN 'zero_price' THEN found.rule_id::bigint * 32 + 4
                           ELSE found.rule_id::bigint * 32 + 5 END,
           found.code, found.company_id, found.project_id, found.currency_id,
           found.rule_id, NULL::int, NULL::int, rule.name, found.problem,
           NULL::numeric, found.records, found.minutes / 60.0, found.amount, found.date
      FROM (SELECT open.code, open.company_id, open.project_id, open.currency_id,
                   open.rule_id, open.problem, min(open.id) AS first_id,
                   count(*) AS records, min(open.date) AS date,
                   coalesce(sum(open.quantity_open)
                       FILTER (WHERE open.unit = 'minute'), 0)::float8 AS minutes,
                   sum(open.amount) AS amount
              FROM (SELECT item.id, item.company_id, item.project_id, item.rule_id,
                           item.currency_id, item.problem, item.unit, item.date,
                           item.quantity_open, own.today,
                           coalesce(worth.amount, 0) AS amount,
                           item.amount_open AS alone,
                           own.work_days,
                           CASE WHEN item.problem IS NOT NULL THEN 'no_rate'
                                WHEN item.amount_open = 0
                                     AND (coalesce(item.price_unit, 0) = 0
                                          OR item.discount = 100) THEN 'zero_price'
                                ELSE 'work' END AS code
                      FROM project_billing_item item
                      JOIN own ON own.company_id = item.company_id
                      JOIN mine ON mine.project_id = item.project_id
                      LEFT JOIN worth ON worth.id = item.id
                     WHERE item.quantity_open <> 0 AND item.ready
                       AND item.is_adjustment IS NOT TRUE
                       AND (item.kind <> 'milestone' OR item.problem IS NOT NULL)
                       -- else it is time outside any rule
                       AND (item.kind <> 'time' OR EXISTS (
                           SELECT FROM project_billing_rule alive
                            WHERE alive.project_id = item.project_id AND alive.active)
                            OR item.project_id NOT IN (SELECT project_id FROM billed))
                   ) AS open
             WHERE open.code <> 'work' OR open.date <= open.today - open.work_days
             GROUP BY open.code, open.company_id, open.project_id, open.currency_id,
                      open.rule_id, open.problem
            -- what corrections outweigh is no work to bill
            HAVING open.code <> 'work' OR sum(open.alone) > 0) AS found
      JOIN project_billing_rule rule ON rule.id = found.rule_id
"""

#: Milestones that are reached and meant to be billed, at a price of nothing.
UNPRICED_MILESTONES = """
    SELECT milestone.id::bigint * 32 + 6, 'unpriced', rule.company_id,
           milestone.project_id, rule.currency_id, rule.id, milestone.id, NULL::int,
           milestone.name, NULL::varchar, NULL::numeric, 1::bigint, 0.0::float8,
           0.0::numeric,
           coalesce(milestone.reached_date, milestone.create_date::date)
      FROM project_milestone milestone
      JOIN project_billing_rule rule ON rule.project_id = milestone.project_id
       AND rule.active AND rule.kind = 'milestone'
      JOIN own ON own.company_id = rule.company_id
      JOIN mine ON mine.project_id = rule.project_id
      JOIN project_project project ON project.id = rule.project_id AND project.active
     WHERE milestone.is_reached AND milestone.billing_basis IS NOT NULL
       AND (%(ours)s)
       AND NOT EXISTS (SELECT FROM project_billing_item item
                        WHERE item.milestone_id = milestone.id)
"""

#: Contracts whose milestones come to more or less than the contract amount.
SHARES = """
    SELECT rule.id::bigint * 32 + 7, 'shares', rule.company_id, rule.project_id,
           rule.currency_id, rule.id, NULL::int, NULL::int, rule.name,
           NULL::varchar,
           CASE WHEN rule.contract_amount > 0
                THEN counted.total * 100 / rule.contract_amount
                ELSE agreed.share END,
           agreed.records, 0.0::float8,
           coalesce(rule.contract_amount, 0) - counted.total, rule.date_start
      FROM project_billing_rule rule
      JOIN own ON own.company_id = rule.company_id
      JOIN mine ON mine.project_id = rule.project_id
      JOIN project_project project ON project.id = rule.project_id AND project.active
      JOIN res_currency currency ON currency.id = rule.currency_id
      CROSS JOIN LATERAL (
           SELECT count(milestone.id) AS records,
                  coalesce(sum(milestone.billing_percentage)
                      FILTER (WHERE milestone.billing_basis = 'percentage'), 0)
                      ::numeric AS share,
                  coalesce(sum(
                      CASE milestone.billing_basis
                      WHEN 'percentage' THEN
                          rule.contract_amount * milestone.billing_percentage / 100
                      WHEN 'fixed' THEN milestone.billing_fixed_price
                      END), 0)::numeric AS total
             FROM project_milestone milestone
            WHERE milestone.project_id = rule.project_id
              AND milestone.billing_basis IS NOT NULL) AS agreed
      -- a contract may be lowered by what is written off of it
      CROSS JOIN LATERAL (
           SELECT agreed.total - least(
                      greatest(agreed.total - coalesce(rule.contract_amount, 0), 0),
                      coalesce((SELECT sum(item.amount * item.quantity_written_off
                                           / item.quantity)
                                  FROM project_billing_item item
                                 WHERE item.rule_id = rule.id
                                   AND item.quantity_written_off <> 0), 0))
                  AS total) AS counted
     WHERE rule.active
       AND (rule.kind = 'milestone'
            OR rule.kind = 'progress' AND rule.progress_by = 'milestone')
       AND (rule.contract_amount > 0
            AND abs(rule.contract_amount - counted.total) >= currency.rounding / 2
            OR coalesce(rule.contract_amount, 0) = 0 AND agreed.share > 0)
"""

#: Time on a project that bills time, which none of its rules covers: since the first
#: rule, and of any day once somebody billed the project, whatever became of the rules:
#: without any rule that is not archived, nobody can bill what is open.
#: Where as many entries as items are counted, by two indexes, each entry has its item:
#: only the other projects are looked at entry by entry.
OUTSIDE = f"""
    SELECT rule.rule_id::bigint * 32 + 8, 'outside', rule.company_id,
           rule.project_id, rule.currency_id, NULL::int, NULL::int, NULL::int,
           NULL::varchar, NULL::varchar, NULL::numeric, found.records, found.hours,
           0.0::numeric, found.date
      FROM (SELECT rule.project_id, min(rule.id) AS rule_id,
                   min(rule.company_id) AS company_id,
                   min(rule.currency_id) AS currency_id,
                   CASE WHEN bool_or(billed.project_id IS NOT NULL)
                        THEN '-infinity'
                        ELSE min(rule.date_start) FILTER (WHERE rule.active)
                        END AS date_start,
                   EXISTS (SELECT FROM project_billing_rule other
                            WHERE other.project_id = rule.project_id
                              AND other.active) AS alive
              FROM project_billing_rule rule
              JOIN own ON own.company_id = rule.company_id
              JOIN mine ON mine.project_id = rule.project_id
              JOIN project_project project
                ON project.id = rule.project_id AND project.active
              LEFT JOIN billed ON billed.project_id = rule.project_id
             WHERE rule.kind = 'time'
             GROUP BY rule.project_id) AS rule
      CROSS JOIN LATERAL (
           SELECT (SELECT count(*) FROM account_analytic_line line
                    WHERE line.project_id = rule.project_id
                      AND line.date >= rule.date_start)
                  <> (SELECT count(*) FROM project_billing_item item
                       WHERE item.project_id = rule.project_id
                         AND item.date >= rule.date_start
                         AND item.analytic_line_id IS NOT NULL AND item.part = 0
                         AND (rule.alive OR item.quantity_open <> item.quantity))
                  AS differs OFFSET 0) AS counted
      CROSS JOIN LATERAL (
           SELECT count(*) AS records, min(line.date) AS date,
                  (sum({minutes_of()}) / 60)::float8 AS hours
              FROM account_analytic_line line
              {units_of()}
             WHERE counted.differs AND line.project_id = rule.project_id
               AND line.date >= rule.date_start
               AND {minutes_of()} <> 0 AND (%(ours)s)
               AND NOT EXISTS (SELECT FROM project_billing_item item
                                WHERE item.analytic_line_id = line.id
                                  AND (rule.alive OR item.quantity_covered <> 0
                                       OR item.quantity_open <> item.quantity))
           OFFSET 0) AS found
     WHERE found.records > 0
"""

#: Time that waits since its task is for another customer, one row per task.
CUSTOMERS = """
    SELECT item.task_id::bigint * 32 + 24, 'customer', item.company_id,
           item.project_id, item.currency_id, min(item.rule_id), NULL::int, NULL::int,
           task.name::varchar, min(item.problem), NULL::numeric, count(*),
           (sum(item.quantity_open) / 60)::float8,
           coalesce(sum(worth.amount), 0), min(item.date)
      FROM project_billing_item item
      JOIN own ON own.company_id = item.company_id
      JOIN mine ON mine.project_id = item.project_id
      LEFT JOIN worth ON worth.id = item.id
      JOIN project_task task ON task.id = item.task_id
     WHERE item.quantity_open <> 0 AND item.held_back
     GROUP BY item.task_id, item.company_id, item.project_id, item.currency_id,
              task.name
"""

#: Requests that nobody goes on with, and invoices that stay where they are. One row
#: each; since when is the last thing that the log of the request tells.
REQUESTS = """
    SELECT found.id::bigint * 32 + found.number, found.code, found.company_id,
           found.project_id, found.currency_id, NULL::int, NULL::int, found.id,
           found.document, NULL::varchar, NULL::numeric, 1::bigint, 0.0::float8,
           found.amount_untaxed, found.date
      FROM (SELECT request.id, request.company_id, request.project_id,
                   request.currency_id, request.amount_untaxed, own.today,
                   CASE WHEN request.state = 'invoiced'
                        THEN coalesce(nullif(move.name, '/'), request.name)
                        ELSE request.name END AS document,
                   CASE request.state WHEN 'draft' THEN 10 WHEN 'submitted' THEN 11
                        WHEN 'approved' THEN 12
                        ELSE CASE move.state WHEN 'draft' THEN 13 ELSE 14 END
                        END AS number,
                   CASE request.state WHEN 'draft' THEN 'draft_request'
                        WHEN 'submitted' THEN 'submitted'
                        WHEN 'approved' THEN 'approved'
                        ELSE CASE move.state WHEN 'draft' THEN 'draft_invoice'
                             ELSE 'unsent' END END AS code,
                   CASE WHEN request.state = 'invoiced' THEN own.invoice_days
                        ELSE own.request_days END AS days,
                   CASE WHEN move.state = 'posted' THEN move.invoice_date
                        ELSE (coalesce(
                            (SELECT max(log.date) FROM project_billing_approval log
                              WHERE log.request_id = request.id),
                            request.create_date) AT TIME ZONE 'UTC'
                            AT TIME ZONE own.zone)::date END AS date
              FROM (SELECT id FROM project_billing_request
                     WHERE state IN ('submitted', 'approved')
                        OR state = 'draft' AND amount_untaxed <> 0
                     UNION ALL
                    SELECT billed.id FROM account_move
                      JOIN project_billing_request billed
                        ON billed.invoice_id = account_move.id
                       AND billed.state = 'invoiced'
                     WHERE account_move.state = 'draft'
                        OR account_move.state = 'posted'
                           AND account_move.is_move_sent IS NOT TRUE
                           AND account_move.payment_state
                               NOT IN ('paid', 'in_payment', 'reversed')) AS stays
              JOIN project_billing_request request ON request.id = stays.id
              JOIN own ON own.company_id = request.company_id
              JOIN mine ON mine.project_id = request.project_id
              LEFT JOIN account_move move ON move.id = request.invoice_id
           ) AS found
     WHERE found.date <= found.today - found.days
"""

#: All of them with what the project and who took them over add.
ALL = """
    WITH own (company_id, today, zone, work_days, milestone_days, request_days,
              invoice_days) AS (VALUES %(own)s),
    mine AS MATERIALIZED (%(mine)s),
    worth AS MATERIALIZED (%(worth)s),
    billed AS MATERIALIZED (%(billed)s),
    leak (%(columns)s) AS MATERIALIZED (%(queries)s)
    SELECT leak.*, own.today - leak.date AS age, project.user_id AS owner_id,
           project.partner_id,
           (SELECT activity.user_id FROM mail_activity activity
             WHERE activity.billing_leak = leak.id::varchar AND activity.active
             ORDER BY activity.id DESC LIMIT 1) AS assigned_id
      FROM leak
      JOIN own ON own.company_id = leak.company_id
      JOIN project_project project ON project.id = leak.project_id
"""

#: Projects of which a request has ever been invoiced.
BILLED = """
    SELECT request.project_id FROM project_billing_request request
      JOIN mine ON mine.project_id = request.project_id
     WHERE request.invoice_id IS NOT NULL
     GROUP BY request.project_id
"""

#: The projects that are looked at: all that are billed, or those of one person.
ALL_PROJECTS = """
    SELECT DISTINCT project_id FROM project_billing_rule
"""
OWN_PROJECTS = """
    SELECT project_project_id AS project_id FROM project_billing_owner_rel
     WHERE res_users_id = %(user)s
"""
