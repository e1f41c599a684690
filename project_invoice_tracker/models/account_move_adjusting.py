"""Invoices that are sent back: the automatic lines of their requests follow."""

from odoo import models


class AccountMove(models.Model):
    """An invoice; while it is a draft, the automatic lines of its requests stay."""

    _inherit = "account.move"

    def action_billing_send_back(self, reason=None):
        """Override to bring the automatic lines up to date once the invoice is gone."""
        # sudo: the requests of an invoice that the user may delete
        requests_sudo = self.sudo().billing_request_ids
        result = super().action_billing_send_back(reason)
        if reason is not None:
            requests_sudo._adjust_lines()
        return result
