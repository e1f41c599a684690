"""Fields that a manager reads for own projects only, not for all visible ones.

The stored values are readable by users who see the billing of all projects; only for
them Odoo tracks, sums, groups and exports these values. Managers read computed fields.
"""

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import BILLING_GROUPS, PRICE_GROUPS


class ProjectProject(models.Model):
    """Budget and personal message of the user's own projects."""

    _inherit = "project.project"

    billing_budget = fields.Monetary(
        string="Budget",
        compute="_compute_billing_own",
        inverse="_inverse_billing_budget",
        search="_search_billing_budget",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="How much may be billed in all, in the currency of the contract. 0: no "
        "budget. The budget in hours is the allocated time of the project.",
    )
    billing_own_message = fields.Html(
        string="Personal Message",
        compute="_compute_billing_own",
        inverse="_inverse_billing_own_message",
        sanitize_overridable=False,
        groups=BILLING_GROUPS,
        help="Every new request of this project starts with it, and may change it.",
    )

    @api.depends_context("uid")
    @api.depends(
        "billing_budget_amount", "billing_message", "user_id", "billing_deputy_ids"
    )
    def _compute_billing_own(self):
        readable = self._billing_own()
        for project in self:
            # sudo: of a project that the user manages, or sees the billing of
            known = (project & readable).sudo()
            project.billing_budget = known.billing_budget_amount
            project.billing_own_message = known.billing_message

    def _inverse_billing_budget(self):
        for project in self:
            # sudo: whoever may write the project
            project.sudo().billing_budget_amount = project.billing_budget

    def _inverse_billing_own_message(self):
        for project in self:
            # sudo: whoever may write the project
            project.sudo().billing_message = project.billing_own_message

    def _search_billing_budget(self, operator, value):
        return self._billing_own_domain("billing_budget_amount", operator, value)

    def _billing_own(self):
        """Return those of these projects whose billing the user may read."""
        if self._billing_sees_all():
            return self
        user = self.env.user
        # sudo: who is in charge of projects that the user sees
        return self.filtered(lambda p: user in p.sudo().billing_owner_ids)

    @api.model
    def _billing_sees_all(self):
        """Tell whether the user sees the billing of every project."""
        return self.env.su or self.env.user.has_groups(PRICE_GROUPS)

    @api.model
    def _billing_own_domain(self, name, operator, value):
        """Return the domain of the user's own projects by the value of a field.

        :param str name: of the stored field
        """
        domain = Domain(name, operator, value)
        if self._billing_sees_all():
            return domain
        # sudo: values of projects that the user is in charge of
        own = Domain("billing_owner_ids", "in", self.env.user.ids)
        return Domain("id", "in", self.sudo()._search(own & domain))


class ProjectMilestone(models.Model):
    """Who accepted the milestones of the user's own projects."""

    _inherit = "project.milestone"

    billing_signer = fields.Char(
        string="Signed Off By",
        compute="_compute_billing_signer",
        search="_search_billing_signer",
        groups=BILLING_GROUPS,
        help="Who has accepted it at the client.",
    )

    @api.depends_context("uid")
    @api.depends(
        "billing_signed_by", "project_id.user_id", "project_id.billing_deputy_ids"
    )
    def _compute_billing_signer(self):
        readable = self.project_id._billing_own()
        for milestone in self:
            # sudo: of a project that the user manages, or sees the billing of
            known = milestone.filtered(lambda m: m.project_id in readable).sudo()
            milestone.billing_signer = known.billing_signed_by

    def _search_billing_signer(self, operator, value):
        domain = Domain("billing_signed_by", operator, value)
        projects = self.env["project.project"]
        if projects._billing_sees_all():
            return domain
        # sudo: values of projects that the user is in charge of
        own = Domain("project_id.billing_owner_ids", "in", self.env.user.ids)
        return Domain("id", "in", self.sudo()._search(own & domain))
