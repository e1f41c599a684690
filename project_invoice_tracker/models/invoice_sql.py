"""The query behind ``project.billing.invoice``: each project's part of an invoice.

An invoice belongs to the requests it was made from, a credit note to the projects
whose lines it credits. Where several share a document, its amounts are cut at the
running shares of their totals: each part is the difference of two roundings, so the
parts always sum to the document, to the cent.
"""

from odoo.tools import SQL

from .currency_step import rounded_sql

#: Ids of credit notes begin here; those of invoices are those of their requests, so
#: that PostgreSQL finds a row by its id.
CREDITS_FROM = 10**9

#: The running share of a request in the totals of all that share its invoice.
SHARED_INVOICE = """
    SELECT sum(part.amount_total) FILTER (WHERE part.id <= request.id) AS upto,
           sum(part.amount_total) AS whole,
           sum(part.amount_untaxed) FILTER (WHERE part.id <= request.id)
               AS upto_untaxed,
           sum(part.amount_untaxed) AS whole_untaxed,
           count(*) FILTER (WHERE part.id <= request.id) AS position,
           count(*) AS parts
      FROM project_billing_request part
     WHERE part.invoice_id = request.invoice_id AND part.state = 'invoiced'
"""

#: What the lines of a credit note, or of its reversal, name, by project, with the
#: running shares.
CREDIT = """
    SELECT min(credit.id) AS id, line.project_id,
           max(line.request_id) AS request_id,
           sum(credit.price_subtotal) AS amount_untaxed,
           sum(credit.price_total) AS own,
           sum(sum(credit.price_total)) OVER (ORDER BY line.project_id) AS upto,
           sum(sum(credit.price_total)) OVER () AS whole,
           sum(sum(credit.price_subtotal)) OVER (ORDER BY line.project_id)
               AS upto_untaxed,
           sum(sum(credit.price_subtotal)) OVER () AS whole_untaxed,
           row_number() OVER (ORDER BY line.project_id) AS position,
           count(*) OVER () AS parts
      FROM account_move_line credit
      JOIN project_billing_line line ON line.id = credit.billing_origin_line_id
     WHERE credit.move_id = move.id
     GROUP BY line.project_id
"""

#: The part of an amount that a row has; all of it, where nothing is shared.
_UPTO, _BEFORE, _ONE_MORE, _AS_MANY = (
    rounded_sql(f"%(amount)s * ({share})", "%(step)s")
    for share in (
        "%(upto)s / %(whole)s",
        "(%(upto)s - %(own)s) / %(whole)s",
        "shared.position::numeric / shared.parts",
        "(shared.position - 1)::numeric / shared.parts",
    )
)
PORTION = f"""
    CASE WHEN shared.parts = 1 THEN %(amount)s
         WHEN %(whole)s = 0 THEN {_ONE_MORE} - {_AS_MANY}
         ELSE {_UPTO} - {_BEFORE} END
"""
STEP = """
    (SELECT currency.rounding FROM res_currency currency
      WHERE currency.id = request.currency_id)
"""

#: Of a posted document, what its instalments that are due before today leave open.
OVERDUE = """
    coalesce((SELECT sum(term.amount_residual_currency)
                FROM account_move_line term
               WHERE term.move_id = move.id AND term.display_type = 'payment_term'
                 AND move.state = 'posted' AND move.amount_residual <> 0
                 AND term.date_maturity < %(today)s), 0)
"""
DAYS_LATE = """
    coalesce(%(today)s - (SELECT min(term.date_maturity)
                FROM account_move_line term
               WHERE term.move_id = move.id AND term.display_type = 'payment_term'
                 AND move.state = 'posted' AND move.amount_residual <> 0
                 AND term.amount_residual_currency <> 0
                 AND term.date_maturity < %(today)s), 0)
"""

#: What customers question of an invoice that is not answered yet: the part of a request
#: is the difference of two running sums, each at most what is left to pay, so that
#: the parts sum to what is questioned of the whole.
QUESTIONED = """
    coalesce((SELECT least(asked.upto, asked.payable)
                   - least(asked.upto - asked.own, asked.payable)
                FROM (SELECT coalesce(sum(question.amount) FILTER (
                                 WHERE question.request_id <= request.id), 0) AS upto,
                             coalesce(sum(question.amount) FILTER (
                                 WHERE question.request_id = request.id), 0) AS own,
                             CASE WHEN move.state = 'posted'
                                  THEN greatest(move.amount_residual, 0) ELSE 0 END
                             AS payable
                        FROM project_billing_question question
                       WHERE question.move_id = move.id
                         AND question.state = 'open') asked), 0)
"""

