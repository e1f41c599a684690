"""Open the journal with what earlier versions left: balances, and the steps so far."""

import json

from odoo.addons.project_invoice_tracker.models.journal_sql import DECISION_ACTIONS

#: One row for each slice, as it stands: where it is now. A released one has its row
#: too, so that nothing is without a history.
SLICES = """
    INSERT INTO project_billing_journal (
           date, user_id, action, company_id, project_id, request_id, line_id, item_id,
           allocation_id, invoice_id, document, quantity, unit, currency_id, reason,
           before, after, model, res_id)
    SELECT now() AT TIME ZONE 'UTC', 1, 'opening', item.company_id, item.project_id,
           slice.request_id, slice.line_id, slice.item_id, slice.id,
           request.invoice_id, request.name, slice.quantity, item.unit,
           item.currency_id,
           CASE WHEN slice.state = 'released' THEN slice.release_cause
                ELSE nullif(slice.reason, '') END,
           '{"place": "open"}'::jsonb,
           jsonb_build_object('place', project_billing_slice_place(
                              slice.action, slice.state)),
           'project.billing.item', slice.item_id
      FROM project_billing_allocation slice
      JOIN project_billing_item item ON item.id = slice.item_id
      LEFT JOIN project_billing_request request ON request.id = slice.request_id
     WHERE NOT EXISTS (SELECT FROM project_billing_journal journal
                        WHERE journal.allocation_id = slice.id)
     ORDER BY slice.id
"""
#: The log of the requests, with who and when as it was.
STEPS = """
    INSERT INTO project_billing_journal (
           date, user_id, action, company_id, project_id, request_id, invoice_id,
           document, amount, currency_id, reason, after, model, res_id)
    SELECT step.date, step.user_id,
           coalesce(%s::jsonb ->> step.decision, step.decision),
           request.company_id, request.project_id, request.id,
           request.invoice_id, request.name, step.amount, request.currency_id,
           step.comment,
           jsonb_build_object('valid', coalesce(step.valid, FALSE),
                              'fingerprint', step.fingerprint),
           'project.billing.approval', step.id
      FROM project_billing_approval step
      JOIN project_billing_request request ON request.id = step.request_id
     WHERE NOT EXISTS (SELECT FROM project_billing_journal journal
                        WHERE journal.model = 'project.billing.approval'
                          AND journal.request_id = request.id
                          AND journal.res_id = step.id)
     ORDER BY step.id
"""


def migrate(cr, version):
    """Give every slice and every step its row, once.

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    cr.execute(SLICES)
    cr.execute(STEPS, [json.dumps(DECISION_ACTIONS)])
