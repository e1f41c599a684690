"""The customer's statement of account: a page, and the same as a PDF."""

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal

PAGE = "project_invoice_tracker.portal_statement"


class PortalStatement(CustomerPortal):
    """Show only the user's own commercial entity, and only plain texts."""

    @http.route(
        "/my/billing/statement",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def billing_statement(self, **_parameters):
        """Show open invoices and payments, company by company."""
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="billing_statement", statements=self._billing_statements()
        )
        return request.render(PAGE, values)

    @http.route(
        "/my/billing/statement/<billing_id:company_id>/pdf",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def billing_statement_pdf(self, company_id, **_parameters):
        """Send the PDF of one company that has a statement for this customer."""
        known = {row["company_id"] for row in self._billing_statements()}
        if company_id not in known:
            raise request.not_found()
        # sudo: a company that the client has open invoices of; the own statement
        company_sudo = request.env["res.company"].sudo().browse(company_id)
        partner = request.env.user.partner_id
        name, content = partner._billing_statement_file(company_sudo, request.env.lang)
        return request.make_response(
            content,
            [
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                ("X-Content-Type-Options", "nosniff"),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

    def _billing_statements(self):
        """Return the statements of the user's own commercial entity.

        In the language of the page, which its reader may choose there.
        """
        # sudo: all companies; only those with something of this client are shown
        companies_sudo = request.env["res.company"].sudo().search([])
        return request.env.user.partner_id._billing_statements(
            companies_sudo, request.env.lang
        )
