"""Copies the patterns of ``bench-tracker`` by SQL, table after table."""

from . import (
    bench_tracker_moves as moves,
    bench_tracker_plan as plan,
    bench_tracker_rows as rows,
)
from .bench_tracker_copier import Copier


def fill(cr, ids):
    """Fill every table; ``ids`` grows by the first id of each."""
    copy = Copier(cr, ids)
    held = "w_work AS w LEFT JOIN w_request AS r ON r.q = w.q"
    bought = "w_cost AS w LEFT JOIN w_request AS r ON r.q = w.q"
    copy("first_entry", "account_analytic_line", "entry", "w_work AS w", rows.ENTRIES)
    few = "w_work AS w WHERE w.n %% 20 = 0"
    copy(None, "account_analytic_line", "entry", few, rows.INTERNAL)
    copy("first_item", "project_billing_item", "item", held, rows.ITEMS)
    many = ids["projects"] * 26
    ids["first_request"] = copy.reserve("project_billing_request", many)
    ids["first_line"] = copy.reserve("project_billing_line", many * plan.LINES)
    for name in moves.SIGN:
        moves.fill_invoices(copy, name)
    moves.fill_bank(copy)
    copy.place("first_request", "project_billing_request", "request",
               "w_total AS w", "w.q", rows.REQUEST)  # fmt: skip
    copy.place("first_line", "project_billing_line", "line", "w_line AS w", "w.l",
               rows.LINE)  # fmt: skip
    copy.relate("account_tax_project_billing_line_rel", "project_billing_line_id",
                "line", "first_line", "w_line AS w", "w.l")  # fmt: skip
    moves.fill_bills(copy)
    slices = "w_work AS w JOIN w_request AS r ON r.q = w.q"
    costs = "w_cost AS w JOIN w_request AS r ON r.q = w.q"
    table = "project_billing_allocation"
    copy(None, table, "allocation", slices, rows.ALLOCATIONS)
    copy("first_cost_item", "project_billing_item", "item", bought, rows.COST_ITEMS)
    copy(None, table, "allocation", costs, rows.COST_ALLOCATIONS)
    _fill_contracts(copy)
    _fill_steps(copy)


def _fill_contracts(copy):
    copy.run(
        "CREATE TEMP TABLE w_twice ON COMMIT DROP AS SELECT n, n %% %(projects)s AS p,"
        " n / %(projects)s AS k FROM generate_series(0, 2 * %(projects)s - 1) AS n"
    )
    copy("first_milestone", "project_milestone", "milestone", "w_twice AS w",
         rows.MILESTONES)  # fmt: skip
    copy(None, "project_billing_item", "item", "w_twice AS w", rows.MILESTONE_ITEMS)
    third = "w_twice AS w WHERE w.p %% 3 = 0"
    copy(None, "project_billing_item", "item", third, rows.PERIOD_ITEMS)


def _fill_steps(copy):
    """Write who submitted, approved and drafted when, and who was sent what."""
    for decision, day, states in (
        ("submit", "submitted", "('submitted', 'approved', 'invoiced')"),
        ("approve", "approved", "('approved', 'invoiced')"),
        ("invoice", "drafted", "('invoiced')"),
    ):
        source = f"w_total AS w WHERE w.state IN {states}"
        copy(None, "project_billing_approval", decision, source,
             rows.approval(decision, day))  # fmt: skip
    copy.run("""
        INSERT INTO project_billing_outbox (
               key, kind, state, company_id, project_id, request_id, invoice_id,
               owner_id, attempts, done_date, mail_checked, create_date, write_date)
        SELECT 'bench:' || request.id, 'invoice', 'done', request.company_id,
               request.project_id, request.id, request.invoice_id, request.user_id,
               1, w.invoiced + w.p %% 4 + time '11:00', true, w.invoiced, w.invoiced
          FROM w_total AS w
          JOIN project_billing_request request
            ON request.id = %(first_request)s + w.q
         WHERE w.posted AND w.sent
    """)
