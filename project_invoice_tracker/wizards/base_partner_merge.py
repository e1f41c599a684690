"""Merging contacts: requests of a merged customer need a new approval."""

from odoo import models
from odoo.tools import SQL

#: The contact that stays takes the place of the others; Odoo leaves the rows of those
#: that a record names beside it.
TAKE_PLACES = """
    WITH gone AS (
        DELETE FROM %(table)s WHERE %(contact)s IN %(sources)s RETURNING %(namer)s)
    INSERT INTO %(table)s (%(namer)s, %(contact)s)
    SELECT DISTINCT %(namer)s, %(stays)s FROM gone
        ON CONFLICT DO NOTHING
"""


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Verify requests after a merge, which changes their customer by SQL."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Override: verify the requests and re-price the time of merged customers."""
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        self.env.invalidate_all()
        left = self.env["res.partner"].browse(partner_ids).exists() | (
            dst_partner or self.env["res.partner"]
        )
        left._billing_verify(self.env._("The customer was merged with another one."))
        left._billing_follow_merge()
        return result

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override: lists that name a merged contact name the remaining one."""
        for model, name in self._billing_namers().get("res.partner", ()):
            field = self.env[model]._fields[name]
            if field.type == "many2many" and src_partners:
                self.env.cr.execute(
                    SQL(
                        TAKE_PLACES,
                        table=SQL.identifier(field.relation),
                        namer=SQL.identifier(field.column1),
                        contact=SQL.identifier(field.column2),
                        sources=tuple(src_partners.ids),
                        stays=dst_partner.id,
                    )
                )
        return super()._update_foreign_keys(src_partners, dst_partner)
