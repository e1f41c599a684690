"""Price lists by volume: the hourly price depends on the hours of the line.

The price of an entry is not known from the entry alone: open work is priced as the line
that it would become, and a draft computes the price anew whenever its lines change.
Once a request is submitted, its prices stay as they are.
"""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..billing.grouping import DETAIL_KEYS, OpenItem
from ..billing.pricing import Part, Tier
from ..billing.rates import Rate, price_at
from ..billing.rounding import exact, hours_from_minutes, money
from .cost_pricing import CostPricer
from .currency_step import step_of
from .project_billing_request_cost import COLUMNS as COST_COLUMNS
from .project_billing_request_ready import volume_steps
from .sql_bulk import update_rows
from .time_pricing import TimeRule

COLUMNS = ("price_unit", "amount", "amount_open", "pricing", "explanation")

#: The items behind lines of drafts whose price follows the line: its hours, or the
#: taxes of the customer. Only where no other request holds a part of the item.
FOLLOWING = """
    SELECT slice.line_id, item.id
      FROM project_billing_line line
      JOIN project_billing_allocation slice
        ON slice.line_id = line.id AND slice.state <> 'released'
       AND slice.action = 'bill'
      JOIN project_billing_item item ON item.id = slice.item_id
     WHERE line.request_id IN %(requests)s AND line.removed IS NOT TRUE
       AND (item.pricing ? 'volume' OR item.pricing ? 'agreed')
     ORDER BY slice.line_id, item.id
"""


