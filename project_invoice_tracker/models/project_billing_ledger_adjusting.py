"""The ledger's verbs for lines that follow the others of a draft by themselves."""

from odoo import api, models
from odoo.tools import SQL


class ProjectBillingLedger(models.AbstractModel):
    """Slices of automatic lines change with every change of a draft.

    What such a line held a moment ago in the same draft is nobody's history: the
    slice is changed in place. As soon as the draft is submitted, it is a slice like
    all others.
    """

    _inherit = "project.billing.ledger"

    @api.model
    def _resize(self, slices):
        """Let draft lines hold exactly ``[(item id, line, quantity)]`` of items.

        :param slices: one per line; quantities above or below zero, never zero
        """
        if not slices:
            return
        held = self._slices(
            self.env["project.billing.line"].union(*(line for _i, line, _q in slices)),
            "reserved",
        )
        changed, missing = [], []
        for item_id, line, quantity in slices:
            own = held.get(line.id)
            if not own:
                missing.append((item_id, line, quantity))
            elif own[0].quantity != quantity:
                changed.append((own[0].id, quantity, self.env.uid))
        if changed:
            self.env.cr.execute_values(
                """
                UPDATE project_billing_allocation AS allocation
                   SET quantity = data.quantity, write_uid = data.uid
                  FROM (VALUES %s) AS data(id, quantity, uid)
                 WHERE allocation.id = data.id AND allocation.state = 'reserved'
                """,
                changed,
            )
            ids = {row[0] for row in changed}
            self._refresh(
                {p.item_id for parts in held.values() for p in parts if p.id in ids}
            )
        self._reserve(missing)

    @api.model
    def _forget(self, lines):
        """Drop what automatic lines of a draft reserve; return the ids of the items."""
        if not lines:
            return []
        self._flush()
        rows = self.env.execute_query(
            SQL(
                """
                  WITH who AS (
                       SELECT set_config('project_billing.uid', %s, TRUE))
                DELETE FROM project_billing_allocation USING who
                 WHERE line_id IN %s AND state = 'reserved' RETURNING item_id
                """,
                # the rows are gone when the journal asks who took them away
                str(self.env.uid),
                tuple(lines.ids),
            )
        )
        item_ids = {item_id for (item_id,) in rows}
        self._refresh(item_ids)
        return list(item_ids)
