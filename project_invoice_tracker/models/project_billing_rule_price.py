"""Prices of a service as Odoo computes them: price lists, and taxes in a price."""

from decimal import Decimal

from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date

from ..billing.rounding import exact, exact_money, money
from .cost_pricing import find_rate
from .currency_step import step_of
from .service_terms import taxes_of


class ProjectBillingRule(models.Model):
    """The price that Odoo would put on an invoice line for the service."""

    _inherit = "project.billing.rule"

    # === PRICE LISTS ===

    def _billing_pricelist(self):
        """Return the price list of the customer (elevated), or none."""
        self.ensure_one()
        customer = self.project_id._billing_customer().with_company(self.company_id)
        return customer.property_product_pricelist.with_company(self.company_id)

    def _billing_list_price(self, day, hours=1.0):
        """Return the hourly price of the service on the customer's price list.

        Odoo is asked in the currency of the list, as on an order by this list: it
        leaves fixed prices, surcharges and margins in that currency, whatever currency
        it is asked for. The result is converted as a whole.

        :param date day: of the work
        :param float hours: on the line
        :returns: ``(price, whether the list has a line for it, problem in words)``;
            the price a Decimal in the currency of the rule
        """
        pricelist = self._billing_pricelist()
        if not pricelist or not self.product_id:
            return Decimal(0), False, None
        price, line = pricelist._get_product_price_rule(
            self.product_id.with_company(self.company_id),
            float(hours),
            currency=pricelist.currency_id,
            uom=self.env["project.billing.kind"]._get("time")._hour(),
            date=day,
        )
        if not line:
            return Decimal(0), False, None
        rate = find_rate(self.company_id, pricelist.currency_id, self.currency_id, day)
        if rate is None:
            return Decimal(0), True, self._no_list_rate(pricelist, day)
        return exact(exact(price, 12) * rate), True, None

    def _no_list_rate(self, pricelist, day):
        """Return that a price of the list cannot be converted, in words."""
        return self.env._(
            "No exchange rate from %(original)s to %(contract)s on %(day)s for the "
            "price list “%(list)s”. Ask accounting to enter one.",
            original=pricelist.currency_id.name,
            contract=self.currency_id.name,
            day=format_date(self.env, day),
            list=pricelist.display_name,
        )

    def _billing_list_hours(self):
        """Return the numbers of hours from which the price list may change its price.

        Of the list and of those it is based on, whatever their dates; none when the
        rule has a price of its own, which takes precedence over the list.
        """
        self.ensure_one()
        items = self.env["product.pricelist.item"].sudo()  # sudo: prices only
        limited = Domain("min_quantity", ">", 0)
        if self.price_unit or not items.search_count(limited, limit=1):
            return []
        # sudo: prices only
        lists, found = self._billing_pricelist().sudo(), items
        seen = lists
        while lists:
            own = items.search([("pricelist_id", "in", lists.ids)])
            found |= own.filtered("min_quantity")
            lists = own.base_pricelist_id - seen
            seen |= lists
        hour = self.env["project.billing.kind"]._get("time")._hour()
        unit = self.product_id.uom_id
        return sorted(
            {
                exact(
                    unit._compute_quantity(
                        least, hour, round=False, raise_if_failure=False
                    )
                )
                for least in found.mapped("min_quantity")
            }
        )

    # === TAXES IN A PRICE ===

    def _billing_tax_adapter(self, product=None):
        """Return a function that converts a tax-included price for today's customer.

        As on an invoice: where all taxes of a service are in its price, and the
        customer pays others, or none, the untaxed price stays and the taxes change.

        :param product: whose price it is; the service of the rule by default
        :returns: None where no price changes, else a function from the agreed price
            (a Decimal) to the one of the line
        """
        self.ensure_one()
        service = self.product_id
        product = product or service
        original = self._billing_own_taxes(product)
        if not original or not all(tax.price_include for tax in original):
            return None
        # the taxes of a line are those of the service of its rule
        # sudo: taxes of the service, as on an invoice
        taxes = taxes_of(service.sudo(), self.company_id, self._billing_position())

        def adapt(price):
            if taxes == original or not price:
                return price
            return exact(
                original._adapt_price_unit_to_another_taxes(
                    float(price), product, original, taxes
                )
            )

        return adapt

    def _billing_own_taxes(self, product):
        """Return the taxes of a service, before any fiscal position (elevated)."""
        # sudo: taxes of the service, for prices of work that the reader may see
        return product.sudo().taxes_id._filter_taxes_by_company(self.company_id)

    def _billing_position(self):
        """Return the fiscal position that the customer has today (elevated)."""
        rule_sudo = self.sudo()  # sudo: the terms of the customer, as on an invoice
        terms = rule_sudo.env["project.billing.request"]._prepare_terms(
            rule_sudo.project_id, rule_sudo.company_id
        )
        position = rule_sudo.env["account.fiscal.position"]
        return position.browse(terms["fiscal_position_id"])

    def _billing_agreed(self, amount):
        """Return an amount of the rule, with the taxes that its customer pays.

        :param float amount: of a contract, a milestone, a deposit, a pack, a minimum
        :returns: a Decimal in whole steps of the currency
        """
        step = step_of(self.currency_id)
        agreed = exact_money(amount, step)
        adapt = self._billing_tax_adapter() if agreed else None
        return money(adapt(agreed), step) if adapt else agreed
