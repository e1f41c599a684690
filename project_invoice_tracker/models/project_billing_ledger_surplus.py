"""The surplus of increments: it is released with the work, and taken back with it."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models

from ..billing.rounding import exact
from .ledger_sql import NOTE_SURPLUS, RESTORE_SURPLUS


class ProjectBillingLedger(models.AbstractModel):
    """The ledger, which notes the surplus that released slices had."""

    _inherit = "project.billing.ledger"

    @api.model
    def _refresh_released(self, rows):
        """Recompute items after ``[(slice id, item id, quantity)]`` were released.

        What was released and did not become open again is surplus; it is noted on the
        slices, and comes back when they are taken back.
        """
        opened = self._refresh({item_id for _slice_id, item_id, _quantity in rows})
        first, released = {}, defaultdict(Decimal)
        for slice_id, item_id, quantity in rows:
            first.setdefault(item_id, slice_id)
            released[item_id] += exact(quantity)
        surplus = [
            (first[item_id], quantity - opened[item_id])
            for item_id, quantity in released.items()
            if quantity != opened[item_id]
        ]
        if surplus:
            self.env.cr.execute_values(NOTE_SURPLUS, surplus)

    @api.model
    def _restore_surplus(self, rows):
        """Add the surplus of slices that are taken back to their items again.

        :param rows: ``[(item id, quantity, surplus)]``, as noted on their release
        """
        back = {}
        for item_id, quantity, surplus in rows:
            part = back.setdefault(item_id, [item_id, Decimal(0), Decimal(0)])
            part[1] += exact(quantity)
            part[2] += exact(quantity) - exact(surplus or 0)
        if back:
            self.env.cr.execute_values(RESTORE_SURPLUS, list(back.values()))
