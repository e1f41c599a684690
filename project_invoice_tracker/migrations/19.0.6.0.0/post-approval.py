"""Approvers and levels go on deciding where requests were decided on so far."""

from odoo.tools import SQL

#: Companies that bill: whoever has a rule, request, level or own limit was asked so.
CHOOSE = """
    UPDATE res_company company SET billing_approval = 'levels'
     WHERE billing_approval IS NULL
       AND (EXISTS (SELECT FROM project_billing_rule r WHERE r.company_id = company.id)
            OR EXISTS (SELECT FROM project_billing_request r
                        WHERE r.company_id = company.id)
            OR EXISTS (SELECT FROM project_billing_level l
                        WHERE l.company_id = company.id)
            OR EXISTS (SELECT FROM project_billing_limit l
                        WHERE l.company_id = company.id))
"""


def migrate(cr, version):
    """Note for each company that bills already what held for it.

    :param version: the version that is upgraded from; nothing on installation
    """
    if version:
        cr.execute(SQL(CHOOSE))
