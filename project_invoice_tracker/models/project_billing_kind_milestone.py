"""Milestones: an agreed amount that becomes ready when the milestone is reached."""

from decimal import Decimal

from odoo import api, models

from ..billing.allocation import instalments
from ..billing.rounding import exact, money
from .phrases import number


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
            self._held_prices(rule, shared),
        )
        prices = dict(zip(shared, parts, strict=True))
        for milestone in ordered:
            if milestone.billing_basis == "fixed":
                prices[milestone] = exact(
                    milestone.billing_fixed_price, rule.currency_id.decimal_places
                )
        return {milestone: price for milestone, price in prices.items() if price}

    @api.model
    def _held_prices(self, rule, milestones):
        """Return ``{position: price}`` of those that a request or invoice holds."""
        if rule.kind != self._kind:
            # progress is held by its reports, which keep their amounts
            return {}
        # sudo: the prices of one project, compared by the engine
        held = (
            self.env["project.billing.item"]
            .sudo()
            ._held_amounts([("milestone_id", "in", milestones.ids)])
        )
        return {
            position: held[milestone.id]
            for position, milestone in enumerate(milestones)
            if milestone.id in held
        }

    @api.model
    def _milestone_values(self, rule, milestone, price):
        ready, day = milestone.is_reached, milestone.reached_date
        if rule.milestone_ready == "signed":
            ready = ready and milestone.billing_signed_off
            day = milestone.billing_signed_date
        return self._item_values(
            rule,
            Decimal(1),
            price,
            name=milestone.name,
            milestone_id=milestone.id,
            date=(ready and day) or milestone.deadline or None,
            ready=ready,
            explanation=self._explain_price(rule, milestone, price),
        )

    @api.model
    def _explain_price(self, rule, milestone, price):
        """Say where the price of a milestone comes from."""
        if milestone.billing_basis != "percentage":
            return self.env._("Agreed price of the milestone")
        decimals = rule.currency_id.decimal_places
        contract = exact(rule.contract_amount, decimals)
        share = exact(milestone.billing_percentage)
        figures = {
            "share": number(self.env, milestone.billing_percentage),
            "contract": number(self.env, contract),
        }
        if abs(money(contract * share / 100, decimals) - price) * 10**decimals > 1:
            return self.env._(
                "%(share)s %% of the contract amount %(contract)s, after what was "
                "billed before the contract changed",
                **figures,
            )
        return self.env._("%(share)s %% of the contract amount %(contract)s", **figures)
