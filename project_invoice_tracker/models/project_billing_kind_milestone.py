"""Milestones: an agreed amount that becomes ready when the milestone is reached."""

from decimal import Decimal

from odoo import api, models

from ..billing.allocation import instalments
from ..billing.rounding import exact


class ProjectBillingKindMilestone(models.AbstractModel):
    """Each priced milestone of a project with a rule of this kind is one item."""

    _name = "project.billing.kind.milestone"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Milestones"

    _kind = "milestone"
    _source_field = "milestone_id"

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        wanted = []
        for project in rules.project_id:
            rule = rules.filtered(lambda r, project=project: r.project_id == project)[0]
            # sudo: every milestone of the project counts, whoever may see them
            milestones = project.sudo().milestone_ids
            for milestone, price in self._prices(rule, milestones).items():
                if source_ids is None or milestone.id in source_ids:
                    wanted.append(self._milestone_values(rule, milestone, price))
        return wanted

    @api.model
    def _prices(self, rule, milestones):
        """Return ``{milestone: price}``; the last share takes the remainder.

        :param rule: the rule, with the contract amount and the currency
        :param milestones: all milestones of the project, priced or not
        """
        ordered = milestones.sorted(
            lambda m: (m.sequence, m.deadline or m.create_date.date(), m.id)
        )
        shared = ordered.filtered(lambda m: m.billing_basis == "percentage")
        parts = instalments(
            exact(rule.contract_amount),
            [exact(milestone.billing_percentage) for milestone in shared],
            rule.currency_id.decimal_places,
            self._held_prices(shared),
        )
        prices = dict(zip(shared, parts, strict=True))
        for milestone in ordered:
            if milestone.billing_basis == "fixed":
                prices[milestone] = exact(
                    milestone.billing_fixed_price, rule.currency_id.decimal_places
                )
        return {milestone: price for milestone, price in prices.items() if price}

    @api.model
    def _held_prices(self, milestones):
        """Return ``{position: price}`` of those that a request or invoice holds."""
        # sudo: the prices of one project, compared by the engine
        items_sudo = self.env["project.billing.item"].sudo()
        held = {
            item.milestone_id.id: exact(item.price_unit)
            for item in items_sudo.search([("milestone_id", "in", milestones.ids)])
            if item.quantity_open != item.quantity
        }
        return {
            position: held[milestone.id]
            for position, milestone in enumerate(milestones)
            if milestone.id in held
        }

    @api.model
    def _milestone_values(self, rule, milestone, price):
        reached = milestone.is_reached
        if milestone.billing_basis == "percentage":
            explanation = self.env._(
                "%(share)g %% of the contract amount %(contract).2f",
                share=milestone.billing_percentage,
                contract=rule.contract_amount,
            )
        else:
            explanation = self.env._("Agreed price of the milestone")
        return self._item_values(
            rule,
            Decimal(1),
            price,
            name=milestone.name,
            milestone_id=milestone.id,
            date=(reached and milestone.reached_date) or milestone.deadline or None,
            ready=reached,
            explanation=explanation,
        )
