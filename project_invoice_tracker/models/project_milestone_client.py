"""A milestone on the sign-off page: who may open it, and what it shows."""

from odoo import api, models
from odoo.tools import format_date, format_datetime

from ..billing.rounding import exact, exact_money
from ..billing.sign_off import read_share
from .currency_step import step_of
from .phrases import number


class ProjectMilestone(models.Model):
    """Plain values of a milestone for the sign-off page."""

    _inherit = "project.milestone"

    @api.model
    def _billing_find_for_client(self, milestone_id, user):
        """Return ``(milestone, partner)`` of a login (elevated), or empty records.

        Only milestones that a customer was asked to accept are found.
        """
        projects = self.env["project.project"]._billing_portal_projects(user)
        # sudo: found among the projects of this client, see the domain
        milestone_sudo = self.sudo().search(
            [
                ("id", "=", milestone_id),
                ("project_id", "in", projects.ids),
                ("billing_ask_number", ">", 0),
            ]
        )
        partner_sudo = user.sudo().partner_id  # sudo: the contact of the user
        if milestone_sudo:
            customer = partner_sudo.commercial_partner_id
            role = milestone_sudo.project_id._billing_portal_role(customer)
            if role in ("payer", "customer"):
                return milestone_sudo, partner_sudo
        return self.browse(), partner_sudo.browse()

    def _billing_client_page(self, partner):
        """Return the texts of this milestone's page (elevated), as plain values."""
        self.ensure_one()
        # what was revoked is no answer any more
        last = self.billing_acceptance_ids.sorted("id")[-1:].filtered(
            lambda row: row.decision != "revoked"
        )
        project = self.project_id
        deadline = self.billing_deemed_date
        return {
            "id": self.id,
            "name": self.name,
            "project": project.name,
            "project_id": project.id,
            "company": self._billing_company().name,
            "manager": (project.user_id or self.billing_asked_by_id).name or "",
            "reached": format_date(self.env, self.reached_date)
            if self.reached_date
            else "",
            "price": self._billing_client_price(partner),
            "accepted": number(self.env, self.billing_accepted_percent)
            if 0 < self.billing_accepted_percent < 100
            else "",
            "waits": bool(self._billing_open_ask()) and self.is_reached,
            "may_part": bool(self._billing_open_item()),
            "titles": self._billing_client_titles(),
            "deadline": deadline
            and self.env._(
                "If we do not hear from you until %s, it counts as accepted, as agreed."
                " A question or a refusal stops that.",
                format_date(self.env, deadline),
            ),
            "state": self.billing_sign_off_state or "",
            "last": last
            and {
                "decision": last.decision,
                "sentence": self._billing_client_answer(last),
                "reason": last.reason or "",
            },
        }

    def _billing_client_titles(self):
        """Return ``{step: title}`` of the forms by which a customer answers."""
        self.ensure_one()
        return {
            "accept": self.env._("Accept “%s”", self.name),
            "part": self.env._("Accept “%s” in part", self.name),
            "refuse": self.env._("Refuse “%s”", self.name),
            "question": self.env._("Ask about “%s”", self.name),
        }

    def _billing_client_answer(self, row):
        """Return the last decision of the customer, in one sentence."""
        values = {
            "who": row.name or "",
            "when": format_datetime(self.env, row.date),
            "percent": number(self.env, row.percent),
        }
        sentences = {
            "accepted": self.env._("Accepted by %(who)s on %(when)s. Thank you."),
            "deemed": self.env._("Counts as accepted since %(when)s, as agreed."),
            "part": self.env._(
                "%(percent)s %% accepted by %(who)s on %(when)s. Thank you. We will "
                "ask you about the rest."
            ),
            "refused": self.env._(
                "Refused by %(who)s on %(when)s. We will come back to you."
            ),
            "question": self.env._(
                "Question of %(who)s on %(when)s. We will answer you; you can decide "
                "at any time."
            ),
        }
        return sentences[row.decision] % values

    def _billing_client_price(self, partner, share=None):
        """Return the price, or of a share, if this customer sees prices here."""
        rule, project = self._billing_sign_off_rule(), self.project_id
        role = project._billing_portal_role(partner.commercial_partner_id)
        if role != "payer" or not rule.portal_prices or not self.billing_price:
            return ""
        step = step_of(rule.currency_id)
        amount = exact_money(self.billing_price, step)
        if share is not None:
            shares = [*self._billing_shares()[:-1], (share, None)]
            shares.append((100 - sum(part for part, _day in shares), None))
            amounts = self._billing_share_amounts(amount, shares, step)
            amount = amounts[-2]
        return project._billing_portal_amount(float(amount), rule.currency_id)

    def _billing_client_share(self, partner, percent):
        """Return ``(percent, amount)`` in words of a part that may be accepted.

        Two empty texts if that part cannot be accepted; the page then asks again.
        """
        share = read_share(percent, 100 - exact(self.billing_accepted_percent))
        if share is None:
            return "", ""
        return number(self.env, share), self._billing_client_price(partner, share)
