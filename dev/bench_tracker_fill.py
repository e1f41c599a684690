"""Copies the patterns of ``bench-tracker`` by SQL, table after table."""

from . import bench_tracker_plan as plan

INVOICED = "w_total AS w WHERE w.state = 'invoiced'"
_SIGN = {"invoice": 1, "refund": -1}
_MONEY = {"invoice": ("w.untaxed", "w.total"), "refund": ("w.back_untaxed", "w.back")}
PAID_DAY = "w.invoiced + w.delay"
DUE = "w.invoiced + 30"


def fill(cr, ids):
    """Fill every table; ``ids`` grows by the first id of each."""
    copy = Copier(cr, ids)
    held = "w_work AS w LEFT JOIN w_request AS r ON r.q = w.q"
    bought = "w_cost AS w LEFT JOIN w_request AS r ON r.q = w.q"
    copy("first_entry", "account_analytic_line", "entry", "w_work AS w", plan.ENTRIES)
    few = "w_work AS w WHERE w.n %% 20 = 0"
    copy(None, "account_analytic_line", "entry", few, plan.INTERNAL)
    copy("first_item", "project_billing_item", "item", held, plan.ITEMS)
    many = ids["projects"] * 26
    ids["first_request"] = copy.reserve("project_billing_request", many)
    ids["first_line"] = copy.reserve("project_billing_line", many * plan.LINES)
    for name in _SIGN:
        _fill_moves(copy, name)
    _fill_bank(copy)
    copy.place("first_request", "project_billing_request", "request",
               "w_total AS w", "w.q", plan.REQUEST)  # fmt: skip
    copy.place("first_line", "project_billing_line", "line", "w_line AS w", "w.l",
               plan.LINE)  # fmt: skip
    copy.relate("account_tax_project_billing_line_rel", "project_billing_line_id",
                "line", "first_line", "w_line AS w", "w.l")  # fmt: skip
    _fill_bills(copy)
    slices = "w_work AS w JOIN w_request AS r ON r.q = w.q"
    costs = "w_cost AS w JOIN w_request AS r ON r.q = w.q"
    table = "project_billing_allocation"
    copy(None, table, "allocation", slices, plan.ALLOCATIONS)
    copy("first_cost_item", "project_billing_item", "item", bought, plan.COST_ITEMS)
    copy(None, table, "allocation", costs, plan.COST_ALLOCATIONS)
    _fill_contracts(copy)
    _fill_steps(copy)


def _fill_contracts(copy):
    copy.run(
        "CREATE TEMP TABLE w_twice ON COMMIT DROP AS SELECT n, n %% %(projects)s AS p,"
        " n / %(projects)s AS k FROM generate_series(0, 2 * %(projects)s - 1) AS n"
    )
    copy("first_milestone", "project_milestone", "milestone", "w_twice AS w",
         plan.MILESTONES)  # fmt: skip
    copy(None, "project_billing_item", "item", "w_twice AS w", plan.MILESTONE_ITEMS)
    third = "w_twice AS w WHERE w.p %% 3 = 0"
    copy(None, "project_billing_item", "item", third, plan.PERIOD_ITEMS)


def _fill_steps(copy):
    """Write who submitted, approved and drafted when, and who was sent what."""
    for decision, day, states in (
        ("submit", "submitted", "('submitted', 'approved', 'invoiced')"),
        ("approve", "approved", "('approved', 'invoiced')"),
        ("invoice", "drafted", "('invoiced')"),
    ):
        source = f"w_total AS w WHERE w.state IN {states}"
        copy(None, "project_billing_approval", decision, source,
             plan.approval(decision, day))  # fmt: skip
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


