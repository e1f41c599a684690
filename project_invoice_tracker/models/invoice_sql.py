"""The statement behind ``project.billing.invoice``: who has which part of an invoice.

An invoice belongs to the requests it was made from, a credit note to the projects
whose lines it credits. Where several share a document, its amounts are cut at the
running shares of their totals: each part is the difference of two roundings, so the
parts always sum to the document, to the cent.
"""

from odoo.tools import SQL

#: Requests that share their invoice with others, with the running shares of their
#: totals. Few invoices are shared, so the windows run over few rows.
SHARED_INVOICES = """
    SELECT part.id, currency.decimal_places AS digits,
           sum(part.amount_total) OVER before_me AS upto,
           part.amount_total AS own,
           sum(part.amount_total) OVER whole AS whole,
           row_number() OVER before_me AS position,
           count(*) OVER whole AS parts
      FROM project_billing_request part
      JOIN res_currency currency ON currency.id = part.currency_id
     WHERE part.state = 'invoiced'
       AND part.invoice_id IN (
           SELECT invoice_id FROM project_billing_request
            WHERE state = 'invoiced' AND invoice_id IS NOT NULL
            GROUP BY invoice_id HAVING count(*) > 1)
    WINDOW whole AS (PARTITION BY part.invoice_id),
           before_me AS (PARTITION BY part.invoice_id ORDER BY part.id)
"""

#: What the lines of a credit note take back, by project.
CREDITS = """
    SELECT min(credit.id) AS id, credit.move_id, line.project_id,
           max(line.request_id) AS request_id,
           sum(credit.price_subtotal) AS amount_untaxed,
           sum(credit.price_total) AS amount_total
      FROM account_move_line credit
      JOIN project_billing_line line ON line.id = credit.billing_origin_line_id
      JOIN account_move note ON note.id = credit.move_id
     WHERE note.move_type = 'out_refund' AND note.state IN ('draft', 'posted')
     GROUP BY credit.move_id, line.project_id
"""

#: The same of credit notes that concern several projects.
SHARED_CREDITS = """
    SELECT part.id, currency.decimal_places AS digits,
           sum(part.amount_total) OVER before_me AS upto,
           part.amount_total AS own,
           sum(part.amount_total) OVER whole AS whole,
           row_number() OVER before_me AS position,
           count(*) OVER whole AS parts
      FROM (%(credits)s) part
      JOIN account_move move ON move.id = part.move_id
      JOIN res_currency currency ON currency.id = move.currency_id
    WINDOW whole AS (PARTITION BY part.move_id),
           before_me AS (PARTITION BY part.move_id ORDER BY part.id)
"""

#: The part of an amount that a row has; all of it, where nothing is shared.
PORTION = """
    CASE WHEN shared.id IS NULL OR shared.parts = 1 THEN %(amount)s
         WHEN shared.whole = 0 THEN
              round(%(amount)s * shared.position / shared.parts, shared.digits)
            - round(%(amount)s * (shared.position - 1) / shared.parts, shared.digits)
         ELSE round(%(amount)s * (shared.upto / shared.whole), shared.digits)
            - round(%(amount)s * ((shared.upto - shared.own) / shared.whole),
                    shared.digits)
    END
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
    %(total)s AS amount_total,
    CASE WHEN move.state = 'posted' THEN %(total)s - %(residual)s ELSE 0 END
        AS amount_paid,
    %(residual)s AS amount_residual,
    %(overdue)s AS amount_overdue,
    %(late)s AS days_late
"""

INVOICES = """
    SELECT 2 * request.id AS id, request.id AS request_id, FALSE AS credit,
           request.project_id, request.user_id, request.amount_untaxed,
           %(columns)s
      FROM project_billing_request request
      JOIN account_move move ON move.id = request.invoice_id
      LEFT JOIN (%(shared)s) shared ON shared.id = request.id
     WHERE request.state = 'invoiced'
       AND move.move_type = 'out_invoice' AND move.state IN ('draft', 'posted')
"""
NOTES = """
    SELECT 2 * part.id + 1 AS id, NULL::integer AS request_id, TRUE AS credit,
           part.project_id, request.user_id, -part.amount_untaxed AS amount_untaxed,
           %(columns)s
      FROM (%(credits)s) part
      JOIN account_move move ON move.id = part.move_id
      JOIN project_billing_request request ON request.id = part.request_id
      LEFT JOIN (%(shared)s) shared ON shared.id = part.id
"""


def statement(today):
    """Return the statement of all rows.

    :param SQL today: the day it is in the company of ``request``
    """
    credits_ = SQL(CREDITS)
    return SQL(
        "%s UNION ALL %s",
        SQL(INVOICES, columns=_columns(today, 1), shared=SQL(SHARED_INVOICES)),
        SQL(
            NOTES,
            columns=_columns(today, -1),
            credits=credits_,
            shared=SQL(SHARED_CREDITS, credits=credits_),
        ),
    )


def _columns(today, sign):
    """Return the columns of one half; amounts of credit notes are negative."""
    sign = SQL("") if sign > 0 else SQL("-")
    total = SQL("%smove.amount_total", sign)
    residual = SQL(
        "CASE WHEN move.state = 'posted' THEN %smove.amount_residual ELSE 0 END", sign
    )
    return SQL(
        COLUMNS,
        total=SQL(PORTION, amount=total),
        residual=SQL(PORTION, amount=residual),
        overdue=SQL(PORTION, amount=SQL(OVERDUE, today=today)),
        late=SQL(DAYS_LATE, today=today),
    )
