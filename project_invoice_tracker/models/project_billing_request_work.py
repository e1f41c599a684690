"""First and last day of the work in a request, stored when it is submitted."""

from odoo import fields, models
from odoo.tools import SQL

#: Adjusting lines are no work and have no day.
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
    """The days of the work, fixed with the content at submission."""

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
        """Override: store the days of the work at submission."""
        result = super()._move(step, *args, **kwargs)
        if step == "submit":
            self._note_work_days()
        return result

    def _note_work_days(self):
        """Store the first and last day of the work, of all requests at once."""
        names = ["date_work_first", "date_work_last"]
        self.env["project.billing.item"].flush_model(["date", "is_adjustment"])
        self.env["project.billing.allocation"].flush_model()
        self.flush_recordset(names)
        held = SQL(
            "slice.state <> 'released' AND slice.request_id IN %s", tuple(self.ids)
        )
        self.env.cr.execute(SQL(WORK_DAYS, slices=held))
        self.invalidate_recordset(names)
