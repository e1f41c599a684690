"""Rules: their price in a few words, whatever their kind."""

from odoo import api, fields, models
from odoo.tools import format_amount

from ..billing.rounding import hours_from_minutes, minutes_from_hours
from ..billing.wording import within_sentence
from .phrases import number


class ProjectBillingRule(models.Model):
    """The price of a rule for lists: one column for every kind."""

    _inherit = "project.billing.rule"

    price_in_words = fields.Char(string="Price", compute="_compute_price_in_words")

    @api.depends_context("lang")
    @api.depends(
        "kind",
        "currency_id",
        "price_unit",
        "cost_policy",
        "cost_markup",
        "contract_amount",
        "recurring_price",
        "recurring_interval",
        "included_hours",
        "advance_type",
        "advance_basis",
        "advance_amount",
        "advance_percentage",
        "pack_hours",
        "pack_price",
        "retention_percentage",
    )
    def _compute_price_in_words(self):
        for rule in self:
            in_words = getattr(rule, f"_price_in_words_{rule.kind}", None)
            rule.price_in_words = in_words() if in_words else False

    def _price_in_words_time(self):
        if not self.price_unit:
            return self.env._("At the rates")
        return self.env._("%s per hour", self._amount_in_words(self.price_unit))

    def _price_in_words_cost(self):
        if self.cost_policy == "markup":
            return self.env._("At cost plus %s %%", number(self.env, self.cost_markup))
        return self._label_of("cost_policy")

    def _price_in_words_milestone(self):
        return self.contract_amount and self._amount_in_words(self.contract_amount)

    def _price_in_words_progress(self):
        return self._price_in_words_milestone()

    def _price_in_words_recurring(self):
        price = self._amount_in_words(self.recurring_price)
        interval = within_sentence(self._label_of("recurring_interval"), self.env.lang)
        if not self.included_hours:
            return self.env._(
                "%(price)s per %(interval)s", price=price, interval=interval
            )
        return self.env._(
            "%(price)s per %(interval)s with %(hours)s h",
            price=price,
            interval=interval,
            hours=self._hours_in_words(self.included_hours),
        )

    def _price_in_words_advance(self):
        if self.advance_type == "hours":
            return self.env._(
                "%(hours)s h for %(price)s",
                hours=self._hours_in_words(self.pack_hours),
                price=self._amount_in_words(self.pack_price),
            )
        if self.advance_basis == "percentage":
            share = number(self.env, self.advance_percentage)
            return self.env._("%s %% of the contract", share)
        return self._amount_in_words(self.advance_amount)

    def _price_in_words_retention(self):
        return self.env._(
            "%s %% held back", number(self.env, self.retention_percentage)
        )

    def _amount_in_words(self, amount):
        return format_amount(self.env, amount or 0.0, self.currency_id)

    def _hours_in_words(self, hours):
        """Return hours as a number without needless zeros, ``"20"`` or ``"7.5"``."""
        exact_hours = hours_from_minutes(minutes_from_hours(hours))
        return number(self.env, float(exact_hours))

    def _label_of(self, name):
        """Return the label of the value of a selection field."""
        labels = dict(self._fields[name]._description_selection(self.env))
        return labels.get(self[name])
