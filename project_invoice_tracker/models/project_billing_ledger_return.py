"""Taking released slices back: a credit note or a cancellation is undone."""

from odoo import api, models
from odoo.tools import SQL

from ..billing.rounding import exact
from ..exceptions import BillingError
from .ledger_sql import TAKEN_MEANWHILE
from .phrases import named


class ProjectBillingLedger(models.AbstractModel):
    """The verb that undoes a release, and when it is refused."""

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

    @api.model
    def _refuse_taken(self, rows):
        """Raise when the items of ``rows`` have not enough open any more."""
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
