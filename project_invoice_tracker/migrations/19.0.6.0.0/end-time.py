"""Time is counted exactly: what nothing holds becomes what was recorded.

At the end, when the add-ons are there that say whose time it is.
"""

import logging

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

TIMED = """
    SELECT DISTINCT project_id FROM project_billing_rule
     WHERE kind = 'time' AND active ORDER BY project_id
"""
#: What nobody described reads as nothing, wherever work is named.
UNDESCRIBED = """
    UPDATE project_billing_item SET name = NULL
     WHERE kind = 'time' AND name = '/' AND analytic_line_id IS NOT NULL
"""


def migrate(cr, version):
    """Read the time of each project again; what is in use keeps its figures.

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(SQL(UNDESCRIBED))
    cr.execute(SQL(TIMED))
    projects = env["project.project"].browse([row[0] for row in cr.fetchall()])
    kind = env["project.billing.kind"]._get("time")
    for project in projects:
        try:
            with cr.savepoint():
                kind._sync_stale(project)
        except UserError as error:
            # it is read again, and says so, when the project is billed
            _logger.warning("Time of %s as it was: %s", project.display_name, error)
