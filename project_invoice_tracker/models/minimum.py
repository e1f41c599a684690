"""Minimum fees: the price of the line that brings a document to its minimum."""

from decimal import Decimal

from ..billing.adjustments import shortfall
from .deduction import STEPS, Document


class Fee(Document):
    """Lines of a rule on a request, and a minimum fee whose price is not known yet."""

    quantity = 1.0

    def reach(self, minimum, most=None):
        """Return the price of the fee that is missing to a minimum; 0 if none is.

        The total that the customer reads counts, with taxes where prices include them.
        It is the minimum exactly, or as little above it as a price allows.

        :param minimum: what the lines come to at least
        :param most: what the fee may cost at most, or None
        """
        missing = shortfall(minimum, self.totals()[self.in_price])
        if not missing:
            return missing
        if most is not None and most <= missing:
            return max(most, Decimal(0))
        above = None
        for price in self._prices(missing, most):
            total = self.totals(price)[self.in_price]
            if total == minimum:
                return price
            if total > minimum and (above is None or total < above[0]):
                above = total, price
        return above[1] if above else missing

    def _prices(self, missing, most):
        """Return the prices near what is missing, whole coins first."""
        whole = sorted(range(-STEPS, STEPS + 1), key=lambda coins: (abs(coins), -coins))
        finer = sorted(range(-20, 21), key=lambda tenths: (abs(tenths), -tenths))
        prices = [missing + self.step * coins for coins in whole]
        prices += [missing + self.step / 10 * tenths for tenths in finer if tenths % 10]
        return [p for p in prices if p > 0 and (most is None or p <= most)]
