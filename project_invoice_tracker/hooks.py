"""What Odoo does not remove by itself when the add-on goes."""

from odoo.tools import SQL

from .models.journal_sql import FUNCTIONS


def uninstall_hook(env):
    """Drop the functions of the journal, and the triggers that call them.

    :param env: of the database that the add-on leaves
    """
    for function in FUNCTIONS:
        # names of our own, and constants
        env.cr.execute(SQL(f"DROP FUNCTION IF EXISTS {function} CASCADE"))
