"""Set-up of billing on a project of a sales order: say what the order bills."""

from odoo import api, fields, models


class ProjectBillingSetup(models.TransientModel):
    """Offer the hand-over in the set-up, so that work is not billed by both sides."""

    _inherit = "project.billing.setup"

    order_note = fields.Char(compute="_compute_order_note")
    hand_over = fields.Boolean(
        string="Hand over from the sales order next",
        compute="_compute_hand_over",
        store=True,
        readonly=False,
        help="Opens the window that says what the order has, and hands the work over "
        "from the first day on.",
    )

    @api.depends("project_id")
    def _compute_order_note(self):
        for setup in self:
            project = setup.project_id._origin or setup.project_id
            names = project._billing_order_names() if project else ""
            setup.order_note = names and " ".join(
                filter(
                    None,
                    (
                        self.env._(
                            "Sales order %s bills work of this project, and goes on "
                            "to do so until it is handed over.",
                            names,
                        ),
                        project._billing_order_sentences(),
                    ),
                )
            )

    @api.depends("project_id")
    def _compute_hand_over(self):
        for setup in self:
            setup.hand_over = bool(setup.order_note)

    def action_apply(self):
        """Override: open the hand-over afterwards, if it is asked for."""
        result = super().action_apply()
        if not (self.hand_over and self.order_note):
            return result
        project = self.project_id.with_context(billing_handover_date=self.date_start)
        return project.action_billing_hand_over()


class ProjectProject(models.Model):
    """Orders on a project, its tasks, its people or its milestones."""

    _inherit = "project.project"

    def _billing_order_names(self):
        """Return the numbers of the orders that new or open work goes to."""
        self.ensure_one()
        self.check_access("read")
        # sudo: numbers of orders, for whoever sets up the billing of the project
        project_sudo = self.sudo()
        steps = project_sudo.milestone_ids.filtered(lambda step: not step.is_reached)
        tasks = project_sudo.env["project.task"].search(
            [("project_id", "=", self.id), ("sale_line_id", "!=", False)]
        )
        items = (
            project_sudo.sale_line_id
            | tasks.sale_line_id
            | project_sudo.sale_line_employee_ids.sale_line_id
            | steps.sale_line_id
        )
        orders = items.order_id.filtered(lambda order: order.state != "cancel")
        return ", ".join(orders.sorted("name").mapped("name"))
