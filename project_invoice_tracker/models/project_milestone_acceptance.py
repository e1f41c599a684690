"""Acceptance of milestones: how far it is, and how much of each is accepted."""

from odoo import api, fields, models

from ..billing.allocation import instalments
from ..billing.rounding import exact
from ..const import (
    APPROVER_GROUP,
    BILLING_GROUPS,
    CONTRACT_KINDS,
    PROJECT_GROUPS,
    SHARE_DIGITS,
)
from ..const_client import SIGN_OFF_STATES
from ..engine import engine_context

#: States in which the customer is asked and may decide.
OPEN_STATES = ("asked", "questioned")


class ProjectMilestone(models.Model):
    """The customer's decision on a milestone, and its effect on billing."""

    _inherit = "project.milestone"

    billing_sign_off_state = fields.Selection(
        SIGN_OFF_STATES,
        string="Sign-Off",
        readonly=True,
        copy=False,
        tracking=True,
        groups=BILLING_GROUPS,
        help="Asked: the client has a link and may decide. Each request for sign-off "
        "gets one decision; after a refusal or a part, ask again.",
    )
    billing_accepted_parts = fields.Json(
        readonly=True,
        copy=False,
        groups=BILLING_GROUPS,
        export_string_translation=False,
        help="What was accepted one after the other, if not at once: percent and day.",
    )
    billing_accepted_percent = fields.Float(
        string="Accepted (%)",
        digits=SHARE_DIGITS,
        compute="_compute_billing_accepted_percent",
        groups=BILLING_GROUPS,
    )
    billing_acceptance_ids = fields.One2many(
        "project.billing.acceptance",
        "milestone_id",
        string="Answers of the Client",
        readonly=True,
        groups=f"{PROJECT_GROUPS},{APPROVER_GROUP}",
    )

    # === COMPUTE ===

    @api.depends("billing_accepted_parts", "billing_signed_off")
    def _compute_billing_accepted_percent(self):
        for milestone in self:
            milestone.billing_accepted_percent = (
                100.0
                if milestone.billing_signed_off
                else sum(percent for percent, _day in milestone._billing_parts())
            )

    # === BUSINESS ===

    def _billing_parts(self):
        """Return ``[(percent, day)]`` of the parts that were accepted."""
        self.ensure_one()
        return [
            (percent, fields.Date.to_date(day))
            for percent, day in self.billing_accepted_parts or []
        ]

    def _billing_shares(self):
        """Return ``[(percent, day)]``: the parts in which this is billed.

        One part of 100 %, as long as nothing was accepted in part; without a day, as
        long as it is not accepted.
        """
        self.ensure_one()
        shares = [(exact(percent), day) for percent, day in self._billing_parts()]
        rest = 100 - sum(percent for percent, _day in shares)
        if rest > 0:
            day = self.billing_signed_off and self.billing_signed_date
            shares.append((rest, day or None))
        return shares

    @api.model
    def _billing_share_amounts(self, price, shares, step):
        """Return the amount of each share; the last takes the remainder.

        :param Decimal price: of the whole milestone
        :param list shares: as :meth:`_billing_shares` returns them
        :param Decimal step: the smallest amount of the currency
        """
        return instalments(price, [percent for percent, _day in shares], step)

    def _billing_sign_off_rule(self):
        """Return the rule by which this milestone is billed, or none (elevated)."""
        self.ensure_one()
        # sudo: whoever decides on a milestone need not see the rules
        rules_sudo = self.sudo().project_id.billing_rule_ids
        return rules_sudo.filtered(lambda rule: rule.kind in CONTRACT_KINDS)[:1]

    def _billing_open_item(self):
        """Return the item that the next acceptance makes ready, if there is one.

        None when the milestone has no price, is ready without any acceptance, or is
        held by a request or an invoice: it is then accepted as a whole.
        """
        self.ensure_one()
        rule = self._billing_sign_off_rule()
        # sudo: the item of a milestone that was checked
        items_sudo = self.sudo().billing_item_ids.sorted("part")
        item = items_sudo[-1:]
        if rule.kind != "milestone" or rule.milestone_ready != "signed":
            return items_sudo.browse()
        if item.ready or not item.amount or item.quantity_open != item.quantity:
            return items_sudo.browse()
        return item

    def _billing_log_decision(self, decision, percent=0.0, **values):
        """Write one row of the log (engine only; the caller has checked).

        :param str decision: see ``const.ACCEPTANCE_DECISIONS``
        :param percent: of the milestone's amount, accepted now
        :param values: further columns of ``project.billing.acceptance``
        """
        self.ensure_one()
        # sudo: the price at which it was accepted, kept in the log
        milestone_sudo = self.sudo()
        project = milestone_sudo.project_id
        rule = milestone_sudo._billing_sign_off_rule()
        currency = rule.currency_id or project.billing_currency_id
        price = sum(milestone_sudo.billing_item_ids.mapped("amount"))
        company = milestone_sudo._billing_company()
        return (
            self.env["project.billing.acceptance"]
            ._engine()
            .create(
                {
                    "milestone_id": self.id,
                    "project_id": project.id,
                    "company_id": company.id,
                    "day": company._billing_today(),
                    "currency_id": currency.id,
                    "decision": decision,
                    "percent": percent,
                    "amount": currency.round(price * percent / 100),
                    **values,
                }
            )
        )

    def _billing_company(self):
        """Return the company that bills this milestone."""
        self.ensure_one()
        # sudo: the company of a milestone that was checked
        project_sudo = self.sudo().project_id
        return (
            self._billing_sign_off_rule().company_id
            or project_sudo.company_id
            or self.env.company
        )

    def _billing_write_engine(self, vals):
        """Write engine-only fields; the caller checked the rights."""
        # sudo: the engine writes what nobody may write
        self.sudo().with_context(**engine_context()).write(vals)
