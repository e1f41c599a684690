"""Numbers and durations for sentences, in the language of the reader."""

from decimal import Decimal

from odoo.tools import formatLang

from ..billing.texts import NAMED, described, shorten


def for_days(env, days):
    """Return “for 3 days” in the language of the reader, to stand after a verb.

    :param int days: whole days
    """
    return env._("for 1 day") if days == 1 else env._("for %s days", days)


def days_late(env, days):
    """Return “3 days late” in the language of the reader, to stand alone.

    :param int days: whole days, at least one
    """
    return env._("1 day late") if days == 1 else env._("%s days late", days)


def named(env, text):
    """Return work as a sentence names it: by its description, if it has one.

    :param text: the description of time, a cost or a line; of any length
    """
    first = described(text).split("\n")[0]
    return shorten(first, NAMED) or env._("Without a description")


def number(env, value):
    """Return a number with the separators of the language of the reader.

    :param value: an exact decimal, which keeps its decimals, or a float, which shows
        those it needs, six at most
    """
    if not isinstance(value, Decimal):
        value = round(Decimal(str(value)), 6).normalize()
    decimals = max(0, -value.as_tuple().exponent)
    return formatLang(env, float(value), digits=decimals)
