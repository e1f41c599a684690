"""Service period: the first and last day that a document bills.

Only this file computes it, for lines, requests and invoices: work counts from its first
to its last day, a fee with its period, a milestone on the day it was reached or
accepted, a cost on its date. What has no day of its own (a deposit, a release, a manual
charge) counts only where there is nothing else.
"""

from odoo import api, fields, models
from odoo.tools import SQL

#: The slices that a document bills, also if they were given back later; without those
#: removed before its posting, or by accounting.
DAYS = """
    SELECT slice.%(what)s,
           min(coalesce(item.period_start, item.date)),
           max(coalesce(item.period_end, item.date)),
           item.kind NOT IN ('advance', 'retention', 'manual') AS dated
      FROM project_billing_allocation slice
      JOIN project_billing_item item ON item.id = slice.item_id
     WHERE slice.%(what)s IN %(ids)s AND slice.action = 'bill'
       AND item.is_adjustment IS NOT TRUE
       AND (slice.state <> 'released' OR slice.release_cause NOT IN
            ('line_removed', 'lowered', 'invoice_line_removed'))
     GROUP BY slice.%(what)s, dated
     ORDER BY dated NULLS FIRST
"""


def _read_days(records, what):
    """Return ``{id: (first day, last day)}``, without those that have none.

    :param str what: the column of the slices that names the records
    """
    if not records.ids:
        return {}
    env = records.env
    env["project.billing.item"].flush_model(["date", "period_start", "period_end"])
    env["project.billing.allocation"].flush_model()
    rows = env.execute_query(
        SQL(DAYS, what=SQL.identifier(what), ids=tuple(records.ids))
    )
    # what has a day of its own comes last, and counts alone
    return {key: (first, last) for key, first, last, _dated in rows if first}


class ProjectBillingLine(models.Model):
    """The service period of a line."""

    _inherit = "project.billing.line"

    def _service_periods(self):
        """Return ``{line id: (first day, last day)}`` of those that have a period."""
        return _read_days(self, "line_id")


class ProjectBillingRequest(models.Model):
    """The service period of a request: from the earliest to the latest line."""

    _inherit = "project.billing.request"

    service_from = fields.Date(
        compute="_compute_service",
        help="First day of the work, or of the period of the fee.",
    )
    service_to = fields.Date(
        string="Service Until",
        compute="_compute_service",
        help="Last day of the work, or of the period of the fee.",
    )

    @api.depends("line_ids.quantity", "line_ids.removed", "state")
    def _compute_service(self):
        periods = self._service_periods()
        for request in self:
            first, last = periods.get(request.id, (False, False))
            request.service_from, request.service_to = first, last

    def _service_periods(self):
        """Return ``{request id: (first day, last day)}``.

        For a request without any item, the days that it was collected for.
        """
        # sudo: days of the work of requests that the caller may read
        found = _read_days(self.sudo(), "request_id")
        for request in self:
            if request.id not in found and request.date_to:
                first = request.date_from or request.date_to
                found[request.id] = (first, request.date_to)
        return found


class AccountMove(models.Model):
    """The service period of an invoice, or of a credit note."""

    _inherit = "account.move"

    def _billing_service_period(self):
        """Return the first and last day of this document, or two times None.

        For a posted invoice as it was posted; for a credit note those of the lines that
        it credits. The caller checked that the document may be read.
        """
        self.ensure_one()
        move_sudo = self.sudo()  # sudo: two days of a document that may be read
        if move_sudo.move_type == "out_refund":
            origins = move_sudo.line_ids.billing_origin_line_id
            periods = origins._service_periods().values()
            days = [day for period in periods for day in period]
        elif contents := move_sudo._billing_contents():
            texts = [day for content in contents for day in content["period"] if day]
            days = [fields.Date.to_date(day) for day in texts]
        else:
            periods = move_sudo.billing_request_ids._service_periods().values()
            days = [day for period in periods for day in period]
        return (min(days), max(days)) if days else (None, None)
