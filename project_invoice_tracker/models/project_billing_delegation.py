"""Approval delegations: who decides in whose place, and when."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import APPROVER_GROUP


class ProjectBillingDelegation(models.Model):
    """A period in which an approver's decisions may be taken by another approver.

    The approval history says in whose place somebody decided. A user who may not decide
    on a request cannot have a delegate do so.
    """

    _name = "project.billing.delegation"
    _inherit = ["project.billing.input"]
    _description = "Approval Delegation"
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _rec_name = "delegate_id"

    user_id = fields.Many2one(
        "res.users",
        "Away",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        ondelete="cascade",
    )
    delegate_id = fields.Many2one(
        "res.users",
        required=True,
        ondelete="cascade",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        help="Decides in the place of who is away. Has to be a billing approver.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company._billing_today(),
    )
    date_to = fields.Date(string="Until", required=True, help="The last day included.")

    _dates_in_order = models.Constraint(
        "CHECK (date_from <= date_to)", "An absence cannot end before it starts."
    )
    _two_people = models.Constraint(
        "CHECK (user_id <> delegate_id)", "Nobody can stand in for themselves."
    )

    @api.constrains("user_id", "delegate_id", "company_id")
    def _check_approvers(self):
        for delegation in self:
            company = delegation.company_id
            for user in delegation.user_id | delegation.delegate_id:
                # sudo: rights and companies of the two people named
                user_sudo = user.sudo()
                if company not in user_sudo.company_ids or not user_sudo.has_group(
                    APPROVER_GROUP
                ):
                    raise ValidationError(
                        self.env._(
                            "%(user)s is not a billing approver of %(company)s, so "
                            "there is nothing to hand over or to take over.",
                            user=user.name,
                            company=company.name,
                        )
                    )

    @api.depends("user_id", "delegate_id")
    def _compute_display_name(self):
        for delegation in self._named():
            delegation.display_name = self.env._(
                "%(delegate)s for %(user)s",
                delegate=delegation.delegate_id.name,
                user=delegation.user_id.name,
            )

    @api.model
    def _today(self, companies):
        """Return the delegations of today, by the date of each company.

        :returns: ``{company id: {absent user id: [delegate ids]}}``
        """
        found = {company.id: defaultdict(list) for company in companies}
        days = {company.id: company._billing_today() for company in companies}
        # sudo: delegations of other approvers; only who decides leaves
        rows = self.sudo().search(
            [
                ("company_id", "in", companies.ids),
                ("date_from", "<=", max(days.values(), default=False)),
                ("date_to", ">=", min(days.values(), default=False)),
            ],
            order="id",
        )
        for row in rows:
            if row.date_from <= days[row.company_id.id] <= row.date_to:
                found[row.company_id.id][row.user_id.id].append(row.delegate_id.id)
        return found
