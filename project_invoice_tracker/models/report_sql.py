"""Queries of the reports on money.

Conditions ``own_…`` only save time: they leave out rows that the record rules would
hide from a manager of few projects.
"""

from .time_sql import minutes_of, units_of

#: A column without a value, which shares have on a row. It also keeps the statement
#: apart: PostgreSQL 18 merges a plain subquery into a statement with grouping sets, as
#: pivots send it, and then applies no condition before everything is computed. It
#: leaves a volatile column alone, and so conditions reach the indexes.
NO_VALUE = "CASE WHEN random() < 0 THEN 0::float8 END"

#: The same for statements whose columns all have a value.
APART = f"{NO_VALUE} AS apart"

#: Projects that anything is billed of, each with the currency of its contract.
BILLED_PROJECTS = """
    SELECT DISTINCT ON (rule.project_id) rule.project_id AS id, rule.currency_id
      FROM project_billing_rule rule
     ORDER BY rule.project_id, rule.active DESC, rule.sequence, rule.id
"""

#: The project that an analytic account's costs belong to; one, if several share it.
ACCOUNT_PROJECTS = """
    SELECT DISTINCT ON (project.account_id) project.account_id, project.id
      FROM project_project project
      JOIN project_billing_rule rule ON rule.project_id = project.id
     WHERE project.account_id IS NOT NULL
     ORDER BY project.account_id, (rule.kind = 'cost' AND rule.active) DESC, project.id
"""

#: Who pays, and who manages, as the project says today.
OF_PROJECT = """
      LEFT JOIN project_project project ON project.id = {alias}.project_id
      LEFT JOIN res_partner customer
        ON customer.id = coalesce(project.billing_partner_id, project.partner_id)
"""

#: The job that a person had on the day of an entry, or the first one known.
JOB_OF_ENTRY = """
    (SELECT version.job_id FROM hr_version version
      WHERE version.employee_id = entry.employee_id AND version.active
      ORDER BY version.date_version <= entry.date DESC,
               abs(entry.date - version.date_version) LIMIT 1)
"""

BILLED = """
    SELECT share.id, share.date, share.project_id, share.company_id,
           share.currency_id, share.kind, share.credit, share.employee_id,
           share.job_id, share.reason, line.product_id, line.rule_id,
           share.request_id, share.user_id, move.name AS document,
           move.commercial_partner_id AS partner_id,
           share.minutes / 60.0 AS hours,
           share.minutes_recorded / 60.0 AS hours_recorded, share.amount,
           share.amount_standard, share.amount_volume, share.amount_discount,
           share.amount_written_off, share.amount_rebate, share.amount_rounding,
           100.0 * share.amount / nullif(share.amount_standard, 0) AS realisation
      FROM project_billing_share share
      LEFT JOIN project_billing_line line ON line.id = share.line_id
      LEFT JOIN account_move move ON move.id = share.move_id
     WHERE %(own_share)s
"""

