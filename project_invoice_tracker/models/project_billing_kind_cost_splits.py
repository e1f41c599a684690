"""Costs that several projects share: the parts of a bill or an expense sum to it."""

from odoo import api, models
from odoo.tools import SQL

from ..billing.costs import distribution_share, split
from ..billing.rounding import exact

#: The parts of split costs that are in use, by the account of their project.
HELD_PARTS = """
    SELECT %(source)s, project.account_id,
           coalesce(item.pricing ->> 'policy', '') = 'sales_price' AS by_piece,
           item.cost_amount, item.quantity
      FROM project_billing_item item
      JOIN project_project project ON project.id = item.project_id
     WHERE %(source)s IN %(ids)s AND item.kind = 'cost'
       AND item.quantity_open <> item.quantity
"""


class ProjectBillingKindCost(models.AbstractModel):
    """Costs that are divided between projects."""

    _inherit = "project.billing.kind.cost"

    @api.model
    def _read_splits(self, rows, source_field):
        """Return the values that dividing these costs depends on.

        :returns: :class:`Splits`
        """
        names = self.env["account.move.line"]
        accounts = names._get_analytic_account_ids_from_distributions
        several = {}
        for row in rows:
            found = accounts(row["distribution"])
            if len(found) > 1:
                several[row["id"]] = found
        if not several:
            return Splits({}, {})
        every = self.env["account.analytic.account"].browse(
            set().union(*several.values())
        )
        plans = {account.id: account.root_plan_id.id for account in every.exists()}
        held = {}
        for source_id, account_id, by_piece, amount, quantity in self.env.execute_query(
            SQL(
                HELD_PARTS,
                source=SQL.identifier("item", source_field),
                ids=tuple(several),
            )
        ):
            part = {"quantity": quantity} if by_piece else {"amount": amount}
            held[source_id, account_id] = part
        return Splits(plans, held)


class Splits:
    """The division of costs between the analytic accounts of a plan."""

    def __init__(self, plans, held):
        """Keep the values that were read for many costs.

        :param dict plans: plan by account
        :param dict held: what requests and invoices have, by source and account
        """
        self.plans, self.held = plans, held

    def parts(self, row, account_ids, account_id):
        """Return a function that computes one account's part of a whole amount."""
        plan = self.plans.get(account_id)
        same = sorted(key for key in account_ids if self.plans.get(key) == plan)
        shares = [distribution_share(row["distribution"], key) for key in same]
        position = same.index(account_id)

        def part(name, whole, step):
            held = {}
            for place, key in enumerate(same):
                known = self.held.get((row["id"], key), {}).get(name)
                if known is not None:
                    held[place] = exact(known)
            return split(whole, shares, step, held)[position]

        return part
