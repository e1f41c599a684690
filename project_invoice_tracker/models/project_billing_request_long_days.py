"""Warn approvers of days with more than 24 hours, which are typing errors."""

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..billing.rounding import exact
from .phrases import number
from .time_sql import minutes_of, units_of

#: At most so many days are named.
NAMED = 5

#: What people logged on a day, of the entries behind these requests.
LONG_DAYS = f"""
    WITH entry AS (
        SELECT DISTINCT slice.request_id, item.analytic_line_id
          FROM project_billing_allocation slice
          JOIN project_billing_item item ON item.id = slice.item_id
         WHERE slice.request_id IN %(requests)s AND slice.state <> 'released'
           AND item.analytic_line_id IS NOT NULL)
    SELECT entry.request_id, line.employee_id, line.date,
           sum({minutes_of()}) / 60
      FROM entry
      JOIN account_analytic_line line ON line.id = entry.analytic_line_id
      {units_of()}
     GROUP BY 1, 2, 3
    HAVING sum({minutes_of()}) > 24 * 60
     ORDER BY 3, 2
"""


class ProjectBillingRequest(models.Model):
    """Days on which one person logged more than 24 hours, for approvers."""

    _inherit = "project.billing.request"

    long_days_note = fields.Char(
        compute="_compute_long_days_note",
        help="Days on which a person logged more than 24 hours.",
    )

    @api.depends("line_ids.quantity")
    def _compute_long_days_note(self):
        self.long_days_note = False
        if not self.ids:
            return
        self.env["project.billing.ledger"]._flush()
        self.env["account.analytic.line"].flush_model(
            ["employee_id", "date", "unit_amount", "product_uom_id"]
        )
        rows = self.env.execute_query(
            SQL(
                LONG_DAYS,
                requests=tuple(self.ids),
                hour=self.env["project.billing.kind"]._uom("uom.product_uom_hour").id,
            )
        )
        for request in self:
            days = [row[1:] for row in rows if row[0] == request.id]
            if days:
                request.long_days_note = self.env._(
                    "More than 24 hours on a day, please look twice: %s",
                    "; ".join(self._describe_day(*day) for day in days[:NAMED]),
                )

    def _describe_day(self, employee_id, day, hours):
        """Return who logged how much on a day, in words."""
        # sudo: the name of a person whose time is on the request
        person = self.env["hr.employee"].sudo().browse(employee_id or []).name
        return self.env._(
            "%(who)s, %(day)s: %(hours)s h",
            who=person or "?",
            day=format_date(self.env, day),
            hours=number(self.env, exact(hours, 2)),
        )
