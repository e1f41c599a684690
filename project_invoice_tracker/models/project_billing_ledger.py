"""The ledger's verbs: reserve, write off, bill, unbill, release, take back.

Each verb changes allocations by set-based statements and then recomputes the counters
of their items from the allocations, in the same transaction. The CHECK constraints of
the item refuse whatever does not add up, and two sessions that change one item cannot
both commit.
"""

from odoo import api, models
from odoo.tools import SQL

from ..billing.allocation import Slice
from ..billing.rounding import exact
from ..const import KINDS
from .ledger_sql import (
    REFRESH,
    RELEASE_PART,
    RELEASE_WHOLE,
    SLICES,
    STRETCH_ITEMS,
    STRETCH_SLICES,
)
from .sql_bulk import insert_rows

ALLOCATION_COLUMNS = (
    "item_id",
    "line_id",
    "request_id",
    "quantity",
    "action",
    "state",
    "reason",
)


class ProjectBillingLedger(models.AbstractModel):
    """The verbs that change allocations; callers check rights and states first."""

    _name = "project.billing.ledger"
    _description = "Billing Ledger"

    @api.model
    def _engine_ledger(self):
        """Return the ledger with elevated rights; the caller has checked."""
        # sudo: nobody may write the ledger; every caller checks rights and state
        return self.sudo()

    # === VERBS ===

    @api.model
    def _reserve(self, slices):
        """Reserve ``[(item id, line, quantity)]`` for draft lines.

        :param slices: quantities in the item's unit (minutes for time)
        """
        self._add(
            [
                (item_id, line.id, line.request_id.id, quantity, "bill", "reserved", "")
                for item_id, line, quantity in slices
            ]
        )

    @api.model
    def _write_off(self, slices, reason):
        """Write ``[(item id, line, quantity)]`` off, on the line they were on."""
        self._add(
            [
                (
                    item_id,
                    line.id,
                    line.request_id.id,
                    quantity,
                    "write_off",
                    "reserved",
                    reason,
                )
                for item_id, line, quantity in slices
            ]
        )

    @api.model
    def _bill(self, lines):
        """Mark what ``lines`` reserve as billed: their invoice is posted."""
        self._set_state(lines, "reserved", "billed")

    @api.model
    def _unbill(self, lines):
        """Mark what ``lines`` billed as reserved: their invoice is a draft again."""
        self._set_state(lines, "billed", "reserved")

    @api.model
    def _stretch(self, rows):
        """Change the quantity of reserved slices, and of their items with them.

        :param rows: ``[(allocation id, item id, quantity to add)]``
        """
        if not rows:
            return
        self._flush()
        self.env.cr.execute_values(STRETCH_ITEMS, [row[1:] for row in rows])
        self.env.cr.execute_values(
            STRETCH_SLICES, [(*row[::2], self.env.uid) for row in rows]
        )
        self._refresh({row[1] for row in rows})

    @api.model
    def _release(self, lines, cause):
        """Release all that ``lines`` hold, write-offs included."""
        if not lines:
            return
        self._flush()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE project_billing_allocation
                   SET state = 'released', release_cause = %(cause)s,
                       release_uid = %(uid)s, release_date = %(now)s,
                       write_uid = %(uid)s, write_date = %(now)s
                 WHERE line_id IN %(lines)s AND state <> 'released'
             RETURNING id, item_id, quantity
                """,
                cause=cause,
                uid=self.env.uid,
                now=self.env.cr.now(),
                lines=tuple(lines.ids),
            )
        )
        self._refresh_released(rows)

    @api.model
    def _release_parts(self, parts, cause, credit_line=None):
        """Release ``[(slice, quantity)]``, whole slices or parts of them."""
        parts = [(part, quantity) for part, quantity in parts if quantity]
        if not parts:
            return
        self._flush()
        whole = [part.id for part, quantity in parts if quantity == part.quantity]
        split = [(part, q) for part, q in parts if q != part.quantity]
        released = {
            "cause": cause,
            "credit": credit_line.id if credit_line else None,
            "uid": self.env.uid,
            "now": self.env.cr.now(),
        }
        rows = []
        if whole:
            rows += self.env.execute_query(
                SQL(RELEASE_WHOLE, ids=tuple(whole), **released)
            )
        for part, quantity in split:
            # few slices of a line are split: the others go whole or stay
            rows += self.env.execute_query(
                SQL(RELEASE_PART, id=part.id, quantity=quantity, **released)
            )
        self._refresh_released(rows)

    # === READING ===

    @api.model
    def _slices(self, lines, state=None, action="bill"):
        """Return the active slices of ``lines``, for :mod:`billing.allocation`.

        :returns: ``{line id: [Slice]}``
        """
        if not lines:
            return {}
        self._flush()
        rows = self.env.execute_query(
            SQL(
                SLICES,
                lines=tuple(lines.ids),
                action=action,
                states=(state,) if state else ("reserved", "billed"),
            )
        )
        slices = {}
        for line_id, allocation_id, item_id, quantity, day, surplus, together in rows:
            part = Slice(
                allocation_id, item_id, exact(quantity), day, exact(surplus), together
            )
            slices.setdefault(line_id, []).append(part)
        return slices

    # === HELPERS ===

    @api.model
    def _add(self, rows):
        """Add active slices; a slice of the same item on the same line grows instead.

        Several parts of one item for the same line, such as two corrections that lower
        it, become one slice.
        """
        whole = {}
        for row in rows:
            key = (row[0], row[1], row[4])
            known = whole.get(key)
            whole[key] = (*row[:3], known[3] + row[3], *row[4:]) if known else row
        rows = [row for row in whole.values() if row[3]]
        if not rows:
            return
        self._flush()
        grown = self._grow_existing(rows)
        insert_rows(
            self.env["project.billing.allocation"],
            ALLOCATION_COLUMNS,
            [row for row in rows if (row[0], row[1], row[4]) not in grown],
        )
        self._refresh({row[0] for row in rows})

    @api.model
    def _grow_existing(self, rows):
        """Add to slices that exist; return the ``(item, line, action)`` of these."""
        existing = self.env.execute_query(
            SQL(
                """
                SELECT item_id, line_id, action FROM project_billing_allocation
                 WHERE line_id IN %s AND state <> 'released'
                """,
                tuple({row[1] for row in rows}),
            )
        )
        existing = set(existing)
        growing = [row for row in rows if (row[0], row[1], row[4]) in existing]
        if growing:
            self.env.cr.execute_values(
                """
                UPDATE project_billing_allocation AS allocation
                   SET quantity = allocation.quantity + data.quantity,
                       write_uid = data.uid
                  FROM (VALUES %s) AS data(item_id, line_id, action, quantity, uid)
                 WHERE allocation.item_id = data.item_id
                   AND allocation.line_id = data.line_id
                   AND allocation.action = data.action
                   AND allocation.state <> 'released'
                """,
                [(row[0], row[1], row[4], row[3], self.env.uid) for row in growing],
            )
        return {(row[0], row[1], row[4]) for row in growing}

    @api.model
    def _set_state(self, lines, source, target):
        if not lines:
            return
        self._flush()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE project_billing_allocation
                   SET state = %(target)s, write_uid = %(uid)s, write_date = %(now)s
                 WHERE line_id IN %(lines)s AND state = %(source)s
             RETURNING item_id
                """,
                source=source,
                target=target,
                uid=self.env.uid,
                now=self.env.cr.now(),
                lines=tuple(lines.ids),
            )
        )
        self._refresh({item_id for (item_id,) in rows})

    @api.model
    def _refresh(self, item_ids):
        """Recompute the counters of items from their allocations.

        :returns: ``{item id: how much more of it is open now}``
        """
        if not item_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                REFRESH,
                ids=list(item_ids),
                now=self.env.cr.now(),
            )
        )
        self.env["project.billing.item"]._invalidate()
        self._tell_kinds(item_ids)
        return {item_id: exact(opened) for item_id, opened in rows}

    @api.model
    def _tell_kinds(self, item_ids):
        """Update the items of kinds that are derived from these items."""
        # sudo: derived items follow the ledger, whoever moves it
        items_sudo = self.env["project.billing.item"].sudo().browse(item_ids)
        kinds_sudo = items_sudo.env["project.billing.kind"]
        for kind, _label in KINDS:
            if self.env["project.billing.rule"]._billed_project_ids(kind):
                kinds_sudo._get(kind)._follow_ledger(items_sudo)

    @api.model
    def _flush(self):
        """Flush the pending changes of rows that the statements read."""
        self.env["project.billing.line"].flush_model(["request_id"])
        self.env["project.billing.request"].flush_model(["name", "invoice_id"])
