"""The customer decides on a milestone: accept, accept a part, refuse, or ask."""

import base64
import binascii
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..billing.rounding import exact
from ..billing.sign_off import read_share
from ..exceptions import BillingError
from .phrases import number
from .receipt_pages import as_drawing

_logger = logging.getLogger(__name__)

#: Bytes of a drawn signature at most; a drawing has some thousands.
LARGEST_SIGNATURE = 1_000_000


class ProjectMilestone(models.Model):
    """Decisions from outside; the page has checked who decides."""

    _inherit = "project.milestone"

    def _billing_lock(self):
        """Lock the milestone's row: of two decisions at once the second one waits."""
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM project_milestone WHERE id = %s FOR NO KEY UPDATE",
                self.id,
            )
        )
        self.invalidate_recordset()

    def _billing_decide(self, decision, partner, **answer):
        """Record the decision of the customer, once per request for it (elevated).

        :param str decision: ``accepted``, ``part``, ``refused`` or ``question``
        :param partner: the contact who decides, checked by the caller
        :param answer: ``name``, ``percent`` (of the whole milestone), ``reason`` and
            ``signature`` (PNG, base64), as they came from outside; and ``token``, of
            the link by which the page was opened
        :returns: the row of the log
        :raises BillingError: with a sentence for the customer
        """
        self.ensure_one()
        self._billing_lock()
        number = self._billing_open_ask()
        if not number or not self.is_reached:
            raise BillingError(
                self.env._(
                    "This milestone does not wait for an answer any more. Reload the "
                    "page to see how it stands."
                )
            )
        values = self._billing_check_answer(decision, answer)
        percent = values.pop("percent", 0.0)
        values["email"] = self._billing_link_address(answer.get("token"))
        row = self._billing_log_decision(
            decision, percent, partner_id=partner.id, ask_number=number, **values
        )
        self._billing_follow_decision(row)
        return row

    # === CHECKS ===

    def _billing_check_answer(self, decision, answer):
        """Return the columns of the log from the values of the form."""
        name = self._billing_client_text(
            answer.get("name"), self.env._("Please write your name.")
        )
        if len(name) > 200:
            raise BillingError(self.env._("Please write a shorter name."))
        values = {"name": name}
        if decision in ("accepted", "part"):
            values["signature"] = self._billing_check_signature(answer.get("signature"))
            left = 100 - exact(self.billing_accepted_percent)
            values["percent"] = float(left)
            if decision == "part":
                values["percent"] = self._billing_check_percent(
                    answer.get("percent"), left
                )
        else:
            values["reason"] = self._billing_client_text(
                answer.get("reason"),
                self.env._("Please write what has to be changed.")
                if decision == "refused"
                else self.env._("Please write your question."),
            )
        return values

    def _billing_client_text(self, text, remedy):
        """Return a text of the form, or refuse when it is missing."""
        if not isinstance(text, str) or not text.strip():
            raise BillingError(remedy)
        self.env["project.billing.input"]._check_text(text, self.env._("The text"))
        return text.strip()

    def _billing_check_signature(self, signature):
        """Return a drawn signature, or refuse what is not one."""
        try:
            picture = base64.b64decode(signature or "", validate=True)
        except (TypeError, ValueError, binascii.Error):
            picture = b""
        if len(picture) > LARGEST_SIGNATURE or not as_drawing(picture):
            raise BillingError(self.env._("Please draw or write your signature."))
        return base64.b64encode(picture)

    def _billing_check_percent(self, percent, left):
        """Return the percentage accepted now: more than 0, less than what is left."""
        share = read_share(percent, left)
        if share is None:
            raise BillingError(
                self.env._(
                    "Please enter a share above 0 and below %s %%, with six "
                    "decimals at most.",
                    number(self.env, float(left)),
                )
            )
        if not self._billing_open_item():
            raise BillingError(
                self.env._("This milestone can be accepted as a whole only.")
            )
        return float(share)

    # === STEPS ===

    def _billing_follow_decision(self, row):
        """Write the decision on the milestone, and tell its manager."""
        today = self._billing_company()._billing_today()
        if row.decision in ("accepted", "deemed"):
            self._billing_write_sign_off(True, today, row.name, row.decision)
        elif row.decision == "part":
            parts = [*(self.billing_accepted_parts or [])]
            parts.append([row.percent, today.isoformat()])
            self._billing_write_engine(
                {
                    "billing_accepted_parts": parts,
                    "billing_sign_off_state": "part",
                    "billing_deemed_date": False,
                }
            )
        else:
            state = "refused" if row.decision == "refused" else "questioned"
            self._billing_write_engine(
                {"billing_sign_off_state": state, "billing_deemed_date": False}
            )
        self.env["project.billing.outbox"]._queue([self._billing_answer_row(row)])

    def _billing_answer_row(self, row):
        """Return the row of the outbox that tells the manager of a decision."""
        project_sudo = self.sudo().project_id  # sudo: who manages the project
        manager = (
            project_sudo.user_id.filtered("active")
            or (project_sudo.billing_deputy_ids.filtered("active")[:1])
        )
        manager = manager or self.billing_asked_by_id
        return {
            "key": f"signed/{row.id}",
            "kind": "signed",
            "company_id": row.company_id,
            "project_id": row.project_id,
            "user_id": manager,
            "owner_id": manager,
            "payload": {"acceptance_id": row.id},
        }

    # === DEEMED ACCEPTED ===

    def _billing_set_deadline(self):
        """Set the day from which it counts as accepted, as the mail names it."""
        self.ensure_one()
        days = self._billing_sign_off_rule().deemed_days
        if (
            days
            and self.billing_sign_off_state == "asked"
            and not self._billing_doubts()
        ):
            if not self.billing_deemed_date and not self.billing_accepted_percent:
                today = self._billing_company()._billing_today()
                deadline = fields.Date.add(today, days=days)
                self._billing_write_engine({"billing_deemed_date": deadline})

    @api.model
    def _cron_billing_deemed(self):
        """Accept milestones whose deadline passed without an answer."""
        waiting = self.search(
            Domain("billing_sign_off_state", "=", "asked")
            & Domain("billing_deemed_date", "!=", False)
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for milestone in waiting:
            if not milestone.project_id.active:
                # its links are dead; those days do not count once it is back
                milestone._billing_stop_deadline()
            elif milestone._billing_is_deemed():
                try:
                    with self.env.cr.savepoint():
                        milestone._billing_deem()
                except UserError:
                    _logger.exception("Milestone %s cannot be deemed", milestone.id)
            cron._commit_progress(1)

    def _billing_is_deemed(self):
        """Tell whether the deadline has passed, and a mail announced it before."""
        self.ensure_one()
        if self._billing_company()._billing_today() <= self.billing_deemed_date:
            return False
        if not self.is_reached or not self._billing_sign_off_rule().deemed_days:
            return False
        return self._billing_somebody_was_told()

    def _billing_somebody_was_told(self):
        """Tell whether a mail reached a contact whose link is still valid."""
        self.ensure_one()
        project = self.project_id
        key = f"sign_off/{self.id}/{self.billing_ask_number}/%"
        # a mail that no server took has told nobody
        told = self.env["project.billing.outbox"].search(
            [
                ("key", "=like", key),
                ("state", "=", "done"),
                ("mail_checked", "=", True),
            ]
        )
        partners = self.env["res.partner"].browse(
            [row.payload["partner_id"] for row in told]
        )
        return any(
            project._billing_portal_role(customer) != "former"
            for customer in partners.exists().commercial_partner_id
        )

    def _billing_stop_deadline(self):
        """Remove the deadline of silent acceptance; a new mail may set another."""
        # sudo: whoever un-reaches a milestone, or a client who asks; no value leaves
        waiting = self.sudo().filtered("billing_deemed_date")
        waiting._billing_write_engine({"billing_deemed_date": False})

    def _billing_doubts(self):
        """Return an open question about an invoice of this milestone, if any."""
        self.ensure_one()
        return self.env["project.billing.question"].search(
            Domain("state", "=", "open")
            & Domain("line_id.allocation_ids.item_id.milestone_id", "=", self.id),
            limit=1,
        )

    def _billing_deem(self):
        """Record that the customer accepted by not answering in time."""
        self._billing_lock()
        if self.billing_sign_off_state != "asked":
            return
        row = self._billing_log_decision(
            "deemed",
            100.0 - self.billing_accepted_percent,
            ask_number=self.billing_ask_number,
            reason=self.env._(
                "No answer until %s, as agreed.", self.billing_deemed_date
            ),
        )
        self._billing_follow_decision(row)
