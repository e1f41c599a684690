"""Customer portal: sales orders that invoice a project."""

from odoo import models
from odoo.fields import Domain


class ProjectProject(models.Model):
    """Orders of a project whose invoices do not come from billing requests."""

    _inherit = "project.project"

    def _billing_portal_cards(self, user):
        """Override: add the orders that invoiced each project."""
        sold = self._billing_portal_sold(user.partner_id.commercial_partner_id)
        cards = super()._billing_portal_cards(user)
        return [card | {"sold": sold.get(card["id"], [])} for card in cards]

    def _billing_portal_page(self, user):
        """Override: add the orders that invoiced the project."""
        sold = self._billing_portal_sold(user.partner_id.commercial_partner_id)
        return super()._billing_portal_page(user) | {"sold": sold.get(self.id, [])}

    def _billing_portal_sold(self, customer):
        """Return ``{project id: [dict]}``: orders with a posted invoice, as texts.

        :param customer: the commercial entity whose orders these are (elevated)
        """
        # sudo: orders of projects that were found for this customer, and only its own
        orders_sudo = self.env["sale.order"].sudo()
        projects_sudo = self.sudo()  # sudo: as above
        found = orders_sudo.search(
            (
                Domain("project_id", "in", self.ids)
                | Domain("id", "in", projects_sudo.sale_line_id.order_id.ids)
            )
            & Domain("partner_id", "child_of", customer.ids)
            & Domain("order_line.invoice_lines.parent_state", "=", "posted"),
            order="name, id",
        )
        sold = {}
        for project in projects_sudo:
            orders = found.filtered(
                lambda order, project=project: (
                    order.project_id == project
                    or order == project.sale_line_id.order_id
                )
            )
            if orders:
                sold[project.id] = [
                    {"name": order.name, "url": f"/my/orders/{order.id}"}
                    for order in orders
                ]
        return sold
