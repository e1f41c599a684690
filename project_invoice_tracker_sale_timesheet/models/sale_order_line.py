"""Sales order items deliver nothing that a billing request holds."""

from odoo import api, models
from odoo.fields import Domain


class SaleOrderLine(models.Model):
    """What is delivered follows the ledger, which writes by SQL."""

    _inherit = "sale.order.line"

    @api.depends("timesheet_ids.billing_held")
    def _compute_qty_delivered(self):
        return super()._compute_qty_delivered()

    def _compute_qty_to_invoice(self):
        """Override of `sale`: what it is paid for changed, so look at what it had."""
        result = super()._compute_qty_to_invoice()
        memory = self.env["project.billing.order.memory"]
        memory._changed_later([line.id for line in self if isinstance(line.id, int)])
        return result

    def _timesheet_compute_delivered_quantity_domain(self):
        """Override of `sale_timesheet`: the time of requests is not the order's."""
        domain = super()._timesheet_compute_delivered_quantity_domain()
        return Domain.AND([domain, [("billing_held", "=", False)]])

    def _billing_fits(self, record):
        """Tell whether the item may bill a task or a project: whose order it is."""
        self.ensure_one()
        customer = record.partner_id.commercial_partner_id
        theirs = self.order_id.partner_id | self.order_id.partner_invoice_id
        company = record.company_id
        return (not customer or customer in theirs.commercial_partner_id) and (
            not company or company == self.order_id.company_id
        )

    def unlink(self):
        """Give what a removed item had to the billing rules of its project."""
        # sudo: entries and milestones of the item, whoever removes it
        entries_sudo = self.env["account.analytic.line"].sudo()
        entries_sudo = entries_sudo.search([("so_line", "in", self.ids)])
        # sudo: as above
        milestones_sudo = self.env["project.milestone"].sudo()
        milestones_sudo = milestones_sudo.search([("sale_line_id", "in", self.ids)])
        costs_sudo = entries_sudo.move_line_id
        result = super().unlink()
        entries_sudo.invalidate_recordset(["so_line"])
        entries_sudo._billing_candidates()._billing_sync_later()
        milestones_sudo.invalidate_recordset(["sale_line_id"])
        milestones_sudo._billing_sync()
        self.env["project.billing.order.memory"]._settle_costs(costs_sudo)
        return result
