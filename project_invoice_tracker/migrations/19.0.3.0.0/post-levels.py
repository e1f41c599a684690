"""Give open requests of earlier versions the step that they wait for, or had."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Let approvals of before count, and show what they were given for.

    Requests that are submitted or approved get one step, of today's approvers; rows of
    the log that count get the content as it is now, if that is what they were written
    on. Their fingerprints stay as they are.

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    cr.execute(
        """
        UPDATE project_billing_approval SET self_approved = FALSE
         WHERE self_approved IS NULL
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["project.billing.request"]._adopt_earlier_approvals()
