"""Figures: what sales orders bill is billable, and passed on."""

from odoo import api, models
from odoo.tools import SQL

from .former_sql import cover, paid


class ProjectBillingUtilisation(models.Model):
    """Hours on an order are billable hours."""

    _inherit = "project.billing.utilisation"

    @api.model
    def _billed_elsewhere(self):
        self.env["project.billing.order.memory"]._flush()
        return SQL(
            """
            (entry.so_line IS NOT NULL AND NOT coalesce(entry.billing_held, FALSE)
             OR entry.id IN (SELECT cover.analytic_line_id FROM (%s) cover
                              WHERE cover.covered > 0 AND NOT cover.held
                                AND cover.analytic_line_id IS NOT NULL))
            """,
            cover(self.env),
        )


class ProjectBillingReportVendor(models.Model):
    """Costs that an order re-invoices are passed on."""

    _inherit = "project.billing.report.vendor"

    @api.model
    def _elsewhere_condition(self):
        self.env["project.billing.order.memory"]._flush()
        return SQL(
            """
            EXISTS (SELECT FROM account_analytic_line sold
                     WHERE sold.move_line_id = cost.move_line_id
                       AND sold.so_line IS NOT NULL)
            OR %s
            """,
            paid(self.env, "move_line_id", SQL("cost.move_line_id")),
        )