def _fill_moves(copy, name):
    """Copy an invoice or a credit note with its lines."""
    untaxed, total = _MONEY[name]
    source = INVOICED if name == "invoice" else "w_total AS w WHERE w.credited"
    many = copy.ids["projects"] * 26
    copy.ids[f"first_{name}"] = copy.reserve("account_move", many)
    copy.place(f"first_{name}", "account_move", f"{name}_move", source, "w.q",
               _move(name, untaxed, total))  # fmt: skip
    sign = _SIGN[name]
    lines = ("w_line AS w JOIN w_total AS r ON r.q = w.q WHERE "
             + ("r.state = 'invoiced'" if sign > 0 else "r.credited AND w.t = 0"))  # fmt: skip
    link = "%(first_line)s + w.l"
    product = {
        **_entry(name, "w.untaxed", -sign, "r"),
        "name": "'Task ' || w.t",
        "quantity": "coalesce(w.hours, 0)",
        "price_unit": "w.price",
        "price_subtotal": "w.untaxed",
        "price_total": "w.total",
        "analytic_distribution":
            "jsonb_build_object((%(account_id)s + w.p)::text, 100)",
        "billing_line_id": link if sign > 0 else "NULL",
        "billing_origin_line_id": "NULL" if sign > 0 else link,
    }  # fmt: skip
    key = f"first_{name}_product"
    copy.ids[key] = copy.reserve("account_move_line", many * plan.LINES)
    copy.place(key, "account_move_line", f"{name}_product", lines, "w.l", product)
    copy.relate("account_move_line_account_tax_rel", "account_move_line_id",
                f"{name}_product", key, lines, "w.l")  # fmt: skip
    tax = {
        **_entry(name, f"({total} - {untaxed})", -sign, "w"),
        "tax_base_amount": untaxed,
        "price_subtotal": f"{total} - {untaxed}",
        "price_total": f"{total} - {untaxed}",
    }
    copy(None, "account_move_line", f"{name}_tax", source, tax)
    open_ = _residual(name, total)
    term = {
        **_entry(name, total, sign, "w"),
        "date_maturity": DUE,
        "amount_residual_currency": f"{sign} * {open_}",
        "amount_residual": f"round({sign} * {open_} * w.rate, 2)",
        "reconciled": f"{open_} = 0",
        "full_reconcile_id": "NULL",
        "matching_number": f"CASE WHEN {open_} = 0 THEN w.q::text END",
    }
    key = f"first_{name}_term"
    copy.ids[key] = copy.reserve("account_move_line", many)
    copy.place(key, "account_move_line", f"{name}_payment_term", source, "w.q", term)


def _residual(name, total):
    """Return what is left of an invoice; a credit note is set against its own."""
    if name == "refund":
        return "0"
    return f"CASE WHEN w.paid THEN 0 ELSE {total} - w.back END"


def _move(name, untaxed, total):
    sign, residual = _SIGN[name], _residual(name, total)
    day = "w.invoiced" if name == "invoice" else "w.invoiced + 20"
    posted = "w.posted" if name == "invoice" else "true"
    prefix = "INV" if name == "invoice" else "RINV"
    tax = f"({total} - {untaxed})"
    return {
        "name": f"CASE WHEN {posted} THEN '{prefix}/BENCH/' || w.q ELSE '/' END",
        "sequence_prefix": f"'{prefix}/BENCH/'",
        "sequence_number": "w.q",
        "message_main_attachment_id": "NULL",
        "partner_id": plan.PARTNER,
        "commercial_partner_id": plan.PARTNER,
        "partner_shipping_id": plan.PARTNER,
        "invoice_partner_display_name": "'Customer ' || w.p %% 500",
        "currency_id": "w.currency",
        "invoice_currency_rate": "1 / w.rate",
        "invoice_user_id": plan.MANAGER,
        "state": f"CASE WHEN {posted} THEN 'posted' ELSE 'draft' END",
        "payment_state": f"CASE WHEN {residual} = 0 THEN 'paid' WHEN w.credited "
        "THEN 'partial' ELSE 'not_paid' END",
        "date": day,
        "invoice_date": f"CASE WHEN {posted} THEN {day} END",
        "invoice_date_due": DUE if sign > 0 else day,
        "is_move_sent": "w.sent AND w.posted",
        "reversed_entry_id": "NULL" if sign > 0 else "%(first_invoice)s + w.q",
        "amount_untaxed": untaxed,
        "amount_tax": tax,
        "amount_total": total,
        "amount_residual": residual,
        "amount_untaxed_signed": f"round({sign} * {untaxed} * w.rate, 2)",
        "amount_untaxed_in_currency_signed": f"{sign} * {untaxed}",
        "amount_tax_signed": f"round({sign} * {tax} * w.rate, 2)",
        "amount_total_signed": f"round({sign} * {total} * w.rate, 2)",
        "amount_total_in_currency_signed": f"{sign} * {total}",
        "amount_residual_signed": f"round({sign} * {residual} * w.rate, 2)",
    }


