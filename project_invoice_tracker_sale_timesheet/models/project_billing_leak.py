"""Leaks of sales orders: unbilled work on orders, and the buttons that resolve them."""

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.billing.rounding import exact
from odoo.addons.project_invoice_tracker.exceptions import BillingError
from odoo.addons.project_invoice_tracker.models.phrases import named, number

from . import leak_order_sql
from .former_sql import FORMER, LOOSE, cover
from .leak_orders import ORDER_CODES, ORDER_FIXES, ORDER_LEAKS

#: Last part of the ids of the leaks that this file finds.
OWN_NUMBERS = {*range(15, 22), 25}
#: Entries of an order that does not stand: whether an invoice of it is for a part.
LOOSE_OF_ORDER = """
    SELECT line.id, loose.loose < loose.quantity FROM (%(loose)s) loose
      JOIN account_analytic_line line ON line.id = loose.analytic_line_id
     WHERE line.project_id = %(project)s AND loose.order_id = %(order)s
       AND loose.loose > 0
     ORDER BY line.date, line.id
"""
TAKEN_BY_ORDER = f"""
    WITH mine AS (SELECT %(project)s AS project_id)
    SELECT found.id FROM ({leak_order_sql.TAKEN_ENTRIES}) found
     WHERE found.order_id = %(order)s
"""


