"""The page of an invoice on the customer portal: what it is for, and its annex."""

from odoo.addons.account_payment.controllers.portal import PortalAccount


class BillingInvoice(PortalAccount):
    """Odoo's own page, which has checked the login or the link, with more to read."""

    def _invoice_get_page_view_values(self, invoice, access_token, **kwargs):
        """Override: plain values for the part of the page that is ours."""
        values = super()._invoice_get_page_view_values(invoice, access_token, **kwargs)
        values["billing_document"] = invoice._billing_portal_document()
        return values
