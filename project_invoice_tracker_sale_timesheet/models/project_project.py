"""Projects: what of them sales orders bill, in words."""

from odoo import fields, models
from odoo.tools import SQL, format_duration

from odoo.addons.project_invoice_tracker.const import BILLING_GROUPS

from .former_sql import ORDERED_ENTRIES, ordered_names

#: Time, and milestones that are reached, which sales orders bill, by project.
OF_ORDERS = """
    SELECT part.project_id, sum(part.hours)::float8, sum(part.milestones)::integer,
           array_agg(DISTINCT sale.name ORDER BY sale.name)
      FROM (SELECT line.project_id, line.item_id, 0 AS milestones,
                   sum(line.hours / (SELECT factor FROM uom_uom WHERE id = %(hour)s))
                       AS hours
              FROM (%(entries)s) line
             GROUP BY line.project_id, line.item_id
             UNION ALL
            SELECT milestone.project_id, milestone.sale_line_id, count(*), 0
              FROM project_milestone milestone
             WHERE milestone.project_id IN %(projects)s
               AND milestone.sale_line_id IS NOT NULL
               AND NOT coalesce(milestone.billing_held, FALSE)
               AND NOT EXISTS (SELECT FROM (%(loose)s) loose
                                WHERE loose.milestone_id = milestone.id
                                  AND loose.loose > 0)
             GROUP BY milestone.project_id, milestone.sale_line_id
             UNION ALL
            SELECT milestone.project_id, cover.order_line_id, 1, 0
              FROM (%(cover)s) cover
              JOIN project_milestone milestone ON milestone.id = cover.milestone_id
             WHERE milestone.project_id IN %(projects)s
               AND cover.covered > 0 AND NOT cover.held) part
      JOIN sale_order_line sold ON sold.id = part.item_id
      JOIN sale_order sale ON sale.id = sold.order_id
     GROUP BY part.project_id
"""


class ProjectProject(models.Model):
    """Show on the billing tab what sales orders bill of a project."""

    _inherit = "project.project"

    billing_by_orders = fields.Char(
        string="Billed by Sales Orders",
        compute="_compute_billing_by_orders",
        groups=BILLING_GROUPS,
        help="Time and milestones with a sales order item are billed by their order, "
        "and never by a billing request.",
    )

    billing_order_tasks = fields.Selection(
        [
            ("ask", "Sales orders may take new tasks, and leaks say so"),
            ("take", "Sales orders take new tasks"),
            ("none", "Sales orders take no new tasks"),
        ],
        string="New Tasks",
        required=True,
        default="ask",
        tracking=True,
        help="Odoo gives a new task the item of its project, or the latest prepaid "
        "order of its customer, and with it the time that is logged there. Where "
        "requests bill the project, that is rarely meant.",
    )

    # === COMPUTE ===

    def _compute_billing_by_orders(self):
        figures = self._billing_of_orders()
        for project in self:
            project.billing_by_orders = self._billing_order_sentence(
                *figures.get(project.id, (0, 0, ()))
            )

    def _compute_sale_line_id(self):
        """Override of `sale_timesheet`: set no order where none is to be set."""
        free = self.filtered(
            lambda project: (
                not project.sale_line_id and project.billing_order_tasks == "none"
            )
        )
        result = super(ProjectProject, self - free)._compute_sale_line_id()
        free.sale_line_id = False
        return result

    def _billing_order_sentence(self, hours, milestones, orders):
        names = ", ".join(orders)
        if hours and milestones:
            return self.env._(
                "%(hours)s hours and %(count)s milestones are billed by sales order "
                "%(orders)s.",
                hours=format_duration(hours),
                count=milestones,
                orders=names,
            )
        if hours:
            return self.env._(
                "%(hours)s hours are billed by sales order %(orders)s.",
                hours=format_duration(hours),
                orders=names,
            )
        if milestones:
            return self.env._(
                "%(count)s milestones are billed by sales order %(orders)s.",
                count=milestones,
                orders=names,
            )
        return False

    # === ACTIONS ===

    def action_billing_open_order_time(self):
        """Open the time of this project that sales orders bill.

        :returns: the action of the list
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hr_timesheet.timesheet_action_all"
        )
        action.update(
            name=self.env._("Billed by sales orders"),
            domain=[
                ("project_id", "=", self.id),
                ("billing_ordered", "=", True),
            ],
            context={"create": False, "search_default_groupby_sale_order_item": 1},
        )
        return action

    # === BUSINESS ===

    def _billing_of_orders(self):
        """Return ``{project id: (hours, milestones, names of orders)}``."""
        if not self.ids:
            return {}
        kind = self.env["project.billing.kind"]._get("time")
        kind._flush_entries()
        self.env["project.milestone"].flush_model(["sale_line_id", "project_id"])
        self.env["sale.order"].flush_model(["name"])
        names = ordered_names(self.env)
        only = SQL("line.project_id IN %s", tuple(self.ids))
        rows = self.env.execute_query(
            SQL(
                OF_ORDERS,
                projects=tuple(self.ids),
                hour=kind._hour().id,
                entries=SQL(ORDERED_ENTRIES, only=only, **names),
                **names,
            )
        )
        return {project_id: figures for project_id, *figures in rows}

    def _billing_order_sentences(self):
        """Return what of these projects the sales orders bill, in words."""
        return " ".join(
            self._billing_order_sentence(*figures)
            for figures in self._billing_of_orders().values()
        )
