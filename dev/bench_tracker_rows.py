"""SQL by column for the copied rows of ``bench-tracker``, without invoices."""

#: Of a row ``w`` of a plan.
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
            f"quantity_{name}": f"CASE {place} WHEN '{name}' THEN {quantity} ELSE 0 END"
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
    "date_work_first": "w.starts",
    "date_work_last": "w.ends - 1",
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
