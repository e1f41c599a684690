"""Merging contacts: requests of a merged customer are approved again."""

from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging customers gives requests another customer, by SQL."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Override: requests of merged customers are approved again."""
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        self.env.invalidate_all()
        left = self.env["res.partner"].browse(partner_ids).exists() | (
            dst_partner or self.env["res.partner"]
        )
        left._billing_verify(self.env._("The customer was merged with another one."))
        return result
