"""The invoices, payments, credit notes and vendor bills of ``bench-tracker``."""

from . import bench_tracker_plan as plan, bench_tracker_rows as rows

INVOICED = "w_total AS w WHERE w.state = 'invoiced'"
SIGN = {"invoice": 1, "refund": -1}
MONEY = {"invoice": ("w.untaxed", "w.total"), "refund": ("w.back_untaxed", "w.back")}
PAID_DAY = "w.invoiced + w.delay"
DUE = "w.invoiced + 30"
PAID = "(w.total - w.back)"
ACCOUNT = "jsonb_build_object((%(account_id)s + w.p)::text, 100)"


def fill_invoices(copy, name):
    """Copy the invoices (or credit notes) with their lines."""
    source = INVOICED if name == "invoice" else "w_total AS w WHERE w.credited"
    key = f"first_{name}"
    copy.ids[key] = copy.reserve("account_move", copy.ids["projects"] * 26)
    values = _move(name, *MONEY[name])
    copy.place(key, "account_move", f"{name}_move", source, "w.q", values)
    _fill_products(copy, name)
    _fill_terms(copy, name, source)


def _fill_products(copy, name):
    """Copy the lines that name a service, one for each line of a request."""
    sign, link = SIGN[name], "%(first_line)s + w.l"
    kept = "r.state = 'invoiced'" if sign > 0 else "r.credited AND w.t = 0"
    source = f"w_line AS w JOIN w_total AS r ON r.q = w.q WHERE {kept}"
    values = {
        **_entry(name, "w.untaxed", -sign, "r"),
        "name": "'Task ' || w.t",
        "quantity": "coalesce(w.hours, 0)",
        "price_unit": "w.price",
        "price_subtotal": "w.untaxed",
        "price_total": "w.total",
        "analytic_distribution": ACCOUNT,
        "billing_line_id": link if sign > 0 else "NULL",
        "billing_origin_line_id": "NULL" if sign > 0 else link,
    }
    key, table = f"first_{name}_product", "account_move_line"
    many = copy.ids["projects"] * 26 * plan.LINES
    copy.ids[key] = copy.reserve(table, many)
    pattern = f"{name}_product"
    copy.place(key, table, pattern, source, "w.l", values)
    relation = "account_move_line_account_tax_rel"
    copy.relate(relation, f"{table}_id", pattern, key, source, "w.l")


def _fill_terms(copy, name, source):
    """Copy the lines of the tax and of what is to be paid."""
    table, sign = "account_move_line", SIGN[name]
    untaxed, total = MONEY[name]
    tax = f"({total} - {untaxed})"
    values = {
        **_entry(name, tax, -sign, "w"),
        "tax_base_amount": untaxed,
        "price_subtotal": tax,
        "price_total": tax,
    }
    copy(None, table, f"{name}_tax", source, values)
    left = _residual(name, total)
    values = {
        **_entry(name, total, sign, "w"),
        "date_maturity": DUE,
        "amount_residual_currency": f"{sign} * {left}",
        "amount_residual": f"round({sign} * {left} * w.rate, 2)",
        "reconciled": f"{left} = 0",
        "full_reconcile_id": "NULL",
        "matching_number": f"CASE WHEN {left} = 0 THEN w.q::text END",
    }
    key = f"first_{name}_term"
    copy.ids[key] = copy.reserve(table, copy.ids["projects"] * 26)
    copy.place(key, table, f"{name}_payment_term", source, "w.q", values)


def _residual(name, total):
    """Return what is left to pay; a credit note is reconciled with its invoice."""
    if name == "refund":
        return "0"
    return f"CASE WHEN w.paid THEN 0 ELSE {total} - w.back END"


