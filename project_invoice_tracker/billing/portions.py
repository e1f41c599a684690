"""Portions: cutting an amount so that its parts are its sum, to the smallest coin."""

from decimal import ROUND_HALF_UP, Decimal


def to_step(amount, step=Decimal("0.01")):
    """Round an amount half up to the smallest step of its currency.

    >>> to_step(Decimal("1.005")), to_step(Decimal("-1.02"), Decimal("0.05"))
    (Decimal('1.01'), Decimal('-1.00'))
    """
    return (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def portions(amount, weights, step=Decimal("0.01")):
    """Return the parts of an amount by weight, each at the running weights.

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
    whole, done, reached, parts = sum(weights), 0, to_step(Decimal(0), step), []
    for weight in weights:
        done += weight
        upto = to_step(amount * done / whole, step) if whole else reached
        parts.append(upto - reached)
        reached = upto
    if parts:
        parts[-1] += amount - reached
    return parts


def running(amounts, step=Decimal("0.01")):
    """Round amounts so that they sum to their rounded sum.

    >>> [str(part) for part in running([Decimal("0.335")] * 2)]
    ['0.34', '0.33']
    """
    exact, reached, parts = Decimal(0), to_step(Decimal(0), step), []
    for amount in amounts:
        exact += amount
        upto = to_step(exact, step)
        parts.append(upto - reached)
        reached = upto
    return parts
