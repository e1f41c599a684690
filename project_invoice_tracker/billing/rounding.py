"""Rounding rules of time, quantities and money.

Time is counted in exact decimals of a minute and money in :class:`~decimal.Decimal`;
a float that comes from the host is converted once, at the border, by :func:`exact`.
"""

import math
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Decimal,
    InvalidOperation,
)
from functools import cache

MINUTES_PER_HOUR = 60
#: No ledger quantity is greater; a number above it is a slip of the keyboard.
LARGEST = 10**9
#: Decimals of every ledger quantity: minutes, shares of a milestone, pieces.
QUANTITY_DECIMALS = 6
#: Decimals that are read of an amount before it is rounded to steps of its currency.
AMOUNT_DECIMALS = 12
#: The smallest amount of most currencies.
CENT = Decimal("0.01")
#: Digits before the point beyond which nothing is a number of anything.
HOST_DIGITS = 300
#: No id of a record is greater: PostgreSQL counts them in four bytes.
LARGEST_ID = 2**31 - 1
#: Digits of a host float that mean something: PostgreSQL reads as many in one.
FLOAT_DIGITS = 15
#: Decimals of a minute that count towards a billing increment. The last ones only say
#: that a third of a minute has no end: 45 entries of 40 seconds are half an hour.
STEP_DECIMALS = 2

INCREMENT_ROUNDING = {
    "up": ROUND_CEILING,
    "nearest": ROUND_HALF_UP,
    "down": ROUND_FLOOR,
}


@cache
def _last_digit(decimals):
    """Return one unit of the last of so many decimals."""
    return Decimal(1).scaleb(-decimals)


