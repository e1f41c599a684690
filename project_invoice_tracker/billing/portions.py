"""Portions: cut an amount into rounded parts that sum to it exactly."""

from decimal import Decimal

from .rounding import CENT, money


def portions(amount, weights, step=CENT):
    """Cut an amount by weight, at the running sum of the weights.

    Each part is the difference of two rounded amounts, so they sum to the amount,
    whatever the weights; corrections have negative ones. Where the weights sum to
    nothing, so does each part, and the last one takes what there is.

    :param amount: what is cut, in steps of the currency
    :param weights: one for each part, in the order of the work
    :param step: the smallest step of the currency

    >>> [str(part) for part in portions(Decimal(100), [20, 20, 20])]
    ['33.33', '33.34', '33.33']
    >>> [str(part) for part in portions(Decimal(700), [480, -60])]
    ['800.00', '-100.00']
    >>> [str(part) for part in portions(Decimal("0.00"), [480, -480])]
    ['0.00', '0.00']
    """
    whole, done, reached, parts = sum(weights), 0, money(Decimal(0), step), []
    for weight in weights:
        done += weight
        upto = money(amount * done / whole, step) if whole else reached
        parts.append(upto - reached)
        reached = upto
    if parts:
        parts[-1] += amount - reached
    return parts


def running(amounts, step=CENT):
    """Round amounts so that they sum to their rounded sum.

    >>> [str(part) for part in running([Decimal("0.335")] * 2)]
    ['0.34', '0.33']
    """
    exact, reached, parts = Decimal(0), money(Decimal(0), step), []
    for amount in amounts:
        exact += amount
        upto = money(exact, step)
        parts.append(upto - reached)
        reached = upto
    return parts
