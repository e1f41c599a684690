"""Reconciliation of the journal with the ledger and the invoices."""

from odoo import api, models
from odoo.tools import SQL

from .reconcile_sql import RECONCILE


class ProjectBillingJournal(models.Model):
    """The journal, with which everything else is compared."""

    _inherit = "project.billing.journal"

    @api.model
    def _reconcile_sql(self):
        """Return the query of all differences, after flushing pending changes."""
        self.env.flush_all()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return SQL(RECONCILE, digits=digits)

    @api.model
    def _reconcile(self):
        """Compare the journal with the ledger, and the ledger with the invoices.

        One query over everything there is, of all companies; for the health checks,
        for tests and for whoever audits with SQL.

        :returns: list of dicts, one per difference: ``part`` (``journal``,
            ``counters``, ``invoice``, ``slices`` or ``approvals``), ``model`` and
            ``res_id`` of the record, ``company_id``, ``expected`` and ``found``
        """
        return self.env.execute_query_dict(self._reconcile_sql())
