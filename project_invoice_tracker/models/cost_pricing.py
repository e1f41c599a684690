"""Prices of costs: at cost, marked up, or at the sales price; in one currency."""

from decimal import Decimal

from odoo.tools import SQL, format_amount, format_date

from ..billing.costs import cost_price, exact_quantity, exchange_rate
from ..billing.rounding import exact
from .currency_step import step_of
from .phrases import number

#: The rates of some currencies on a day; those of the company win, as in Odoo.
RATES = """
    SELECT DISTINCT ON (currency_id) currency_id, rate
      FROM res_currency_rate
     WHERE currency_id IN %(currencies)s AND name <= %(day)s
       AND (company_id IS NULL OR company_id = %(company)s)
     ORDER BY currency_id, company_id, name DESC
"""


def find_rate(company, source, target, day):
    """Return the factor from one currency to another on a day, or None.

    Unlike Odoo's own conversion never 1.0 by default: only the company's currency,
    to which all rates refer, needs no rate of its own.
    """
    if source == target:
        return Decimal(1)
    env = company.env
    env["res.currency.rate"].flush_model()
    rows = env.execute_query(
        SQL(
            RATES,
            currencies=(source.id, target.id),
            day=day,
            company=company.root_id.id,
        )
    )
    rates = {company.currency_id.id: Decimal(1)}
    rates.update((currency_id, exact(rate, 15)) for currency_id, rate in rows if rate)
    if source.id not in rates or target.id not in rates:
        return None
    return exchange_rate(rates[source.id], rates[target.id])


