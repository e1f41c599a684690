"""Ask the customer to accept a milestone, by a link that expires and is revocable."""

import secrets

from odoo import fields, models

from ..const import BILLING_GROUPS
from ..exceptions import BillingError
from .project_milestone_acceptance import OPEN_STATES


class ProjectMilestone(models.Model):
    """Requests for acceptance: one open at a time, each with one decision."""

    _inherit = "project.milestone"

    billing_ask_number = fields.Integer(
        string="Requests for Sign-Off", readonly=True, copy=False, groups=BILLING_GROUPS
    )
    billing_ask_date = fields.Datetime(
        string="Sign-Off Asked On", readonly=True, copy=False, groups=BILLING_GROUPS
    )
    billing_asked_by_id = fields.Many2one(
        "res.users",
        string="Sign-Off Asked By",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups=BILLING_GROUPS,
    )
    billing_deemed_date = fields.Date(
        string="Counts as Accepted After",
        readonly=True,
        copy=False,
        groups=BILLING_GROUPS,
        help="Last day on which the client may answer, as the mail says.",
    )
    # a link holds as long as this is the same; nobody but the system reads it
    billing_ask_nonce = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        export_string_translation=False,
    )

    # === ACTIONS ===

    def action_billing_ask_sign_off(self, partner_ids=None, note=None):
        """Ask the customer to sign these milestones off, by mail and on the portal.

        Without ``partner_ids`` it opens the window that asks whom. A link that was sent
        before ends. The mail goes out after the commit.

        :param list partner_ids: ids of contacts of the customer, with e-mail addresses;
            an empty list asks on the portal only
        :param str note: a few words for the customer, plain text
        :returns: True, or the window that asks
        :raises AccessError: when the user does not manage the project
        :raises BillingError: when a milestone is not reached, or signed off already, or
            a contact is not one of the customer's or has no e-mail address
        """
        self._billing_check_sign_off_right()
        for milestone in self:
            milestone._billing_check_may_ask()
        if partner_ids is None:
            return self._billing_open_asking()
        if note is not None and not isinstance(note, str):
            raise BillingError(self.env._("The message to the client is a text."))
        texts = self.env["project.billing.input"]
        texts._check_text(note, self.env._("The message to the client"))
        contacts = {
            milestone: milestone._billing_check_signers(partner_ids)
            for milestone in self
        }
        rows = []
        for milestone, partners in contacts.items():
            milestone._billing_lock()
            milestone._billing_start_ask()
            rows += milestone._billing_ask_rows(partners, (note or "").strip())
        self.env["project.billing.outbox"]._queue(rows)
        return True

    def action_billing_withdraw_ask(self):
        """Withdraw the request for acceptance: the links end, nothing is deemed.

        :returns: True
        :raises AccessError: when the user does not manage the project
        :raises BillingError: when no sign-off of a milestone is asked for
        """
        self._billing_check_sign_off_right()
        for milestone in self:
            if not milestone._billing_open_ask():
                raise BillingError(
                    self.env._("The client is not asked about “%s”.", milestone.name)
                )
        parts = self.filtered("billing_accepted_percent")
        self._billing_write_engine(
            {
                "billing_ask_nonce": False,
                "billing_deemed_date": False,
                "billing_sign_off_state": False,
            }
        )
        parts._billing_write_engine({"billing_sign_off_state": "part"})
        return True

    # === STEPS ===

    def _billing_open_ask(self):
        """Return the number of the request that the customer may answer now, or 0."""
        self.ensure_one()
        # sudo: the state of a milestone that was checked
        milestone_sudo = self.sudo()
        if milestone_sudo.billing_sign_off_state not in OPEN_STATES:
            return 0
        return milestone_sudo.billing_ask_number

    def _billing_check_may_ask(self):
        """Refuse milestones that cannot be accepted now, with the remedy."""
        self.ensure_one()
        if not self._billing_sign_off_rule():
            raise BillingError(
                self.env._(
                    "%s has no billing rule for milestones or progress: nothing is "
                    "signed off there.",
                    self.project_id.name,
                )
            )
        if not self.is_reached:
            raise BillingError(
                self.env._(
                    "“%s” is not reached yet. Mark it as reached before you ask for "
                    "its sign-off.",
                    self.name,
                )
            )
        if self.billing_signed_off:
            raise BillingError(self.env._("“%s” is signed off already.", self.name))

    def _billing_open_asking(self):
        """Return the window that asks to whom the link goes."""
        if len(self.project_id) > 1:
            raise BillingError(
                self.env._(
                    "Ask for the milestones of one project at a time: each customer "
                    "has its own contacts."
                )
            )
        wizard = self.env["project.billing.ask.sign.off"].create(
            {
                "milestone_ids": self.ids,
                "partner_ids": self._billing_default_signers().ids,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for Sign-Off"),
            "res_model": "project.billing.ask.sign.off",
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _billing_signers_domain(self):
        """Return the domain of the contacts who may be asked."""
        # sudo: the customers of projects that were checked
        projects_sudo = self.project_id.sudo()
        customers = projects_sudo.partner_id | projects_sudo.billing_partner_id
        return [
            ("commercial_partner_id", "in", customers.commercial_partner_id.ids),
            ("email", "!=", False),
        ]

    def _billing_default_signers(self):
        """Return whom the window proposes: the customer of the project."""
        customer = self.project_id.partner_id or self.project_id.billing_partner_id
        return customer.filtered("email")[:1]

    def _billing_check_signers(self, partner_ids):
        """Return the contacts by their ids, each one checked as the user."""
        self.ensure_one()
        if not isinstance(partner_ids, list | tuple) or not all(
            type(partner_id) is int for partner_id in partner_ids
        ):
            raise BillingError(self.env._("Name the contacts by a list of their ids."))
        domain = [("id", "in", list(partner_ids)), *self._billing_signers_domain()]
        # by search: what the user may not read is as little there as what is not
        partners = self.env["res.partner"].search(domain)
        if len(partners) != len(set(partner_ids)):
            raise BillingError(
                self.env._(
                    "%s: only contacts of its customer are asked, and they need an "
                    "e-mail address.",
                    self.project_id.name,
                )
            )
        return partners

    def _billing_start_ask(self):
        """Open a new request for sign-off; links of earlier ones end."""
        self.ensure_one()
        # sudo: the counter of a milestone that was checked
        number = self.sudo().billing_ask_number + 1
        self._billing_write_engine(
            {
                "billing_ask_number": number,
                "billing_ask_date": fields.Datetime.now(),
                "billing_asked_by_id": self.env.uid,
                "billing_ask_nonce": secrets.token_urlsafe(32),
                "billing_deemed_date": False,
                "billing_sign_off_state": "asked",
            }
        )

    def _billing_ask_rows(self, partners, note):
        """Return the rows of the outbox that send the link to each contact."""
        self.ensure_one()
        # sudo: ids of a milestone that was checked
        milestone_sudo = self.sudo()
        number = milestone_sudo.billing_ask_number
        return [
            {
                "key": f"sign_off/{self.id}/{number}/{partner.id}",
                "kind": "sign_off",
                "company_id": milestone_sudo._billing_company(),
                "project_id": milestone_sudo.project_id,
                "owner_id": self.env.user,
                "payload": {
                    "milestone_id": self.id,
                    "partner_id": partner.id,
                    "number": number,
                    "note": note,
                },
            }
            for partner in partners
        ]
