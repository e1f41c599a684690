"""Deducting deposits from requests, down to a total of exactly zero."""

from odoo import api, fields, models

from ..engine import is_engine


class ProjectBillingRequest(models.Model):
    """Whether a deposit is deducted, and whether it offsets the whole request."""

    _inherit = "project.billing.request"

    deduct_advance = fields.Boolean(
        string="Deduct Deposits",
        default=True,
        help="Take what was paid in advance off this request. Switch it off to leave "
        "the deduction to a later one.",
    )
    has_advance = fields.Boolean(compute="_compute_has_advance")
    has_adjusting = fields.Boolean(compute="_compute_has_advance")
    is_covered = fields.Boolean(
        compute="_compute_is_covered",
        help="A deposit covers all of it: nothing is left to pay.",
    )

    # === COMPUTE ===

    @api.depends("project_id", "line_ids.adjusts")
    def _compute_has_advance(self):
        with_advance = self.env["project.billing.rule"]._billed_project_ids("advance")
        for request in self:
            request.has_advance = request.project_id.id in with_advance
            request.has_adjusting = any(request.line_ids.mapped("adjusts"))

    @api.depends(
        "amount_untaxed", "amount_total", "line_ids.adjusts", "line_ids.removed"
    )
    def _compute_is_covered(self):
        for request in self:
            request.is_covered = (
                request._is_deducted()
                and request.currency_id.is_zero(request.amount_total)
                and request._is_not_negative()
            )

    # === CRUD ===

    def write(self, vals):
        """Override: the manager decides whether to deduct, while it is a draft."""
        if "deduct_advance" not in vals or is_engine(self.env):
            return super().write(vals)
        self._check_editable()
        self._mark_edited()
        result = super().write(vals)
        self._adjust_lines()
        return result

    # === BUSINESS ===

    def _is_deducted(self):
        """Tell whether a deposit is deducted from this request."""
        self.ensure_one()
        return any(line.adjusts and line.unit == "amount" for line in self.line_ids)

    def _is_not_negative(self):
        """Tell whether neither the untaxed nor the total amount is below zero."""
        amounts = (self.amount_untaxed, self.amount_total)
        return all(self.currency_id.compare_amounts(a, 0) >= 0 for a in amounts)

    def _is_worth_invoicing(self):
        """Override: a total of zero is accepted where a deposit offsets the work."""
        return super()._is_worth_invoicing() or (
            self._is_deducted() and self._is_not_negative()
        )