class CostPricer:
    """Prices costs under rules; looks up once what many of them share."""

    def __init__(self, env):
        self.env = env
        self.rates = {}
        self.sales_prices = {}
        self.price_digits = env["decimal.precision"].precision_get("Product Price")
        self.unit_digits = env["decimal.precision"].precision_get("Product Unit")

    def price(self, rule, cost):
        """Return ``(quantity, price, values)`` of the item of a cost under a rule.

        :param rule: elevated ``project.billing.rule`` of kind ``cost``
        :param cost: :class:`billing.costs.Cost`
        """
        currency = self.env["res.currency"].browse(cost.currency_id)
        sign = -1 if cost.amount < 0 else 1
        quantity, base, problem, taxed = Decimal(sign), abs(cost.amount), None, {}
        if rule.cost_policy == "sales_price":
            quantity = exact_quantity(cost.quantity, self.unit_digits)
            base, currency, problem = self._sales_price(rule, cost)
            base, taxed = self._without_taxes(rule, cost.product_id, base)
        pricing = {
            "policy": rule.cost_policy,
            "category": cost.category,
            "share": str(cost.share),
            "base": str(base),
            "currency_id": currency.id,
            "markup": str(self._markup(rule)),
            **taxed,
        }
        converted, missing = self.convert(rule, pricing)
        return (
            quantity,
            converted.pop("price_unit"),
            {
                **converted,
                "cost_amount": exact(base * quantity),
                "cost_currency_id": currency.id,
                "cost_category": cost.category,
                "problem": problem or missing,
            },
        )

    def convert(self, rule, pricing):
        """Return ``(values, problem)``: the item's price at today's exchange rate.

        :param dict pricing: the item's ``pricing``, whose exchange rate is replaced
        """
        source = self.env["res.currency"].browse(pricing["currency_id"])
        target = rule.currency_id
        rate, day, problem = None, None, None
        if source != target:
            rate, day = (
                self._rate(rule.company_id, source, target),
                rule._billing_today(),
            )
            if rate is None:
                problem = self._no_rate(rule.company_id, source, target)
        price = Decimal(0)
        if not problem:
            price = cost_price(
                Decimal(pricing["base"]),
                rate,
                Decimal(pricing["markup"]),
                self._step(rule, pricing),
            )
        pricing = {
            **pricing,
            "rate": rate and str(rate),
            "rate_date": day and str(day),
        }
        return {
            "price_unit": price,
            "conversion_rate": rate,
            "conversion_date": day if rate else None,
            "pricing": pricing,
            "explanation": self.explain(rule, pricing),
        }, problem

    def _step(self, rule, pricing):
        """Return what a price is rounded to; unit prices may have more decimals."""
        step = step_of(rule.currency_id)
        if pricing["policy"] == "sales_price":
            step = min(step, Decimal(1).scaleb(-self.price_digits))
        return step

    def explain(self, rule, pricing):
        """Return in words how a price was computed, from the values it depends on."""
        env = self.env
        base = format_amount(
            env,
            float(pricing["base"]),
            env["res.currency"].browse(pricing["currency_id"]),
        )
        if pricing["policy"] == "sales_price":
            base = env._("sales price %s", base)
        parts = [base]
        if pricing["policy"] != "sales_price" and Decimal(pricing["share"]) != 100:
            parts.append(env._("%s %% of the cost", _said(env, pricing["share"])))
        if pricing["rate"]:
            parts.append(
                env._(
                    "at %(rate)s of %(day)s",
                    rate=_said(env, pricing["rate"]),
                    day=format_date(env, pricing["rate_date"]),
                )
            )
        if Decimal(pricing["markup"]):
            parts.append(env._("plus %s %%", _said(env, pricing["markup"])))
        words = env._(
            "%(parts)s, rule %(rule)s", parts=", ".join(parts), rule=rule.name
        )
        category = pricing["category"]
        return f"{category}: {words}" if category else words

    def _markup(self, rule):
        return exact(rule.cost_markup, 4) if rule.cost_policy == "markup" else 0

    def _rate(self, company, source, target):
        key = (company, source, target)
        if key not in self.rates:
            day = company._billing_today()
            self.rates[key] = find_rate(company, source, target, day)
        return self.rates[key]

    def _no_rate(self, company, source, target):
        return self.env._(
            "No exchange rate from %(original)s to %(contract)s on %(day)s. Ask "
            "accounting to enter one.",
            original=source.name,
            contract=target.name,
            day=format_date(self.env, company._billing_today()),
        )

    # === SALES PRICE ===

    def _sales_price(self, rule, cost):
        """Return ``(price, currency, problem)``: what the customer pays for a piece."""
        key = (rule.id, cost.product_id, cost.uom_id, cost.quantity)
        if key not in self.sales_prices:
            self.sales_prices[key] = self._find_sales_price(rule, cost)
        price, currency, problem = self.sales_prices[key]
        if not price and not problem:
            problem = self.env._(
                "“%(cost)s” has no sales price. Set one on its product, or bill it at "
                "cost by a rule of its own.",
                cost=cost.text,
            )
        return price, currency, problem

    def _without_taxes(self, rule, product_id, price):
        """Return a sales price adapted to the taxes of the line.

        :returns: ``(price, the part of ``pricing`` that makes it again)``
        """
        product = self.env["product.product"].browse(product_id)
        adapt = product and rule._billing_tax_adapter(product)
        if not adapt:
            return price, {}
        return adapt(price), {"agreed": str(price), "product_id": product_id}

    def follow(self, rule, pricing):
        """Return item values for a sales price under the customer's taxes of today."""
        base, taxed = self._without_taxes(
            rule, pricing["product_id"], Decimal(pricing["agreed"])
        )
        return self.convert(rule, {**pricing, "base": str(base), **taxed})[0]

    def _find_sales_price(self, rule, cost):
        env = self.env
        if not cost.product_id:
            return Decimal(0), rule.currency_id, None
        product = env["product.product"].browse(cost.product_id)
        product = product.with_company(rule.company_id)
        uom = env["uom.uom"].browse(cost.uom_id)
        customer = rule.project_id._billing_customer().with_company(rule.company_id)
        pricelist = customer.property_product_pricelist
        if not pricelist:
            price = product.lst_price
            if uom and uom != product.uom_id:
                price = product.uom_id._compute_price(price, uom)
            return exact(price), product.currency_id, None
        currency = pricelist.currency_id
        if self._rate(rule.company_id, product.currency_id, currency) is None:
            # Odoo would convert at 1.0
            return (
                Decimal(0),
                currency,
                self._no_rate(rule.company_id, product.currency_id, currency),
            )
        price = pricelist._get_product_price(
            product,
            float(abs(cost.quantity)) or 1.0,
            currency=currency,
            uom=uom or product.uom_id,
            date=rule._billing_today(),
        )
        return exact(price), currency, None


def _said(env, value):
    """Return a number in words: its significant digits, in the reader's format.

    :param str value: decimal number; a rate may have fourteen decimals, or be tiny
    """
    exactly = Decimal(value)
    digits = max(6, 5 - exactly.adjusted())
    return number(env, round(exactly, digits).normalize())
