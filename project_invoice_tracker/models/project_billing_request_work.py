"""Requests: the first and the last day of the work that they ask money for."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.grouping import plan_lines

#: What follows the other lines by itself is no work.
WORK_DAYS = """
    UPDATE project_billing_request request
       SET date_work_first = work.first, date_work_last = work.last
      FROM (SELECT slice.request_id, min(item.date) AS first, max(item.date) AS last
              FROM project_billing_allocation slice
              JOIN project_billing_item item ON item.id = slice.item_id
             WHERE NOT coalesce(item.is_adjustment, FALSE) AND %(slices)s
             GROUP BY slice.request_id) work
     WHERE work.request_id = request.id
"""


class ProjectBillingRequest(models.Model):
    """When a request is submitted, its content and so the days of it are fixed."""

    _inherit = "project.billing.request"

    date_work_first = fields.Date(
        string="First Day of Work",
        readonly=True,
        copy=False,
        help="Of the work in this request, as it was submitted.",
    )
    date_work_last = fields.Date(
        string="Last Day of Work",
        readonly=True,
        copy=False,
        help="Of the work in this request, as it was submitted.",
    )

    def _move(self, step, *args, **kwargs):
        """Override: note the days of the work that is asked for."""
        result = super()._move(step, *args, **kwargs)
        if step == "submit":
            self._note_work_days()
        return result

    def _note_work_days(self):
        """Note the first and the last day of the work, of all requests at once."""
        names = ["date_work_first", "date_work_last"]
        self.env["project.billing.item"].flush_model(["date", "is_adjustment"])
        self.env["project.billing.allocation"].flush_model()
        self.flush_recordset(names)
        held = SQL(
            "slice.state <> 'released' AND slice.request_id IN %s", tuple(self.ids)
        )
        self.env.cr.execute(SQL(WORK_DAYS, slices=held))
        self.invalidate_recordset(names)

    @api.model
    def _plan_lines(self, items):
        """Return the lines that open items make; what a client cannot read waits.

        Ten seconds are 0.00 hours, unless the line is rounded to an increment.
        """
        lines, _carried = plan_lines(items)
        readable = self.env["project.billing.line"]._readable
        rules = self.env["project.billing.rule"]
        return [
            line
            for line in lines
            if line.first.unit != "minute"
            or readable(line.quantity, "minute")
            or rules.browse(line.first.rule_id)._rounds_lines()
        ]
