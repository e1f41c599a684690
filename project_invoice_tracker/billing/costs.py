"""Costs: which part of a bill the customer pays, at which price and currency."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import accumulate, pairwise

from .portions import portions
from .rounding import CENT, exact, money

#: Significant digits of an exchange rate: as many as a host float keeps.
RATE_DIGITS = 15


@dataclass(frozen=True)
class Cost:
    """What pricing needs to know of a line of a bill, or of an expense.

    ``amount`` and ``quantity`` are the share of the project, negative for what a
    vendor took back; ``amount`` is net of the tax that is recovered.
    """

    source_id: int
    project_id: int
    company_id: int
    day: date
    currency_id: int
    amount: Decimal
    share: Decimal
    quantity: Decimal
    text: str
    category: str | None = None
    product_id: int | None = None
    uom_id: int | None = None
    category_id: int | None = None
    vendor_id: int | None = None
    employee_id: int | None = None


def distribution_share(distribution, account_id):
    """Return the percentage that an analytic distribution gives to an account.

    A key may name several accounts, of different plans, parted by commas.

    >>> split = {"7": 25.0, "7,9": 35.0, "8": 40.0}
    >>> distribution_share(split, 7), distribution_share(split, 17)
    (Decimal('60.0000'), Decimal('0.0000'))
    """
    wanted = str(account_id)
    percentages = (
        exact(percentage)
        for key, percentage in (distribution or {}).items()
        if wanted in key.split(",")
    )
    return exact(sum(percentages, Decimal(0)), 4)


def split(amount, shares, step=CENT, held=None):
    """Return the parts of an amount by their percentages; together they are all of it.

    Each part is what rounding the running total adds, so no part takes a cent that
    another one has. What is held stays as it is, and the others share the rest.

    :param shares: percent each, in an order that stays
    :param step: the smallest part
    :param held: ``{position: amount}`` that requests or invoices have

    >>> [str(part) for part in split(Decimal("182.25"), [Decimal(98), Decimal(2)])]
    ['178.61', '3.64']
    >>> thirds = [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    >>> [str(part) for part in split(Decimal("-10.01"), thirds)]
    ['-3.34', '-3.33', '-3.34']
    >>> [str(p) for p in split(Decimal("10.01"), thirds, held={2: Decimal("3.35")})]
    ['3.33', '3.33', '3.35']
    """
    held = held or {}
    reached = [money(amount * share / 100, step) for share in accumulate(shares)]
    parts = [upto - before for before, upto in pairwise([Decimal(0), *reached])]
    if all(parts[position] == part for position, part in held.items()):
        return parts
    free = [position for position in range(len(shares)) if position not in held]
    rest = reached[-1] - sum(held.values(), Decimal(0))
    left = portions(rest, [shares[position] for position in free], step)
    parts = {**held, **dict(zip(free, left, strict=True))}
    return [parts[position] for position in range(len(shares))]


def exchange_rate(source, target):
    """Return the factor from one currency to another.

    :param source: what one unit of the company's currency is in that currency
    :param target: the same for the currency converted to

    >>> exchange_rate(Decimal("1.25"), Decimal(1))
    Decimal('0.8')
    >>> exchange_rate(Decimal(160), Decimal("0.31"))
    Decimal('0.0019375')
    """
    context = Context(prec=RATE_DIGITS, rounding=ROUND_HALF_UP)
    return context.divide(Decimal(target), Decimal(source))


def cost_price(base, rate=None, markup=0, step=CENT):
    """Return what the customer pays for ``base``: converted and marked up.

    Rounded once, half up, at the end.

    :param base: amount (or unit price) in its own currency, never negative
    :param rate: factor to the currency of the contract; ``None`` when it is the same
    :param markup: percentage that is added
    :param step: what the price is rounded to

    >>> cost_price(Decimal("600.00"), markup=Decimal("12.5"))
    Decimal('675.00')
    >>> cost_price(Decimal(10000), Decimal("0.00625"), Decimal("12.5"))
    Decimal('70.31')
    >>> cost_price(Decimal("80.125"), Decimal("525.5"), step=Decimal(1))
    Decimal('42106')
    """
    converted = base if rate is None else base * rate
    return money(converted * (100 + Decimal(markup)) / 100, step)


def exact_quantity(quantity, decimals=2):
    """Round a part of a quantity half up, as the customer reads it.

    >>> exact_quantity(Decimal("2.9997")), exact_quantity(Decimal("-1.005"))
    (Decimal('3.00'), Decimal('-1.01'))
    """
    return quantity.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
