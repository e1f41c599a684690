"""The triggers on the ledger and on approvals, created anew by each update."""

from odoo import api, models
from odoo.tools import SQL

from .journal_sql import approval_statements, ledger_statements


class ProjectBillingAllocation(models.Model):
    """An allocation; whatever changes it, on any route, is in the journal."""

    _inherit = "project.billing.allocation"

    @api.private
    def init(self):
        """Create the triggers that write the journal of the ledger."""
        result = super().init()
        for statement in ledger_statements():
            self.env.cr.execute(SQL(statement))
        return result


class ProjectBillingApproval(models.Model):
    """A step of a request, which is in the journal."""

    _inherit = "project.billing.approval"

    @api.private
    def init(self):
        """Create the trigger that writes the journal of the approvals."""
        for statement in approval_statements():
            self.env.cr.execute(SQL(statement))
