"""The ledger's verbs for automatic lines, which follow the others of a draft."""

from odoo import api, models
from odoo.tools import SQL


class ProjectBillingLedger(models.AbstractModel):
    """The ledger, which changes slices of automatic lines in place.

    Their quantity changes with every change of a draft, and earlier quantities need no
    history. Once the draft is submitted, they are slices like all others.
    """

    _inherit = "project.billing.ledger"

    @api.model
    def _resize(self, slices):
        """Set the slices of draft lines to ``[(item id, line, quantity)]``.

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
        """Delete the slices of automatic lines of a draft; return their item ids."""
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
