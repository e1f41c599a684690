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
    SELECT *, ends - 1 + 2 + p %% 3 AS submitted, ends - 1 + 2 + p %% 3 + p %% 7 AS approved,
           ends + 2 + p %% 3 + p %% 7 AS drafted, ends + 3 + p %% 3 + p %% 7 AS invoiced,
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
    SELECT w_request.*, coalesce(s.untaxed, 0) AS untaxed, coalesce(s.total, 0) AS total,
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

PROJECT = "%(project_id)s + w.p"
PARTNER = "%(partner_id)s + w.p %% 500"
MANAGER = "(SELECT user_id FROM project_project WHERE id = %(project_id)s + w.p)"
CURRENCY = "CASE WHEN w.p %% %(abroad)s = 0 THEN %(other_id)s ELSE %(home_id)s END"

ENTRIES = {
    "name": "'Work ' || w.n",
    "project_id": PROJECT,
    "task_id": "%(task_id)s + w.t * %(projects)s + w.p",
    "employee_id": "%(person_id)s + w.person",
    "account_id": "%(account_id)s + w.p",
    "partner_id": PARTNER,
    "date": "w.day",
    "unit_amount": "w.minutes / 60.0",
    "amount": "-40 * w.minutes / 60.0",
}
#: Work on nobody's account.
INTERNAL = {
    "name": "'Internal ' || w.n",
    "project_id": "%(internal_id)s",
    "task_id": "NULL",
    "account_id": "(SELECT account_id FROM project_project WHERE id = %(internal_id)s)",
    "partner_id": "NULL",
    "employee_id": "%(person_id)s + w.person",
    "date": "w.day",
    "unit_amount": "1.0",
    "amount": "-40.0",
}
_HELD = "w.q IS NOT NULL AND NOT (r.credited AND w.t = 0 AND NOT w.written_off)"
_PLACE = f"""
    CASE WHEN NOT coalesce({_HELD}, false) THEN 'open'
         WHEN w.written_off THEN 'written_off'
         WHEN r.posted THEN 'billed' ELSE 'reserved' END
"""


def _counters(quantity, place, amount):
    """Return the counters of items whose quantity is all in one place."""
    return {
        "quantity": quantity,
        "quantity_recorded": quantity,
        "amount": amount,
        "amount_open": f"CASE WHEN {place} = 'open' THEN {amount} ELSE 0 END",
        "state": place,
        **{
            f"quantity_{name}": f"CASE WHEN {place} = '{name}' THEN {quantity} ELSE 0 END"
            for name in ("open", "reserved", "billed", "written_off")
        },
    }