#: ``today`` is that of each company.
WORK_IN_PROGRESS = f"""
    WITH day AS MATERIALIZED (
        SELECT company.id, (%(now)s::timestamp AT TIME ZONE 'UTC'
                            AT TIME ZONE coalesce(own.tz, %(zone)s))::date AS today
          FROM res_company company JOIN res_partner own ON own.id = company.partner_id)
    SELECT piece.*, customer.commercial_partner_id AS partner_id, project.user_id,
           greatest(day.today - piece.date, 0) AS age,
           CASE WHEN piece.stage = 'planned' THEN 'planned'
                WHEN day.today - piece.date <= 30 THEN '0_30'
                WHEN day.today - piece.date <= 60 THEN '31_60'
                WHEN day.today - piece.date <= 90 THEN '61_90'
                ELSE '91' END AS bucket
      FROM (
        SELECT item.id * 2 AS id, item.date, item.project_id, item.company_id,
               item.currency_id, item.kind, item.rule_id, item.employee_id,
               item.name::text,
               NULL::integer AS request_id,
               CASE WHEN item.ready THEN 'ready' WHEN item.kind = 'time' THEN 'check'
                    ELSE 'planned' END::varchar AS stage,
               coalesce(worth.amount, 0) AS amount,
               CASE item.unit WHEN 'minute' THEN item.quantity_open / 60.0 ELSE 0 END
               AS hours
          FROM project_billing_item item
          LEFT JOIN (%(worth)s) AS worth ON worth.id = item.id
         WHERE item.quantity_open <> 0 AND item.is_adjustment IS NOT TRUE
           AND %(own_item)s
         UNION ALL
        SELECT line.id * 2 + 1, coalesce(
                   (SELECT min(item.date) FROM project_billing_allocation slice
                      JOIN project_billing_item item ON item.id = slice.item_id
                     WHERE slice.line_id = line.id AND slice.state = 'reserved'),
                   request.date_to, request.create_date::date),
               request.project_id, request.company_id, request.currency_id, line.kind,
               line.rule_id, NULL::integer, line.name, request.id, request.stage,
               line.price_subtotal,
               CASE line.unit WHEN 'minute' THEN round(line.quantity::numeric
                    * coalesce(nullif(line.day_minutes, 0), 60)::numeric / 60, 2)
                    ELSE 0 END
          FROM (SELECT id, project_id, company_id, currency_id, date_to, create_date,
                       CASE state WHEN 'draft' THEN 'preparation'
                                  WHEN 'submitted' THEN 'approval' ELSE state
                       END::varchar AS stage
                  FROM project_billing_request
                 WHERE state IN ('draft', 'submitted', 'approved')
                 UNION ALL
                SELECT request.id, request.project_id, request.company_id,
                       request.currency_id, request.date_to, request.create_date,
                       'draft_invoice'::varchar
                  FROM account_move move
                  JOIN project_billing_request request ON request.invoice_id = move.id
                 WHERE move.state = 'draft' AND move.billing_tracked
                   AND request.state = 'invoiced') AS request
          JOIN project_billing_line line ON line.request_id = request.id
         WHERE line.removed IS NOT TRUE AND line.quantity <> 0
           AND %(own_request)s) AS piece
      JOIN day ON day.id = piece.company_id
      {OF_PROJECT.format(alias="piece")}
"""

#: What was billed for labour, beside the hours that were recorded on the same projects.
#: Hours that others bill have their own money, which is not here.
RATE = f"""
    SELECT piece.*, {APART},
           customer.commercial_partner_id AS partner_id, project.user_id,
           piece.amount / nullif(piece.hours, 0) AS effective_rate
      FROM (
        SELECT share.id * 2 AS id, share.date, share.project_id, share.company_id,
               share.currency_id, share.employee_id, share.job_id, share.amount,
               0.0 AS hours, share.minutes / 60.0 AS hours_billed
          FROM project_billing_share share
         WHERE share.kind <> 'cost' AND %(own_share)s
         UNION ALL
        SELECT entry.id * 2 + 1, entry.date, entry.project_id, entry.company_id,
               billed.currency_id, entry.employee_id, {JOB_OF_ENTRY}, 0.0,
               {minutes_of("entry")} / 60, 0.0
          FROM account_analytic_line entry
          JOIN ({BILLED_PROJECTS}) billed ON billed.id = entry.project_id
          {units_of("entry")}
         WHERE NOT %(elsewhere)s AND %(own_entry)s) AS piece
      {OF_PROJECT.format(alias="piece")}
"""

#: Costs on the analytic account of a project that are no time: bills, expenses.
_OTHER_COSTS = f"""
          FROM account_analytic_line entry
          JOIN ({ACCOUNT_PROJECTS}) owner ON owner.account_id = entry.account_id
          LEFT JOIN account_account account ON account.id = entry.general_account_id
         WHERE entry.project_id IS NULL AND %(own_owner)s
           AND (account.id IS NULL OR starts_with(account.account_type, 'expense'))
"""

