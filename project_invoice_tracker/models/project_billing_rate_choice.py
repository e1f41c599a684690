"""Rates: which of them may apply under a rule, and which projects they price."""

from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ..billing import rates as rate_rules
from ..billing.rounding import exact, minutes_from_hours
from .project_billing_rate import WHO_FIELDS


class ResPartner(models.Model):
    """Merged customers keep their rates."""

    _inherit = "res.partner"

    def _billing_follow_merge(self):
        """Price the open time of customers anew after others were merged into them.

        :raises ValidationError: when two of their rates hold on the same days by now
        """
        # sudo: whoever merges contacts need not know what they pay
        rates_sudo = self.env["project.billing.rate"].sudo()
        rates_sudo = rates_sudo.search([("partner_id", "in", self.ids)])
        rates_sudo._check_overlap()
        rates_sudo._affected_projects()._billing_sync_items(["time"])


class ProjectBillingRate(models.Model):
    """Convert rates into the plain values that :mod:`billing.rates` chooses among."""

    _inherit = "project.billing.rate"

    def _affected_projects(self):
        """Return the projects whose open time these rates may price (elevated)."""
        # sudo: a rate prices projects that its editor may not follow
        rules_sudo = self.env["project.billing.rule"].sudo()
        projects = self.sudo().project_id  # sudo: as above
        for rate in self.filtered(lambda rate: rate.scope in ("partner", "company")):
            domain = Domain("kind", "=", "time") & Domain(
                "company_id", "=", rate.company_id.id
            )
            if rate.scope == "partner":
                partner = rate.partner_id.id
                domain &= Domain("project_id.partner_id", "child_of", partner) | Domain(
                    "project_id.billing_partner_id", "child_of", partner
                )
            projects |= rules_sudo.search(domain).project_id
        return projects

    @api.model
    def _by_rule(self, rules):
        """Return ``{rule: [plain rates that may apply under it]}``, in one query.

        :param rules: time rules, elevated
        """
        customers = {rule: rule.project_id._billing_customers() for rule in rules}
        partners = self.env["res.partner"].union(*customers.values())
        rates = self.search(
            Domain("company_id", "in", rules.company_id.ids)
            & (
                Domain("rule_id", "in", rules.ids)
                | (
                    Domain("rule_id", "=", False)
                    & (
                        Domain("project_id", "in", rules.project_id.ids)
                        | Domain("partner_id", "in", partners.ids)
                        | Domain("scope", "=", "company")
                    )
                )
            )
        )
        by_scope = defaultdict(list)
        for rate in rates:
            where = (rate.scope, rate[f"{rate.scope}_id"].id)
            terms = (rate.currency_id.id, rate.company_id.id)
            by_scope[where + terms].append(rate._to_rate())
        found = {}
        for rule in rules:
            terms = (rule.currency_id.id, rule.company_id.id)
            keys = [("rule", rule.id), ("project", rule.project_id.id)]
            keys += [("partner", partner.id) for partner in customers[rule]]
            keys += [("company", rule.company_id.id)]
            found[rule] = [rate for key in keys for rate in by_scope[key + terms]]
        return found

    def _to_rate(self):
        """Return the plain value that :mod:`billing.rates` works with."""
        self.ensure_one()
        return rate_rules.Rate(
            id=self.id,
            price=exact(self.price_unit),
            scope=self.scope,
            date_from=self.date_from or None,
            date_to=self.date_to or None,
            hours_per_day=exact(self.hours_per_day) if self.unit == "day" else None,
            weekend=exact(self.weekend_multiplier),
            daily_limit=minutes_from_hours(self.daily_limit) or None,
            overtime=exact(self.overtime_multiplier),
            **{name: self[name].id or None for name in WHO_FIELDS},
        )
