"""Divide a contract equally among milestones."""

from odoo import models

from ..billing.allocation import equal_shares
from ..billing.rounding import exact
from ..exceptions import BillingError


class ProjectBillingRule(models.Model):
    """Rules that bill milestones can divide their contract equally."""

    _inherit = "project.billing.rule"

    def action_equal_parts(self):
        """Divide what is left of the contract equally among the milestones.

        :returns: True
        :raises AccessError: when the user does not configure billing
        :raises BillingError: when there is no milestone that may change
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: milestones of a rule that the user may configure
        milestones = self.sudo().project_id.milestone_ids.with_env(self.env)
        return milestones.action_billing_equal_parts()


class ProjectMilestone(models.Model):
    """Equal percentages for chosen milestones."""

    _inherit = "project.milestone"

    def action_billing_equal_parts(self):
        """Give each milestone an equal share; the last takes the remainder.

        Within each project, the chosen milestones that are priced in percent share what
        the others leave: those that were not chosen, that are in a request or on an
        invoice, or that have an agreed amount. If none is in percent yet, milestones
        without a price share it.

        :returns: True
        :raises AccessError: when the user does not configure billing
        :raises BillingError: when there is no milestone that may change
        """
        self._billing_check_configure()
        self.check_access("write")
        for project in self.project_id:
            # sudo: what milestones of other people leave of the contract
            self.sudo()._billing_share_equally(project.sudo())
        return True

    def _billing_share_equally(self, project):
        """Give those of these milestones that may change an equal share (elevated).

        :raises BillingError: when there is none
        """
        every = project.milestone_ids
        closed = self.env["project.billing.item"]._closed_by("milestone_id", every.ids)
        free = (every & self).filtered(lambda milestone: milestone.id not in closed)
        shared = free.filtered(lambda m: m.billing_basis == "percentage")
        shared = shared or free.filtered(lambda m: not m.billing_basis)
        left = project._billing_share_left(every - shared)
        if not shared or left <= 0:
            raise BillingError(
                self.env._(
                    "%s has no milestone that may get a share: they are billed, "
                    "have agreed amounts, or leave nothing of the contract.",
                    project.display_name,
                )
            )
        ordered = shared._billing_in_order()
        *others, last = equal_shares(len(ordered), left)
        # first none, then their own: together they never exceed the contract
        ordered.write({"billing_basis": "percentage", "billing_percentage": 0})
        if others:
            ordered[:-1].write({"billing_percentage": float(others[0])})
        ordered[-1:].write({"billing_percentage": float(last)})


class ProjectProject(models.Model):
    """The part of the contract that milestones leave."""

    _inherit = "project.project"

    def _billing_share_left(self, milestones):
        """Return the percentage of the contract left by some milestones (elevated)."""
        self.ensure_one()
        rule = self.billing_rule_ids.filtered(lambda rule: rule._bills_milestones())[:1]
        contract = exact(rule.contract_amount or 0)
        left = exact(100)
        for milestone in milestones:
            if milestone.billing_basis == "percentage":
                left -= exact(milestone.billing_percentage)
            elif milestone.billing_basis == "fixed" and contract:
                left -= exact(milestone.billing_fixed_price) * 100 / contract
        return left
