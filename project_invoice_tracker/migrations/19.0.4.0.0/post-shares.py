"""Let the analysis know what earlier versions billed."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """Write down who stands behind the lines of all posted documents.

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["project.billing.share"]._write_shares(SQL("TRUE"))
