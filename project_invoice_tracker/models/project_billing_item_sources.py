"""Synchronization: items follow their sources, many at a time."""

from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..billing.rounding import exact, exact_money, money
from .currency_step import step_of
from .sql_bulk import insert_rows, update_rows

#: What a source says of its item; kept true until something is allocated.
SOURCE_COLUMNS = (
    "rule_id",
    "project_id",
    "company_id",
    "currency_id",
    "kind",
    "unit",
    "name",
    "task_id",
    "employee_id",
    "analytic_line_id",
    "milestone_id",
    "cost_line_id",
    "source_key",
    "part",
    "product_id",
    "tax_product_id",
    "period_start",
    "period_end",
    "date",
    "ready",
    "quantity_recorded",
    "quantity",
    "price_unit",
    "discount",
    "amount",
    "explanation",
    "pricing",
    "problem",
)
#: Those of them that say which source it is; an item without any is history only.
SOURCE_LINKS = ("analytic_line_id", "milestone_id", "cost_line_id", "source_key")


def _differ(stored, wanted):
    """Tell whether a stored value differs from the wanted one; numbers by digits."""
    if isinstance(wanted, Decimal):
        return exact(stored or 0) != exact(wanted)
    return (stored or None) != (wanted or None)


class ProjectBillingItem(models.Model):
    """An item, inserted, updated and deleted with its source in few statements."""

    _inherit = "project.billing.item"

    @api.model
    def _source_columns(self):
        """Return the columns that the source of an item fills; add-ons add theirs."""
        return SOURCE_COLUMNS

    @api.model
    def _source_links(self):
        """Return the columns that link an item to its source; add-ons add theirs."""
        return SOURCE_LINKS

    @api.model
    def _store_items(self, source_field, existing_sql, wanted, apart=False):
        """Insert, update or delete the items of some sources, as wanted.

        Items of which anything is reserved, billed or written off stay as they are.
        Items that are not wanted any more are deleted; those with a history stay, with
        a quantity of 0.

        :param str source_field: the column that links an item to its source
        :param SQL existing_sql: condition on the existing items to compare with
        :param list wanted: values of the columns in :meth:`_source_columns`, for
            each item; a source may have several, told apart by ``part``
        :param apart: a part that is in use leaves the others of its source free
        """
        names = self._source_columns()
        wanted = self._take_off_past(source_field, wanted, apart)
        wanted = {(values[source_field], values["part"]): values for values in wanted}
        existing = self._read_items_for_sync(source_field, existing_sql)
        held = self._held_parts(existing, wanted, apart)
        missing, changed, unwanted, repriced = [], [], [], []
        for key, values in wanted.items():
            row = existing.get(key)
            if key in held:
                continue
            if row is None:
                missing.append(self._item_row(values) + (0, 0, 0))
            elif any(_differ(row[name], values[name]) for name in names):
                changed.append((row["id"], *self._item_row(values)))
                repriced.append((row, values))
        for key, row in existing.items():
            if key not in wanted and key not in held:
                unwanted.append(row["id"])
        columns = (*names, "quantity_open", "amount_open", "state")
        counters = ("quantity_reserved", "quantity_billed", "quantity_written_off")
        insert_rows(self, columns + counters, missing)
        update_rows(self, columns, changed)
        gone = set(unwanted)
        self._note_repriced(
            repriced, [row for row in existing.values() if row["id"] in gone]
        )
        self._drop_items(unwanted)
        if missing or changed or unwanted:
            self._invalidate()

    def _note_repriced(self, changed, gone):
        """Log who changed the amounts of open items; see the changes of prices."""

    @staticmethod
    def _held_parts(existing, wanted, apart):
        """Return the keys of items that stay as they are, since they are in use."""
        held = {
            key
            for key, row in existing.items()
            if row["quantity_open"] != row["quantity"]
        }
        if apart:
            return held
        # a source of which a part is in use keeps all its parts
        sources = {source for source, _part in held}
        return {key for key in (*existing, *wanted) if key[0] in sources}

    @api.model
    def _invalidate(self):
        """Clear the cache of items, and of what sources compute from them."""
        self.invalidate_model()
        self.env["project.billing.allocation"].invalidate_model()
        self.env["project.billing.line"].invalidate_model(["allocation_ids"])
        self.env["account.analytic.line"].invalidate_model(["billing_state"])
        self.env["project.milestone"].invalidate_model(
            ["billing_state", "billing_price", "billing_item_ids"]
        )

    def _read_items_for_sync(self, source_field, condition):
        """Return the existing items as plain rows by source and part."""
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT id, quantity_open, %s FROM project_billing_item AS item "
                "WHERE %s",
                SQL(", ").join(SQL.identifier(n) for n in self._source_columns()),
                condition,
            )
        )
        return {
            (row[source_field], row["part"]): row for row in rows if row[source_field]
        }

    def _item_row(self, values):
        """Return the row of an item of which nothing is allocated."""
        row = tuple(values[name] for name in self._source_columns())
        covered = not values["quantity"] and values.get("quantity_covered")
        state = "covered" if covered else "open"
        if values.get("billed_before"):
            state = "billed"
        return (*row, values["quantity"], values["amount"], state)

    def _drop_items(self, item_ids):
        """Delete unwanted items; those with a history stay, with a quantity of 0."""
        if not item_ids:
            return
        unlink = [SQL("%s = NULL", SQL.identifier(n)) for n in self._source_links()]
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM project_billing_item item WHERE item.id IN %(ids)s
                AND NOT EXISTS (SELECT FROM project_billing_allocation allocation
                                 WHERE allocation.item_id = item.id)
                """,
                ids=tuple(item_ids),
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE project_billing_item
                   SET %(unlink)s, ready = FALSE,
                       quantity = 0, quantity_open = 0, amount = 0, amount_open = 0
                 WHERE id IN %(ids)s AND quantity = quantity_open
                """,
                unlink=SQL(", ").join(unlink),
                ids=tuple(item_ids),
            )
        )
        self._invalidate()

    @api.model
    def _drop_items_of(self, link, ids):
        """Remove the items of sources, or of rules, before these are deleted.

        :param str link: the field that links an item to them
        """
        # sudo: an unused item goes with its source; its unlink checks the right
        items_sudo = self.sudo().search([(link, "in", ids)])
        items_sudo._drop_items(items_sudo.ids)

    def _held_amounts(self, domain, source="milestone_id"):
        """Return ``{source id: amount}`` of items that a request or an invoice holds.

        A source that is used in part counts as a whole: its price is fixed.
        """
        found = self.search_fetch(
            [*domain, (source, "!=", False)],
            [source, "amount", "quantity", "quantity_open", "currency_id"],
        )
        return {
            record.id: sum(
                exact_money(part.amount, step_of(part.currency_id)) for part in parts
            )
            for record, parts in found.grouped(source).items()
            if any(part.quantity_open != part.quantity for part in parts)
        }

    def _amount_written_off(self):
        """Return the amount written off of these items, in their currency."""
        total = exact(0)
        for item in self.filtered("quantity_written_off"):
            step = step_of(item.currency_id)
            kept = exact(item.quantity) - exact(item.quantity_written_off)
            left = money(kept * exact(item.price_unit), step)
            total += exact_money(item.amount, step) - left
        return total
