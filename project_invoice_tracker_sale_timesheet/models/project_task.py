"""Tasks: no automatic sales order item where the project says so."""

from odoo import fields, models
from odoo.tools import SQL

from .former_sql import ORDERED_ENTRIES, ordered_names

#: Hours of tasks that orders bill, with the numbers of the orders.
OF_TASKS = """
    SELECT line.task_id, (sum(part.hours) / hour.factor)::float8,
           array_agg(DISTINCT sale.name ORDER BY sale.name)
      FROM (%(entries)s) part
      JOIN account_analytic_line line ON line.id = part.id
      JOIN sale_order sale ON sale.id = part.order_id
      JOIN uom_uom hour ON hour.id = %(hour)s
     GROUP BY line.task_id, hour.factor
"""


class ProjectTask(models.Model):
    """Show who bills the time of a task, and leave its order item empty if so set."""

    _inherit = "project.task"

    billing_by_orders = fields.Char(
        string="Billed by Sales Orders",
        compute="_compute_billing_by_orders",
        groups="base.group_user",
    )

    # === COMPUTE ===

    def _compute_billing_by_orders(self):
        figures = self._billing_of_orders()
        for task in self:
            task.billing_by_orders = task.project_id._billing_order_sentence(
                *figures.get(task._origin.id, (0, 0, ()))
            )

    def _billing_of_orders(self):
        """Return ``{task id: (hours, 0, names of orders)}`` of what orders bill."""
        ids = tuple(task._origin.id for task in self if task._origin.id)
        if not ids:
            return {}
        kind = self.env["project.billing.kind"]._get("time")
        kind._flush_entries()
        entries = SQL(
            ORDERED_ENTRIES,
            only=SQL("line.task_id IN %s", ids),
            **ordered_names(self.env),
        )
        rows = self.env.execute_query(
            SQL(OF_TASKS, entries=entries, hour=kind._hour().id)
        )
        return {task_id: (hours, 0, names) for task_id, hours, names in rows}

    def _compute_sale_line(self):
        """Override of `sale_project`: set no order item where none is to be set."""
        free = self._billing_not_for_orders()
        result = super(ProjectTask, self - free)._compute_sale_line()
        free.sale_line_id = False
        return result

    def _inverse_partner_id(self):
        """Override of `sale_timesheet`: nor when the customer of the task is set."""
        free = self._billing_not_for_orders()
        result = super()._inverse_partner_id()
        free.filtered("sale_line_id").sale_line_id = False
        return result

    def _billing_not_for_orders(self):
        """Return the tasks without an order item that are not to get one."""
        return self.filtered(
            lambda task: (
                not task.sale_line_id
                # sudo: a choice of the project, whoever makes a task
                and task.project_id.sudo().billing_order_tasks == "none"
            )
        )