def _entry(name, amount, sign, request):
    """Return what every journal item has, of the request called so."""
    posted = f"{request}.posted" if name == "invoice" else "true"
    day = f"{request}.invoiced" + (" + 20" if name == "refund" else "")
    return {
        "move_id": f"%(first_{name})s + {request}.q",
        "move_name": f"'BENCH/' || {request}.q",
        "parent_state": f"CASE WHEN {posted} THEN 'posted' ELSE 'draft' END",
        "date": day,
        "invoice_date": f"CASE WHEN {posted} THEN {day} END",
        "partner_id": plan.PARTNER,
        "currency_id": f"{request}.currency",
        **_sums(amount, sign, f"{request}.rate"),
    }


def _sums(amount, sign, rate="1"):
    """Return the columns of a sum that is a debit if the sign is 1."""
    balance = f"round({amount} * {rate}, 2)"
    return {
        "amount_currency": f"{sign} * {amount}",
        "balance": f"{sign} * {balance}",
        "debit": balance if sign > 0 else "0",
        "credit": "0" if sign > 0 else balance,
    }


def _fill_bank(copy):
    """Copy the payments, and tie payments and credit notes to their invoices."""
    source, many = "w_total AS w WHERE w.posted AND w.paid", copy.ids["projects"] * 26
    copy.ids["first_bank"] = copy.reserve("account_move", many)
    left = "(w.total - w.back)"
    move = {
        "name": "'BNK/BENCH/' || w.q",
        "sequence_prefix": "'BNK/BENCH/'",
        "sequence_number": "w.q",
        "date": PAID_DAY,
        "partner_id": plan.PARTNER,
        "commercial_partner_id": plan.PARTNER,
        "amount_total": left,
        "amount_total_signed": f"round({left} * w.rate, 2)",
    }
    copy.place("first_bank", "account_move", "bank_move", source, "w.q", move)
    line = {
        "move_id": "%(first_bank)s + w.q",
        "move_name": "'BNK/BENCH/' || w.q",
        "date": PAID_DAY,
        "partner_id": plan.PARTNER,
        "currency_id": "w.currency",
        "full_reconcile_id": "NULL",
    }
    copy(None, "account_move_line", "bank_debit", source,
         {**line, **_sums(left, 1, "w.rate")})  # fmt: skip
    copy.ids["first_payment"] = copy.reserve("account_move_line", many)
    copy.place("first_payment", "account_move_line", "bank_credit", source, "w.q",
               {**line, **_sums(left, -1, "w.rate")})  # fmt: skip
    for lines, amount, day, kept in (
        ("first_payment", left, PAID_DAY, source),
        (
            "first_refund_term",
            "w.back",
            "w.invoiced + 20",
            "w_total AS w WHERE w.credited",
        ),
    ):
        copy(None, "account_partial_reconcile", "partial", kept, {
            "debit_move_id": "%(first_invoice_term)s + w.q",
            "credit_move_id": f"%({lines})s + w.q",
            "debit_currency_id": "w.currency",
            "credit_currency_id": "w.currency",
            "full_reconcile_id": "NULL",
            "max_date": day,
            "amount": f"round({amount} * w.rate, 2)",
            "debit_amount_currency": amount,
            "credit_amount_currency": amount,
        })  # fmt: skip


