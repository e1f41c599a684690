"""Links of credit notes, and drafts that later requests join, as they were before."""

from odoo.tools import SQL

#: Lines of credit notes know the line of the invoice that they credit.
REVERSED = """
    UPDATE account_move_line credit
       SET billing_reversed_line_id = invoiced.id
      FROM account_move note, account_move_line invoiced
     WHERE note.id = credit.move_id AND note.move_type = 'out_refund'
       AND credit.billing_origin_line_id IS NOT NULL
       AND credit.billing_reversed_line_id IS NULL
       AND invoiced.billing_line_id = credit.billing_origin_line_id
       AND invoiced.move_id = note.reversed_entry_id
"""
#: Whatever waited for more requests up to now still does.
JOINABLE = """
    UPDATE account_move move
       SET billing_joinable = TRUE
      FROM project_billing_request request
      JOIN project_project project ON project.id = request.project_id
      JOIN res_partner partner ON partner.id = request.partner_id
      LEFT JOIN res_partner customer ON customer.id = partner.commercial_partner_id
     WHERE request.invoice_id = move.id AND request.state = 'invoiced'
       AND move.state = 'draft' AND move.billing_joinable IS NOT TRUE
       AND (project.billing_one_invoice = 'together'
            OR coalesce(project.billing_one_invoice, 'customer') = 'customer'
               AND customer.billing_one_invoice)
"""


def migrate(cr, version):
    """Fill in links and marks; no figure changes."""
    if version:
        cr.execute(SQL(REVERSED))
        cr.execute(SQL(JOINABLE))
