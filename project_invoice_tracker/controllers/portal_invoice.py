"""An invoice on the customer portal: the work behind it, and its documents."""

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from odoo.addons.account_payment.controllers.portal import PortalAccount


class BillingInvoice(PortalAccount):
    """Add to Odoo's invoice page, which has checked the login or the link."""

    def _invoice_get_page_view_values(self, invoice, access_token, **kwargs):
        """Override: add plain values for the billing part of the page."""
        values = super()._invoice_get_page_view_values(invoice, access_token, **kwargs)
        values["billing_document"] = invoice._billing_portal_document()
        return values

    @http.route(
        "/my/billing/invoice/<billing_id:move_id>/pack",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def billing_pack(self, move_id, access_token=None, **_parameters):
        """Send the evidence pack to users who may open the page of the invoice."""
        if access_token and not access_token.isascii():
            # Odoo compares texts of ASCII only, and fails on others
            raise request.not_found()
        try:
            move = self._document_check_access("account.move", move_id, access_token)
        except (AccessError, MissingError):
            raise request.not_found() from None
        if move.state != "posted" or not move._billing_has_pack():
            raise request.not_found()
        content = move._billing_stored_pack().raw or move._billing_make_pack()
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Length", len(content)),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Disposition", content_disposition(move._billing_pack_name())),
        ]
        return request.make_response(content, headers)
