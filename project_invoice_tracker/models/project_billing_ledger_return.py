"""Taking released work back: a credit note or a cancellation is undone."""

from odoo import api, models
from odoo.tools import SQL

from ..billing.allocation import Slice
from ..billing.rounding import exact
from ..exceptions import BillingError
from .ledger_sql import (
    CREDITED_SLICES,
    RETAKE_PART,
    RETAKE_WHOLE,
    RETAKEN,
    TAKEN_MEANWHILE,
)
from .phrases import named


class ProjectBillingLedger(models.AbstractModel):
    """The ledger, with the verb that undoes a release, or refuses to."""

    _inherit = "project.billing.ledger"

    @api.model
    def _take_back(self, condition, state):
        """Let released slices count again, in ``state``.

        :param SQL condition: which released rows (alias ``released``)
        :raises BillingError: when some of it is in another request meanwhile;
            the sentence names that request
        """
        self._flush()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE project_billing_allocation released
                   SET reverted = TRUE, write_uid = %s
                 WHERE state = 'released' AND reverted IS NOT TRUE AND %s
             RETURNING item_id, line_id, request_id, quantity, action, reason,
                       coalesce(quantity_surplus, 0)
                """,
                self.env.uid,
                condition,
            )
        )
        self._count_again(rows, state)

    @api.model
    def _count_again(self, rows, state):
        """Let what was released count again, in ``state``.

        :param rows: ``[(item, line, request, quantity, action, reason, surplus)]``
        :raises BillingError: as above
        """
        self._refuse_taken(rows)
        whole = {}
        for *key, quantity, action, reason, _surplus in rows:
            # a slice that was given back in parts comes back as one
            part = whole.setdefault((*key, action), [exact(0), reason])
            part[0] += exact(quantity)
        self._restore_surplus([(row[0], row[3], row[6]) for row in rows])
        self._add(
            [
                (item_id, line_id, request_id, quantity, action, state, reason)
                for (item_id, line_id, request_id, action), (
                    quantity,
                    reason,
                ) in whole.items()
            ]
        )

    # === REVERSED CREDIT NOTES ===

    @api.model
    def _credited_slices(self, note):
        """Return the slices that a credit line released and that stay released."""
        self._flush()
        rows = self.env.execute_query(SQL(CREDITED_SLICES, note=note.id))
        return [
            Slice(row_id, item_id, exact(quantity), day, exact(surplus), together)
            for row_id, item_id, quantity, day, surplus, together in rows
        ]

    @api.model
    def _retake(self, parts, line):
        """Bill released slices, or parts of them, again.

        :param parts: ``[(slice, quantity)]`` of :meth:`_credited_slices`
        :param line: the line of the reversal that takes them back
        :raises BillingError: when some of it is in another request meanwhile
        """
        parts = [(part, quantity) for part, quantity in parts if quantity]
        if not parts:
            return
        self._flush()
        taken = {"line": line.id, "uid": self.env.uid}
        rows = []
        whole = [part.id for part, quantity in parts if quantity == part.quantity]
        if whole:
            rows += self.env.execute_query(SQL(RETAKE_WHOLE, ids=tuple(whole), **taken))
        for part, quantity in parts:
            if quantity != part.quantity:
                rows += self.env.execute_query(
                    SQL(RETAKE_PART, id=part.id, quantity=quantity, **taken)
                )
        self._count_again(rows, "billed")

    @api.model
    def _give_up(self, line):
        """Release again what a line of a reversal took back, for its credit note.

        :returns: False when some of it is not billed any more; the caller refuses then
        """
        self._flush()
        rows = self.env.execute_query(SQL(RETAKEN, line=line.id))
        notes = self.env["account.move.line"]
        for _id, line_id, item_id, quantity, note_id in rows:
            billing_line = self.env["project.billing.line"].browse(line_id)
            held = self._slices(billing_line, "billed").get(line_id, [])
            part = next((part for part in held if part.item_id == item_id), None)
            if part is None or abs(part.quantity) < abs(quantity):
                return False
            self._release_parts(
                [(part, exact(quantity))], "credited", notes.browse(note_id)
            )
        if rows:
            # what was taken back stays on record, as what was undone
            self.env.cr.execute(
                SQL(
                    "UPDATE project_billing_allocation SET taken_line_id = NULL"
                    " WHERE id IN %s",
                    tuple(row[0] for row in rows),
                )
            )
            self.env["project.billing.allocation"].invalidate_model(["taken_line_id"])
        return True

    # === REFUSAL ===

    @api.model
    def _refuse_taken(self, rows):
        """Refuse if the items of ``rows`` no longer have enough open."""
        if not rows:
            return
        short = self.env.execute_query(
            SQL(
                TAKEN_MEANWHILE,
                items=[row[0] for row in rows],
                quantities=[exact(row[3]) for row in rows],
                works=[exact(row[3]) - exact(row[6]) for row in rows],
            )
        )
        for name, day, request in short:
            if request:
                message = self.env._(
                    "“%(work)s” of %(day)s is in billing request %(request)s "
                    "meanwhile. Take it out there first.",
                    work=named(self.env, name),
                    day=day,
                    request=request,
                )
            else:
                message = self.env._(
                    "“%(work)s” of %(day)s was changed or deleted after it was "
                    "released, so it cannot be taken back.",
                    work=named(self.env, name),
                    day=day,
                )
            raise BillingError(message)
