"""The signed link to a sign-off page, which expires and can be revoked; and its mail.

The stored copy of the mail contains no token: only the mail server gets it, see
``mail_mail_links``. So no colleague can answer in the customer's name.
"""

from datetime import timedelta

from odoo import api, models
from odoo.tools import consteq, format_date
from odoo.tools.misc import hash_sign, verify_hash_signed

from ..exceptions import BillingError

#: What the signature of a link is made for; a token made for anything else fails.
TOKEN_SCOPE = "project_invoice_tracker/sign_off"
#: Days that a link can be opened.
TOKEN_DAYS = 90
MAIL = "project_invoice_tracker.mail_sign_off"


class ProjectMilestone(models.Model):
    """Access by link: its holder sees an open or answered request for acceptance."""

    _inherit = "project.milestone"

    def _billing_sign_off_token(self, partner, address=""):
        """Return the token of a contact's link, which expires or is revoked.

        :param str address: the e-mail address that it is sent to
        """
        self.ensure_one()
        # sudo: the secret of the database and the nonce, which nobody reads
        milestone_sudo = self.sudo()
        return hash_sign(
            milestone_sudo.env,
            TOKEN_SCOPE,
            [self.id, partner.id, milestone_sudo.billing_ask_nonce, address],
            expiration=timedelta(days=TOKEN_DAYS),
        )

    @api.model
    def _billing_find_by_token(self, milestone_id, token):
        """Return ``(milestone, partner)`` of a link (elevated), or empty records.

        :param str token: as it came from outside, whatever it is
        """
        nothing = self.browse(), self.env["res.partner"]
        # sudo: the signature stands for the right; nonce and secret are the system's
        model_sudo = self.sudo()
        signed = self._billing_read_token(token)
        if not signed or signed[0] != milestone_id:
            return nothing
        milestone_sudo = model_sudo.browse(milestone_id).exists()
        nonce = milestone_sudo.billing_ask_nonce
        partner_sudo = model_sudo.env["res.partner"].browse(signed[1]).exists()
        if not nonce or not partner_sudo or not consteq(nonce, signed[2] or ""):
            return nothing
        # whoever is no customer of the project any more has nothing to answer
        project = milestone_sudo.project_id
        role = project._billing_portal_role(partner_sudo.commercial_partner_id)
        if not project.active or role == "former":
            return nothing
        return milestone_sudo, partner_sudo

    @api.model
    def _billing_read_token(self, token):
        """Return the content of a token that was signed here, otherwise nothing.

        :param str token: as it came from outside, whatever it is
        """
        if not isinstance(token, str) or not token:
            return None
        try:
            # sudo: the secret of the database
            return verify_hash_signed(self.sudo().env, TOKEN_SCOPE, token) or None
        except ValueError:
            return None

    @api.model
    def _billing_link_address(self, token):
        """Return the e-mail address that a link was sent to; empty without a link."""
        signed = self._billing_read_token(token) or []
        # links of earlier versions do not say it
        return signed[3] if len(signed) > 3 else ""

    def _billing_sign_off_url(self):
        """Return the address of the page, for users with a login."""
        self.ensure_one()
        return f"{self.get_base_url()}/my/billing/milestone/{self.id}"


class ProjectBillingOutbox(models.Model):
    """Rows of the kind ``sign_off``: the mail with the link."""

    _inherit = "project.billing.outbox"

    def _deliver_sign_off(self):
        """Send one contact the link, if the customer is still asked."""
        milestone = (
            self.env["project.milestone"].browse(self.payload["milestone_id"]).exists()
        )
        number = self.payload["number"]
        if not milestone or milestone._billing_open_ask() != number:
            self.error = self.env._("The client is not asked any more.")
            return None
        partner = self.env["res.partner"].browse(self.payload["partner_id"]).exists()
        partner = partner.filtered_domain(milestone._billing_signers_domain())
        if not partner:
            raise BillingError(
                self.env._(
                    "The contact does not belong to the customer of “%s” any more, or "
                    "has no e-mail address.",
                    milestone.name,
                )
            )
        milestone._billing_set_deadline()
        milestone = milestone.with_context(lang=partner.lang)
        return milestone.message_notify(
            partner_ids=partner.ids,
            author_id=self.owner_id.partner_id.id,
            subject=milestone.env._(
                "%(company)s: please sign off “%(milestone)s”",
                company=self.company_id.name,
                milestone=milestone.name,
            ),
            body=milestone.env["ir.qweb"]._render(
                MAIL, self._sign_off_values(milestone, partner)
            ),
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _sign_off_values(self, milestone, partner):
        """Return the values of the mail, as plain texts in the customer's language."""
        deadline = milestone.billing_deemed_date
        return {
            "client": partner.name,
            "manager": self.owner_id.name,
            "milestone": milestone.name,
            "project": milestone.project_id.name,
            "note": self.payload.get("note") or "",
            "deadline": deadline and format_date(milestone.env, deadline),
            "url": milestone._billing_sign_off_url(),
        }

    def _private_links_sign_off(self, partner, address):
        """Return the link of the contact who is asked, as long as it is open."""
        milestone = (
            self.env["project.milestone"].browse(self.payload["milestone_id"]).exists()
        )
        if (
            not milestone
            or partner.id != self.payload["partner_id"]
            or milestone._billing_open_ask() != self.payload["number"]
        ):
            return {}
        token = milestone._billing_sign_off_token(partner, address)
        return {milestone._billing_sign_off_url(): token}