#: What lines of accounting's own add to an invoice, without taxes.
ADDED = """
    coalesce((SELECT sum(more.price_subtotal) FROM account_move_line more
               WHERE more.move_id = move.id AND more.display_type = 'product'
                 AND more.billing_line_id IS NULL), 0)
"""

#: The columns that both halves have in common.
COLUMNS = """
    move.id AS move_id,
    move.commercial_partner_id AS partner_id,
    request.company_id,
    request.currency_id,
    coalesce(nullif(move.name, '/'), request.name) AS name,
    move.invoice_date,
    move.invoice_date_due,
    move.state,
    move.payment_state,
    coalesce(move.is_move_sent, FALSE) AS sent,
    move.billing_date_sent AS date_sent,
    move.amount_residual <> 0 AS unsettled,
    %(total)s AS amount_total,
    CASE WHEN move.state = 'posted' THEN %(total)s - %(residual)s ELSE 0 END
        AS amount_paid,
    %(residual)s AS amount_residual,
    %(overdue)s AS amount_overdue,
    %(questioned)s AS amount_questioned,
    %(late)s AS days_late
"""

INVOICES = """
    SELECT request.id, request.id AS request_id, FALSE AS credit,
           request.project_id, request.user_id,
           %(untaxed)s AS amount_untaxed,
           %(added)s AS amount_added,
           %(columns)s
      FROM project_billing_request request
      JOIN account_move move ON move.id = request.invoice_id
      LEFT JOIN LATERAL (%(shared)s) shared ON TRUE
     WHERE request.state = 'invoiced'
       AND move.move_type = 'out_invoice' AND move.state IN ('draft', 'posted')
"""
#: Credit notes, and the invoices that reverse them: both without a request.
NOTES = """
    SELECT %(first)s + shared.id AS id, NULL::integer AS request_id,
           %(credit)s AS credit, shared.project_id, request.user_id,
           %(untaxed)s AS amount_untaxed,
           0::numeric AS amount_added,
           %(columns)s
      FROM account_move move
     CROSS JOIN LATERAL (%(shared)s) shared
      JOIN project_billing_request request ON request.id = shared.request_id
     WHERE move.move_type = %(type)s AND move.state IN ('draft', 'posted')
       AND move.billing_tracked
"""


def statement(today):
    """Return the query of all rows.

    :param SQL today: the day it is in the company of ``request``
    """
    return SQL(
        "%s UNION ALL %s UNION ALL %s",
        SQL(
            INVOICES,
            untaxed=_untaxed(SQL("move.amount_untaxed"), SQL("request.amount_untaxed")),
            added=_untaxed(SQL(ADDED), SQL("request.amount_untaxed")),
            columns=_columns(
                today, SQL(""), SQL("request.amount_total"), SQL(QUESTIONED)
            ),
            shared=SQL(SHARED_INVOICE),
        ),
        _notes(today, SQL("-"), SQL("TRUE"), "out_refund"),
        _notes(today, SQL(""), SQL("FALSE"), "out_invoice"),
    )


def _notes(today, sign, credit, move_type):
    """Return the rows of credit notes, or of the invoices that reverse them."""
    return SQL(
        NOTES,
        first=CREDITS_FROM,
        credit=credit,
        type=move_type,
        untaxed=_untaxed(
            SQL("%smove.amount_untaxed", sign), SQL("shared.amount_untaxed")
        ),
        columns=_columns(today, sign, SQL("shared.own"), SQL("0::numeric")),
        shared=SQL(CREDIT),
    )


def _untaxed(amount, own):
    """Return SQL of a row's part of an untaxed amount, which sums to the whole.

    :param SQL amount: of the whole document
    :param SQL own: what the row has in the whole that is shared
    """
    return SQL(
        PORTION,
        amount=amount,
        own=own,
        upto=SQL("shared.upto_untaxed"),
        whole=SQL("shared.whole_untaxed"),
        step=SQL(STEP),
    )


def _columns(today, sign, own, questioned):
    """Return the columns of the rows of one type of document.

    :param SQL sign: a minus for credit notes
    :param SQL own: what the row has in the whole that is shared
    :param SQL questioned: what of the row is questioned
    """
    total = SQL("%smove.amount_total", sign)
    residual = SQL(
        "CASE WHEN move.state = 'posted' THEN %smove.amount_residual ELSE 0 END", sign
    )
    total, residual, overdue = (
        SQL(
            PORTION,
            amount=amount,
            own=own,
            upto=SQL("shared.upto"),
            whole=SQL("shared.whole"),
            step=SQL(STEP),
        )
        for amount in (total, residual, SQL(OVERDUE, today=today))
    )
    return SQL(
        COLUMNS,
        total=total,
        residual=residual,
        overdue=overdue,
        questioned=questioned,
        late=SQL(DAYS_LATE, today=today),
    )
