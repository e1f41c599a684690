"""The deduction of a deposit that leaves exactly nothing to pay."""

from decimal import Decimal

from ..billing.adjustments import covering
from ..billing.rounding import exact, exact_money, money
from .currency_step import step_of

#: At most so many smallest coins is a deduction moved, to settle a rounding.
STEPS = 3


class Document:
    """Lines of a request, and an automatic line whose price is not known yet.

    The totals come from Odoo's own tax engine, under the company's rounding rule: taxes
    are rounded by line or by document, so no formula tells what is left.
    """

    #: Of the line whose amount is not known yet.
    quantity = -1.0

    def __init__(self, lines, deduction):
        """Read the lines once.

        :param lines: billing lines that the deduction is to be taken off
        :param deduction: the billing line of the deduction
        """
        self.line = deduction
        self.taxes = deduction.env["account.tax"]
        self.company = deduction.company_id
        self.currency = deduction.request_id.currency_id
        self.step = step_of(self.currency)
        #: Which total follows the price to the cent: 0 untaxed, 1 with taxes in it.
        self.in_price = int(any(deduction.tax_ids.mapped("price_include")))
        self.others = [line._prepare_base_line() for line in lines]
        self.taxes._add_tax_details_in_base_lines(self.others, self.company)

    def totals(self, price=None, forced=None):
        """Return untaxed amount, total and ``{tax id: amount}`` at a line price."""
        base_lines = list(self.others)
        if price is not None:
            base_lines.append(self._base_line(price, forced))
            self.taxes._add_tax_details_in_base_lines(base_lines[-1:], self.company)
        self.taxes._round_base_lines_tax_details(base_lines, self.company)
        untaxed, by_tax = Decimal(0), {}
        for base_line in base_lines:
            details = base_line["tax_details"]
            # each journal item is rounded, whatever the rounding of all spreads
            untaxed += exact_money(
                details["total_excluded_currency"]
                + details["delta_total_excluded_currency"],
                self.step,
            )
            for tax in details["taxes_data"]:
                amount = exact(tax["tax_amount_currency"])
                by_tax[tax["tax"].id] = by_tax.get(tax["tax"].id, 0) + amount
        by_tax = {tax: money(amount, self.step) for tax, amount in by_tax.items()}
        return untaxed, untaxed + sum(by_tax.values()), by_tax

    def _base_line(self, price, forced):
        request = self.line.request_id
        return self.taxes._prepare_base_line_for_taxes_computation(
            self.line,
            tax_ids=self.line.tax_ids,
            quantity=self.quantity,
            price_unit=float(price),
            discount=0.0,
            partner_id=request.partner_id,
            currency_id=self.currency,
            rate=1.0,
            extra_tax_data=forced,
        )

    def settle(self, wanted, balance):
        """Return ``(price, forced taxes or None)`` of the deduction.

        :param wanted: what is to be deducted, if there is as much
        :param balance: what is left of the deposit
        :returns: at most ``wanted``, never leaving a negative total; a deduction
            that is to cover everything leaves exactly nothing
        """
        untaxed, total, _taxes = self.totals()
        if min(untaxed, total, wanted) <= 0:
            return Decimal(0), None
        remaining = self.totals(wanted)
        covers = [
            covering(wanted, untaxed, remaining[0], self.step),
            covering(wanted, total, remaining[1], self.step),
        ]
        price = min(covers)
        near_nothing = self.step * (2 * len(self.others) + STEPS)
        if abs(self.totals(price)[1]) <= near_nothing:
            found = self._exactly_nothing(covers[self.in_price], balance)
            found = found or self._nothing_to_pay(price, balance)
            if found:
                return found
        return self._not_negative(price), None

    def _near(self, price, balance):
        """Return ``{price: totals}`` for the possible prices near one, nearest first.

        A price between two steps of the currency counts as the nearest one.
        """
        steps = sorted(range(-2 * STEPS, 2 * STEPS + 1), key=lambda step: abs(step))
        near = [price + self.step / 2 * step for step in steps]
        return {p: self.totals(p) for p in near if 0 < p < balance + self.step}

    def _exactly_nothing(self, price, balance):
        """Return a price near ``price`` that leaves nothing, or None."""
        near = self._near(price, balance)
        for candidate, (untaxed, total, _taxes) in near.items():
            if not untaxed and not total:
                return candidate, None
        for candidate, totals in near.items():
            # nothing but the rounding of the taxes is left
            if not totals[self.in_price] and candidate <= balance:
                forced = self._forced_taxes(candidate, totals[2])
                if forced and self.totals(candidate, forced)[:2] == (0, 0):
                    return candidate, forced
        return None

    def _nothing_to_pay(self, price, balance):
        """Return a price that leaves nothing to pay, whatever the taxes are."""
        for candidate, (untaxed, total, _taxes) in self._near(price, balance).items():
            if not total and untaxed >= 0:
                return candidate, None
        return None

    def _forced_taxes(self, price, by_tax):
        """Return taxes of the deduction that take back those of the lines."""
        own = self.line.tax_ids.flatten_taxes_hierarchy()
        if by_tax.keys() - set(own.ids):
            return None
        net, _total, taxes = self.totals()
        return {
            "manual_total_excluded_currency": -float(net),
            "manual_tax_amounts": {
                str(tax_id): {
                    "tax_amount_currency": -float(taxes.get(tax_id, 0)),
                    "base_amount_currency": -float(net),
                }
                for tax_id in own.ids
            },
            "currency_id": self.currency.id,
            "price_unit": float(price),
            "discount": 0.0,
            "quantity": -1.0,
            "rate": 1.0,
        }

    def _not_negative(self, price):
        """Return ``price``, lowered if needed so that the total is not negative."""
        for _step in range(10 * STEPS):
            if min(self.totals(price)[:2]) >= 0:
                break
            price -= self.step
        return max(price, Decimal(0))
