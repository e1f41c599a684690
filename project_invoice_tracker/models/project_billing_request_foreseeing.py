"""Forecast what a request would bill if it were prepared now, item by item.

Most projects are computed by one query (:mod:`.open_sql`). Where corrections, caps,
increments of lines, rests or taxes in prices matter, the actual steps of collecting are
run, without reserving anything.
"""

from collections import defaultdict

from odoo import api, models

from ..billing.rounding import exact
from .foresight import Foresight


class ProjectBillingRequest(models.Model):
    """Amounts to bill, equal to those that the next request will have."""

    _inherit = "project.billing.request"

    @api.model
    def _foresee(self, project_ids, day=None):
        """Return the amount of each open item of some projects (elevated).

        :param list project_ids: ids of projects
        :param day: last day of time that counts, any by default
        :returns: ``{item id: (amount to bill, amount whatever a cap leaves, that at the
            prices of the lines)}``
        """
        rows = self.env["project.billing.item"]._open_rows(project_ids, day)
        groups, recorded = defaultdict(list), {}
        for row in rows:
            terms = tuple(
                row.pop(name) for name in ("ready", "company_id", "currency_id")
            )
            recorded[row["id"]] = exact(row.pop("recorded") or 0)
            groups[(row["project_id"], *terms)] += self._as_open_items([row])
        found = {}
        for (project_id, ready, company_id, currency_id), items in groups.items():
            terms = {
                "project_id": project_id,
                "company_id": company_id,
                "currency_id": currency_id,
            }
            draft = self._draft_to_extend(terms) if ready else self.browse()
            foresight = Foresight(self, terms, draft, recorded)
            found.update(foresight.amounts(items, ready))
        return found

    @api.model
    def _draft_to_extend(self, terms):
        """Return the draft that would take new work in, if there is one."""
        return self.search(
            [("state", "=", "draft"), *((name, "=", i) for name, i in terms.items())],
            order="id DESC",
            limit=1,
        )
