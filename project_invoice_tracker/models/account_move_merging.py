"""Draft invoices of requests are not merged: the merged one would bill no work."""

from odoo import models

from ..exceptions import BillingError


class AccountMove(models.Model):
    """An invoice that add-ons for merging leave alone.

    They merge drafts by copying their lines and cancelling the originals. The copy
    would not be linked to any work, and the cancelled drafts would give their work
    back, to be billed again. OCA's `account_invoice_merge` is the best known.
    """

    _inherit = "account.move"

    def _get_draft_invoices(self):
        """Override of OCA's `account_invoice_merge` to leave drafts of requests out."""
        parent = getattr(super(), "_get_draft_invoices", None)
        drafts = parent() if parent else self
        return drafts.filtered(lambda move: not move.billing_tracked)

    def do_merge(self, *args, **kwargs):
        """Override of OCA's `account_invoice_merge` to tell which drafts are left out.

        :raises BillingError: when nothing is left to merge, naming the drafts
        """
        tracked = self.filtered("billing_tracked")
        if tracked and len(self - tracked) < 2:
            tracked._billing_refuse_merging()
        return super().do_merge(*args, **kwargs)

    def button_cancel(self):
        """Override to refuse merging that cancels drafts of requests."""
        self._billing_check_merging()
        return super().button_cancel()

    def unlink(self):
        """Override to refuse merging that deletes drafts of requests."""
        self._billing_check_merging()
        return super().unlink()

    def _billing_check_merging(self):
        """Refuse to cancel or delete drafts of requests when others replace them.

        :raises BillingError: naming them and the remedy
        """
        if self.env.context.get("is_merge"):
            self.filtered("billing_tracked")._billing_refuse_merging()

    def _billing_refuse_merging(self):
        if not self:
            return
        # sudo: the numbers of the requests, for whoever merges their invoices
        requests = self.sudo().billing_request_ids.mapped("name")
        raise BillingError(
            self.env._(
                "The draft of %s cannot be merged: its lines are those that were "
                "approved. Leave it out. To have requests of one customer on one "
                "invoice, select them and create their invoice together.",
                ", ".join(requests) or ", ".join(self.mapped("display_name")),
            )
        )
