"""Note the days of the work in the requests of earlier versions."""

from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.models.project_billing_request_work import (
    WORK_DAYS,
)

#: As they were submitted: what was taken off the request before does not count, what
#: the invoice gave back later does.
SLICES = """
    (slice.state <> 'released'
     OR slice.release_cause NOT IN ('line_removed', 'lowered'))
    AND slice.request_id IN (
        SELECT id FROM project_billing_request
         WHERE state <> 'draft' AND date_work_last IS NULL)
"""


def migrate(cr, version):
    """Fill the days of what was submitted.

    :param version: the version that is upgraded from; nothing on installation
    """
    if version:
        cr.execute(SQL(WORK_DAYS, slices=SQL(SLICES)))