class ProjectBillingKindTime(models.AbstractModel):
    """Price open work by the hours of the line that it would become."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _price_volumes(self, rule, gathered):
        """Return the parts of entries with the price for the hours of their line.

        :param rule: :class:`.time_pricing.TimeRule`
        :param list gathered: ``[(row, entry, part, place)]``
        """
        lines = defaultdict(Decimal)
        keys = [self._volume_key(rule, *of_part) for of_part in gathered]
        for key, (_row, _entry, part, _place) in zip(keys, gathered, strict=True):
            lines[key] += part.minutes
        result = []
        for key, (row, entry, part, place) in zip(keys, gathered, strict=True):
            if key:
                rate = entry.rate
                price = price_at(rate.volume, hours_from_minutes(lines[key]))
                entry = replace(entry, rate=replace(rate, price=price))
            result.append((row, entry, part, place))
        return result

    @api.model
    def _volume_key(self, rule, row, entry, part, _place):
        """Return the key of the line of a part; None where its hours do not matter."""
        if not entry.rate or not entry.rate.volume or part.allowance_id:
            return None
        detail = self._line_detail(rule.record.detail)
        item = OpenItem(
            row["id"],
            row["project_id"],
            rule.record.id,
            self._kind,
            detail,
            self._unit,
            Decimal(0),
            Decimal(0),
            rule.record.product_id.id,
            row["task_id"],
            row["employee_id"],
            row["date"],
        )
        return (
            DETAIL_KEYS[detail](item),
            entry.rate.volume,
            part.multiplier,
            part.tier,
        )


class ProjectBillingRequest(models.Model):
    """Update prices in a draft that depend on its lines or its customer."""

    _inherit = "project.billing.request"

    def _adjust_lines(self):
        """Override: first update prices that depend on the lines or the customer."""
        self._follow_prices()
        return super()._adjust_lines()

    def _follow_prices(self):
        """Re-price items of drafts whose price depends on line or customer."""
        drafts = self.filtered(lambda request: request.state == "draft")
        # sudo: prices of the engine's own rows; whoever changed the draft was checked
        lines_sudo = drafts.sudo().line_ids.filtered(
            lambda line: line.rule_id and line.unit != "amount" and not line.adjusts
        )
        if not any(rule._follows_prices() for rule in lines_sudo.rule_id):
            return
        self.env["project.billing.item"].flush_model()
        self.env["project.billing.ledger"]._flush()
        items_of = defaultdict(list)
        for line_id, item_id in self.env.execute_query(
            SQL(FOLLOWING, requests=tuple(drafts.ids))
        ):
            items_of[line_id].append(item_id)
        prices, rows, costs = {}, [], []
        for line in lines_sudo.browse(items_of):
            items = line.env["project.billing.item"].browse(items_of[line.id])
            if any(item._holders() != line.request_id for item in items):
                continue
            if line.kind == "cost":
                prices[line], own = line._followed_cost(items)
                costs += own
            else:
                prices[line], own = line._followed_prices(items)
                rows += own
        if rows or costs:
            items_sudo = lines_sudo.env["project.billing.item"]
            update_rows(items_sudo, COLUMNS, rows)
            update_rows(items_sudo, COST_COLUMNS, costs)
            items_sudo._invalidate()
        for line, price in prices.items():
            if exact(line.price_unit) != price:
                line._engine().price_unit = float(price)


class ProjectBillingRule(models.Model):
    """Rules whose prices depend on more than the work itself."""

    _inherit = "project.billing.rule"

    def _follows_prices(self):
        """Tell whether drafts re-price the work of this rule (elevated)."""
        self.ensure_one()
        return (
            self.kind == "time" and not self.price_unit and bool(self.product_id)
        ) or (
            self.kind in ("time", "recurring", "cost")
            and (
                self.cost_policy == "sales_price"
                or any(self._billing_own_taxes(self.product_id).mapped("price_include"))
            )
        )


class ProjectBillingLine(models.Model):
    """Prices of a line that depend on its hours or its customer."""

    _inherit = "project.billing.line"

    def _followed_cost(self, item):
        """Return ``(price, row)`` of the cost on this line, if it changes."""
        values = CostPricer(self.env).follow(self.rule_id, item.pricing)
        price = values["price_unit"]
        same = exact(item.price_unit) == price
        return price, [] if same else [item._converted_row(values)]

    def _followed_prices(self, items):
        """Return ``(price, rows)``: of the line, and of its items where they change.

        :param items: all items on the line, priced by their line or customer
        """
        pricing = items[0].pricing
        volume = volume_steps(pricing.get("volume"))
        agreed = Decimal(pricing.get("agreed") or str(exact(self.price_unit)))
        if volume:
            agreed = price_at(volume, self._exact_hours())
        adapt = self.rule_id._billing_tax_adapter() if "agreed" in pricing else None
        price = adapt(agreed) if adapt else agreed
        rows = [
            item._followed_row(agreed, price, volume)
            for item in items
            if exact(item.price_unit) != price
        ]
        return self._price_on_line(price), rows


class ProjectBillingItem(models.Model):
    """Price an item by the hours of its line."""

    _inherit = "project.billing.item"

    def _followed_row(self, agreed, price, volume):
        """Return the row of this item with another price, for ``COLUMNS``.

        :param agreed: the price by the hours of the line
        :param price: the same with the taxes of the customer
        :param volume: of the price list, if it has prices by volume
        """
        self.ensure_one()
        step = step_of(self.currency_id)
        per = (60 if self.unit == "minute" else 1, 1 - exact(self.discount) / 100)
        pricing, explanation = dict(self.pricing), self.explanation
        if "agreed" in pricing:
            pricing["agreed"] = str(agreed)
        if volume:
            hourly = agreed / Decimal(pricing["multiplier"])
            pricing["rate"] = pricing["hourly"] = str(hourly)
            explanation = self._explain_volume(hourly, volume)
        return (
            self.id,
            price,
            money(exact(self.quantity) * price / per[0] * per[1], step),
            money(exact(self.quantity_open) * price / per[0] * per[1], step),
            pricing,
            explanation,
        )

    def _explain_volume(self, hourly, volume):
        """Return the explanation of this item at another price of the list."""
        pricing, kind = self.pricing, self.env["project.billing.kind"]._get("time")
        tier = pricing["tier_from"] is not None and Tier(pricing["tier_from"])
        part = Part(
            self.id,
            pricing["minutes"],
            pricing["recorded"],
            Decimal(pricing["multiplier"]),
            pricing["overtime"],
            tier or None,
        )
        rate = Rate(-1, hourly, scope="company", volume=volume)
        words = TimeRule(self.rule_id, [])._describe(rate)
        return kind._explain_part(part, words, Decimal(pricing["discount"]))
