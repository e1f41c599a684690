"""Milestones: agreed amounts that are ready to bill once they are reached."""

from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..billing.allocation import instalments
from ..billing.rounding import exact, money
from .currency_step import step_of
from .phrases import number


class ProjectBillingKindMilestone(models.AbstractModel):
    """Each priced milestone of a project with a rule of this kind is one item.

    A milestone that the customer accepted in part has one item per part: what is
    accepted may be billed, and the rest waits.
    """

    _name = "project.billing.kind.milestone"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Milestones"

    _kind = "milestone"
    _source_field = "milestone_id"
    _priced_when_freed = True
    _parts_apart = True

    @api.model
    def _section_title(self):
        return self.env._("Milestones")

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        wanted = []
        for project in rules.project_id:
            rule = rules.filtered(lambda r, project=project: r.project_id == project)[0]
            # sudo: every milestone of the project counts, whoever may see them
            milestones = project.sudo().milestone_ids
            for milestone, price in self._prices(rule, milestones).items():
                if source_ids is None or milestone.id in source_ids:
                    wanted += self._milestone_values(rule, milestone, price)
        return wanted

    @api.model
    def _milestone_condition(self):
        """Return SQL that tells which milestones are billed here; for add-ons.

        A condition on the alias ``milestone``.
        """
        return SQL("TRUE")

    @api.model
    def _waits_for(self, item):
        """Override: a milestone waits to be reached, or to be accepted."""
        # sudo: the state of a milestone whose item the user reads
        if item.sudo().milestone_id.is_reached:
            return self.env._("Not signed off yet")
        return self.env._("Not reached yet")

    @api.model
    def _prices(self, rule, milestones):
        """Return ``{milestone: price}``; the last percentage takes the remainder.

        :param rule: the rule, with the contract amount and the currency
        :param milestones: all milestones of the project, priced or not
        """
        ordered = milestones._billing_in_order()
        shared = ordered.filtered(lambda m: m.billing_basis == "percentage")
        parts = instalments(
            rule._billing_agreed(rule.contract_amount),
            [exact(milestone.billing_percentage) for milestone in shared],
            step_of(rule.currency_id),
            self._held_prices(rule, shared),
        )
        prices = dict(zip(shared, parts, strict=True))
        for milestone in ordered:
            if milestone.billing_basis == "fixed":
                prices[milestone] = rule._billing_agreed(milestone.billing_fixed_price)
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
        """Return the values of the items of a milestone, one for each part."""
        shares = milestone._billing_shares()
        amounts = milestone._billing_share_amounts(
            price, shares, step_of(rule.currency_id)
        )
        explanation = self._explain_price(rule, milestone, price)
        result = []
        signs = rule.milestone_ready == "signed"
        for part, ((percent, accepted), amount) in enumerate(
            zip(shares, amounts, strict=True)
        ):
            ready = milestone.is_reached and (bool(accepted) or not signs)
            day = accepted if signs else milestone.reached_date
            share = "" if percent == 100 else f" ({percent.normalize():f} %)"
            result.append(
                self._item_values(
                    rule,
                    Decimal(1),
                    amount,
                    name=f"{milestone.name}{share}",
                    milestone_id=milestone.id,
                    part=part,
                    date=(ready and day) or milestone.deadline or None,
                    ready=ready,
                    explanation=f"{explanation}{share}",
                )
            )
        return result

    @api.model
    def _explain_price(self, rule, milestone, price):
        """Return in words how the price of a milestone was computed."""
        if milestone.billing_basis != "percentage":
            return self.env._("Agreed price of the milestone")
        step = step_of(rule.currency_id)
        contract = rule._billing_agreed(rule.contract_amount)
        share = exact(milestone.billing_percentage)
        figures = {
            "share": number(self.env, milestone.billing_percentage),
            "contract": number(self.env, contract),
        }
        # the last one takes what the others are rounded by
        shares = len(milestone.project_id.milestone_ids)
        if abs(money(contract * share / 100, step) - price) > step * max(1, shares):
            return self.env._(
                "%(share)s %% of the contract amount %(contract)s, after what was "
                "billed before the contract changed",
                **figures,
            )
        return self.env._("%(share)s %% of the contract amount %(contract)s", **figures)