def _move(name, untaxed, total):
    sign, residual = SIGN[name], _residual(name, total)
    day = "w.invoiced" if name == "invoice" else "w.invoiced + 20"
    posted = "w.posted" if name == "invoice" else "true"
    prefix = "INV" if name == "invoice" else "RINV"
    tax = f"({total} - {untaxed})"
    return {
        "name": f"CASE WHEN {posted} THEN '{prefix}/BENCH/' || w.q ELSE '/' END",
        "sequence_prefix": f"'{prefix}/BENCH/'",
        "sequence_number": "w.q",
        "message_main_attachment_id": "NULL",
        "partner_id": rows.PARTNER,
        "commercial_partner_id": rows.PARTNER,
        "partner_shipping_id": rows.PARTNER,
        "invoice_partner_display_name": "'Customer ' || w.p %% 500",
        "currency_id": "w.currency",
        "invoice_currency_rate": "1 / w.rate",
        "invoice_user_id": rows.MANAGER,
        "state": f"CASE WHEN {posted} THEN 'posted' ELSE 'draft' END",
        "payment_state": f"CASE WHEN {residual} = 0 THEN 'paid' WHEN w.credited "
        "THEN 'partial' ELSE 'not_paid' END",
        "date": day,
        "invoice_date": f"CASE WHEN {posted} THEN {day} END",
        "invoice_date_due": DUE if sign > 0 else day,
        "is_move_sent": "w.sent AND w.posted",
        "billing_date_sent": "CASE WHEN w.sent AND w.posted "
        "THEN w.invoiced + w.p %% 4 END",
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
    """Return the columns that all journal items of a request have in common."""
    posted = f"{request}.posted" if name == "invoice" else "true"
    day = f"{request}.invoiced" + (" + 20" if name == "refund" else "")
    return {
        "move_id": f"%(first_{name})s + {request}.q",
        "move_name": f"'BENCH/' || {request}.q",
        "parent_state": f"CASE WHEN {posted} THEN 'posted' ELSE 'draft' END",
        "date": day,
        "invoice_date": f"CASE WHEN {posted} THEN {day} END",
        "partner_id": rows.PARTNER,
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


def fill_bank(copy):
    """Copy the payments; reconcile payments and credit notes with invoices."""
    source, many = "w_total AS w WHERE w.posted AND w.paid", copy.ids["projects"] * 26
    copy.ids["first_bank"] = copy.reserve("account_move", many)
    move = {
        "name": "'BNK/BENCH/' || w.q",
        "sequence_prefix": "'BNK/BENCH/'",
        "sequence_number": "w.q",
        "date": PAID_DAY,
        "partner_id": rows.PARTNER,
        "commercial_partner_id": rows.PARTNER,
        "amount_total": PAID,
        "amount_total_signed": f"round({PAID} * w.rate, 2)",
    }
    copy.place("first_bank", "account_move", "bank_move", source, "w.q", move)
    line = {
        "move_id": "%(first_bank)s + w.q",
        "move_name": "'BNK/BENCH/' || w.q",
        "date": PAID_DAY,
        "partner_id": rows.PARTNER,
        "currency_id": "w.currency",
        "full_reconcile_id": "NULL",
    }
    table = "account_move_line"
    copy(None, table, "bank_debit", source, {**line, **_sums(PAID, 1, "w.rate")})
    line |= _sums(PAID, -1, "w.rate")
    copy.ids["first_payment"] = copy.reserve(table, many)
    copy.place("first_payment", table, "bank_credit", source, "w.q", line)
    _match(copy, "first_payment", PAID, PAID_DAY, source)
    credited = "w_total AS w WHERE w.credited"
    _match(copy, "first_refund_term", "w.back", "w.invoiced + 20", credited)


def _match(copy, lines, amount, day, source):
    """Reconcile invoices with lines whose ids begin there."""
    values = {
        "debit_move_id": "%(first_invoice_term)s + w.q",
        "credit_move_id": f"%({lines})s + w.q",
        "debit_currency_id": "w.currency",
        "credit_currency_id": "w.currency",
        "full_reconcile_id": "NULL",
        "max_date": day,
        "amount": f"round({amount} * w.rate, 2)",
        "debit_amount_currency": amount,
        "credit_amount_currency": amount,
    }
    copy(None, "account_partial_reconcile", "partial", source, values)


def fill_bills(copy):
    """Copy the vendor bills, one line each."""
    day = rows.COST_ITEMS["date"]
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
        "analytic_distribution": ACCOUNT,
        **_sums(bought, 1),
    })  # fmt: skip
    copy(None, "account_move_line", "bill_payment_term", "w_cost AS w",
         {**line, **_sums(bought, -1)})  # fmt: skip
