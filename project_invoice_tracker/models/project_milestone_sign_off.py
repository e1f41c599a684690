"""Acceptance recorded by the manager: it may make a milestone ready to bill."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import BILLING_GROUPS, CONTRACT_KINDS, PRICE_GROUPS
from ..engine import is_engine
from ..exceptions import BillingError, SourceClosed

#: Written by the methods below only.
SIGN_OFF_FIELDS = {
    "billing_signed_off",
    "billing_signed_date",
    "billing_signed_by",
    "billing_sign_off_state",
    "billing_accepted_parts",
    "billing_ask_number",
    "billing_ask_nonce",
    "billing_asked_by_id",
    "billing_ask_date",
    "billing_deemed_date",
}


class ProjectMilestone(models.Model):
    """Record and revoke the customer's acceptance of a reached milestone."""

    _inherit = "project.milestone"

    billing_signed_off = fields.Boolean(
        string="Signed Off",
        readonly=True,
        copy=False,
        tracking=True,
        groups=BILLING_GROUPS,
        help="The client has accepted what was delivered.",
    )
    billing_signed_date = fields.Date(
        string="Signed Off On",
        readonly=True,
        copy=False,
        tracking=True,
        groups=BILLING_GROUPS,
    )
    billing_signed_by = fields.Char(
        string="Signed Off in the Name Of",
        readonly=True,
        copy=False,
        tracking=True,
        groups=PRICE_GROUPS,
        help="Who has accepted it at the client.",
    )
    billing_can_sign_off = fields.Boolean(
        compute="_compute_billing_can_sign_off", groups=BILLING_GROUPS
    )

    # === COMPUTE ===

    @api.depends_context("uid")
    @api.depends(
        "project_id.user_id",
        "project_id.billing_deputy_ids",
        "project_id.billing_rule_ids.kind",
    )
    def _compute_billing_can_sign_off(self):
        for milestone in self:
            # sudo: only whether there is a rule that bills milestones
            kinds = milestone.sudo().project_id.billing_rule_ids.mapped("kind")
            milestone.billing_can_sign_off = (
                bool(set(kinds) & set(CONTRACT_KINDS))
                and milestone.project_id._billing_is_manager()
            )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        milestones = super().create(vals_list)
        # sudo: the records are looked at, not the values: defaults end here as well
        signed = milestones.sudo().filtered(
            lambda milestone: any(milestone[name] for name in SIGN_OFF_FIELDS)
        )
        if signed and not is_engine(self.env):
            self._billing_refuse_sign_off()
        return milestones

    def write(self, vals):
        if vals.keys() & SIGN_OFF_FIELDS and not is_engine(self.env):
            self._billing_refuse_sign_off()
        if "is_reached" in vals and not vals["is_reached"]:
            self._billing_check_not_signed()
            self._billing_stop_deadline()
        return super().write(vals)

    # === ACTIONS ===

    def action_billing_sign_off(self, name=None, date=None):
        """Record that the customer has accepted these milestones.

        :param str name: who has accepted at the customer; required
        :param date: the day of the acceptance, today by default
        :returns: True, or the window that asks for the name
        :raises AccessError: when the user does not manage the project
        :raises BillingError: when a milestone is not reached, or signed off already
        """
        self._billing_check_sign_off_right()
        if name is None:
            return self._billing_ask_sign_off("sign_off", self.env._("Sign Off"))
        if not isinstance(name, str) or not name.strip():
            raise BillingError(
                self.env._("Say who has accepted the milestone at the client.")
            )
        texts = self.env["project.billing.input"]
        texts._check_text(name, self._fields["billing_signed_by"].string)
        day = self._billing_sign_off_day(date, self[:1]._billing_company())
        self._billing_check_signable()
        for milestone in self:
            milestone._billing_lock()
            milestone._billing_log_decision(
                "accepted",
                100.0 - milestone.billing_accepted_percent,
                name=name.strip(),
                day=day,
                ask_number=milestone._billing_open_ask(),
            )
        self._billing_write_sign_off(True, day, name.strip(), "accepted")
        return True

    def action_billing_revoke_sign_off(self, reason=None):
        """Take the acceptance back.

        :param str reason: why; required
        :returns: True, or the window that asks for the reason
        :raises AccessError: when the user does not manage the project
        :raises SourceClosed: when a request or an invoice holds a milestone
        """
        self._billing_check_sign_off_right()
        if reason is None:
            return self._billing_ask_sign_off("revoke", self.env._("Revoke Sign-Off"))
        self.env["project.billing.request"]._check_reason(reason)
        for milestone in self:
            if not milestone.billing_accepted_percent:
                raise BillingError(
                    self.env._("“%s” is not signed off.", milestone.name)
                )
        item = self.env["project.billing.item"]
        self._billing_refuse_closed(item._closed_by("milestone_id", self.ids))
        for milestone in self:
            milestone._billing_log_decision(
                "revoked", name=self.env.user.name, reason=reason.strip()
            )
        self._billing_write_sign_off(False, False, False, False)
        self._billing_write_engine({"billing_accepted_parts": False})
        for milestone in self:
            # sudo: a note of what was just done, also without the right to write
            milestone.sudo()._message_log(
                body=self.env._("Sign-off revoked: %s", reason),
                author_id=self.env.user.partner_id.id,
            )
        return True

    # === STEPS ===

    def _billing_check_sign_off_right(self):
        """Refuse anybody but the manager of the project."""
        if not self:
            raise BillingError(self.env._("Choose at least one milestone."))
        self.check_access("read")
        self.project_id._billing_check_manager()

    def _billing_check_signable(self):
        """Refuse milestones that are not reached, or accepted already."""
        for milestone in self:
            if not milestone.is_reached:
                raise BillingError(
                    self.env._(
                        "“%s” is not reached yet. Mark it as reached before it is "
                        "signed off.",
                        milestone.name,
                    )
                )
            if milestone.billing_signed_off:
                raise BillingError(
                    self.env._(
                        "“%(milestone)s” is signed off by %(name)s since %(day)s.",
                        milestone=milestone.name,
                        # sudo: of a milestone that the user may sign off
                        name=milestone.sudo().billing_signed_by,
                        day=milestone.billing_signed_date,
                    )
                )

    @api.model
    def _billing_sign_off_day(self, date, company=None):
        """Return the day of an acceptance, or raise what is wrong with it."""
        today = (company or self.env.company)._billing_today()
        try:
            day = fields.Date.to_date(date) or today
        except (ValueError, TypeError):
            day = None
        if not day or day > today:
            raise BillingError(
                self.env._("The day of the sign-off is a date up to today.")
            )
        return day

    def _billing_write_sign_off(self, signed, day, name, state):
        """Write or clear a full acceptance; the caller checked the rights."""
        self._billing_write_engine(
            {
                "billing_signed_off": signed,
                "billing_signed_date": day,
                "billing_signed_by": name,
                "billing_sign_off_state": state,
                "billing_deemed_date": False,
            }
        )

    def _billing_refuse_sign_off(self):
        raise AccessError(
            self.env._(
                "A milestone is signed off by its button, and not by writing the field."
            )
        )

    def _billing_check_not_signed(self):
        """Refuse to mark an accepted milestone as not reached."""
        # sudo: the fields are hidden from who may only write the milestone
        for milestone in self.sudo().filtered("billing_accepted_percent"):
            raise SourceClosed(
                self.env._(
                    "“%(milestone)s” was signed off by %(name)s. Revoke the sign-off "
                    "before.",
                    milestone=milestone.name,
                    name=milestone.billing_signed_by
                    or milestone.billing_acceptance_ids[:1].name,
                )
            )

    def _billing_ask_sign_off(self, step, title):
        """Return the window that asks who has accepted, or why it is revoked."""
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "project.billing.sign.off",
            "view_mode": "form",
            "target": "new",
            "context": {"default_milestone_ids": self.ids, "default_step": step},
        }
