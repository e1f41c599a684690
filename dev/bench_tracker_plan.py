"""What the rows of ``bench-tracker`` hold, in SQL.

Entry ``n`` belongs to project ``p`` and month ``m``.  The months before the last two
are invoiced, one invoice each; of the month before this one most projects have a
request; the work of this month is open.  Some work was left over, written off or
credited, some invoices are still drafts, unpaid or never sent.
"""

BILLED_MONTHS = 25
TASKS = 5
LINES = TASKS + 1  # of a request: one per task, and the costs

#: Every time entry, with the request that holds it.
WORK = """
    CREATE TEMP TABLE w_work ON COMMIT DROP AS
    WITH numbered AS (
        SELECT n, n %% %(projects)s AS p, n / %(projects)s AS k
          FROM generate_series(0, %(entries)s - 1) AS n),
    placed AS (SELECT *, k %% 27 AS m, k / 27 %% 5 AS t FROM numbered)
    SELECT n, p, k, m, t, (p * 7 + k %% 10) %% %(people)s AS person,
           least((%(first)s + make_interval(months => m))::date + (k * 13 + p) %% 28,
                 %(today)s) AS day,
           15 * (1 + k %% 12) AS minutes,
           CASE WHEN k %% 501 = 500 THEN 0 ELSE 90 + 10 * (p %% 5) END AS price,
           -- left over, of this month, or not asked for yet
           CASE WHEN k %% 50 = 49 OR m > 25 OR (m = 25 AND p %% 4 = 3) THEN NULL
                ELSE m * %(projects)s + p END AS q,
           k %% 97 = 96 AS written_off
      FROM placed
"""
REQUESTS = """
    CREATE TEMP TABLE w_request ON COMMIT DROP AS
    WITH numbered AS (
        SELECT q, q %% %(projects)s AS p, q / %(projects)s AS m
          FROM generate_series(0, 26 * %(projects)s - 1) AS q),
    dated AS (
        SELECT *, (%(first)s + make_interval(months => m))::date AS starts,
               (%(first)s + make_interval(months => m + 1))::date AS ends
          FROM numbered WHERE m < 25 OR p %% 4 < 3)
    SELECT *, ends + 1 + p %% 3 AS submitted, ends + 1 + p %% 3 + p %% 7 AS approved,
           ends + 2 + p %% 3 + p %% 7 AS drafted,
           ends + 3 + p %% 3 + p %% 7 AS invoiced,
           CASE WHEN m = 25 THEN (ARRAY['draft', 'submitted', 'approved'])[1 + p %% 4]
                ELSE 'invoiced' END AS state,
           m < 24 OR (m = 24 AND p %% 10 > 0) AS posted,
           m < 25 AND (m < 22 OR (m = 22 AND p %% 2 = 0)) AND q %% 37 <> 5 AS paid,
           m < 24 AND q %% 40 = 7 AS credited,
           q %% 60 <> 11 AS sent, 10 + p %% 45 AS delay
      FROM dated
"""
#: Bought for every project now and then; what is older is passed on.
COSTS = """
    CREATE TEMP TABLE w_cost ON COMMIT DROP AS
    SELECT n, n %% %(projects)s AS p, n / %(projects)s * 5 + n %% 7 AS m,
           100 + n %% 900 AS amount,
           CASE WHEN n / %(projects)s * 5 + n %% 7 < 25
                THEN (n / %(projects)s * 5 + n %% 7) * %(projects)s + n %% %(projects)s
           END AS q
      FROM generate_series(0, 5 * %(projects)s - 1) AS n
"""
LINES_OF_REQUESTS = """
    CREATE TEMP TABLE w_line ON COMMIT DROP AS
    WITH summed AS (
        SELECT q, t, sum(minutes) AS quantity, max(price) AS price,
               round(sum(minutes) FILTER (WHERE price > 0) / 60.0, 2) AS hours
          FROM w_work WHERE q IS NOT NULL AND NOT written_off GROUP BY q, t
         UNION ALL
        SELECT q, %(tasks)s, count(*), sum(amount), 1
          FROM w_cost WHERE q IS NOT NULL GROUP BY q)
    SELECT summed.q * %(lines)s + t AS l, summed.*, w_request.p, w_request.m,
           round(coalesce(hours, 0) * price, 2) AS untaxed,
           round(coalesce(hours, 0) * price * (1 + %(tax_rate)s), 2) AS total,
           w_request.posted, w_request.invoiced, w_request.credited
      FROM summed JOIN w_request USING (q)
"""
TOTALS = """
    CREATE TEMP TABLE w_total ON COMMIT DROP AS
    SELECT w_request.*,
           coalesce(s.untaxed, 0) AS untaxed, coalesce(s.total, 0) AS total,
           coalesce(c.untaxed, 0) AS back_untaxed, coalesce(c.total, 0) AS back,
           CASE WHEN w_request.p %% %(abroad)s = 0 THEN %(other_id)s
                ELSE %(home_id)s END AS currency,
           CASE WHEN w_request.p %% %(abroad)s = 0 THEN %(other_rate)s
                ELSE 1 END AS rate
      FROM w_request
      LEFT JOIN (SELECT q, sum(untaxed) AS untaxed, sum(total) AS total
                   FROM w_line GROUP BY q) s USING (q)
      LEFT JOIN w_line c ON c.q = w_request.q AND c.t = 0 AND w_request.credited
"""
INDEXES = (
    "CREATE INDEX ON w_request (q)",
    "CREATE INDEX ON w_line (l)",
    "CREATE INDEX ON w_total (q)",
    "ANALYZE w_work",
    "ANALYZE w_line",
    "ANALYZE w_total",
)


def prepare(cr, ids):
    """Plan everything in temporary tables.

    :param dict ids: sizes, days and first ids, by which the statements know them
    """
    ids |= {"lines": LINES, "tasks": TASKS}
    for statement in (WORK, REQUESTS, COSTS, LINES_OF_REQUESTS, TOTALS):
        cr.execute(statement, ids)
    for statement in INDEXES:
        cr.execute(statement)


def sizes(cr):
    """Return how many rows of each kind there are."""
    counts = {}
    for name, query in (
        ("time entries", "account_analytic_line WHERE employee_id IS NOT NULL"),
        ("projects", "project_project"),
        ("items", "project_billing_item"),
        ("slices", "project_billing_allocation"),
        ("requests", "project_billing_request"),
        ("invoices", "account_move WHERE move_type = 'out_invoice'"),
        ("invoice lines", "account_move_line WHERE billing_line_id IS NOT NULL"),
    ):
        cr.execute(f"SELECT count(*) FROM {query}")
        counts[name] = cr.fetchone()[0]
    return counts
