"""Approval: submit, approve, reject, withdraw, cancel."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_amount

from ..engine import QUIET
from ..exceptions import BillingError

ACTIVITY = "project_invoice_tracker.mail_activity_type_approve"
APPROVER_GROUP = "project_invoice_tracker.group_billing_approver"


class ProjectBillingRequest(models.Model):
    """One approval by an approver who neither asked nor edited."""

    _inherit = "project.billing.request"

    can_manage = fields.Boolean(compute="_compute_rights")
    can_approve = fields.Boolean(compute="_compute_rights")
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
        for request in self:
            reasons = request._get_cannot_approve_reasons()
            request.can_manage = request._is_manager()
            request.can_approve = not reasons
            request.cannot_approve_reason = next(iter(reasons.values()), False)

    @api.depends("state", "user_id", "last_editor_id", "company_id")
    def _compute_waiting_for(self):
        for request in self:
            if request.state != "submitted":
                request.waiting_for = False
                continue
            approvers = request._get_approvers()
            request.waiting_for = (
                ", ".join(approvers.mapped("name")) or self._no_approver_message()
            )

    # === ACTIONS ===

    def action_submit(self):
        """Freeze drafts and ask the approvers.

        :returns: True
        :raises AccessError: when the user does not manage the project now
        :raises BillingError: when a request is not a draft, is empty, or its total
            is zero or negative
        """
        self._check_manager()
        for request in self:
            request._check_can_submit()
        # whoever submits is who asks, also after a change of the manager
        others = self.filtered(lambda request: request.user_id != self.env.user)
        others._engine().write({"user_id": self.env.user.id})
        self._move("submit")
        self._ask_approvers()
        return True

    def action_approve(self):
        """Approve the content as it was submitted.

        :returns: True
        :raises AccessError: when the user may not approve a request, with the reason
        :raises BillingError: when a request is not waiting for approval
        """
        self._check_can_approve()
        self._do_approve()
        return True

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
        self._move("reject", reason)
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
        """Cancel requests that are not invoiced: all their work is open again.

        :returns: True
        """
        self._check_manager()
        self._move("cancel")
        self.line_ids._give_back("request_cancelled")
        self._close_activities()
        return True

    # === SUBMIT ===

    def _check_can_submit(self):
        """Refuse what would become an empty, zero or negative invoice."""
        self.ensure_one()
        if not self.line_ids._live():
            raise BillingError(
                self.env._("%s has no line to invoice. Collect work first.", self.name)
            )
        if not self._is_worth_invoicing():
            raise BillingError(
                self.env._(
                    "%(request)s comes to %(amount)s. An invoice needs an amount "
                    "above zero: wait for more work, or ask accounting for a credit.",
                    request=self.name,
                    amount=format_amount(
                        self.env, self.amount_untaxed, self.currency_id
                    ),
                )
            )

    def _is_worth_invoicing(self):
        """Tell whether there is an amount to invoice, never below zero."""
        self.ensure_one()
        amounts = (self.amount_untaxed, self.amount_total)
        return all(self.currency_id.compare_amounts(a, 0) > 0 for a in amounts)

    def _ask_approvers(self):
        """Give every possible approver an activity on the requests."""
        asked = defaultdict(self.browse)
        for request in self:
            for approver in request._get_approvers():
                asked[approver] |= request
        summary = self.env._("Approve the billing request")
        for approver, requests in asked.items():
            # sudo: the approver is chosen by the engine, whoever submits
            requests.sudo().with_context(
                mail_activity_quick_update=True, **QUIET
            ).activity_schedule(ACTIVITY, user_id=approver.id, summary=summary)

    @api.model
    def _no_approver_message(self):
        return self.env._(
            "Nobody may approve this: ask an administrator to add a billing approver."
        )

    # === APPROVE ===

    def _get_approvers(self):
        """Return the users who may approve this request.

        Overridden by whoever adds approval levels. None means that nobody can: the
        request stays submitted and says so, it is never approved by default.
        """
        self.ensure_one()
        group_id = self.env["ir.model.data"]._xmlid_to_res_id(APPROVER_GROUP, True)
        # sudo: the members of a group, of whom only names are shown
        group = self.env["res.groups"].sudo().browse(group_id)
        users = group.all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        return users - self._barred_users()

    def _barred_users(self):
        """Return who may not approve: the requester and the last editor."""
        self.ensure_one()
        return self.user_id | self.last_editor_id

    def _get_cannot_approve_reasons(self):
        """Return why the user may not approve this request: ``{cause: sentence}``.

        An empty dict means the user may. Others add causes by extending it.
        """
        self.ensure_one()
        reasons = {}
        user, barred = self.env.user, self._barred_users()
        if user not in self._get_approvers() | barred or not user.has_group(
            APPROVER_GROUP
        ):
            reasons["group"] = self.env._("You are not a billing approver.")
        if self.state != "submitted":
            reasons["state"] = self._wrong_state_message("approve")
        if user == self.user_id:
            reasons["self"] = self.env._("You cannot approve your own request.")
        elif user in barred:
            reasons["editor"] = self.env._(
                "You edited this request, so somebody else approves."
            )
        return reasons

    def _check_can_approve(self):
        """Raise the first reason why the user may not approve one of the requests."""
        self._check_not_empty()
        self.check_access("read")
        for request in self:
            for cause, reason in request._get_cannot_approve_reasons().items():
                error = BillingError if cause == "state" else AccessError
                raise error(f"{request.name}: {reason}")

    def _check_approver(self):
        """Refuse anybody who is not an approver (for rejecting)."""
        self.check_access("read")
        if not self.env.user.has_group(APPROVER_GROUP):
            raise AccessError(self.env._("You are not a billing approver."))

    def _do_approve(self):
        """Log the approval on the content that was submitted, and go on."""
        fingerprints = self._check_unchanged()
        self._move("approve", valid=True, fingerprints=fingerprints)
        self._close_activities()
        automatic = self.filtered("company_id.billing_invoice_on_approval")
        if automatic:
            automatic._create_invoices()

    def _check_unchanged(self):
        """Refuse when the content is not what was submitted.

        :returns: the fingerprints of the content
        """
        fingerprints = self.sudo()._fingerprints()  # sudo: reads the ledger only
        for request in self:
            submitted = (
                request.sudo()
                .approval_ids.filtered(  # sudo: its own log
                    lambda log: log.decision == "submit"
                )
                .sorted("id")[-1:]
            )
            if submitted.fingerprint != fingerprints[request.id]:
                raise BillingError(
                    self.env._(
                        "%s changed after it was submitted. Its manager has to "
                        "withdraw it and submit it again.",
                        request.name,
                    )
                )
        return fingerprints

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
        """Remove the approval activities: somebody decided."""
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