ITEMS = {
    "name": "'Work ' || w.n",
    "rule_id": "%(time_rule_id)s + w.p",
    "project_id": PROJECT,
    "currency_id": CURRENCY,
    "task_id": ENTRIES["task_id"],
    "employee_id": ENTRIES["employee_id"],
    "analytic_line_id": "%(first_entry)s + w.n",
    "date": "w.day",
    "price_unit": "w.price",
    **_counters("w.minutes", _PLACE, "round(w.minutes * w.price / 60.0, 2)"),
}
ALLOCATIONS = {
    "item_id": "%(first_item)s + w.n",
    "line_id": "%(first_line)s + w.q * %(lines)s + w.t",
    "request_id": "%(first_request)s + w.q",
    "quantity": "w.minutes",
    "action": "CASE WHEN w.written_off THEN 'write_off' ELSE 'bill' END",
    "reason": "CASE WHEN w.written_off THEN 'Training' END",
    "state": "CASE WHEN r.credited AND w.t = 0 AND NOT w.written_off THEN 'released' "
    "WHEN r.posted THEN 'billed' ELSE 'reserved' END",
    "release_cause": "CASE WHEN r.credited AND w.t = 0 AND NOT w.written_off "
    "THEN 'credited' END",
    "release_date": "CASE WHEN r.credited AND w.t = 0 AND NOT w.written_off "
    "THEN r.invoiced + 20 END",
    "create_date": "r.submitted",
}
_CONTRACT = {
    "rule_id": "%(milestone_rule_id)s + w.p",
    "project_id": PROJECT,
    "currency_id": CURRENCY,
    "task_id": "NULL",
    "employee_id": "NULL",
    "analytic_line_id": "NULL",
    "unit": "'unit'",
}
#: One milestone that was reached and one to come.
MILESTONE_ITEMS = {
    **_CONTRACT,
    "name": "'Milestone ' || w.k",
    "kind": "'milestone'",
    "milestone_id": "%(first_milestone)s + w.n",
    "date": "%(today)s - 40 + w.k * 70 + w.p %% 30",
    "ready": "w.k = 0",
    "price_unit": "5000",
    **_counters("1", "'open'", "5000"),
}
MILESTONES = {
    "name": "'Milestone ' || w.k",
    "project_id": PROJECT,
    "deadline": MILESTONE_ITEMS["date"],
    "is_reached": "w.k = 0",
    "reached_date": "CASE WHEN w.k = 0 THEN %(today)s - 40 + w.p %% 30 END",
    "billing_basis": "'fixed'",
    "billing_fixed_price": "5000",
}
#: The retainer of the next months.
PERIOD_ITEMS = {
    **_CONTRACT,
    "rule_id": "%(recurring_rule_id)s + w.p",
    "name": "'Retainer'",
    "kind": "'recurring'",
    "source_key": "'bench:' || w.n",
    "date": "(date_trunc('month', %(today)s::date) + make_interval(months => w.k))"
    "::date",
    "ready": "w.k = 0",
    "price_unit": "1000",
    **_counters("1", "'open'", "1000"),
}
_COST_PLACE = """
    CASE WHEN w.q IS NULL OR r.q IS NULL THEN 'open'
         WHEN r.posted THEN 'billed' ELSE 'reserved' END
"""
COST_ITEMS = {
    **_CONTRACT,
    "rule_id": "%(cost_rule_id)s + w.p",
    "name": "'Licence ' || w.n",
    "kind": "'cost'",
    "cost_line_id": "%(first_bill_product)s + w.n",
    "date": "least((%(first)s + make_interval(months => w.m))::date + 9, %(today)s)",
    "price_unit": "w.amount",
    "cost_amount": "w.amount / 1.1",
    "cost_currency_id": "%(home_id)s",
    **_counters("1", _COST_PLACE, "w.amount"),
}
COST_ALLOCATIONS = {
    "item_id": "%(first_cost_item)s + w.n",
    "line_id": "%(first_line)s + w.q * %(lines)s + %(tasks)s",
    "request_id": "%(first_request)s + w.q",
    "quantity": "1",
    "state": "CASE WHEN r.posted THEN 'billed' ELSE 'reserved' END",
    "create_date": "r.submitted",
}
REQUEST = {
    "name": "'BENCH/' || w.q",
    "project_id": PROJECT,
    "partner_id": PARTNER,
    "currency_id": CURRENCY,
    "user_id": MANAGER,
    "last_editor_id": MANAGER,
    "date_from": "w.starts",
    "date_to": "w.ends - 1",
    "state": "w.state",
    "invoice_id": "CASE WHEN w.state = 'invoiced' THEN %(first_invoice)s + w.q END",
    "amount_untaxed": "w.untaxed",
    "amount_tax": "w.total - w.untaxed",
    "amount_total": "w.total",
    "create_date": "w.submitted",
    "write_date": "w.invoiced",
}
LINE = {
    "request_id": "%(first_request)s + w.q",
    "project_id": PROJECT,
    "kind": "CASE WHEN w.t = %(tasks)s THEN 'cost' ELSE 'time' END",
    "unit": "CASE WHEN w.t = %(tasks)s THEN 'unit' ELSE 'minute' END",
    "rule_id": "CASE WHEN w.t = %(tasks)s THEN %(cost_rule_id)s ELSE %(time_rule_id)s "
    "END + w.p",
    "name": "'Task ' || w.t",
    "quantity": "coalesce(w.hours, 0)",
    "price_unit": "w.price",
    "price_subtotal": "w.untaxed",
    "price_total": "w.total",
}


def approval(decision, day):
    """Return the columns of the log's rows of one decision."""
    return {
        "request_id": "%(first_request)s + w.q",
        "project_id": PROJECT,
        "user_id": MANAGER if decision != "approve" else "t.user_id",
        "amount": "w.untaxed",
        "date": f"w.{day} + time '10:00'",
        "create_date": f"w.{day} + time '10:00'",
    }


def fill(cr, ids):
    """Plan everything, then copy the patterns (see ``bench_tracker_fill``)."""
    from . import bench_tracker_fill

    ids |= {"lines": LINES, "tasks": TASKS}
    for statement in (WORK, REQUESTS, COSTS, LINES_OF_REQUESTS, TOTALS):
        cr.execute(statement, ids)
    for statement in INDEXES:
        cr.execute(statement)
    bench_tracker_fill.fill(cr, ids)


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
