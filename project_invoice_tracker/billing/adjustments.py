"""Amounts that follow from the other lines of a request.

Deductions of down payments (deposits), retentions and minimum fees.
"""

from decimal import Decimal

from .rounding import CENT, money


class Overdrawn(ValueError):
    """Raised when more was released or deducted than there is."""


def deduction(content, percentage, balance, is_last=False, step=CENT):
    """Return the amount of a deposit to deduct from a request.

    The caller limits it to what the request comes to.

    :param content: what the request bills of the contract
    :param percentage: the deposit's share of the contract; None deducts all at once
    :param balance: what is left of the deposit
    :param is_last: the contract is fully billed with this request

    >>> deduction(Decimal("100.05"), Decimal(30), Decimal("43.52"))
    Decimal('30.02')
    >>> deduction(Decimal("45"), Decimal(30), Decimal("13.51"), is_last=True)
    Decimal('13.51')
    >>> deduction(Decimal("45"), None, Decimal("200"))
    Decimal('200')
    """
    if percentage is None or is_last:
        return max(balance, Decimal(0))
    share = money(max(content, Decimal(0)) * percentage / 100, step)
    return max(min(share, balance), Decimal(0))


def covering(deducted, without, remaining, step=CENT):
    """Return the deduction that leaves a total of exactly nothing.

    It lies between 0 and a deduction that is too large. Totals fall evenly with the
    deduction, but for the rounding of taxes.

    :param deducted: a deduction that is too large
    :param without: the total without a deduction
    :param remaining: the (negative) total with this deduction

    >>> covering(Decimal(200), Decimal("119"), Decimal("-119"))
    Decimal('100.00')
    """
    if remaining >= 0 or without <= remaining:
        return deducted
    return money(max(deducted * without / (without - remaining), Decimal(0)), step)


def hold(amount, percentage, step=CENT):
    """Return what a retention withholds of a net amount; never less than 0.

    >>> hold(Decimal("100.05"), Decimal(10)), hold(Decimal("-5"), Decimal(10))
    (Decimal('10.01'), Decimal('0'))
    """
    if amount <= 0:
        return Decimal(0)
    return min(money(amount * percentage / 100, step), amount)


def releases(held, percentages, settled, step=CENT):
    """Return the amount that each release of a retention still has to bill.

    The last release takes the rest. Amounts that are settled stay as they are; they and
    the returned ones sum to ``held``.

    :param held: what the retention withheld altogether
    :param percentages: of the releases in order, together 100
    :param settled: ``{position: amount}`` that a request or an invoice has
    :raises Overdrawn: when more is settled than there is held

    >>> half = [Decimal(50), Decimal(50)]
    >>> [str(part) for part in releases(Decimal("20.01"), half, {})]
    ['10.01', '10.00']
    >>> [str(part) for part in releases(Decimal("30"), half, {0: Decimal("10.01")})]
    ['0', '19.99']
    >>> releases(Decimal("10"), half, {0: Decimal("10.01")})
    Traceback (most recent call last):
    ...
    project_invoice_tracker.billing.adjustments.Overdrawn: 10.01 of 10
    """
    taken = sum(settled.values(), Decimal(0))
    if taken > held:
        raise Overdrawn(f"{taken} of {held}")
    left, parts = held - taken, []
    for position, share in enumerate(percentages[:-1]):
        part = Decimal(0)
        if position not in settled:
            part = min(money(held * share / 100, step), left)
        parts.append(part)
        left -= part
    return [*parts, left] if percentages else []


def shortfall(minimum, amount):
    """Return the amount missing to a minimum fee; 0 when nothing is billed.

    >>> shortfall(Decimal(250), Decimal("100.05")), shortfall(Decimal(250), Decimal(0))
    (Decimal('149.95'), Decimal('0'))
    """
    return max(minimum - amount, Decimal(0)) if amount > 0 else Decimal(0)
