"""Minimum fees of time rules: the missing amount is an automatic line."""

from odoo import api, models

from .minimum import Fee


class ProjectBillingKindTime(models.AbstractModel):
    """One automatic line per rule whose work on a request is below its minimum.

    The line stays within the caps of the rule.
    """

    _inherit = "project.billing.kind.time"

    @api.model
    def _adjust(self, request):
        super()._adjust(request)
        has_minimum = self.env["project.billing.rule"]._minimum_project_ids()
        existing = self._adjusting_lines(request)
        if request.invoice_id or not (existing or request.project_id.id in has_minimum):
            return
        env = request._customer_env()
        lines = request.line_ids._live().filtered(
            lambda line: line.kind == self._kind and not line.adjusts
        )
        wanted, piece = {}, self._get("manual")._default_product()
        for rule, worked in lines.grouped("rule_id").items():
            minimum, key = rule._billing_agreed(rule.minimum_fee), f"minimum/{rule.id}"
            if not minimum:
                continue
            own = existing.filtered(lambda line, key=key: line.group_key == key)
            missing = Fee(worked, worked[:1]).reach(minimum, rule._room_for(own))
            if missing:
                name = env._("Minimum fee, %s", rule.name)
                wanted[key] = self._adjusting_values(
                    request,
                    rule,
                    key,
                    name,
                    missing,
                    # a piece, not an hour; taxed like the work that it stands for
                    product_id=(piece or rule.product_id).id,
                    tax_product_id=rule.product_id.id,
                )
        if wanted or existing:
            self._keep_items(request, self._keep_lines(request, wanted), "minimum")
