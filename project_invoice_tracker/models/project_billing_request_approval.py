"""Approval: submit, approve, reject, withdraw, cancel."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_amount

from ..engine import QUIET
from ..exceptions import BillingError

ACTIVITY = "project_invoice_tracker.mail_activity_type_approve"


class ProjectBillingRequest(models.Model):
    """Approve requests level by level, by people who neither asked nor edited."""

    _inherit = "project.billing.request"

    can_manage = fields.Boolean(compute="_compute_rights")
    can_approve = fields.Boolean(compute="_compute_rights")
    can_reject = fields.Boolean(compute="_compute_rights")
    cannot_approve_reason = fields.Char(compute="_compute_rights")
    waiting_for = fields.Char(
        compute="_compute_waiting_for", help="Who may approve the request."
    )

    # === COMPUTE ===

    @api.depends_context("uid")
    @api.depends(
        "state",
        "user_id",
        "last_editor_id",
        "project_id.user_id",
        "project_id.billing_deputy_ids",
    )
    def _compute_rights(self):
        deciders, barred = self._deciders(), self._barred_ids()
        for request in self:
            reasons = request._get_cannot_approve_reasons(
                deciders[request], barred.get(request.id, {})
            )
            request.can_manage = request._is_manager()
            request.can_approve = not reasons
            request.can_reject = request._is_rejectable()
            request.cannot_approve_reason = next(iter(reasons.values()), False)

    @api.depends("state", "user_id", "last_editor_id", "company_id", "step_ids.state")
    def _compute_waiting_for(self):
        deciders = self._deciders()
        for request in self:
            if request.state != "submitted":
                request.waiting_for = False
                continue
            # sudo: names only
            users = self.env["res.users"].sudo().browse(deciders[request])
            request.waiting_for = (
                ", ".join(users.mapped("name")) or request._no_approver_message()
            )

    # === ACTIONS ===

    def action_submit(self):
        """Freeze drafts and ask the approvers.

        :returns: True
        :raises AccessError: when the user does not manage the project now
        :raises BillingError: when a request is not a draft, is empty, its total is
            zero or negative, or nobody could decide on it
        """
        self._check_manager()
        self._check_can_submit()
        self._check_somebody_decides()
        contents = self._bring_up_to_date()
        # whoever submits is who asks, also after a change of the manager
        others = self.filtered(lambda request: request.user_id != self.env.user)
        others._engine().write({"user_id": self.env.user.id})
        self._move("submit", contents=contents)
        ruled = self._approve_by_rule(contents)
        own = (self - ruled)._approve_own(contents)
        (self - ruled - own)._set_up_steps(contents)
        self._invoice_if_automatic(contents)
        return True

    def action_approve(self):
        """Approve the content as it was submitted, for the current level.

        A request that differs from what was submitted becomes a draft again instead;
        its manager and all who approved it are told.

        :returns: True, or a notification that names the requests that changed
        :raises AccessError: when the user may not approve a request, with the reason
        :raises BillingError: when a request is not waiting for approval
        """
        self._check_can_approve()
        contents = self._contents()
        changed = self._verify_content(contents=contents)
        (self - changed)._do_approve(contents)
        return changed._voided_notice() if changed else True

    def action_reject(self, reason=None):
        """Send requests back to their manager.

        :param str reason: what to change; required
        :returns: True, or the window that asks for the reason
        :raises BillingError: when the reason is missing
        """
        self._check_not_empty()
        if reason is None:
            return self._ask_reason("reject", self.env._("Reject"))
        self._check_approver()
        self._check_reason(reason)
        turns = self._deciders()
        self._move(
            "reject",
            reason,
            values={
                # in one's turn, the levels before keep what they approved
                request.id: {"step_id": request._current_step().id}
                for request in self
                if self.env.uid in turns[request]
            },
        )
        self._close_activities()
        self._tell_manager(self.env._("Rejected: %s", reason))
        return True

    def action_withdraw(self):
        """Take submitted or approved requests back to draft.

        :returns: True
        """
        self._check_manager()
        self._move("withdraw")
        self._close_activities()
        return True

    def action_cancel(self):
        """Cancel requests that are not invoiced; all their work is open again.

        :returns: True
        """
        self._check_manager()
        self._move("cancel")
        self.line_ids._give_back("request_cancelled")
        self._close_activities()
        return True

    # === SUBMIT ===

    def _approve_own(self, contents):
        """Approve requests within the own limit of the user who submits them.

        :returns: the requests that are approved
        """
        own = self.browse()
        limits = self.env["project.billing.limit"]._of(self.env.user, self.company_id)
        for limit in limits:
            mine = self.filtered(
                lambda r, limit=limit: r.company_id == limit.company_id
            )
            amounts = {
                request.id: request._amount_in_company()
                for request in mine.sorted("id")
            }
            taken = self.browse(limit._take(amounts))
            taken._move(
                "approve_own",
                valid=True,
                contents=contents,
                values={key: {"amount_company": amounts[key]} for key in taken.ids},
            )
            own |= taken
        return own

    def _check_can_submit(self):
        """Refuse requests whose invoice would be empty, zero or negative."""
        for request in self:
            if not request.line_ids._live():
                raise BillingError(
                    self.env._(
                        "%s has no line to invoice. Collect work first.", request.name
                    )
                )
            if not request._is_worth_invoicing():
                raise BillingError(
                    self.env._(
                        "%(request)s comes to %(amount)s. An invoice needs an amount "
                        "above zero: wait for more work, or ask accounting for a "
                        "credit.",
                        request=request.name,
                        amount=format_amount(
                            self.env, request.amount_untaxed, request.currency_id
                        ),
                    )
                )

    def _is_worth_invoicing(self):
        """Tell whether the amount to invoice is above zero."""
        self.ensure_one()
        amounts = (self.amount_untaxed, self.amount_total)
        return all(self.currency_id.compare_amounts(a, 0) > 0 for a in amounts)

    def _ask_approvers(self):
        """Give every possible approver an activity on the requests."""
        asked = defaultdict(self.browse)
        for request, deciders in self._deciders().items():
            for approver in self.env["res.users"].browse(deciders):
                asked[approver] |= request
        summary = self.env._("Approve the billing request")
        for approver, requests in asked.items():
            # sudo: the approver is chosen by the engine, whoever submits
            requests.sudo().with_context(
                mail_activity_quick_update=True, **QUIET
            ).activity_schedule(ACTIVITY, user_id=approver.id, summary=summary)

    def _no_approver_message(self):
        """Return which level has nobody who may decide, and the remedy, in words."""
        self.ensure_one()
        return self.env._(
            "No approver for %(request)s (%(level)s): nobody who may decide is left. "
            "Ask an administrator to add one, then withdraw and submit it again.",
            request=self.name,
            level=self._current_step().name or self.env._("no level"),
        )

    # === MESSAGES ===

    def _check_reason(self, reason):
        if not isinstance(reason, str) or not reason.strip():
            raise BillingError(self.env._("Say why, so that it can be mended."))

    def _ask_reason(self, step, title):
        """Return the window that asks why."""
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "project.billing.reason",
            "view_mode": "form",
            "target": "new",
            "context": {"default_step": step, "default_request_ids": self.ids},
        }

    def _close_activities(self):
        """Remove the approval activities once somebody has decided."""
        # sudo: activities of other approvers
        self.sudo().with_context(**QUIET).activity_unlink([ACTIVITY])

    def _tell_manager(self, message):
        """Post a message that reaches the manager who asked."""
        for request in self:
            # sudo: the actor may not be allowed to write on the request
            request.sudo().message_post(
                body=message,
                partner_ids=request.user_id.partner_id.ids,
                author_id=self.env.user.partner_id.id,
            )