def exact(value, decimals=QUANTITY_DECIMALS):
    """Return a host float as the decimal number a person reads in it.

    :raises ValueError: when the value is not a finite number

    >>> exact(0.1) + exact(0.2)
    Decimal('0.300000')
    >>> exact(float("nan"))
    Traceback (most recent call last):
    ...
    ValueError: not a finite number: nan
    >>> exact(True)
    Traceback (most recent call last):
    ...
    ValueError: not a finite number: True
    >>> exact(10**400)
    Traceback (most recent call last):
    ...
    ValueError: too large a number
    """
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, int) and abs(value) > 10**HOST_DIGITS:
        # not in words: Python writes no number of thousands of digits
        raise ValueError("too large a number")
    elif (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
    ):
        number = Decimal(repr(value))
    else:
        raise ValueError(f"not a finite number: {value}")
    try:
        return number.quantize(_last_digit(decimals), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        raise ValueError(f"too large a number: {value}") from None


def is_storable_number(value, whole=False):
    """Tell whether a database column can hold a number that somebody sent.

    :param whole: for a column of whole numbers, which has four bytes

    >>> is_storable_number(10**400), is_storable_number("9" * 5000)
    (False, False)
    >>> is_storable_number(float("nan")), is_storable_number(10**10, whole=True)
    (False, False)
    >>> is_storable_number(1.5), is_storable_number("1.5"), is_storable_number(None)
    (True, True, True)
    """
    if isinstance(value, str):
        if len(value) > HOST_DIGITS:
            return False
        try:
            value = float(value or 0)
        except ValueError:
            # a word is refused by the field, in its own sentence
            return True
    if not isinstance(value, (int, float, Decimal)):
        return True
    if isinstance(value, int):
        return abs(value) <= (LARGEST_ID if whole else 10**HOST_DIGITS)
    return math.isfinite(value) and (not whole or abs(value) <= LARGEST_ID)


def read_id(text):
    """Return the record id that a page sent; 0, which no record has, if invalid.

    >>> read_id("17"), read_id("9" * 5000), read_id("-1"), read_id(None)
    (17, 0, 0, 0)
    """
    if not isinstance(text, str) or not text.isascii() or not text.isdecimal():
        return 0
    number = int(text) if len(text) <= len(str(LARGEST_ID)) else 0
    return number if number <= LARGEST_ID else 0


def minutes_from_hours(hours, per=MINUTES_PER_HOUR):
    """Return the minutes of ``hours``, exactly: what a person reads, times 60.

    The same as :data:`models.time_sql.MINUTES` makes of a time entry.

    :param per: minutes of one: those of a day, where days are read
    :raises ValueError: when ``hours`` is not a finite number, or too large

    >>> minutes_from_hours(4.5), minutes_from_hours(1 / 3), minutes_from_hours(0.33)
    (Decimal('270.000000'), Decimal('20.000000'), Decimal('19.800000'))
    >>> minutes_from_hours(89 / 3600), minutes_from_hours(-2.0)
    (Decimal('1.483333'), Decimal('-120.000000'))
    """
    if isinstance(hours, float) and math.isfinite(hours):
        hours = Decimal(format(hours, f".{FLOAT_DIGITS}g"))
    elif not isinstance(hours, Decimal):
        hours = exact(hours)
    minutes = exact(hours * per)
    if abs(minutes) > LARGEST:
        raise ValueError(f"too large a number: {hours}")
    return minutes


def hours_from_minutes(minutes, decimals=2, per=MINUTES_PER_HOUR):
    """Return ``minutes`` in hours, rounded once, half up.

    :param per: minutes of one: those of a day, to read days

    >>> hours_from_minutes(675, per=Decimal(450))
    Decimal('1.50')
    >>> hours_from_minutes(60), hours_from_minutes(100), hours_from_minutes(20)
    (Decimal('1.00'), Decimal('1.67'), Decimal('0.33'))
    """
    hours = exact(minutes) / per
    return hours.quantize(_last_digit(decimals), rounding=ROUND_HALF_UP)


def plain_minutes(minutes):
    """Return minutes as a number: an integer where they are whole, else a float.

    >>> plain_minutes(Decimal("30.000000")), plain_minutes(Decimal("19.800000"))
    (30, 19.8)
    """
    return int(minutes) if minutes == int(minutes) else float(minutes)


def billed_minutes(minutes, increment=0, method="up"):
    """Return the minutes to bill for an entry of ``minutes``.

    :param increment: the billing increment in whole minutes; 0 bills as recorded
    :param method: ``up``, ``nearest`` or ``down``; a correction (negative entry)
        is rounded like the work it takes back, so that both cancel out

    >>> billed_minutes(20, 15, "up"), billed_minutes(20, 15, "nearest")
    (30, 15)
    >>> billed_minutes(-20, 15, "up"), billed_minutes(14, 15, "down")
    (-30, 0)
    >>> billed_minutes(Decimal("30.000015"), 30), billed_minutes(Decimal("30.02"), 30)
    (30, 60)
    """
    if not increment or not minutes:
        return minutes
    counted = exact(abs(minutes), STEP_DECIMALS)
    steps = (counted / increment).quantize(
        Decimal(1), rounding=INCREMENT_ROUNDING[method]
    )
    return int(steps) * increment * (1 if minutes > 0 else -1)


def rounding_step(rounding):
    """Return the smallest amount of a currency, from the float that its host keeps.

    :param rounding: 0.01, 0.05, 1.0; nothing (no currency) rounds to whole units

    >>> rounding_step(0.05), rounding_step(1.0), rounding_step(100.0), rounding_step(0)
    (Decimal('0.05'), Decimal('1'), Decimal('100'), Decimal('1'))
    """
    step = Decimal(repr(float(rounding))).normalize() if rounding else Decimal(1)
    return step.quantize(Decimal(1)) if step.as_tuple().exponent > 0 else step


def money(amount, step=CENT, rounding=ROUND_HALF_UP):
    """Round a decimal amount to whole steps of its currency, half up.

    Never to decimals: a currency with steps of 0.05 has two, and knows no 0.01.

    :param step: the smallest amount of the currency (:func:`rounding_step`)

    >>> money(Decimal("0.505")), money(Decimal("-0.505"))
    (Decimal('0.51'), Decimal('-0.51'))
    >>> money(Decimal("2.5"), Decimal(1)), money(Decimal("-333.325"), Decimal("0.05"))
    (Decimal('3'), Decimal('-333.35'))
    """
    if step.as_tuple().digits == (1,):
        return amount.quantize(step, rounding=rounding)
    return (amount / step).quantize(Decimal(1), rounding=rounding) * step


def exact_money(value, step=CENT):
    """Return a host float as an amount of its currency, in whole steps.

    :raises ValueError: when the value is not a finite number

    >>> exact_money(333.33, Decimal("0.05")), exact_money(1e3, Decimal(1))
    (Decimal('333.35'), Decimal('1000'))
    """
    return money(exact(value, decimals=AMOUNT_DECIMALS), step)


def line_quantity(quantity, unit, decimals=2, day=None):
    """Return the quantity that the customer reads for ``quantity`` of the ledger.

    :param day: minutes of a day, where the customer reads days instead of hours
    :param unit: ``minute`` (read as hours), ``unit`` (read as it is) or ``amount``
        (read as one piece, or one piece less, at a price that is the amount)

    >>> line_quantity(Decimal(270), "minute"), line_quantity(Decimal("0.5"), "unit")
    (Decimal('4.50'), Decimal('0.50'))
    >>> line_quantity(Decimal("-1200"), "amount"), line_quantity(Decimal(0), "amount")
    (Decimal('-1.00'), Decimal('0.00'))
    >>> line_quantity(Decimal(160), "minute", day=Decimal(480))
    Decimal('0.33')
    """
    if unit == "minute":
        return hours_from_minutes(quantity, decimals, day or MINUTES_PER_HOUR)
    if unit == "amount":
        quantity = Decimal((quantity > 0) - (quantity < 0))
    return exact(quantity, decimals)


def ledger_quantity(quantity, unit, day=None):
    """Return the ledger quantity meant by a ``quantity`` that a person typed.

    :param day: minutes of a day, where days were typed instead of hours

    >>> ledger_quantity(1.5, "minute", Decimal(450))
    Decimal('675.000000')
    >>> ledger_quantity(6.0, "minute"), ledger_quantity(0.25, "unit")
    (Decimal('360.000000'), Decimal('0.250000'))
    """
    if unit == "minute":
        return minutes_from_hours(quantity, day or MINUTES_PER_HOUR)
    return exact(quantity)


def day_price(hourly, day):
    """Return the price of a day of so many minutes, from that of an hour.

    A price of a day that was agreed with up to four decimals comes back as it was:
    that of its hour is kept with six.

    >>> day_price(Decimal("133.333333"), Decimal(450)), day_price(125, Decimal(480))
    (Decimal('1000.0000'), Decimal('1000.0000'))
    """
    return exact(hourly * day / MINUTES_PER_HOUR, 4)
