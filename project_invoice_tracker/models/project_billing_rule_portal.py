"""What the customer sees of a rule, and what an acceptance starts."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Kinds whose price is agreed with the customer, so the portal shows it by default.
AGREED_KINDS = ("milestone", "progress", "recurring", "advance", "retention")


class ProjectBillingRule(models.Model):
    """Settings of a rule for the customer portal."""

    _inherit = "project.billing.rule"

    portal_prices = fields.Boolean(
        string="Prices on the Portal",
        compute="_compute_portal_prices",
        store=True,
        readonly=False,
        precompute=True,
        help="The client reads the price terms of this rule on the customer portal. "
        "Otherwise only what kind of work is billed, and what was invoiced.",
    )
    deemed_days = fields.Integer(
        string="Deemed Accepted After",
        default=0,
        tracking=True,
        help="Days after the mail that asks for sign-off; without an answer until then "
        "a milestone counts as accepted, if the contract says so. 0: never.",
    )
    request_on_acceptance = fields.Boolean(
        string="Request on Acceptance",
        tracking=True,
        help="What the client accepts is put into a billing request at once, in the "
        "name of the project's manager.",
    )

    @api.depends("kind")
    def _compute_portal_prices(self):
        for rule in self:
            rule.portal_prices = rule.kind in AGREED_KINDS

    @api.constrains("deemed_days")
    def _check_deemed_days(self):
        for rule in self:
            if not 0 <= rule.deemed_days <= 365:
                raise ValidationError(
                    self.env._(
                        "%s: a milestone is deemed accepted after 0 (never) to 365 "
                        "days.",
                        rule.display_name,
                    )
                )
