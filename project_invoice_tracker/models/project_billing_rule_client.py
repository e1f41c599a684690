"""The terms of a contract, in words for the customer."""

from odoo import models
from odoo.tools import format_amount, format_date


class ProjectBillingRule(models.Model):
    """The terms of one rule as sentences; prices only where the customer sees them."""

    _inherit = "project.billing.rule"

    def _client_terms(self):
        """Return ``{"title": …, "terms": […]}`` of this rule (elevated)."""
        self.ensure_one()
        titles = {
            "time": self.env._("Work by the hour"),
            "cost": self.env._("Expenses and purchases"),
            "milestone": self.env._("Fixed price by milestone"),
            "progress": self.env._("Fixed price by progress"),
            "recurring": self.env._("Retainer"),
            "advance": self.env._("Prepaid hours")
            if self.advance_type == "hours"
            else self.env._("Deposit"),
            "retention": self.env._("Retention"),
            "manual": self.env._("As agreed in each case"),
        }
        terms = [self._client_nature()]
        if self.portal_prices:
            terms += [self._client_price(), *self._client_limits()]
        terms.append(self._client_duration())
        return {
            "title": titles.get(self.kind, self.name),
            "name": self.name,
            "terms": [term for term in terms if term],
        }

    def _client_nature(self):
        """Return how the rule bills, without any figure, in words."""
        sentences = {
            "time": self.env._("Included or prepaid hours are used first.")
            if self.allowance_rule_id
            else self.env._("The hours worked are invoiced."),
            "cost": self.env._("What we pay to others for you is invoiced."),
            "milestone": self.env._("Each milestone is invoiced once you accept it.")
            if self.milestone_ready == "signed"
            else self.env._("Each milestone is invoiced once it is reached."),
            "progress": self.env._("What is completed is invoiced."),
            "recurring": self.env._("A fee is invoiced for each period."),
            "advance": self.env._("Hours are bought in advance and used up.")
            if self.advance_type == "hours"
            else self.env._("A deposit is taken off later invoices."),
            "retention": self.env._(
                "A part of each invoice is held back until it is released."
            ),
        }
        return sentences.get(self.kind, "")

    def _client_price(self):
        """Return the agreed price in words, or an empty text."""
        price = self.price_in_words or ""
        if self.kind in ("milestone", "progress") and price:
            return self.env._("Agreed price: %s", price)
        return price

    def _client_limits(self):
        """Return the caps and minimum of the rule, in words."""
        limits = []
        for cap in self.cap_ids.filtered("active"):
            if cap.limit_amount:
                amount = format_amount(self.env, cap.limit_amount, cap.currency_id)
                limits.append(
                    self.env._(
                        "At most %(limit)s (%(name)s)", limit=amount, name=cap.name
                    )
                )
            if cap.limit_hours:
                hours = self._hours_in_words(cap.limit_hours)
                limits.append(
                    self.env._(
                        "At most %(limit)s h (%(name)s)", limit=hours, name=cap.name
                    )
                )
        if self.minimum_fee:
            fee = format_amount(self.env, self.minimum_fee, self.currency_id)
            limits.append(self.env._("At least %s per invoice", fee))
        return limits

    def _client_duration(self):
        """Return until when the rule applies, if it ends, in words."""
        if not self.date_end:
            return ""
        return self.env._("Until %s", format_date(self.env, self.date_end))


class ProjectProject(models.Model):
    """The contract of a project as its customer reads it."""

    _inherit = "project.project"

    def _billing_portal_contract(self):
        """Return the terms of every rule that applies, as plain values (elevated)."""
        self.ensure_one()
        return [rule._client_terms() for rule in self.billing_rule_ids]

    def _billing_portal_orders(self):
        """Return the customer's order numbers, as the customer gave them."""
        self.ensure_one()
        orders = self.billing_rule_ids.cap_ids.filtered("is_order")
        return list(dict.fromkeys(orders.mapped("name")))
