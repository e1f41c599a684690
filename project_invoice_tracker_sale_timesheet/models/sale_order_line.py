"""Sales order items do not deliver what a billing request holds."""

from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.exceptions import BillingError

from .former_sql import INVOICED_WORK


class Work(NamedTuple):
    """The entries, milestones and costs on order items (elevated)."""

    entries: models.Model
    milestones: models.Model
    costs: models.Model


class SaleOrderLine(models.Model):
    """Update delivered quantities when the ledger changes, which writes by SQL."""

    _inherit = "sale.order.line"

    @api.depends("timesheet_ids.billing_held")
    def _compute_qty_delivered(self):
        return super()._compute_qty_delivered()

    def _compute_qty_to_invoice(self):
        """Override of `sale`: check again how much of its former work is paid for."""
        result = super()._compute_qty_to_invoice()
        memory = self.env["project.billing.order.memory"]
        memory._changed_later([line.id for line in self if isinstance(line.id, int)])
        return result

    def _timesheet_compute_delivered_quantity_domain(self):
        """Override of `sale_timesheet`: leave out time that requests hold."""
        domain = super()._timesheet_compute_delivered_quantity_domain()
        return Domain.AND([domain, [("billing_held", "=", False)]])

    def _billing_fits(self, record):
        """Tell whether the order's customer and company match a task or project."""
        self.ensure_one()
        customer = record.partner_id.commercial_partner_id
        theirs = self.order_id.partner_id | self.order_id.partner_invoice_id
        company = record.company_id
        return (not customer or customer in theirs.commercial_partner_id) and (
            not company or company == self.order_id.company_id
        )

    # === REMOVING ===

    def unlink(self):
        """Override: give the work of a removed item to the rules of its project."""
        work_sudo = self._billing_removable_work()
        result = super().unlink()
        self._billing_follow_removal(work_sudo)
        return result

    def _billing_removable_work(self):
        """Return the work of these items, if they may be removed (elevated).

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
        """Update the billing items of the work that removed order items had.

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
    """Deleting an order deletes its items without calling their ``unlink``."""

    _inherit = "sale.order"

    def unlink(self):
        work_sudo = self.order_line._billing_removable_work()
        lines = self.order_line
        result = super().unlink()
        lines._billing_follow_removal(work_sudo)
        return result
