"""Deciding on requests: who may approve, why others may not, and what follows."""

from odoo import models
from odoo.exceptions import AccessError

from ..billing.transitions import target
from ..const import APPROVER_GROUP
from ..exceptions import BillingError


class ProjectBillingRequest(models.Model):
    """Approve level by level, each person once, on unchanged content."""

    _inherit = "project.billing.request"

    def _get_cannot_approve_reasons(self, deciders=None, barred=None):
        """Return why the user may not approve this request: ``{cause: sentence}``.

        An empty dict means the user may. Others add causes by extending it.

        :param deciders: who may, if the caller asked :meth:`_deciders` for many
        :param barred: who may not, in the same way of :meth:`_barred_ids`
        """
        self.ensure_one()
        user, reasons = self.env.user, {}
        if deciders is None:
            deciders = self._deciders()[self]
        if not user.has_group(self._deciding_group()):
            reasons["group"] = self._not_in_group_sentence()
        if self.state != "submitted":
            reasons["state"] = self._wrong_state_message("approve")
        if user.id not in deciders:
            cause = self._barred_cause(barred)
            reasons.setdefault(cause, self._barred_sentence(cause))
        return reasons

    def _barred_cause(self, barred=None):
        """Return why the user is not among those who may decide now."""
        # sudo: a switch of the company
        if not self.company_id.sudo().billing_allow_self_approval:
            if barred is None:
                barred = self._barred_ids()[self.id]
            cause = barred.get(self.env.uid)
            if cause:
                return cause
        users = self.env["res.users"]
        decided = users._billing_logins(self._deciding_users().ids)
        return "twice" if self.env.uid in decided else "level"

    def _barred_sentence(self, cause):
        """Return a cause for which the user may not approve, in words."""
        if cause == "level":
            return self.env._(
                "“%(level)s” is decided by %(names)s.",
                level=self._current_step().name or self.name,
                names=self.waiting_for or self.env._("nobody"),
            )
        return {
            "self": self.env._("You cannot approve your own request."),
            "editor": self.env._("You edited this request, so somebody else approves."),
            "price": self.env._(
                "You changed a price that this request uses, so somebody else approves."
            ),
            "twice": self.env._(
                "You approved this request already; another person decides next."
            ),
        }[cause]

    def _check_can_approve(self):
        """Raise the first reason why the user may not approve one of the requests."""
        self._check_not_empty()
        self.check_access("read")
        self._lock()
        deciders = self._deciders()
        for request in self:
            reasons = request._get_cannot_approve_reasons(deciders[request])
            for cause, reason in reasons.items():
                error = BillingError if cause == "state" else AccessError
                raise error(f"{request.name}: {reason}")

    def _check_approver(self):
        """Refuse everybody who is not an approver (for rejecting)."""
        self.check_access("read")
        if self.env.user.has_group(APPROVER_GROUP):
            return
        for request in self:
            if not self.env.user.has_group(request._deciding_group()):
                raise AccessError(request._not_in_group_sentence())

    def _is_rejectable(self):
        """Tell whether the user may reject this request as it is now."""
        return bool(target("reject", self.state)) and (
            self.env.user.has_group(APPROVER_GROUP)
            or self.env.user.has_group(self._deciding_group())
        )

    def _deciding_group(self):
        """Return the right that a decision on this request needs now."""
        # the last that was asked, of what is approved already
        return (self._current_step() or self._steps()[-1:])._deciding_group()

    def _not_in_group_sentence(self):
        """Return which right is missing to decide, in words."""
        if self._deciding_group() == APPROVER_GROUP:
            return self.env._("You are not a billing approver.")
        return self.env._("Accounting approves the requests of this company.")

    def _do_approve(self, contents):
        """Log the approval of the current level, and ask the next one.

        :param dict contents: of :meth:`_contents`, on which it is given
        """
        if not self:
            return
        values = self._prepare_decisions()
        self._steps().approval_ids.mapped("valid")  # read together
        last = self.filtered(lambda request: request._is_last_approval())
        (self - last)._move(
            "approve_step", valid=True, contents=contents, values=values
        )
        last._move("approve", valid=True, contents=contents, values=values)
        self._close_activities()
        self._ask_next(contents)
        self._invoice_if_automatic(contents)

    def _prepare_decisions(self):
        """Return the values of the log rows of an approval by the user, by request."""
        barred = self._barred_ids()
        found = {}
        for request, deciders in self._deciders().items():
            authority = deciders[self.env.uid]
            found[request.id] = {
                "step_id": request._current_step().id,
                "for_user_id": authority != self.env.uid and authority,
                # possible only where the company allows it
                "self_approved": bool(
                    {self.env.uid, authority} & barred[request.id].keys()
                ),
            }
        return found

    def _is_last_approval(self):
        """Tell whether one more approval fills the last step."""
        open_steps = self._steps().filtered(lambda step: step.state != "done")
        return len(open_steps) == 1 and (
            len(open_steps._given().user_id) + 1 >= open_steps.required
        )