class ProjectBillingLeak(models.Model):
    """Find work on a sales order that neither the order nor a rule bills."""

    _inherit = "project.billing.leak"

    code = fields.Selection(
        selection_add=ORDER_CODES,
        ondelete={code: "set null" for code, _label in ORDER_CODES},
    )
    fix = fields.Selection(selection_add=ORDER_FIXES)

    # === READING ===

    @api.model
    def _leaks(self):
        return {**super()._leaks(), **ORDER_LEAKS}

    @property
    def _table_query(self):
        self.env["project.billing.order.memory"]._flush()
        return super()._table_query

    @api.model
    def _queries(self):
        names = {
            "hour": self._hour_id(),
            "cover": cover(self.env),
            "loose": SQL(LOOSE),
        }
        return [
            *super()._queries(),
            SQL(leak_order_sql.CANCELLED, **names),
            SQL(leak_order_sql.PART, **names),
            SQL(leak_order_sql.TAKEN, **names),
            SQL(leak_order_sql.OVER, **names),
            SQL(leak_order_sql.ORDER_MILESTONES, **names),
            SQL(leak_order_sql.COSTS),
            SQL(leak_order_sql.DOWN_PAYMENTS),
            SQL(
                leak_order_sql.GROWN,
                cover=names["cover"],
                of_expense=SQL(leak_order_sql.OF_EXPENSE)
                if "expense_id" in self.env["project.billing.item"]._fields
                else SQL("FALSE"),
            ),
        ]

    @api.model
    def _billed_query(self):
        return SQL("%s UNION %s", super()._billed_query(), SQL(leak_order_sql.BILLED))

    # === FIXES ===

    def _fix_take_over(self):
        """Take the work off the order, so that the rules bill it."""
        if self.id % 32 not in OWN_NUMBERS:
            # of another add-on, which has its own sources
            return super()._fix_take_over()
        self.project_id._billing_check_manager()
        if self.code == "order_milestone":
            # sudo: the manager of the project decides who bills it
            milestone_sudo = self.milestone_id.sudo()
            if milestone_sudo.sale_line_id:
                milestone_sudo.sale_line_id = False
            return self._fix_milestones()
        if self.code == "order_cost":
            self._order_costs()._billing_leave_order()
            return True
        self._order_entries()._billing_leave_order()
        if self.code == "order_taken":
            # sudo: as above; what Odoo gave by itself comes back by itself
            project_sudo = self.project_id.sudo()
            project_sudo.billing_order_tasks = "none"
        return True

    def _fix_give_back(self):
        """Give entries back to the order that credited only a part of them."""
        self.project_id._billing_check_manager()
        rows = self.env.execute_query(
            SQL(
                "SELECT cover.order_line_id, line.id FROM (%s) cover"
                " JOIN account_analytic_line line ON line.id = cover.analytic_line_id"
                " WHERE line.project_id = %s AND cover.order_id = %s"
                " AND NOT cover.held"
                " AND cover.covered > 0 AND cover.covered < cover.quantity",
                cover(self.env),
                self.project_id.id,
                self._order_sudo().id,
            )
        )
        for item_id, entry_id in rows:
            # sudo: the manager of the project decides who bills it
            entry_sudo = self.env["account.analytic.line"].sudo().browse(entry_id)
            entry_sudo.write({"so_line": item_id, "is_so_line_edited": True})
        return True

    def _fix_order(self):
        """Open the order, for users who may read it."""
        # sudo: the id of the order; opening it needs the user's own right
        return self._form(self._order_sudo().sudo(False))

    # === SOURCES ===

    def _order_sudo(self):
        """Return the order that this leak is about (elevated)."""
        source = self.id // 32
        # sudo: which order it is, of a leak that the user sees
        orders_sudo = self.env["sale.order"].sudo()
        if self.code == "down_payment":
            return orders_sudo.browse(source)
        if self.code == "order_cost":
            # sudo: as above
            lines = self.env["account.move.line"].sudo().browse(source)
            return lines.analytic_line_ids.so_line.order_id[:1]
        if self.code == "order_grown":
            # sudo: as above
            line_sudo = self.env["account.move.line"].sudo().browse(source)
            expense_id = "expense_id" in line_sudo._fields and line_sudo.expense_id.id
            name, source = (
                ("expense_id", expense_id) if expense_id else ("move_line_id", source)
            )
        else:
            # sudo: as above
            entry_sudo = self.env["account.analytic.line"].sudo().browse(source)
            if entry_sudo.so_line:
                return entry_sudo.so_line.order_id
            name = "analytic_line_id"
        rows = self.env.execute_query(
            SQL(
                "SELECT cover.order_id FROM (%s) cover"
                " WHERE cover.%s = %s AND cover.covered > 0",
                cover(self.env),
                SQL.identifier(name),
                source,
            )
        )
        if not rows:
            raise BillingError(
                self.env._("This has been seen to meanwhile. Load the list again.")
            )
        return orders_sudo.browse(rows[0][0])

    def _order_entries(self):
        """Return the entries that this leak counts, and the rules can bill (elevated).

        :raises BillingError: when an invoice of the order is for a part of all of them
        """
        names = {"project": self.project_id.id, "order": self._order_sudo().id}
        # sudo: the manager of the project decides who bills its time
        entries_sudo = self.env["account.analytic.line"].sudo()
        if self.code == "order_taken":
            query = SQL(TAKEN_BY_ORDER, hour=self._hour_id(), **names)
            return entries_sudo.browse(row[0] for row in self.env.execute_query(query))
        rows = self.env.execute_query(SQL(LOOSE_OF_ORDER, loose=SQL(LOOSE), **names))
        whole = [entry_id for entry_id, part in rows if not part]
        if rows and not whole:
            entry = entries_sudo.browse(rows[0][0])
            raise BillingError(
                self.env._(
                    "An invoice of %(order)s is for a part of “%(entry)s” of %(day)s. "
                    "Split the entry in two, one with the %(hours)s hours that are not "
                    "billed, and take the order off that one.",
                    order=entry.so_line.order_id.name,
                    entry=named(self.env, entry.name),
                    day=entry.date,
                    hours=number(self.env, exact(self.hours, 2)),
                )
            )
        return entries_sudo.browse(whole)

    def _order_costs(self):
        """Return the lines of bills that this leak counts (elevated)."""
        rows = self.env.execute_query(
            SQL(
                "SELECT found.id FROM (%s) found"
                " WHERE found.account_id = %s AND found.order_id = %s",
                SQL(leak_order_sql.BILLS),
                self.project_id.sudo().account_id.id,  # sudo: an id
                self._order_sudo().id,
            )
        )
        # sudo: the manager of the project decides who bills its costs
        lines_sudo = self.env["account.move.line"].sudo()
        return lines_sudo.browse(row[0] for row in rows).analytic_line_ids


class AccountAnalyticLine(models.Model):
    """Move work from an order that does not bill it to the rules."""

    _inherit = "account.analytic.line"

    def _billing_leave_order(self):
        """Take these entries off their orders, which are not paid for them (elevated).

        Entries that another order had before and is paid for stay with that order.
        """
        items = self.so_line
        tasks = self.filtered("so_line").task_id.filtered(
            lambda task: task.sale_line_id in self.so_line
        )
        tasks.sale_line_id = False
        self.filtered("so_line").write({"so_line": False, "is_so_line_edited": True})
        self.flush_model(["so_line"])
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE order_line_id IN %s AND (analytic_line_id IN %s"
                " OR move_line_id IN %s OR expense_id IN %s)",
                SQL.identifier(FORMER),
                tuple(items.ids) or (0,),
                tuple(self.ids) or (0,),
                tuple(self.move_line_id.ids) or (0,),
                tuple(self._billing_expense_ids()) or (0,),
            )
        )
        self._billing_follow_order()

    def _billing_expense_ids(self):
        """Return the ids of the expenses that these entries were made from."""
        costs = self.move_line_id
        return costs.expense_id.ids if "expense_id" in costs._fields else []
