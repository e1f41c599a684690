"""Users who lose the role of a billing manager: their requests become drafts again.

The record rules ask who manages a project *now*, so access ends at once. What is left
are the open requests of whoever lost the role, for which nobody is responsible any
more.
"""

from odoo import api, models

from ..billing.transitions import APPROVED, DRAFT, SUBMITTED

#: Fields of a user whose change may end a right to bill.
USER_ROLE_FIELDS = {"active", "group_ids", "company_ids"}
GROUP_ROLE_FIELDS = {"user_ids", "implied_ids", "implied_by_ids"}
PROJECT_ROLE_FIELDS = {"user_id", "billing_deputy_ids"}


class ProjectBillingRequest(models.Model):
    """Requests count only while whoever asked for them may bill the project."""

    _inherit = "project.billing.request"

    def message_post(self, **kwargs):
        """Override of `mail`: following a request gives no right to write on it."""
        if not self.env.su:
            self.check_access("read")
        return super().message_post(**kwargs)

    def _has_requester(self):
        """Tell whether whoever asked for this request may bill its project today."""
        self.ensure_one()
        requester = self.user_id
        if requester._is_superuser():
            return True
        return (
            requester.active
            and self.company_id in requester.company_ids
            and self.project_id.with_user(requester)._billing_is_manager()
        )

    @api.model
    def _lose_role(self, domain, everybody=False):
        """Take requests back of people who may not bill the project any more.

        Submitted and approved requests become drafts again, drafts pass to the manager
        of today, and both that manager and the former one are told.

        :param list domain: which requests to look at
        :param everybody: also those of people who still may (another manager came)
        """
        # sudo: requests follow the role of who asked, whoever changes it
        requests_sudo = self.sudo().search(
            [*domain, ("state", "in", (DRAFT, SUBMITTED, APPROVED))]
        )
        left = requests_sudo.filtered(lambda request: not request._has_requester())
        waiting = (requests_sudo if everybody else left).filtered(
            lambda request: request.state != DRAFT
        )
        if waiting:
            waiting._void(
                self._role_lost_message(everybody), waiting._contents(), in_charge=True
            )
        for request in waiting | left:
            request._hand_over()

    @api.model
    def _role_lost_message(self, everybody):
        if everybody:
            return self.env._("The project has another manager now.")
        return self.env._("Who asked for this may not bill the project any more.")

    def _hand_over(self):
        """Give one request to the manager of today (elevated)."""
        self.ensure_one()
        former, manager = self.user_id, self.project_id.user_id
        if not self._has_requester():
            # who has no part in it any more reads nothing that comes later
            self.message_unsubscribe(former.partner_id.ids)
            self._engine().user_id = manager or former
            if not self._has_requester():
                # that manager may not bill either: the name stays until one may
                self._engine().user_id = former


class ProjectProject(models.Model):
    """Projects that get another manager, or fewer deputies."""

    _inherit = "project.project"

    def write(self, vals):
        if not vals.keys() & PROJECT_ROLE_FIELDS:
            return super().write(vals)
        former = {project.id: project.user_id for project in self}
        result = super().write(vals)
        changed = self.filtered(lambda project: project.user_id != former[project.id])
        requests = self.env["project.billing.request"]
        if changed:
            requests._lose_role([("project_id", "in", changed.ids)], everybody=True)
        if self - changed:
            requests._lose_role([("project_id", "in", (self - changed).ids)])
        return result


class ResUsers(models.Model):
    """Users who are archived, or lose a group or a company."""

    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & USER_ROLE_FIELDS and self.ids:
            self.env["project.billing.request"]._lose_role(
                [("user_id", "in", self.ids)]
            )
        return result


class ResGroups(models.Model):
    """Groups that users are removed from, directly or through an implying group."""

    _inherit = "res.groups"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & GROUP_ROLE_FIELDS:
            self.env["project.billing.request"]._lose_role([])
        return result

    def unlink(self):
        result = super().unlink()
        # who is in which group is cached, and Odoo forgets some of it only
        self.env.registry.clear_cache()
        self.env["project.billing.request"]._lose_role([])
        return result


class ResCompany(models.Model):
    """Companies that users are removed from."""

    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if "user_ids" in vals:
            self.env["project.billing.request"]._lose_role(
                [("company_id", "in", self.ids)]
            )
        return result
