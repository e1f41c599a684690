"""The triggers on the ledger and on the approvals, kept in place by each update."""

from odoo import api, models
from odoo.tools import SQL

from .journal_sql import approval_statements, ledger_statements


class ProjectBillingAllocation(models.Model):
    """Whatever changes the ledger, by whatever route, is in the journal."""

    _inherit = "project.billing.allocation"

    @api.private
    def init(self):
        """Let PostgreSQL write the journal of the ledger."""
        result = super().init()
        for statement in ledger_statements():
            self.env.cr.execute(SQL(statement))
        return result


class ProjectBillingApproval(models.Model):
    """Every step of a request is in the journal."""

    _inherit = "project.billing.approval"

    @api.private
    def init(self):
        """Let PostgreSQL write the journal of the approvals."""
        for statement in approval_statements():
            self.env.cr.execute(SQL(statement))
