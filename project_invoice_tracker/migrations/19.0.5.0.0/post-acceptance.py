"""Sign-offs that were noted before there was a log of them."""

from odoo.tools import SQL

LOG = """
    INSERT INTO project_billing_acceptance (
        milestone_id, project_id, company_id, currency_id, decision, percent, amount,
        name, date, day, ask_number, create_uid, create_date, write_uid, write_date)
    SELECT milestone.id, milestone.project_id, rule.company_id, rule.currency_id,
           'accepted', 100, coalesce(item.amount, 0), milestone.billing_signed_by,
           coalesce(milestone.billing_signed_date, milestone.write_date),
           coalesce(milestone.billing_signed_date, milestone.write_date::date), 0,
           1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
      FROM project_milestone milestone
      JOIN LATERAL (
           SELECT company_id, currency_id
             FROM project_billing_rule
            WHERE project_id = milestone.project_id
            ORDER BY (kind IN ('milestone', 'progress')) DESC, active DESC, id
            LIMIT 1) rule ON TRUE
      LEFT JOIN LATERAL (
           SELECT sum(amount) AS amount
             FROM project_billing_item
            WHERE milestone_id = milestone.id) item ON TRUE
     WHERE milestone.billing_signed_off
       AND NOT EXISTS (SELECT FROM project_billing_acceptance acceptance
                        WHERE acceptance.milestone_id = milestone.id)
"""
STATE = """
    UPDATE project_milestone SET billing_sign_off_state = 'accepted'
     WHERE billing_signed_off AND billing_sign_off_state IS NULL
"""


def migrate(cr, version):
    """Write one row for each milestone that is signed off, and its state."""
    if version:
        cr.execute(SQL(LOG))
        cr.execute(SQL(STATE))
