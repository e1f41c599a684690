"""Queries of integrity checks. Each finds what is wrong; none changes anything.

They return ``res_id``, ``company_id``, ``found`` and ``expected`` (as text). Each reads
every table once, so that a million items take seconds.
"""

from .reconcile_sql import AMOUNT, RECONCILE
from .time_sql import minutes_of, units_of

#: One comparison of the big query; PostgreSQL leaves the others out.
PART = f"""
    SELECT res_id, company_id, found, expected FROM ({RECONCILE}) AS every
     WHERE part = '{{part}}'
"""
COUNTERS = PART.format(part="counters")
JOURNAL = PART.format(part="journal")
APPROVAL_LOG = PART.format(part="approvals")
BY_REQUEST = f"""
    SELECT line.request_id AS res_id, every.company_id,
           concat(line.name, ': ', every.found) AS found,
           every.expected
      FROM ({RECONCILE}) AS every
      JOIN project_billing_line line ON line.id = every.res_id
     WHERE every.part = '{{part}}'
"""
INVOICE_LINES = BY_REQUEST.format(part="invoice")
INVOICE_SLICES = BY_REQUEST.format(part="slices")

#: Triggers and constraints by which PostgreSQL itself keeps the ledger.
GUARDS = """
    SELECT 0 AS res_id, company.id AS company_id, wanted.name AS found,
           '' AS expected
      FROM unnest(%(guards)s) AS wanted(name)
      JOIN res_company company ON TRUE
     WHERE NOT EXISTS (SELECT FROM pg_trigger
                        WHERE tgname = wanted.name AND tgenabled IN ('O', 'A'))
       AND NOT EXISTS (SELECT FROM pg_constraint
                        WHERE conname = wanted.name AND convalidated)
       AND NOT EXISTS (SELECT FROM pg_class index
                         JOIN pg_index ON pg_index.indexrelid = index.oid
                        WHERE index.relname = wanted.name AND indisvalid)
"""
MORE_THAN_THERE_IS = """
    SELECT item.id AS res_id, item.company_id, trim_scale(held.quantity)::text AS found,
           trim_scale(item.quantity)::text AS expected
      FROM project_billing_item item
      JOIN (SELECT item_id, sum(quantity) AS quantity
              FROM project_billing_allocation WHERE state <> 'released'
             GROUP BY item_id) held ON held.item_id = item.id
     WHERE abs(held.quantity) > abs(item.quantity)
        OR sign(held.quantity) <> sign(item.quantity)
"""
#: Work in use whose time entry says something else by now, or is gone.
SOURCES = f"""
    SELECT held.item_id AS res_id, held.company_id,
           coalesce(round({minutes_of()} / 60, 2)::text, '–') AS found,
           round(held.recorded / 60, 2)::text AS expected
      FROM (SELECT analytic_line_id, min(id) AS item_id,
                   min(company_id) AS company_id, min(project_id) AS project_id,
                   sum(quantity_recorded) AS recorded
              FROM project_billing_item
             WHERE kind = 'time' AND is_adjustment IS NOT TRUE
             GROUP BY analytic_line_id,
                      CASE WHEN analytic_line_id IS NULL THEN id END
            HAVING bool_or(quantity_open <> quantity)) held
      LEFT JOIN account_analytic_line line ON line.id = held.analytic_line_id
      {units_of()}
     WHERE line.id IS NULL OR line.project_id IS DISTINCT FROM held.project_id
        OR {minutes_of()} <> held.recorded
           -- versions before 19.0.6.0.0 kept whole minutes; what was in use stays
           AND round({minutes_of()}) <> held.recorded
"""
#: Time that a rule covers, that nobody else bills (``ours``: what add-ons say of it)
#: and that has no item: it would never be billed.
COMPLETE = f"""
    SELECT line.project_id AS res_id, min(billed.company_id) AS company_id,
           count(*)::text AS found, '0' AS expected
      FROM account_analytic_line line
      {units_of()}
      JOIN (SELECT project_id, min(company_id) AS company_id
              FROM project_billing_rule WHERE kind = 'time' AND active
             GROUP BY project_id) billed ON billed.project_id = line.project_id
     WHERE (%(ours)s) AND {minutes_of()} <> 0
       AND NOT EXISTS (SELECT FROM project_billing_item item
                        WHERE item.analytic_line_id = line.id)
       AND EXISTS (
           SELECT FROM project_billing_rule rule
            WHERE rule.project_id = line.project_id AND rule.kind = 'time'
              AND rule.active AND rule.date_start <= line.date
              AND (rule.date_end IS NULL OR line.date <= rule.date_end)
              AND (line.task_id IN (
                       SELECT project_task_id FROM project_billing_rule_project_task_rel
                        WHERE project_billing_rule_id = rule.id)
                   OR NOT EXISTS (
                       SELECT FROM project_billing_rule_project_task_rel
                        WHERE project_billing_rule_id = rule.id))
              AND (line.employee_id IN (
                       SELECT hr_employee_id FROM hr_employee_project_billing_rule_rel
                        WHERE project_billing_rule_id = rule.id)
                   OR NOT EXISTS (
                       SELECT FROM hr_employee_project_billing_rule_rel
                        WHERE project_billing_rule_id = rule.id)))
     GROUP BY line.project_id
"""
DRAFT_LINES = f"""
    SELECT line.request_id AS res_id, request.company_id,
           concat(line.name, ': ', trim_scale(line.quantity)) AS found,
           trim_scale(round(CASE line.unit WHEN 'minute' THEN held.quantity / held.per
                            ELSE held.quantity END, 4))::text AS expected
      FROM project_billing_line line
      JOIN project_billing_request request ON request.id = line.request_id
      JOIN res_currency currency ON currency.id = request.currency_id
      LEFT JOIN account_move move ON move.id = request.invoice_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(quantity), 0) AS quantity,
                  coalesce(nullif(line.day_minutes, 0), 60)::numeric AS per
             FROM project_billing_allocation slice
            WHERE slice.line_id = line.id AND slice.action = 'bill'
              AND slice.state <> 'released') held
     WHERE (request.state IN ('draft', 'submitted', 'approved')
            OR request.state = 'invoiced' AND move.state = 'draft')
       AND line.removed IS NOT TRUE
       AND CASE line.unit
           WHEN 'minute' THEN abs(held.quantity / held.per - line.quantity)
                              > 0.5 * power(10::numeric, -%(digits)s) + 0.000001
           WHEN 'amount' THEN {
    AMOUNT.format(
        "held.quantity",
        "(line.quantity * line.price_unit::numeric)",
        "currency.rounding::numeric",
    )
}
           ELSE abs(held.quantity - line.quantity) > 0.00001 END
"""
REQUEST_STATES = """
    SELECT request.id AS res_id, request.company_id, request.state AS found,
           coalesce(move.state, '–') AS expected
      FROM project_billing_request request
      LEFT JOIN account_move move ON move.id = request.invoice_id
     WHERE request.state = 'invoiced' AND coalesce(move.state, 'cancel') = 'cancel'
        OR request.state <> 'invoiced' AND move.state IN ('draft', 'posted')
"""
DEAD_SLICES = """
    SELECT request.id AS res_id, request.company_id, count(*)::text AS found,
           '0' AS expected
      FROM project_billing_request request
      JOIN project_billing_allocation slice ON slice.request_id = request.id
     WHERE request.state = 'cancelled' AND slice.state <> 'released'
     GROUP BY request.id
"""
#: Posted without being billed, or billed without being posted.
FOLLOWING = """
    SELECT request.id AS res_id, request.company_id,
           string_agg(DISTINCT slice.state, ', ') AS found,
           coalesce(min(move.state), '–') AS expected
      FROM project_billing_allocation slice
      JOIN project_billing_request request ON request.id = slice.request_id
      LEFT JOIN account_move move ON move.id = request.invoice_id
     WHERE slice.state <> 'released' AND slice.action = 'bill'
       AND request.state <> 'cancelled'
       AND (slice.state = 'billed') <> (coalesce(move.state, '') = 'posted')
     GROUP BY request.id
"""
UNAPPROVED = """
    SELECT request.id AS res_id, request.company_id, request.state AS found,
           '' AS expected
      FROM project_billing_request request
     WHERE request.state IN ('approved', 'invoiced') AND request.replaces_id IS NULL
       AND NOT EXISTS (SELECT FROM project_billing_approval step
                        WHERE step.request_id = request.id AND step.valid)
"""
#: Credited by a note that is not posted, and not taken back either.
CREDITS = """
    SELECT note.move_id AS res_id, min(move.company_id) AS company_id,
           trim_scale(sum(slice.quantity))::text AS found, '0' AS expected
      FROM project_billing_allocation slice
      JOIN account_move_line note ON note.id = slice.credit_line_id
      JOIN account_move move ON move.id = note.move_id
     WHERE slice.release_cause = 'credited' AND slice.reverted IS NOT TRUE
       AND move.state <> 'posted'
     GROUP BY note.move_id
"""
INCLUDED_HOURS = """
    SELECT rule.project_id AS res_id, rule.company_id,
           round(account.used / 60.0, 2)::text AS found,
           round(coalesce(used.minutes, 0) / 60.0, 2)::text AS expected
      FROM (SELECT rule_id, sum(minutes_used) AS used,
                   sum(minutes_rolled_in - minutes_rolled_out) AS rolled,
                   bool_or(minutes_balance < 0 OR minutes_balance <> minutes_granted
                       + minutes_rolled_in - minutes_used - minutes_expired
                       - minutes_rolled_out) AS wrong
              FROM project_billing_allowance GROUP BY rule_id) account
      JOIN project_billing_rule rule ON rule.id = account.rule_id
      LEFT JOIN (SELECT source.rule_id, sum(item.quantity_covered) AS minutes
                   FROM project_billing_item item
                   JOIN project_billing_allowance source
                     ON source.id = item.allowance_id
                  GROUP BY source.rule_id) used ON used.rule_id = account.rule_id
     WHERE account.wrong OR account.rolled <> 0
        OR account.used <> coalesce(used.minutes, 0)
"""
#: Somebody asked who may not bill the project any more.
MANAGERS = """
    SELECT request.id AS res_id, request.company_id, partner.name AS found,
           coalesce(now_partner.name, '–') AS expected
      FROM project_billing_request request
      JOIN project_project project ON project.id = request.project_id
      JOIN res_users asking ON asking.id = request.user_id
      JOIN res_partner partner ON partner.id = asking.partner_id
      LEFT JOIN res_users managing ON managing.id = project.user_id
      LEFT JOIN res_partner now_partner ON now_partner.id = managing.partner_id
     WHERE request.state IN ('submitted', 'approved')
       AND (asking.active IS NOT TRUE
            OR request.user_id IS DISTINCT FROM project.user_id
               AND NOT EXISTS (SELECT FROM project_billing_deputy_rel rel
                                WHERE rel.project_project_id = project.id
                                  AND rel.res_users_id = request.user_id)
               AND request.user_id <> ALL (%(administrators)s))
"""
#: Whoever the record rules let bill a project, without being in charge of it, or the
#: other way round.
OWNERS = """
    SELECT project.id AS res_id, project.company_id,
           coalesce(stored.names, '–') AS found, coalesce(wanted.names, '–') AS expected
      FROM (SELECT project.id, project.user_id, min(rule.company_id) AS company_id
              FROM project_project project
              JOIN project_billing_rule rule ON rule.project_id = project.id
             GROUP BY project.id) project
     CROSS JOIN LATERAL (
           SELECT array_agg(person.id ORDER BY person.id) AS ids,
                  string_agg(partner.name, ', ' ORDER BY person.id) AS names
             FROM res_users person JOIN res_partner partner
               ON partner.id = person.partner_id
            WHERE person.id = project.user_id OR person.id IN (
                  SELECT res_users_id FROM project_billing_deputy_rel
                   WHERE project_project_id = project.id)) wanted
     CROSS JOIN LATERAL (
           SELECT array_agg(person.id ORDER BY person.id) AS ids,
                  string_agg(partner.name, ', ' ORDER BY person.id) AS names
             FROM project_billing_owner_rel owner
             JOIN res_users person ON person.id = owner.res_users_id
             JOIN res_partner partner ON partner.id = person.partner_id
            WHERE owner.project_project_id = project.id) stored
     WHERE wanted.ids IS DISTINCT FROM stored.ids
"""
COMPANIES = """
    SELECT DISTINCT request.id AS res_id, request.company_id,
           company.name AS found, own.name AS expected
      FROM project_billing_request request
      JOIN res_company own ON own.id = request.company_id
      LEFT JOIN account_move move ON move.id = request.invoice_id
      LEFT JOIN project_billing_allocation slice
        ON slice.request_id = request.id AND slice.state <> 'released'
      LEFT JOIN project_billing_item item ON item.id = slice.item_id
      JOIN res_company company
        ON company.id = CASE WHEN move.company_id <> request.company_id
                             THEN move.company_id ELSE item.company_id END
     WHERE move.company_id <> request.company_id
        OR item.company_id <> request.company_id
"""
CURRENCIES = """
    SELECT DISTINCT request.id AS res_id, request.company_id,
           currency.name AS found, own.name AS expected
      FROM project_billing_request request
      JOIN res_currency own ON own.id = request.currency_id
      LEFT JOIN account_move move
        ON move.id = request.invoice_id AND move.state <> 'cancel'
      LEFT JOIN project_billing_allocation slice
        ON slice.request_id = request.id AND slice.state <> 'released'
      LEFT JOIN project_billing_item item ON item.id = slice.item_id
      JOIN res_currency currency
        ON currency.id = CASE WHEN move.currency_id <> request.currency_id
                              THEN move.currency_id ELSE item.currency_id END
     WHERE move.currency_id <> request.currency_id
        OR item.currency_id <> request.currency_id
"""
RUNS = """
    SELECT run.id AS res_id, run.company_id,
           count(*) FILTER (WHERE line.state = 'waiting')::text AS found,
           '0' AS expected
      FROM project_billing_run run
      LEFT JOIN project_billing_run_line line ON line.run_id = run.id
     WHERE run.state = 'running'
     GROUP BY run.id
    HAVING greatest(max(line.write_date), run.date_start)
           < now() AT TIME ZONE 'UTC' - interval '3 hours'
"""
#: What still matters and did not go out: tried in vain, or left lying for hours.
MESSAGES = """
    SELECT row.request_id AS res_id, row.company_id, count(*)::text AS found,
           '0' AS expected
      FROM project_billing_outbox row
      JOIN project_billing_request request ON request.id = row.request_id
      LEFT JOIN account_move move ON move.id = row.invoice_id
     WHERE (row.state = 'failed'
            OR row.state = 'waiting'
               AND row.next_try < now() AT TIME ZONE 'UTC' - interval '3 hours')
       AND CASE row.kind WHEN 'invoice' THEN move.state = 'posted'
                                         AND move.is_move_sent IS NOT TRUE
           ELSE request.state = 'submitted' END
     GROUP BY row.request_id, row.company_id
"""
