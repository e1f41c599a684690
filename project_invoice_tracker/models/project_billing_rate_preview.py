"""Rates: preview how a change would re-price open time, before it is saved."""

from odoo import api, fields, models
from odoo.tools import format_amount

from ..billing import rates as rate_rules
from ..billing.rounding import exact, exact_money
from .currency_step import step_of

#: With more open items than this a preview takes too long, and is left out.
MOST_ITEMS = 20_000


class ProjectBillingKindTime(models.AbstractModel):
    """Price open time with other rates, without saving the result."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _preview(self, every_rate):
        """Return, in words, how these rates would price open time.

        Reads only. Work that requests and invoices hold keeps its price and is left
        out.

        :param dict every_rate: ``{rule: plain rates}`` of elevated rules of one
            currency
        """
        # sudo: only sums leave; whoever asks may change the rates
        items_sudo = self.env["project.billing.item"].sudo()
        rules = self.env["project.billing.rule"].sudo().union(*every_rate)
        open_items = items_sudo.search(
            [
                ("project_id", "in", rules.project_id.ids),
                ("kind", "=", "time"),
                ("quantity_open", "!=", 0),
                ("analytic_line_id", "!=", False),
            ],
            limit=MOST_ITEMS + 1,
        )
        if len(open_items) > MOST_ITEMS:
            return self.env._("More than %s open items may be priced anew.", MOST_ITEMS)
        changed = self._changed_amounts(open_items, rules.project_id, every_rate)
        if not changed:
            return self.env._("No open item would be priced anew.")
        currency = rules.currency_id[:1]
        before, after = (sum(column) for column in zip(*changed, strict=True))
        return self.env._(
            "%(count)s open items would be priced anew: %(before)s → %(after)s. What "
            "is in a request or billed keeps its price.",
            count=len(changed),
            before=format_amount(self.env, float(before), currency),
            after=format_amount(self.env, float(after), currency),
        )

    @api.model
    def _changed_amounts(self, items, projects, every_rate):
        """Return ``[(amount now, amount with these rates)]`` where they differ."""
        known = self._known_prices(items)
        # with all rules of the projects: the first that matches an entry prices it
        rules = self._get_rules(projects)
        every_rate = {**rules._rates(), **every_rate}
        wanted = self._wanted_items(rules, projects, None, every_rate)
        return [
            (known[key], values["amount"])
            for values in wanted
            if (key := (values["analytic_line_id"], values["part"])) in known
            and known[key] != values["amount"]
        ]

    @api.model
    def _known_prices(self, items):
        """Return ``{(time entry id, part): amount}`` of items that nothing uses."""
        return {
            (item.analytic_line_id.id, item.part): exact_money(
                item.amount, step_of(item.currency_id)
            )
            for item in items
            if item.quantity_open == item.quantity
        }


class ProjectBillingRate(models.Model):
    """Show on the form of a rate what saving it would change."""

    _inherit = "project.billing.rate"

    preview = fields.Char(
        string="Saving This",
        compute="_compute_preview",
        help="How many open items would be priced anew, and from what to what.",
    )

    @api.depends(
        "price_unit",
        "unit",
        "hours_per_day",
        "weekend_multiplier",
        "daily_limit",
        "overtime_multiplier",
        "date_from",
        "date_to",
        "rule_id",
        "project_id",
        "partner_id",
        "company_id",
        "currency_id",
        "employee_id",
        "job_id",
        "task_id",
        "tag_id",
    )
    def _compute_preview(self):
        for rate in self:
            # a stored rate that nobody edits would change nothing: not worth a banner
            edited = not rate.id and rate.price_unit > 0
            rate.preview = edited and rate._describe_change()

    def _describe_change(self):
        """Return what the rate, as it is now on the form, would change."""
        candidate, origin = self._to_rate(), self._origin
        projects = self._affected_projects() | origin._affected_projects()
        kind = self.env["project.billing.kind"]._get("time")
        every_rate = kind._get_rules(projects)._rates()
        for rule, rates in every_rate.items():
            kept = [rate for rate in rates if not origin or rate.id != origin.id]
            every_rate[rule] = kept + [candidate] * self._holds_under(rule)
        if not every_rate:
            return False
        return kind._preview(every_rate)

    def _holds_under(self, rule):
        """Tell whether the rate may price work under a rule (elevated)."""
        self.ensure_one()
        where = {
            "rule": rule,
            "project": rule.project_id,
            "partner": rule.project_id._billing_customers(),
            "company": rule.company_id,
        }[self.scope]
        return (
            self[f"{self.scope}_id"]._origin in where
            and self.currency_id == rule.currency_id
            and self.company_id == rule.company_id
        )


class ProjectBillingRule(models.Model):
    """Show on the form of a rule what saving another hourly rate would change."""

    _inherit = "project.billing.rule"

    price_preview = fields.Char(
        string="Saving This",
        compute="_compute_price_preview",
        help="How many open items would be priced anew, and from what to what.",
    )

    @api.depends("price_unit")
    def _compute_price_preview(self):
        kind = self.env["project.billing.kind"]._get("time")
        for rule in self:
            # sudo: rates of the rule that the user edits
            origin_sudo = rule._origin.sudo()
            rule.price_preview = False
            if rule.kind == "time" and origin_sudo.price_unit != rule.price_unit:
                rates = [r for r in origin_sudo._rates()[origin_sudo] if r.id]
                if rule.price_unit:
                    rates.append(rate_rules.Rate(0, exact(rule.price_unit)))
                rule.price_preview = kind._preview({origin_sudo: rates})
