"""Who decides on requests: nobody, accounting or approvers, as the company chose.

A request that nobody could decide on is not submitted.
"""

from odoo import models

from ..billing import levels
from ..const import ACCOUNTING_GROUP, APPROVER_GROUP, BILLING_MANAGER
from ..exceptions import NobodyDecides

SYSTEM = "base.group_system"
USERS = "base.group_erp_manager"


class ProjectBillingRequest(models.Model):
    """Steps and approvals by the company's choice; refuse what nobody can decide."""

    _inherit = "project.billing.request"

    # === NOBODY ===

    def _approve_by_rule(self, contents):
        """Approve requests of companies that require no approval.

        :returns: the requests that are approved
        """
        ruled = self.filtered(
            lambda request: request.company_id._billing_approval_way() == "none"
        )
        if ruled:
            ruled._move("approve_rule", valid=True, contents=contents)
        return ruled

    def _is_by_rule(self):
        """Tell whether this request required no approval."""
        self.ensure_one()
        return self._last_approval().decision == "approve_rule"

    # === ACCOUNTING ===

    def _prepare_steps(self, every):
        """Override: one step for accounting, where the company chose so."""
        if self.company_id._billing_approval_way() != "accounting":
            return super()._prepare_steps(every)
        return [
            {
                "request_id": self.id,
                "name": self.env._("Accounting"),
                "by_accounting": True,
                "required": 1,
                "user_ids": self.company_id._billing_people(ACCOUNTING_GROUP).ids,
            }
        ]

    # === SOMEBODY DECIDES ===

    def _check_somebody_decides(self):
        """Refuse to submit drafts that nobody could decide on.

        :raises NobodyDecides: with the place to mend it, or who may
        """
        # sudo: levels, and the people who decide
        waiting = self.sudo().filtered(
            lambda request: request.company_id._billing_approval_way() != "none"
        )
        waiting -= waiting._within_own_limit()
        if not waiting:
            return
        delegates = self.env["project.billing.delegation"]._today(waiting.company_id)
        barred = waiting._barred_ids(self.env.user)
        every = {company: self._levels(company) for company in waiting.company_id}
        for request in waiting:
            company = request.company_id
            steps = request._prepare_steps(every[company])
            out = set(barred[request.id])
            if company.billing_allow_self_approval:
                out = set()
            asked = [
                (
                    step["required"],
                    request._step_deciders(step, delegates[company.id], out),
                )
                for step in steps
            ]
            position = levels.unfilled(asked)
            if position is not None:
                request.with_env(self.env)._refuse_undecidable(steps[position])

    def _within_own_limit(self):
        """Return the requests within the user's own approval limit (elevated)."""
        limits = self.env["project.billing.limit"]._of(self.env.user, self.company_id)
        found = self.browse()
        for limit in limits:
            mine = self.filtered(
                lambda r, limit=limit: r.company_id == limit.company_id
            )
            found |= mine.browse(
                limit._within({r.id: r._amount_in_company() for r in mine.sorted("id")})
            )
        return found

    def _step_deciders(self, step, delegates, out):
        """Return who may decide on a step, and in whose place (elevated).

        :param dict step: values of the step
        :param delegates: who stands in for whom today
        :param out: users who may not decide
        """
        group = ACCOUNTING_GROUP if step.get("by_accounting") else APPROVER_GROUP
        users = self.env["res.users"].browse(step["user_ids"])
        people = levels.deciders(self._able(users, group).ids, delegates, out)
        able = self._able(users.browse(people), group)
        return {user.id: people[user.id] for user in able}

    def _refuse_undecidable(self, step):
        """Raise that nobody can decide, with where to correct it or who may.

        :param dict step: values of the step that nobody fills
        :raises NobodyDecides: always
        """
        named = bool(step["user_ids"])
        reason = (
            self.env._(
                "Nobody can decide on %(request)s (%(level)s): whoever might asked for "
                "it, edited it, changed a price in it or decides on another level.",
                request=self.name,
                level=step["name"],
            )
            if named
            else self.env._(
                "Nobody can decide on %(request)s (%(level)s): nobody in %(company)s "
                "has the right to.",
                request=self.name,
                level=step["name"],
                company=self.company_id.name,
            )
        )
        place = self._mending_place(step)
        if place:
            action, button = place
            raise NobodyDecides(reason, self.env.ref(action).id, button)
        raise NobodyDecides(
            self.env._(
                "%(reason)s Ask %(names)s.",
                reason=reason,
                names=self._menders(step),
            )
        )

    def _mending_place(self, step):
        """Return ``(action, name of its button)`` of where the user may correct it."""
        user, addon = self.env.user, "project_invoice_tracker"
        if step.get("level_id") and user.has_group(BILLING_MANAGER):
            return f"{addon}.project_billing_level_action", self.env._("Levels")
        if user.has_group(SYSTEM):
            return f"{addon}.res_config_settings_action", self.env._("Settings")
        if (
            user.has_group(BILLING_MANAGER)
            and not self.company_id._billing_approval_chosen()
        ):
            return f"{addon}.project_billing_cockpit_action", self.env._("Cockpit")
        if user.has_group(USERS):
            return "base.action_res_users", self.env._("Users")
        return None

    def _menders(self, step):
        """Return the names of some who may correct it, here or in another company."""
        company = self.company_id
        group = BILLING_MANAGER if step.get("level_id") else SYSTEM
        people = (
            company._billing_people(group)
            or company._billing_people(SYSTEM)
            or company.browse()._billing_people(SYSTEM)
        )
        return ", ".join(people[:3].mapped("name")) or self.env._("an administrator")
