"""Prepaid packs of hours: each pack that is sold is one item, ready at once."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.rounding import exact, plain_minutes


class ProjectBillingKindAdvance(models.AbstractModel):
    """Packs of hours, beside deposits of money."""

    _inherit = "project.billing.kind.advance"

    _source_field = "source_key"
    _follows_calendar = True

    @api.model
    def _sync_items(self, projects, source_ids=None):
        """Override to update the hour balances of the packs, which items follow."""
        for rule in self._get_rules(projects):
            if rule._sells_hours():
                self.env["project.billing.allowance"]._refresh(rule)
        return super()._sync_items(projects, source_ids)

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        packs = rules.filtered(lambda rule: rule._sells_hours())
        return [
            *super()._wanted_items(rules, projects, source_ids),
            *self._pack_items(packs),
        ]

    @api.model
    def _sync_pack_items(self, rule):
        """Bring the items of one rule's packs up to date with its hour balances."""
        key = SQL("item.source_key LIKE %s", f"{rule.id}/pack/%")
        condition = SQL("item.rule_id = %s AND %s", rule.id, key)
        wanted = self._pack_items(rule)
        self.env["project.billing.item"]._store_items("source_key", condition, wanted)

    @api.model
    def _pack_items(self, rules):
        """Return the item values of packs, sold as planned or added for more work.

        :param rules: rules that sell hours
        """
        # sudo: packs are items of the rule, whoever's work needs the next one
        rows_sudo = self.env["project.billing.allowance"].sudo()
        rows_sudo = rows_sudo.search(
            [("rule_id", "in", rules.ids), ("minutes_granted", ">", 0)]
        )
        return [self._pack_values(row) for row in rows_sudo.sorted("number")]

    @api.model
    def _pack_values(self, row):
        rule = row.rule_id
        created = fields.Datetime.context_timestamp(row, row.create_date).date()
        price = rule._billing_agreed(rule.pack_price)
        return self._item_values(
            rule,
            Decimal(1),
            price,
            name=row._title(),
            source_key=f"{rule.id}/pack/{row.number}",
            # ready at once, although the hours may be used later
            date=min(row.period_start, created),
            explanation=self.env._(
                "Pack %(number)s of %(hours)g h, rule %(rule)s",
                number=row.number,
                hours=row.hours_granted,
                rule=rule.name,
            ),
            pricing={
                "price": str(price),
                "minutes": plain_minutes(exact(row.minutes_granted)),
            },
        )

    @api.model
    def _line_name(self, request, planned, env):
        """Override to name the pack and its hours."""
        item = env["project.billing.item"].browse(planned.first.id)
        if not item.rule_id._sells_hours() or not item.source_key:
            return super()._line_name(request, planned, env)
        minutes = (item.pricing or {}).get("minutes", 0)
        return env._(
            "%(service)s, pack %(number)s (%(hours)s h)",
            service=env["product.product"].browse(planned.first.product_id).name,
            number=item.source_key.rpartition("/")[2],
            hours=self.env["project.billing.kind.recurring"]._hours(env, minutes),
        )
