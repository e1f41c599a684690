"""Write down what accounting added to invoices before it was asked for."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

#: Posted invoices of requests with lines that are not ours.
ADDED = """
    SELECT request.invoice_id, min(request.id), sum(line.total)
      FROM (SELECT move_id, sum(price_total) AS total FROM account_move_line
             WHERE display_type = 'product' AND billing_line_id IS NULL
             GROUP BY move_id) line
      JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
       AND move.move_type = 'out_invoice'
      JOIN LATERAL (SELECT min(id) AS id, invoice_id FROM project_billing_request
                     WHERE invoice_id = move.id AND state = 'invoiced'
                     GROUP BY invoice_id) request ON TRUE
     GROUP BY request.invoice_id
    HAVING sum(line.total) <> 0
"""


def migrate(cr, version):
    """Let Billing health know what was posted under the rules of earlier versions.

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    rows = env.execute_query(SQL(ADDED))
    requests = env["project.billing.request"].browse([row[1] for row in rows])
    env["project.billing.journal"]._record(
        "lines_added",
        [
            {
                "company_id": request.company_id.id,
                "project_id": request.project_id.id,
                "request_id": request.id,
                "invoice_id": move_id,
                "document": request.invoice_id.name,
                "reason": "Posted with an earlier version",
                "after": {
                    "amount": request.invoice_id.amount_total,
                    "added": float(amount),
                },
            }
            for (move_id, _request_id, amount), request in zip(
                rows, requests, strict=True
            )
        ],
    )
