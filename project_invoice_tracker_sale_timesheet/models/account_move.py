"""Invoices of sales orders: a cancelled one comes back only if its time is free."""

from odoo import models
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.exceptions import SourceClosed
from odoo.addons.project_invoice_tracker.models.phrases import named


class AccountMove(models.Model):
    """While an order's invoice is cancelled, a request may have billed its time."""

    _inherit = "account.move"

    def write(self, vals):
        if vals.get("state") in ("draft", "posted"):
            back = self.filtered(lambda move: move.state == "cancel")
            back._billing_check_time_free()
        return super().write(vals)

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
