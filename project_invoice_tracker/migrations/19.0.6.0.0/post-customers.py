"""Hold back open time of tasks that are for another customer than the project's."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, _version):
    """Look at the open time of the tasks concerned anew; what is in use stays."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    kind = env["project.billing.kind"]._get("time")
    projects = tuple(env["project.billing.rule"]._billed_project_ids("time"))
    if not projects:
        return
    rows = env.execute_query(
        SQL(
            "SELECT line.id, line.project_id FROM account_analytic_line line"
            " WHERE line.project_id IN %s AND %s",
            projects,
            kind._foreign_condition(SQL("%s", projects)),
        )
    )
    if rows:
        found = env["project.project"].browse({row[1] for row in rows})
        kind._sync_items(found, [row[0] for row in rows])
