"""Memory of the work that orders had: filled by triggers, checked when they change."""

from odoo import api, models
from odoo.tools import SQL, sql

from odoo.addons.project_invoice_tracker.exceptions import SourceClosed

from .former_sql import (
    ADD_AMOUNT,
    CREATE_TABLE,
    FILL_TABLE,
    FORMER,
    REMEMBER_ENTRIES,
    REMEMBER_MILESTONES,
    cover,
)

CHANGED = "billing_changed_order_lines"
#: The fields that ``cover`` reads, which must be flushed before.
READ_FIELDS = {
    "account.analytic.line": [
        "so_line",
        "unit_amount",
        "product_uom_id",
        "date",
        "move_line_id",
        "project_id",
        "timesheet_invoice_id",
    ],
    "account.move": ["state", "payment_state", "move_type"],
    "account.move.line": ["quantity", "product_uom_id", "sale_line_ids"],
    "project.milestone": [
        "sale_line_id",
        "quantity_percentage",
        "is_reached",
        "reached_date",
    ],
    "sale.order": ["state"],
    "sale.order.line": [
        "is_expense",
        "product_uom_qty",
        "qty_delivered",
        "qty_delivered_method",
        "qty_invoiced",
        "qty_to_invoice",
        "product_uom_id",
        "product_id",
    ],
    "product.template": ["invoice_policy"],
}
SOURCES = f"""
    SELECT former.analytic_line_id, former.milestone_id, former.move_line_id,
           former.expense_id
      FROM {FORMER} former WHERE former.order_line_id IN %(items)s
     UNION ALL
    SELECT NULL, NULL, line.move_line_id, NULL
      FROM account_analytic_line line
     WHERE line.so_line IN %(items)s AND line.move_line_id IS NOT NULL
"""
REMEMBER_EXPENSES = f"""
    INSERT INTO {FORMER} (order_line_id, expense_id, quantity, amount, invoiced)
    SELECT entry.so_line, expense.id, max(coalesce(entry.unit_amount, 0)),
           -sum(entry.amount), TRUE
      FROM hr_expense expense
      JOIN account_move_line cost ON cost.expense_id = expense.id
       AND cost.move_id IS DISTINCT FROM expense.account_move_id
      JOIN account_analytic_line entry ON entry.move_line_id = cost.id
       AND entry.so_line IS NOT NULL
     WHERE expense.id IN %(expenses)s
     GROUP BY entry.so_line, expense.id
        ON CONFLICT DO NOTHING
"""
#: Entries whose invoice is credited; Odoo would never release them.
CREDITED = f"""
    SELECT line.id FROM account_analytic_line line
      JOIN account_move move ON move.id = line.timesheet_invoice_id
       AND move.state <> 'cancel'
     WHERE line.id IN %(entries)s AND line.so_line IS NULL
       AND EXISTS (SELECT FROM {FORMER} former WHERE former.analytic_line_id = line.id)
       AND line.id NOT IN (SELECT cover.analytic_line_id FROM (%(cover)s) cover
                            WHERE cover.covered > 0
                              AND cover.analytic_line_id IS NOT NULL)
"""
#: Work that a request holds and an order would be paid for as well.
TWICE = """
    SELECT cover.analytic_line_id, cover.milestone_id, cover.move_line_id,
           cover.expense_id, cover.order_id
      FROM (%(cover)s) cover
     WHERE cover.held AND cover.covered > 0 AND cover.order_line_id IN %(items)s
     ORDER BY 1, 2, 3, 4
"""
#: Writes the rows without a change, so that a request that takes them now must wait.
TOUCH = f"""
    WITH entry AS (
        UPDATE account_analytic_line SET billing_held = billing_held
         WHERE id IN (SELECT analytic_line_id FROM {FORMER}
                       WHERE order_line_id IN %(items)s))
    UPDATE project_milestone SET billing_held = billing_held
     WHERE id IN (SELECT milestone_id FROM {FORMER}
                   WHERE order_line_id IN %(items)s)
"""


