"""Retainers: a fee per week, month, quarter or year."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, format_amount, format_date, formatLang

from ..billing.periods import pro_rata
from ..billing.rounding import exact_money, hours_from_minutes
from .currency_step import step_of

#: The periods that a request or an invoice holds, or that are written off.
HELD_PERIODS = """
    SELECT rule_id, period_start, period_end FROM project_billing_item
     WHERE rule_id IN %s AND kind = 'recurring' AND quantity_open <> quantity
"""


class ProjectBillingKindRecurring(models.AbstractModel):
    """Each period of a retainer is one item: planned, then ready, then billed.

    Periods that were missed are all ready, one by one. A period in use stays as it was
    agreed; when the rule changes, the days outside such periods are planned anew.
    """

    _name = "project.billing.kind.recurring"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Retainers"

    _kind = "recurring"
    _source_field = "source_key"
    _follows_calendar = True

    @api.model
    def _section_title(self):
        return self.env._("Retainer")

    @api.model
    def _sync_items(self, projects, source_ids=None):
        """Override to update the balance of included hours, too."""
        result = super()._sync_items(projects, source_ids)
        for rule in self._get_rules(projects):
            self.env["project.billing.allowance"]._refresh(rule)
        return result

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        held = self._held_periods(rules)
        return [
            self._period_values(rule, period)
            for rule in rules
            for period in rule._recurring_plan(held[rule.id])
            if self._fee(rule, period)
        ]

    @api.model
    def _held_periods(self, rules):
        """Return ``{rule id: [(first day, last day)]}`` of periods in use."""
        held = defaultdict(list)
        if rules:
            rows = self.env.execute_query(SQL(HELD_PERIODS, tuple(rules.ids)))
            for rule_id, first, last in rows:
                held[rule_id].append((first, last))
        return held

    @api.model
    def _fee(self, rule, period):
        """Return the fee of a period; of an incomplete one by its days, half up."""
        step = step_of(rule.currency_id)
        return pro_rata(exact_money(rule.recurring_price, step), period.share, step)

    @api.model
    def _period_values(self, rule, period):
        """Return the item values of one period."""
        price = exact_money(rule.recurring_price, step_of(rule.currency_id))
        day = rule._recurring_day(period)
        explanation = self.env._(
            "%(fee)s for a whole period, rule %(rule)s",
            fee=format_amount(self.env, float(price), rule.currency_id),
            rule=rule.name,
        )
        if not period.is_whole:
            explanation = self.env._(
                "%(days)s of %(whole)s days of %(fee)s, rule %(rule)s",
                days=period.days,
                whole=period.whole_days,
                fee=format_amount(self.env, float(price), rule.currency_id),
                rule=rule.name,
            )
        fee = self._fee(rule, period)
        adapt = rule._billing_tax_adapter()
        return self._item_values(
            rule,
            Decimal(1),
            adapt(fee) if adapt else fee,
            name=f"{rule.name} {period.start} – {period.end}",
            source_key=f"{rule.id}/{period.start}/fee",
            period_start=period.start,
            period_end=period.end,
            date=day,
            ready=day <= rule._billing_today(),
            explanation=explanation,
            pricing={
                "fee": str(price),
                "days": period.days,
                "whole_days": period.whole_days,
                # taxes are in the price: it follows those of the customer
                **({"agreed": str(fee)} if adapt else {}),
            },
        )

    @api.model
    def _line_name(self, request, planned, env):
        """Override to name the period, and the hours that it includes."""
        item = env["project.billing.item"].browse(planned.first.id)
        first, last = (
            format_date(self.env, day, lang_code=env.lang, date_format="long")
            for day in (item.period_start, item.period_end)
        )
        service = env["product.product"].browse(planned.first.product_id).name
        name = f"{service}, {first} – {last}"
        row = env["project.billing.allowance"].search(
            [
                ("rule_id", "=", item.rule_id.id),
                ("period_start", "=", item.period_start),
            ],
            limit=1,
        )
        available = row.minutes_granted + row.minutes_rolled_in
        if not available:
            return name
        if not row.minutes_used:
            included = env._("%s h included", self._hours(env, available))
        else:
            included = env._(
                "%(used)s of %(hours)s h included used",
                used=self._hours(env, row.minutes_used),
                hours=self._hours(env, available),
            )
        return f"{name} ({included})"

    @api.model
    def _hours(self, env, minutes):
        """Return minutes as hours, in the format of a language."""
        return formatLang(env, float(hours_from_minutes(minutes)), digits=2)
