"""Work in progress: what is not billed yet, its age, and the step it waits at."""

from odoo import fields, models

from ..const import KINDS
from ..const_figures import WIP_BUCKETS, WIP_STAGES
from .report_sql import WORK_IN_PROGRESS


class ProjectBillingReportWip(models.Model):
    """Open items, and the lines of requests that have no posted invoice yet.

    Age is counted in days from the day of the work (of the oldest work on a line) to
    today where the company is. Untaxed, in the currency of the contract.
    """

    _name = "project.billing.report.wip"
    _inherit = ["project.billing.report"]
    _auto = False
    _description = "Work in Progress"
    _order = "date, id"
    _depends = {
        "project.billing.item": ["amount_open", "quantity_open", "ready", "date"],
        "project.billing.request": ["state", "invoice_id", "date_to"],
        "project.billing.line": ["price_subtotal", "quantity", "request_id", "removed"],
        "project.billing.allocation": ["item_id", "line_id", "state"],
        "project.project": ["user_id", "partner_id", "billing_partner_id"],
        "account.move": ["state", "billing_tracked"],
        "res.partner": ["commercial_partner_id", "tz"],
    }
    _sources = {"own_item": ("item", 2, 0), "own_request": ("line", 2, 1)}

    name = fields.Char(string="Description", readonly=True)
    date = fields.Date(string="Day of Work", readonly=True)
    stage = fields.Selection(WIP_STAGES, readonly=True)
    bucket = fields.Selection(
        WIP_BUCKETS, string="Age", readonly=True, help="Days since the work was done."
    )
    age = fields.Integer(string="Days", readonly=True, aggregator="max")
    employee_id = fields.Many2one("hr.employee", "Person", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    rule_id = fields.Many2one("project.billing.rule", readonly=True)
    request_id = fields.Many2one("project.billing.request", readonly=True)
    hours = fields.Float(readonly=True)
    amount = fields.Monetary(readonly=True, help="Untaxed.")

    @property
    def _table_query(self):
        # while the registry loads, only the shape is asked for
        zone = self.env.user.tz if self.env.registry.ready else None
        return self._rows(
            WORK_IN_PROGRESS, now=fields.Datetime.now(), zone=zone or "UTC"
        )
