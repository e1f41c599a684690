"""The customer's projects on the portal."""

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class BillingPortal(CustomerPortal):
    """Pages with plain values of the customer's own projects, and nothing else."""

    def _prepare_home_portal_values(self, counters):
        """Override: count the projects, and the milestones to accept."""
        values = super()._prepare_home_portal_values(counters)
        wanted = {"billing_project_count", "billing_sign_off_count"} & set(counters)
        if wanted:
            customer = request.env.user.partner_id.commercial_partner_id
            projects = self._billing_projects()
            counts = {"billing_project_count": len(projects)}
            if "billing_sign_off_count" in wanted:
                waiting = projects._billing_portal_waiting(customer)
                counts["billing_sign_off_count"] = sum(map(len, waiting.values()))
            values.update({name: counts[name] for name in wanted})
        return values

    @http.route(
        "/my/billing",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def billing_projects(self, **_parameters):
        """Show the projects of the customer."""
        cards = self._billing_projects()._billing_portal_cards(request.env.user)
        return request.render(
            "project_invoice_tracker.portal_projects",
            {"page_name": "billing", "cards": cards},
        )

    @http.route(
        "/my/billing/<billing_id:project_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def billing_project(self, project_id, **_parameters):
        """Show one project: milestones, contract, money, hours, invoices."""
        project = self._billing_projects().filtered(lambda p: p.id == project_id)
        if not project:
            raise request.not_found()
        page = project._billing_portal_page(request.env.user)
        return request.render(
            "project_invoice_tracker.portal_project",
            {"page_name": "billing", "billing_page": page},
        )

    def _billing_projects(self):
        """Return the projects of who is logged in (elevated by their domain)."""
        return request.env["project.project"]._billing_portal_projects(request.env.user)
