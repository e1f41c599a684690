"""Let the journal know what was posted and signed, and seal all of it."""

from odoo import SUPERUSER_ID, api

from odoo.addons.project_invoice_tracker.models.acceptance_sql import TELL_THE_PAST
from odoo.addons.project_invoice_tracker.models.health_approved_sql import (
    TELL_PAST_PAPER,
)
from odoo.addons.project_invoice_tracker.models.journal_chain_sql import (
    PAGE_THE_PAST,
)


def migrate(cr, version):
    """Write pages for all that is in the journal, then what it did not tell yet.

    At the end of the upgrade, when the columns and triggers are there.

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    cr.execute(PAGE_THE_PAST)
    cr.execute(TELL_THE_PAST)
    cr.execute(TELL_PAST_PAPER)
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["project.billing.journal"]._seal()
