"""Queries for payment reminders: instalments due, and reminders sent before."""

from odoo.tools import SQL

#: Instalments that a customer may be reminded of, of invoices made by this add-on.
#: Paid, reversed, cancelled, draft and blocked ones are out, credit notes as well, and
#: what accounting took out of every follow-up.
INSTALMENTS = """
    SELECT move.id, term.date_maturity, sum(term.amount_residual_currency)
      FROM account_move move
      JOIN account_move_line term ON term.move_id = move.id
     WHERE move.billing_tracked
       AND move.move_type = 'out_invoice'
       AND move.state = 'posted'
       AND move.payment_state IN ('not_paid', 'partial')
       AND move.company_id = %(company)s
       AND %(which)s
       AND term.display_type = 'payment_term'
       AND term.amount_residual_currency > 0
       AND NOT coalesce(term.no_followup, FALSE)
     GROUP BY move.id, term.date_maturity
     ORDER BY move.id, term.date_maturity
"""

#: Of each invoice, the day of the last reminder and all levels that went out.
PAST = """
    SELECT move_id, max(day), array_agg(level_id), array_agg(date_due::text)
      FROM project_billing_reminder
     WHERE move_id IN %(moves)s
     GROUP BY move_id
"""

#: The last mail that an invoice was attached to, and who of the customer got it.
RECIPIENTS = """
    SELECT DISTINCT ON (message.res_id) message.res_id,
           array_agg(partner.id ORDER BY partner.id)
      FROM mail_message message
      JOIN account_move move ON move.id = message.res_id AND move.is_move_sent
      JOIN mail_message_res_partner_rel link ON link.mail_message_id = message.id
      JOIN res_partner partner ON partner.id = link.res_partner_id
       AND partner.commercial_partner_id = move.commercial_partner_id
     WHERE message.model = 'account.move' AND message.res_id IN %(moves)s
       AND message.message_type = 'comment'
       AND EXISTS (SELECT FROM message_attachment_rel file
                    WHERE file.message_id = message.id)
     GROUP BY message.res_id, message.id
     ORDER BY message.res_id, message.id DESC
"""


def instalments(company, moves=None, since=None, until=None):
    """Return the query of the unpaid instalments of a company.

    :param moves: of these invoices, or of all
    :param since: the first due date
    :param until: the last due date
    """
    terms = [SQL("TRUE")]
    if moves is not None:
        terms.append(SQL("move.id IN %s", tuple(moves.ids) or (0,)))
    if since:
        terms.append(SQL("term.date_maturity >= %s", since))
    if until:
        terms.append(SQL("term.date_maturity <= %s", until))
    return SQL(INSTALMENTS, company=company.id, which=SQL(" AND ").join(terms))
