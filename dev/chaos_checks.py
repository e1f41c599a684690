"""Checks that must hold at any instant, and of the end state, by SQL on raw tables."""

import json
from types import SimpleNamespace

from tests.scenarios import ledger_oracle

from . import paths

#: title -> rows that must not be there
NEVER = {
    "invoice without a request": """
        SELECT move.id FROM account_move move
         WHERE move.move_type = 'out_invoice' AND move.state <> 'cancel'
           AND NOT EXISTS (SELECT FROM project_billing_request request
                            WHERE request.invoice_id = move.id)
    """,
    "request and invoice do not agree": """
        SELECT id, state FROM project_billing_request
         WHERE state <> 'cancelled' AND (state = 'invoiced') <> (invoice_id IS NOT NULL)
    """,
    "half a draft": """
        SELECT line.id FROM project_billing_line line
          JOIN project_billing_request request ON request.id = line.request_id
          LEFT JOIN account_move_line invoiced ON invoiced.billing_line_id = line.id
         WHERE request.state = 'invoiced' AND NOT coalesce(line.removed, FALSE)
           AND (invoiced.move_id IS DISTINCT FROM request.invoice_id
                OR invoiced.quantity IS DISTINCT FROM line.quantity
                OR invoiced.price_unit IS DISTINCT FROM line.price_unit
                OR invoiced.price_subtotal IS DISTINCT FROM line.price_subtotal)
    """,
    "invoice line of a request that is elsewhere": """
        SELECT invoiced.id FROM account_move_line invoiced
          JOIN project_billing_line line ON line.id = invoiced.billing_line_id
          JOIN project_billing_request request ON request.id = line.request_id
         WHERE request.state NOT IN ('invoiced', 'cancelled')
            OR request.invoice_id IS DISTINCT FROM invoiced.move_id
    """,
    "approved without an approval": """
        SELECT request.id FROM project_billing_request request
         WHERE request.state IN ('approved', 'invoiced')
           AND NOT EXISTS (SELECT FROM project_billing_approval approval
                            WHERE approval.request_id = request.id AND approval.valid)
    """,
    "slices of a cancelled request": """
        SELECT slice.id FROM project_billing_allocation slice
          JOIN project_billing_request request ON request.id = slice.request_id
         WHERE request.state = 'cancelled' AND slice.state <> 'released'
    """,
    "work on two invoices": """
        SELECT slice.item_id FROM project_billing_allocation slice
          JOIN project_billing_item item ON item.id = slice.item_id
         WHERE slice.state <> 'released' GROUP BY slice.item_id, item.quantity
        HAVING abs(sum(slice.quantity)) > abs(item.quantity)
    """,
    "unbalanced entry": """
        SELECT move_id FROM account_move_line
         WHERE display_type NOT IN ('line_section', 'line_subsection', 'line_note')
         GROUP BY move_id HAVING sum(balance) <> 0
    """,
    "gap or double in the numbers": """
        SELECT sequence_prefix FROM account_move WHERE state = 'posted'
         GROUP BY journal_id, sequence_prefix
        HAVING count(*) <> max(sequence_number)
            OR count(*) <> count(DISTINCT sequence_number)
    """,
}
#: Projects that are billed in hours and at agreed prices, as the oracle knows them.
PLAIN = """
    SELECT project.id, project.name ->> 'en_US' FROM project_project project
     WHERE NOT EXISTS (
           SELECT FROM project_billing_rule rule WHERE rule.project_id = project.id
              AND (rule.kind NOT IN ('time', 'milestone')
                   OR rule.allowance_rule_id IS NOT NULL))
     ORDER BY project.id
"""
#: title -> what a run leaves, without ids, dates and the numbers of documents
IMAGE = {
    "requests": """
        SELECT project.name ->> 'en_US' AS project, request.state, partner.name,
               request.amount_untaxed, request.amount_tax, request.amount_total,
               request.date_from::text, request.date_to::text, move.state AS invoice,
               (SELECT array_agg(approval.decision || approval.valid ORDER BY id)
                  FROM project_billing_approval approval
                 WHERE approval.request_id = request.id) AS log
          FROM project_billing_request request
          JOIN project_project project ON project.id = request.project_id
          JOIN res_partner partner ON partner.id = request.partner_id
          LEFT JOIN account_move move ON move.id = request.invoice_id
    """,
    "lines": """
        SELECT project.name ->> 'en_US' AS project, request.state, line.kind,
               line.name, line.quantity, line.price_unit, line.discount,
               line.price_subtotal, line.removed, move.state AS invoice
          FROM project_billing_line line
          JOIN project_billing_request request ON request.id = line.request_id
          JOIN project_project project ON project.id = request.project_id
          LEFT JOIN account_move move ON move.id = request.invoice_id
    """,
    "items": """
        SELECT project.name ->> 'en_US' AS project, item.kind, item.name,
               item.date::text, item.employee_id, item.state, item.quantity,
               item.quantity_open, item.quantity_reserved, item.quantity_billed,
               item.quantity_written_off, item.price_unit, item.amount
          FROM project_billing_item item
          JOIN project_project project ON project.id = item.project_id
    """,
    "slices": """
        SELECT project.name ->> 'en_US' AS project, item.name, item.date::text,
               slice.action, slice.state, slice.release_cause, slice.reverted,
               slice.quantity
          FROM project_billing_allocation slice
          JOIN project_billing_item item ON item.id = slice.item_id
          JOIN project_project project ON project.id = item.project_id
    """,
    "documents": """
        SELECT partner.name, move.move_type, move.state, move.payment_state,
               move.amount_untaxed, move.amount_tax, move.amount_total,
               move.amount_residual, move.name <> '/' AS numbered,
               (SELECT count(*) FROM ir_attachment attachment
                 WHERE attachment.res_model = 'account.move'
                   AND attachment.res_id = move.id) AS files,
               (SELECT array_agg(concat_ws('|', line.display_type, line.name,
                       line.quantity, line.price_unit, line.price_subtotal,
                       line.balance)
                       ORDER BY line.display_type, line.name, line.balance)
                  FROM account_move_line line WHERE line.move_id = move.id
                   AND line.display_type <> 'payment_term') AS lines
          FROM account_move move JOIN res_partner partner ON partner.id = partner_id
    """,
    "journal": """
        SELECT project.name ->> 'en_US' AS project, journal.action, journal.quantity,
               journal.unit, journal.amount
          FROM project_billing_journal journal
          LEFT JOIN project_project project ON project.id = journal.project_id
    """,
    "caps": "SELECT name, amount_used, minutes_used FROM project_billing_cap",
    "chatter": """
        SELECT message.model, regexp_replace(message.body, '[0-9]+', '#', 'g') AS body,
               message.message_type
          FROM mail_message message
         WHERE message.model IN ('project.billing.request', 'account.move')
    """,
    "sendings": """
        SELECT partner.name, row.state, row.mail_checked, move.is_move_sent,
               row.message_id IS NOT NULL AS told
          FROM project_billing_outbox row
          JOIN account_move move ON move.id = row.invoice_id
          JOIN res_partner partner ON partner.id = move.partner_id
         WHERE row.kind = 'invoice'
    """,
    "activities": """
        SELECT activity.res_model, person.login FROM mail_activity activity
          JOIN res_users person ON person.id = activity.user_id
    """,
    "mails": """
        SELECT partner.email, notification.notification_status
          FROM mail_notification notification
          JOIN res_partner partner ON partner.id = notification.res_partner_id
         WHERE notification.notification_type = 'email'
    """,
}


