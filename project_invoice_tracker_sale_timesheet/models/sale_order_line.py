"""Sales order items deliver nothing that a billing request holds."""

from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.exceptions import BillingError

from .former_sql import INVOICED_WORK


class Work(NamedTuple):
    """What order items have (elevated)."""

    entries: models.Model
    milestones: models.Model
    costs: models.Model


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

    # === REMOVING ===

    def unlink(self):
        """Give what a removed item had to the billing rules of its project."""
        work_sudo = self._billing_removable_work()
        result = super().unlink()
        self._billing_follow_removal(work_sudo)
        return result

    def _billing_removable_work(self):
        """Return what these items have, if they may go (elevated).

        :raises BillingError: naming the order, while an invoice is for work of it
        """
        self._billing_check_not_invoiced()
        # sudo: entries and milestones of the items, whoever removes them
        entries_sudo = self.env["account.analytic.line"].sudo()
        entries_sudo = entries_sudo.search([("so_line", "in", self.ids)])
        # sudo: as above
        milestones_sudo = self.env["project.milestone"].sudo()
        milestones_sudo = milestones_sudo.search([("sale_line_id", "in", self.ids)])
        return Work(entries_sudo, milestones_sudo, entries_sudo.move_line_id)

    def _billing_follow_removal(self, work_sudo):
        """Make the items of what removed order items had true.

        :param Work work_sudo: of :meth:`_billing_removable_work`
        """
        work_sudo.entries.invalidate_recordset(["so_line"])
        work_sudo.entries._billing_candidates()._billing_sync_later()
        work_sudo.milestones.invalidate_recordset(["sale_line_id"])
        work_sudo.milestones._billing_sync()
        self.env["project.billing.order.memory"]._settle_costs(work_sudo.costs)

    def _billing_check_not_invoiced(self):
        if not self.ids:
            return
        self.env["project.billing.order.memory"]._flush()
        rows = self.env.execute_query(SQL(INVOICED_WORK, items=tuple(self.ids)))
        if rows:
            item = self.browse(rows[0])
            raise BillingError(
                self.env._(
                    "Sales order %(order)s is invoiced for “%(item)s”, with work of a "
                    "project that billing requests bill. Credit its invoices before "
                    "it is removed, or leave it cancelled: else the work would be "
                    "billed once more.",
                    order=item.order_id.name,
                    item=item.name,
                )
            )


class SaleOrder(models.Model):
    """An order that is removed takes its items along, without a word to them."""

    _inherit = "sale.order"

    def unlink(self):
        work_sudo = self.order_line._billing_removable_work()
        lines = self.order_line
        result = super().unlink()
        lines._billing_follow_removal(work_sudo)
        return result
