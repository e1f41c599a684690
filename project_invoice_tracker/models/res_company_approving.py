"""Who approves in a company: chosen on first use, changed in the settings."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import APPROVAL_WAYS, BILLING_MANAGER, BILLING_USER
from ..exceptions import BillingError


class ResCompany(models.Model):
    """Approval by nobody, by accounting, or by approvers and levels."""

    _inherit = "res.company"

    billing_approval = fields.Selection(
        APPROVAL_WAYS,
        string="Who Approves",
        help="Who decides on billing requests. Until this is chosen, nobody does where "
        "one person bills, else accounting. A branch without a choice has that of the "
        "company above.",
    )

    billing_accounting_lines = fields.Boolean(
        string="Accounting May Add Lines",
        help="Invoices of requests may have lines of accounting's own. What they come "
        "to is told to who asked and who approved, and kept in the journal. Otherwise "
        "exactly what was approved is posted.",
    )

    @api.model
    def _billing_switches(self):
        switches = super()._billing_switches()
        return [*switches, "billing_approval", "billing_accounting_lines"]

    def _billing_approval_chosen(self):
        """Return the choice of this company or of a parent company, else nothing."""
        self.ensure_one()
        # sudo: a switch of companies above, which a user of a branch need not see
        company = self.sudo()
        while company and not company.billing_approval:
            company = company.parent_id
        return company.billing_approval or False

    def _billing_approval_way(self):
        """Return who approves in this company: ``none``, ``accounting``, ``levels``.

        Without a choice, nobody where there is one billing user, else accounting.
        """
        self.ensure_one()
        return self._billing_approval_chosen() or (
            "none" if len(self._billing_people(BILLING_USER)) == 1 else "accounting"
        )

    @api.model
    def _billing_people(self, group):
        """Return who holds a right in this company (elevated).

        :param str group: name of the group; of all companies on an empty set
        """
        # sudo: the members of a group, who are counted or named
        members = self.env.ref(group).sudo().all_user_ids
        return members.filtered(
            lambda user: (
                user.active
                and not user.share
                and (not self or self in user.company_ids)
            )
        ).sorted("id")

    def action_billing_choose_approval(self, way):
        """Choose who approves in companies where nobody chose yet.

        :param str way: ``none``, ``accounting`` or ``levels``
        :returns: True
        :raises AccessError: for whoever does not configure billing, or a company that
            the user does not work in at present
        :raises BillingError: when it was chosen already, with where to change it
        """
        if not self:
            raise BillingError(self.env._("Choose a company."))
        if not self.env.user.has_group(BILLING_MANAGER):
            raise AccessError(
                self.env._("Whoever configures billing chooses who approves.")
            )
        if self - self.env.companies:
            raise AccessError(self.env._("Switch to that company first."))
        if not isinstance(way, str) or way not in dict(APPROVAL_WAYS):
            raise BillingError(self.env._("There is no such way to approve."))
        for company in self:
            if company._billing_approval_chosen():
                raise BillingError(
                    self.env._(
                        "Who approves in %s was chosen already. An administrator "
                        "changes it in the settings.",
                        company.name,
                    )
                )
        # sudo: the first choice is made by whoever configures billing
        self.sudo().billing_approval = way
        return True


class ResConfigSettings(models.TransientModel):
    """Who approves, on the settings page."""

    _inherit = "res.config.settings"

    billing_approval = fields.Selection(
        related="company_id.billing_approval", readonly=False
    )
    billing_accounting_lines = fields.Boolean(
        related="company_id.billing_accounting_lines", readonly=False
    )
