"""Give companies of earlier versions the levels that a company begins with."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Create the levels; reminders stay off until a company switches them on.

    :param version: the version that is upgraded from; nothing on installation
    """
    if version:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["project.billing.reminder.level"]._create_defaults()