class ProjectBillingOrderMemory(models.AbstractModel):
    """Which order items a source had, and how much of it the orders are paid for."""

    _name = "project.billing.order.memory"
    _description = "What Sales Orders Had"

    @api.private
    def init(self):
        """Create the table and its triggers; invoices supply earlier order items."""
        result = super().init()
        cr = self.env.cr
        if not sql.table_exists(cr, FORMER):
            cr.execute(CREATE_TABLE)
            cr.execute(FILL_TABLE)
        elif not sql.column_exists(cr, FORMER, "amount"):
            cr.execute(ADD_AMOUNT)
        cr.execute(REMEMBER_ENTRIES)
        cr.execute(REMEMBER_MILESTONES)
        return result

    @api.model
    def _flush(self):
        """Flush all fields that tell what orders are paid for."""
        for name, names in READ_FIELDS.items():
            self.env[name].flush_model(names)

    # === REMEMBERING ===

    @api.model
    def _remember_expenses(self, expense_ids):
        """Remember the order items of expenses that lost their journal entry.

        Their analytic lines stay on the order item, so no trigger notices the change.
        """
        self._flush()
        self.env.flush_all()
        self.env.cr.execute(SQL(REMEMBER_EXPENSES, expenses=tuple(expense_ids)))

    # === FOLLOWING ===

    @api.model
    def _changed_later(self, order_line_ids):
        """Update what these order items had, before the transaction ends."""
        if not order_line_ids:
            return
        data = self.env.cr.precommit.data
        if CHANGED not in data:
            data[CHANGED] = set()
            # sudo: items follow orders, whoever changes one
            self.env.cr.precommit.add(self.sudo()._settle)
        data[CHANGED].update(order_line_ids)

    @api.model
    def _settle(self):
        """Update the items of all work that changed order items had."""
        items = self.env.cr.precommit.data.pop(CHANGED, None)
        if not items:
            return
        rows = self.env.execute_query(SQL(SOURCES, items=tuple(items)))
        if not rows:
            return
        entry_ids, milestone_ids, cost_ids, expense_ids = (
            list({value for value in column if value})
            for column in zip(*rows, strict=True)
        )
        if entry_ids:
            self._settle_entries(entry_ids)
        self.env["project.milestone"].browse(milestone_ids).exists()._billing_sync()
        costs = self.env["account.move.line"].browse(cost_ids).exists()
        self._settle_costs(costs, expense_ids)

    @api.model
    def _settle_entries(self, entry_ids):
        self._flush()
        entries = self.env["account.analytic.line"]
        rows = self.env.execute_query(
            SQL(CREDITED, entries=tuple(entry_ids), cover=cover(self.env))
        )
        if rows:
            freed = entries.browse([row[0] for row in rows])
            freed.write({"timesheet_invoice_id": False})
        entries.browse(entry_ids).exists()._billing_sync()

    @api.model
    def _settle_costs(self, costs, expense_ids=()):
        """Update the items of bill lines and of expenses."""
        if not costs and not expense_ids:
            return
        if not self.env["project.billing.rule"]._billed_project_ids("cost"):
            return
        costs._billing_sync_costs()
        if "expense_id" not in self.env["project.billing.item"]._fields:
            return
        expenses = self.env["hr.expense"].browse(expense_ids).exists()
        # sudo: what the lines were made from, whoever writes them
        (expenses | costs.sudo().expense_id.with_env(self.env))._billing_sync()

    # === REFUSING ===

    @api.model
    def _twice(self, order_line_ids):
        """Return work that requests hold and these order items would be paid for."""
        if not order_line_ids:
            return []
        self._flush()
        items = tuple(order_line_ids)
        self.env.cr.execute(SQL(TOUCH, items=items))
        return self.env.execute_query(SQL(TWICE, cover=cover(self.env), items=items))

    @api.model
    def _refuse_twice(self, found, moves):
        """Refuse order invoices or credit notes that would bill held work again.

        :raises SourceClosed: naming the holder and the remedy
        """
        entry_id, milestone_id, cost_id, expense_id, order_id = found[0]
        name, source, source_id = next(
            found
            for found in (
                ("analytic_line_id", "account.analytic.line", entry_id),
                ("milestone_id", "project.milestone", milestone_id),
                ("cost_line_id", "account.move.line", cost_id),
                ("expense_id", "hr.expense", expense_id),
            )
            if found[2]
        )
        item = self.env["project.billing.item"]
        # sudo: the name of what is held, and of the order
        record_sudo = self.env[source].sudo().browse(source_id)
        order_sudo = self.env["sale.order"].sudo().browse(order_id)  # sudo: as above
        raise SourceClosed(
            self.env._(
                "With %(invoice)s, sales order %(order)s would be paid for “%(work)s” "
                "as well, which is in %(holder)s. Take it out there first, or credit "
                "the invoice that bills it.",
                invoice=moves[:1].display_name,
                order=order_sudo.name,
                work=record_sudo.name,
                holder=item._closed_by(name, [source_id]).get(source_id, ""),
            )
        )
