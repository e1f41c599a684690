"""When nothing is ready to bill: name what sales orders bill of the project."""

from odoo import api, fields, models


class ProjectBillingRequest(models.Model):
    """Tell a manager who finds nothing to bill which orders bill the work."""

    _inherit = "project.billing.request"

    billing_by_orders = fields.Char(
        string="Billed by Sales Orders",
        compute="_compute_billing_by_orders",
        help="What sales orders bill of the same project, and so is not in requests.",
    )

    def _compute_billing_by_orders(self):
        # sudo: hours and numbers of orders, for whoever may read the request
        figures = self.project_id.sudo()._billing_of_orders()
        for request in self:
            project = request.project_id
            request.billing_by_orders = project._billing_order_sentence(
                *figures.get(project.id, (0, 0, ()))
            )

    @api.model
    def _nothing_message(self, projects, date_to):
        message = super()._nothing_message(projects, date_to)
        return " ".join(filter(None, (message, projects._billing_order_sentences())))