def _fill_bills(copy):
    """Copy the vendor bills, one line each."""
    day = plan.COST_ITEMS["date"]
    bought = "round(w.amount / 1.1, 2)"
    copy("first_bill", "account_move", "bill_move", "w_cost AS w", {
        "name": "'BILL/BENCH/' || w.n",
        "sequence_prefix": "'BILL/BENCH/'",
        "sequence_number": "w.n",
        "date": day,
        "invoice_date": day,
        "amount_untaxed": bought,
        "amount_untaxed_signed": f"-{bought}",
        "amount_total": bought,
        "amount_total_signed": f"-{bought}",
    })  # fmt: skip
    line = {"move_id": "%(first_bill)s + w.n", "date": day, "invoice_date": day}
    copy("first_bill_product", "account_move_line", "bill_product", "w_cost AS w", {
        **line,
        "price_unit": bought,
        "price_subtotal": bought,
        "price_total": bought,
        "analytic_distribution":
            "jsonb_build_object((%(account_id)s + w.p)::text, 100)",
        **_sums(bought, 1),
    })  # fmt: skip
    copy(None, "account_move_line", "bill_payment_term", "w_cost AS w",
         {**line, **_sums(bought, -1)})  # fmt: skip


class Copier:
    """Copies one row of a table for each row of a planned source."""

    def __init__(self, cr, ids):
        self.cr, self.ids = cr, ids

    def run(self, statement):
        """Execute a statement with the ids that are known so far."""
        self.cr.execute(statement, self.ids)

    def reserve(self, table, count):
        """Take ids from the sequence of a table; return the first."""
        self.cr.execute(
            f"SELECT setval('{table}_id_seq', nextval('{table}_id_seq') + {count})"
        )
        return self.cr.fetchone()[0] - count

    def __call__(self, key, table, pattern, source, values):
        """Copy a row with new ids in the order of the source's ``n``, if it has one."""
        self.run(f"SELECT count(*) FROM {source}")
        first = self.reserve(table, self.cr.fetchone()[0])
        name = key or "first_of_all"
        self.ids[name] = first
        number = "w.n" if key else "(row_number() OVER () - 1)"
        self.place(name, table, pattern, source, number, values)

    def place(self, key, table, pattern, source, number, values):
        """Copy a row; its id is the first one plus a number."""
        kept = [name for name in self._columns(table) if name not in values]
        columns = [*values, *kept]
        exprs = [*values.values(), *(f"t.{name}" for name in kept)]
        names = ", ".join(f'"{name}"' for name in columns)
        relation, _where, condition = source.partition(" WHERE ")
        row_id = self.ids.get(f"pattern_{pattern}") or self.ids[pattern]
        self.run(
            f"INSERT INTO {table} (id, {names}) "
            f"SELECT %({key})s + {number}, {', '.join(exprs)} "
            f"FROM {relation} CROSS JOIN {table} AS t "
            f"WHERE t.id = {row_id} AND ({condition or 'true'})"
        )

    def relate(self, table, column, pattern, key, source, number):
        """Copy the rows of a relation table."""
        other = next(name for name in self._columns(table) if name != column)
        relation, _where, condition = source.partition(" WHERE ")
        row_id = self.ids.get(f"pattern_{pattern}") or self.ids[pattern]
        self.run(
            f"INSERT INTO {table} ({column}, {other}) "
            f"SELECT %({key})s + {number}, t.{other} "
            f"FROM {relation} CROSS JOIN {table} AS t "
            f"WHERE t.{column} = {row_id} AND ({condition or 'true'})"
        )

    def _columns(self, table):
        self.cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
            "AND attnum > 0 AND NOT attisdropped AND attname <> 'id'",
            [table],
        )
        return [name for (name,) in self.cr.fetchall()]
