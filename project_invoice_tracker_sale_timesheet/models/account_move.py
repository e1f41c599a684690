"""Invoices of sales orders: a cancelled one is restored only if its time is free."""

from odoo import models
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.exceptions import SourceClosed
from odoo.addons.project_invoice_tracker.models.phrases import named


class AccountMove(models.Model):
    """Check the time of a cancelled order invoice: a request may have billed it."""

    _inherit = "account.move"

    def write(self, vals):
        if "state" not in vals:
            return super().write(vals)
        if vals["state"] in ("draft", "posted"):
            back = self.filtered(lambda move: move.state == "cancel")
            back._billing_check_time_free()
        memory = self.env["project.billing.order.memory"]
        # sudo: which order items they invoice, whoever moves them
        items_sudo = self.sudo().line_ids.sale_line_ids
        before = memory._twice(items_sudo.ids)
        result = super().write(vals)
        more = [row for row in memory._twice(items_sudo.ids) if row not in before]
        if more:
            memory._refuse_twice(more, self)
        return result

    def unlink(self):
        """Override: release the time of an order's draft invoice."""
        # sudo: entries and order items of an invoice, whoever deletes it
        moves_sudo = self.sudo()
        items_sudo = moves_sudo.line_ids.sale_line_ids
        entries_sudo = moves_sudo.timesheet_ids.filtered(lambda line: not line.so_line)
        result = super().unlink()
        entries_sudo.invalidate_recordset(["timesheet_invoice_id"])
        entries_sudo._billing_candidates()._billing_sync_later()
        self.env["project.billing.order.memory"]._changed_later(items_sudo.ids)
        return result

    def _billing_check_time_free(self):
        """Refuse to restore invoices of orders whose time is billed otherwise.

        :raises SourceClosed: naming the holder and the remedy
        """
        if not self:
            return
        self.env["account.analytic.line"].flush_model(["timesheet_invoice_id"])
        # the rows are written, so that a request that takes them now must wait
        rows = self.env.execute_query(
            SQL(
                "UPDATE account_analytic_line SET billing_held = billing_held"
                " WHERE timesheet_invoice_id IN %s RETURNING id, billing_held",
                tuple(self.ids),
            )
        )
        # sudo: items follow the entries, whoever restores the invoice
        lines = self.env["account.analytic.line"].sudo()
        lines.browse(
            [row[0] for row in rows]
        )._billing_candidates()._billing_sync_later()
        closed = lines.browse([row[0] for row in rows if row[1]])._billing_closed()
        for line_id, holder in closed.items():
            line = lines.browse(line_id)
            raise SourceClosed(
                self.env._(
                    "%(invoice)s cannot be restored: “%(entry)s” of %(day)s is in "
                    "%(holder)s meanwhile. Invoice the sales order again instead.",
                    invoice=line.timesheet_invoice_id.display_name,
                    entry=named(self.env, line.name),
                    day=line.date,
                    holder=holder,
                )
            )
