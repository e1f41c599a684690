"""Voiding: requests that differ from what was submitted or approved become drafts."""

import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..billing.transitions import (
    APPROVED,
    APPROVING_STEPS,
    SUBMITTED,
    WITHOUT_APPROVER,
)

_logger = logging.getLogger(__name__)

#: States of a request that waits for approval, or is approved and not invoiced yet.
BOUND = (SUBMITTED, APPROVED)
#: Requests that one round of the daily check reads together.
CHUNK = 200


class ProjectBillingRequest(models.Model):
    """An approval counts only for the content that it was given for."""

    _inherit = "project.billing.request"

    changes_html = fields.Html(
        string="What Changed",
        compute="_compute_changes_html",
        sanitize=False,
        help="What differs from what you last saw, or from what was submitted before.",
    )

    # === VERIFY ===

    def _verify_content(self, reason=None, contents=None):
        """Void requests that differ from what was submitted and approved.

        Requester and all approvers are told, with the difference. Nothing is raised, so
        that the voiding stays whatever the caller does next.

        :param str reason: what happened, in words, if the caller knows
        :param dict contents: of :meth:`_contents`, if the caller just read them
        :returns: the requests that are drafts again
        """
        # sudo: whoever changes something of the host, the requests follow
        waiting = self.sudo().filtered(lambda request: request.state in BOUND)
        if not waiting:
            return self.browse()
        contents = contents or waiting._contents()
        changed = waiting.filtered(
            lambda request: not request._is_as_agreed(contents[request.id])
        )
        if changed:
            changed._void(reason, contents)
        return self.browse(changed.ids)

    def _is_as_agreed(self, content):
        """Tell whether all decisions that count are about this content (elevated)."""
        rows = self._submitted() | self.approval_ids.filtered("valid")
        return bool(rows) and all(
            content.matches(row.fingerprint, row.parts) for row in rows
        )

    def _is_fully_approved(self):
        """Tell whether every step has the approvals that it requires."""
        self.ensure_one()
        # sudo: the request's own log
        given = self.sudo().approval_ids.filtered(
            lambda row: row.valid and row.decision in APPROVING_STEPS
        )
        if WITHOUT_APPROVER & set(given.mapped("decision")):
            return True
        return bool(given) and all(step._is_full() for step in self._steps())

    def _submitted(self):
        """Return the row of the log by which this request was last submitted."""
        # sudo: the request's own log
        rows = self.sudo().approval_ids.filtered(lambda row: row.decision == "submit")
        return rows.sorted("id")[-1:]

    @api.model
    def _verify_open(self, domain, reason=None):
        """Verify open requests after a change of host data, e.g. a tax or a customer.

        :param domain: which of those that wait or are approved
        """
        # sudo: whoever changes the host, open requests follow
        found = self.sudo().search([("state", "in", BOUND), *domain])
        if found:
            self.env.flush_all()
            found._verify_content(reason)

    @api.model
    def _verify_of_companies(self, companies, reason=None):
        """Verify all open requests of some companies, or of all without any."""
        domain = [("company_id", "child_of", companies.ids)] if companies else []
        self._verify_open(domain, reason)

    @api.model
    def _cron_verify_content(self):
        """Verify every open request, daily: catches changes that no override sees."""
        # sudo: a job over all companies
        every = self.sudo().search([("state", "in", BOUND)], order="id")
        for start in range(0, len(every), CHUNK):
            chunk = every[start : start + CHUNK]
            if not chunk._verify_safely():
                # one of them cannot be verified: each for itself
                for request in chunk:
                    request._verify_safely()

    def _verify_safely(self):
        """Verify these requests, or change nothing (elevated).

        :returns: whether they could be verified
        """
        try:
            with self.env.cr.savepoint():
                self._verify_content()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            # whatever it is, the others are verified
            if len(self) == 1:
                _logger.exception("%s could not be verified", self.id)
            return False
        return True

    # === VOID ===

    def _void(self, reason, contents, in_charge=False):
        """Take the requests back to draft and tell those concerned (elevated).

        :param str reason: what happened, as the message says it
        :param dict contents: what each request holds now
        :param in_charge: tell whoever is in charge of the project by now as well
        """
        reason = reason or self.env._("It is no longer what was submitted.")
        told = {request: request._concerned() for request in self}
        if in_charge:
            for request in self:
                project = request.project_id
                now = project.user_id | project.billing_deputy_ids
                told[request] |= now.filtered("active")
        tables = {
            request: request._changes_table(
                request._submitted().content, contents[request.id].snapshot
            )
            for request in self
        }
        self._move("void", reason, contents=contents)
        self._close_activities()
        for request in self:
            body = self.env._("Not approved any more: %s", reason)
            request._tell(
                Markup("<p>%s</p>%s") % (body, tables[request] or ""), told[request]
            )

    def _concerned(self):
        """Return who asked for this request and who approved it."""
        given = self.approval_ids.filtered(
            lambda row: row.valid and row.decision in APPROVING_STEPS
        )
        return self.user_id | given.user_id | given.for_user_id

    def _tell(self, body, users):
        """Post a message that reaches some users (elevated)."""
        self.ensure_one()
        self.message_post(
            body=body,
            partner_ids=users.partner_id.ids,
            author_id=self.env.user.partner_id.id,
        )

    def _voided_notice(self):
        """Return the notification that these requests were voided, for the user."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Changed since it was submitted"),
                "message": self.env._(
                    "%s changed after it was submitted and is a draft again. Its "
                    "manager and everybody who approved it were told what changed.",
                    ", ".join(self.mapped("name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === WHAT CHANGED ===

    @api.depends_context("uid")
    @api.depends("state", "approval_ids")
    def _compute_changes_html(self):
        for request in self:
            old, new = request._two_contents()
            request.changes_html = request._changes_table(old, new) or False

    def _two_contents(self):
        """Return the contents to compare for the user, older one first.

        For a draft that was voided: the content at its submission and the one that
        voided it. For a request that was submitted again: the content that the user
        decided on last, or else the one of the submission before, and the one submitted
        now.
        """
        # sudo: the request's own log
        rows = self.sudo().approval_ids.filtered("content").sorted("id")
        last = rows[-1:]
        if self.state == "draft":
            # sudo: the request's own log
            newest = self.sudo().approval_ids.sorted("id")[-1:]
            if newest.decision != "void":
                return None, None
            return rows.filtered(lambda row: row.decision == "submit")[-1:].content, (
                last.content
            )
        submitted = rows.filtered(lambda row: row.decision == "submit")
        if not submitted or self.state not in BOUND:
            return None, None
        before = rows.filtered(lambda row: row.id < submitted[-1].id)
        seen = before.filtered(lambda row: row.user_id == self.env.user)
        asked = before.filtered(lambda row: row.decision == "submit")
        return (seen[-1:] or asked[-1:]).content, submitted[-1].content