def complaints(connection):
    """Return every inconsistency of the tables of a database."""
    # here: only who works inside Odoo's Python, configured, finds the add-on
    from odoo.addons.project_invoice_tracker.models.reconcile_sql import RECONCILE

    found = []
    with connection.cursor() as query:
        for title, statement in NEVER.items():
            query.execute(statement)
            found += [f"{title}: {row}" for row in query.fetchall()]
        query.execute(RECONCILE, {"digits": 2})
        found += [f"journal, ledger and invoices: {row}" for row in query.fetchall()]
        query.execute(PLAIN)
        # the oracle of the ledger machine, which asks of an environment no more
        env = SimpleNamespace(cr=query, flush_all=lambda: None)
        for project_id, name in query.fetchall():
            project = SimpleNamespace(id=project_id)
            wrong = ledger_oracle.complaints(env, project)
            found += [f"{name}: {each}" for each in wrong]
        query.execute(
            "SELECT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL"
        )
        files = paths.DATA_DIR / "filestore" / connection.info.dbname
        found += [
            f"file that is not there: {name}"
            for (name,) in query.fetchall()
            if not (files / name).exists()
        ]
    connection.rollback()
    return found


def image(connection):
    """Return the state of a database as sorted texts, by title."""
    with connection.cursor() as query:
        result = {}
        for title, statement in IMAGE.items():
            query.execute(statement)
            rows = [json.dumps(row, default=str) for row in query.fetchall()]
            result[title] = sorted(rows)
    connection.rollback()
    return result


def differences(expected, found):
    """Return the missing and the surplus lines of an image."""
    lines = []
    for title, rows in expected.items():
        missing, surplus = list(rows), []
        for row in found[title]:
            if row in missing:
                missing.remove(row)
            else:
                surplus.append(row)
        lines += [f"{title}, lost: {row}" for row in missing]
        lines += [f"{title}, too much: {row}" for row in surplus]
    return lines


def mail_complaints(mailbox):
    """Return forbidden mails that the mail server got, and the ids it got twice."""
    lines = mailbox.read_text().splitlines() if mailbox.exists() else []
    seen, twice, found = set(), set(), []
    for line in lines:
        key, to, when = line.split("\t")
        if when != "committed":
            found.append(f"mail before the commit: {key} to {to}")
        if (key, to) in seen:
            twice.add(key)
        seen.add((key, to))
    return found, sorted(twice)
