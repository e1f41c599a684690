"""The smallest amount of a currency: money is rounded to it, never to decimals.

Swiss francs are invoiced in steps of 0.05: they show two decimals and know no 0.01.
Odoo rounds by ``res.currency.rounding``, and so does everything here.
"""

from ..billing.rounding import rounding_step

#: The same in SQL: a numeric ``amount`` in steps of a ``rounding`` column, half up
#: away from zero.
ROUNDED = "(round(({amount}) / {rounding}) * {rounding})"


def step_of(currency):
    """Return the step of a ``res.currency`` exactly; whole units without a currency."""
    return rounding_step(currency.rounding)


def has_coins(currency):
    """Tell whether a currency is rounded to more than one unit of its last decimal."""
    return step_of(currency).as_tuple().digits != (1,) or currency.rounding > 1


def rounded_sql(amount, rounding):
    """Return the SQL of an amount in whole steps of its currency.

    :param str amount: a numeric expression
    :param str rounding: the column of the currency's rounding
    """
    return ROUNDED.format(amount=amount, rounding=rounding)
