"""The queries of costs that no rule bills; see :mod:`leak_sql`."""

#: Costs of projects that bill their time or costs, which none of their rules covers:
#: since the first rule, and of any day once somebody billed the project.
#: The costs are put together before they meet the projects (OFFSET 0): PostgreSQL does
#: not see through the keys of a distribution, and would try each with each.
COSTS = """
    SELECT project.id::bigint * 32 + 9, 'cost', cost.company_id, project.id,
           cost.currency_id, NULL::int, NULL::int, NULL::int, NULL::varchar,
           NULL::varchar, NULL::numeric, count(*), 0.0::float8, sum(cost.amount),
           min(cost.day)
      FROM (SELECT * FROM (%(costs)s) AS each OFFSET 0) AS cost
      JOIN (SELECT DISTINCT ON (project.account_id)
                   project.id, project.account_id, rule.company_id,
                   CASE WHEN billed.project_id IS NOT NULL THEN '-infinity'
                        ELSE min(rule.date_start) FILTER (WHERE rule.active)
                            OVER (PARTITION BY project.id) END AS date_start
              FROM project_project project
              JOIN project_billing_rule rule ON rule.project_id = project.id
               AND rule.kind IN ('time', 'cost')
              JOIN own ON own.company_id = rule.company_id
              JOIN mine ON mine.project_id = project.id
              LEFT JOIN billed ON billed.project_id = project.id
             WHERE project.active AND project.account_id IS NOT NULL
               AND (rule.active OR billed.project_id IS NOT NULL)
             ORDER BY project.account_id, rule.active DESC, rule.kind, project.id
           ) AS project
        ON project.account_id = cost.account_id
       AND project.company_id = cost.company_id
     WHERE cost.day >= project.date_start
     GROUP BY project.id, cost.company_id, cost.currency_id
"""

#: Lines of posted bills, by each analytic account that they name, without an item.
BILL_COSTS = """
    SELECT bill.company_id, company.currency_id, account.id::int AS account_id,
           bill.day, bill.balance * share.value::numeric / 100 AS amount
      FROM (SELECT line.id, line.company_id, line.balance,
                   line.analytic_distribution,
                   coalesce(move.invoice_date, line.date) AS day
              FROM account_move move
              JOIN own ON own.company_id = move.company_id
              -- by the index of the bills, however many other lines there are
             CROSS JOIN LATERAL (
                   SELECT * FROM account_move_line
                    WHERE account_move_line.move_id = move.id OFFSET 0) AS line
             WHERE move.move_type IN ('in_invoice', 'in_refund', 'in_receipt')
               AND line.parent_state = 'posted' AND line.display_type = 'product'
               AND line.analytic_distribution IS NOT NULL AND line.balance <> 0
               AND (%(ours)s) OFFSET 0) AS bill
      JOIN res_company company ON company.id = bill.company_id
      CROSS JOIN LATERAL jsonb_each_text(bill.analytic_distribution) AS share
      CROSS JOIN LATERAL unnest(string_to_array(share.key, ',')) AS account(id)
     WHERE NOT EXISTS (
           SELECT FROM project_billing_item item
             JOIN project_project project ON project.id = item.project_id
            WHERE item.cost_line_id = bill.id
              AND project.account_id = account.id::int)
"""
