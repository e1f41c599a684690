"""Let the analysis sum to the books, also of what earlier versions billed."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

#: Lines in one statement, which sorts them in memory: all lines of a large company at
#: once are sorted on disk.
CHUNK = 20_000


def migrate(cr, version):
    """Write the shares of all posted documents anew.

    What was reserved, billed or posted stays as it is; the shares of a document that
    Odoo rounds as a whole now sum to it.

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        "SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM project_billing_line"
    )
    first, last = cr.fetchone()
    for start in range(first, last + 1, CHUNK):
        env["project.billing.share"]._write_shares(
            SQL("line.id >= %s AND line.id < %s", start, start + CHUNK)
        )
