"""Invoices that are sent back: the automatic lines of their requests follow."""

from odoo import models


class AccountMove(models.Model):
    """As long as a draft invoice has the lines of a request, they stay as they are."""

    _inherit = "account.move"

    def action_billing_send_back(self, reason=None):
        """Override: now that the draft is gone, the request is a draft like others."""
        # sudo: the requests of an invoice that the user may delete
        requests_sudo = self.sudo().billing_request_ids
        result = super().action_billing_send_back(reason)
        if reason is not None:
            requests_sudo._adjust_lines()
        return result
