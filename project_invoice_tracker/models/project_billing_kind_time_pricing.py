"""Pricing time: from the entries of a rule to the values of their items."""

from decimal import Decimal

from odoo import api, models

from ..billing import pricing
from ..billing.rounding import exact, plain_minutes
from ..billing.texts import described, shorten
from .phrases import number


class ProjectBillingKindTime(models.AbstractModel):
    """Time billing, which applies the steps of :mod:`billing.pricing` to a rule."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _price_entries(self, rule, rows, held):
        """Return the item values of some entries, without those in use.

        :param rule: :class:`.time_pricing.TimeRule`
        :param rows: rows of its entries, in the order of the work
        :param held: what is in use, by id of the entry
        """
        minutes = {key: exact(row["minutes"]) for key, row in held.items()}
        entries = [rule.entry(row, minutes.get(row["id"])) for row in rows]
        rounded = pricing.round_entries(
            entries, rule.increment, rule.method, rule.rounded_by
        )
        parts = pricing.split_overtime(entries, rounded)
        parts = self._cover_parts(rule, entries, parts)
        parts = self._split_tiers(rule, entries, parts, held)
        gathered = []
        for row, entry in zip(rows, entries, strict=True):
            shared = pricing.share_recorded(parts.get(entry.id, []), entry.minutes)
            gathered += [(row, entry, part, place) for place, part in enumerate(shared)]
        return [
            self._part_values(rule, *of_part)
            for of_part in self._price_volumes(rule, gathered)
        ]

    @api.model
    def _held_back_by(self, rule, row):
        """Return in words why an entry may not be billed at all, or None.

        The entry waits, and the other work of its project is billed. Add-ons and other
        files override it.

        :param rule: :class:`.time_pricing.TimeRule`
        """
        return

    @api.model
    def _cover_parts(self, rule, entries, parts):
        """Split off the minutes that included or prepaid hours cover.

        Overridden where there are such hours.
        """
        return parts

    @api.model
    def _split_tiers(self, rule, entries, parts, held):
        """Cut the parts where the volume of the rule reaches the next tier.

        Charged time counts, also that in use; covered time does not.
        """
        if not rule.tiers:
            return parts
        done, result = 0, {}
        for entry in entries:
            if entry.id not in parts:
                done += exact(held[entry.id]["charged"]) if entry.id in held else 0
                continue
            covered = [part for part in parts[entry.id] if part.allowance_id]
            charged = [part for part in parts[entry.id] if not part.allowance_id]
            cut = pricing.split_tiers(charged, done, rule.tiers)
            done += sum(part.minutes for part in charged)
            result[entry.id] = covered + cut
        return result

    @api.model
    def _part_values(self, rule, row, entry, part, number):
        """Return the item values of one part of a time entry."""
        explanation, problem = rule.explain(entry.rate, row["employee_id"])
        held_back = self._held_back_by(rule, row)
        tier_discount = part.tier.discount if part.tier else Decimal(0)
        discount = tier_discount or rule.discount
        values = {
            "name": shorten(described(row["name"])) or None,
            "task_id": row["task_id"],
            "employee_id": row["employee_id"],
            "analytic_line_id": row["id"],
            "date": row["date"],
            "ready": row["ready"] and not held_back,
            "part": number,
            "quantity_recorded": exact(part.recorded),
            "discount": discount,
            "explanation": explanation,
            "problem": held_back or problem,
            "held_back": bool(held_back),
        }
        price = Decimal(0)
        if entry.rate:
            price = part.price(entry.rate)
            values["pricing"] = self._pricing(rule, entry, part, discount)
            if rule.adapter:
                # taxes are in the price: it follows those of the customer
                values["pricing"]["agreed"] = str(price)
                price = rule.adapter(price)
            values["explanation"] = self._explain_part(part, explanation, discount)
        return self._item_values(rule.record, exact(part.minutes), price, **values)

    @api.model
    def _pricing(self, rule, entry, part, discount):
        """Return the values that the price was computed from; decimals as text."""
        rate, volume = entry.rate, {}
        if rate.volume and not (part.tier and part.tier.price is not None):
            steps = [
                [str(hours), str(price * part.multiplier)]
                for hours, price in rate.volume
            ]
            volume = {"volume": steps}
        return {
            **volume,
            "rate_id": rate.id,
            "scope": rate.scope,
            "rate": str(rate.price),
            "hours_per_day": rate.hours_per_day and str(rate.hours_per_day),
            "hourly": str(rate.hourly),
            "multiplier": str(part.multiplier),
            "overtime": part.overtime,
            "tier_from": part.tier and plain_minutes(part.tier.start),
            "tier_price": part.tier and part.tier.price and str(part.tier.price),
            "discount": str(discount),
            "recorded": plain_minutes(part.recorded),
            "minutes": plain_minutes(part.minutes),
            "increment": rule.increment,
            "method": rule.method,
            "rounded_by": rule.rounded_by,
        }

    @api.model
    def _explain_part(self, part, explanation, discount):
        """Return the explanation of the rate, with what changed the price."""
        words = [explanation]
        if part.multiplier != 1:
            why = (
                self.env._("overtime") if part.overtime else self.env._("on a weekend")
            )
            words.append(f"× {part.multiplier.normalize():f} {why}")
        if part.tier:
            hours = number(self.env, float(part.tier.start / 60))
            words.append(self.env._("after %s hours under the rule", hours))
            if part.tier.price is not None:
                price = number(self.env, float(part.tier.price))
                words.append(self.env._("%s an hour from then on", price))
        if discount:
            words.append(self.env._("less %s %%", number(self.env, float(discount))))
        if part.minutes != part.recorded:
            words.append(
                self.env._(
                    "%(billed)s minutes for %(recorded)s",
                    billed=number(self.env, round(float(part.minutes), 2)),
                    recorded=number(self.env, round(float(part.recorded), 2)),
                )
            )
        return ", ".join(words)