#: In the currency of the company, as the books have it. The cost of what others bill
#: stands apart, as their revenue is not here.
MARGIN = f"""
    SELECT piece.*, {APART},
           piece.cost_time + piece.cost_other AS cost,
           piece.revenue - piece.cost_time - piece.cost_other AS margin,
           100.0 * (piece.revenue - piece.cost_time - piece.cost_other)
           / nullif(piece.revenue, 0) AS margin_percent,
           company.currency_id, customer.commercial_partner_id AS partner_id,
           project.user_id
      FROM (
        SELECT share.id * 3 AS id, share.date, share.project_id, share.company_id,
               share.employee_id, share.job_id, share.amount_company AS revenue,
               0.0 AS cost_time, 0.0 AS cost_other, 0.0 AS cost_elsewhere,
               0.0 AS hours
          FROM project_billing_share share WHERE %(own_share)s
         UNION ALL
        SELECT entry.id * 3 + 1, entry.date, entry.project_id, entry.company_id,
               entry.employee_id, {JOB_OF_ENTRY}, 0.0,
               CASE WHEN %(elsewhere)s THEN 0 ELSE -entry.amount END, 0.0,
               CASE WHEN %(elsewhere)s THEN -entry.amount ELSE 0 END,
               CASE WHEN %(elsewhere)s THEN 0 ELSE {minutes_of("entry")} / 60 END
          FROM account_analytic_line entry
          JOIN ({BILLED_PROJECTS}) billed ON billed.id = entry.project_id
          {units_of("entry")}
         WHERE %(own_entry)s
         UNION ALL
        SELECT entry.id * 3 + 2, entry.date, owner.id, entry.company_id, NULL::integer,
               NULL::integer, 0.0, 0.0,
               CASE WHEN %(elsewhere)s THEN 0 ELSE -entry.amount END,
               CASE WHEN %(elsewhere)s THEN -entry.amount ELSE 0 END, 0.0
        {_OTHER_COSTS}) AS piece
      LEFT JOIN res_company company ON company.id = piece.company_id
      {OF_PROJECT.format(alias="piece")}
"""

#: One row for each line of a bill or expense and project, with its item if it has one.
VENDOR_COSTS = f"""
    SELECT cost.id, cost.date, cost.project_id, cost.company_id, cost.name,
           vendor.commercial_partner_id AS vendor_id, cost.product_id, cost.account_id,
           company.currency_id AS company_currency_id,
           coalesce(item.currency_id, company.currency_id) AS currency_id,
           customer.commercial_partner_id AS partner_id, project.user_id,
           CASE WHEN item.id IS NULL AND (%(elsewhere)s) THEN 'order'
                WHEN item.id IS NULL THEN 'none'
                WHEN item.quantity_written_off = item.quantity THEN 'written_off'
                WHEN item.quantity_billed + item.quantity_written_off = item.quantity
                THEN 'billed'
                WHEN item.quantity_open = 0 THEN 'reserved' ELSE 'open' END AS state,
           cost.amount AS cost, item.worth * item.quantity_billed AS amount_billed,
           item.worth * item.quantity_reserved AS amount_reserved,
           CASE WHEN item.id IS NOT NULL THEN coalesce(worth.amount, 0) END
               AS amount_open,
           item.worth * item.quantity_written_off AS amount_written_off,
           home.amount AS amount_billed_home,
           100.0 * home.amount / nullif(cost.amount, 0) AS recovery
      FROM (SELECT min(entry.id) AS id, min(entry.date) AS date, entry.move_line_id,
                   owner.id AS project_id, entry.company_id, min(entry.name) AS name,
                   min(entry.partner_id) AS vendor_id,
                   min(entry.product_id) AS product_id,
                   min(entry.general_account_id) AS account_id,
                   sum(-entry.amount) AS amount
            {_OTHER_COSTS} AND entry.move_line_id IS NOT NULL
             GROUP BY entry.move_line_id, owner.id, entry.company_id) AS cost
      JOIN res_company company ON company.id = cost.company_id
      LEFT JOIN LATERAL (
          SELECT item.*, item.price_unit::numeric
                 * (1 - coalesce(item.discount, 0)::numeric / 100) AS worth
            FROM project_billing_item item
           WHERE item.project_id = cost.project_id AND item.kind = 'cost'
             AND item.part = cost.project_id AND (%(item)s)
           LIMIT 1) AS item ON TRUE
      LEFT JOIN (%(worth)s) AS worth ON worth.id = item.id
      CROSS JOIN LATERAL (
          SELECT CASE WHEN item.id IS NULL THEN 0
                      WHEN item.currency_id = company.currency_id
                      THEN item.worth * item.quantity_billed END AS amount) AS home
      LEFT JOIN res_partner vendor ON vendor.id = cost.vendor_id
      {OF_PROJECT.format(alias="cost")}
"""
