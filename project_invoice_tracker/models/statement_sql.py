"""Queries of a customer's statement of account."""

from odoo.tools import SQL

#: Everything that is open on receivable accounts of a customer, an instalment a row:
#: invoices, credit notes and payments that settle nothing yet (negative).
OPEN_ITEMS = """
    SELECT line.company_id, line.currency_id, line.move_id, line.date_maturity,
           move.name, coalesce(move.invoice_date, line.date) AS date,
           coalesce(line.date_maturity, line.date) AS due,
           sum(line.amount_currency) AS total,
           sum(line.amount_residual_currency) AS open
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN account_account account ON account.id = line.account_id
      JOIN res_partner partner ON partner.id = line.partner_id
     WHERE partner.commercial_partner_id = %(partner)s
       AND line.company_id IN %(companies)s
       AND line.parent_state = 'posted'
       AND account.account_type = 'asset_receivable'
       AND line.amount_residual_currency <> 0
     GROUP BY line.company_id, line.currency_id, line.move_id, line.date_maturity,
           move.name, move.invoice_date, line.date
     ORDER BY line.company_id, due, date, move.name, line.move_id
"""

#: What came in since a day: entries of bank and cash on the customer's receivables.
PAYMENTS = """
    SELECT line.company_id, line.currency_id, move.date, move.name, move.ref,
           -sum(line.amount_currency) AS amount
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN account_journal journal ON journal.id = move.journal_id
      JOIN account_account account ON account.id = line.account_id
      JOIN res_partner partner ON partner.id = line.partner_id
     WHERE partner.commercial_partner_id = %(partner)s
       AND line.company_id IN %(companies)s
       AND line.parent_state = 'posted'
       AND account.account_type = 'asset_receivable'
       AND journal.type IN ('bank', 'cash', 'credit')
       AND move.date >= %(since)s
     GROUP BY line.company_id, line.currency_id, move.id
     ORDER BY line.company_id, move.date, move.id
"""


def open_items(partner, companies):
    """Return the query of the open amounts of a customer."""
    return SQL(OPEN_ITEMS, partner=partner.id, companies=tuple(companies.ids))


def payments(partner, companies, since):
    """Return the query of the payments of a customer since a day."""
    return SQL(
        PAYMENTS, partner=partner.id, companies=tuple(companies.ids), since=since
    )
