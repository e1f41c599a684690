"""Percentages that a customer types when accepting a milestone in part."""

from decimal import Decimal, InvalidOperation

#: Steps in which a share is accepted, in percent.
STEP = Decimal("0.000001")
#: Characters of a number at most; more is no percentage.
LONGEST = 20


def read_share(text, left):
    """Return the percentage of a milestone in a text, or None if it is not valid.

    :param text: as it came from outside; with a comma or a point, perhaps with ``%``
    :param Decimal left: what is not accepted yet, in percent; a share is less

    >>> read_share("40", Decimal(100))
    Decimal('40')
    >>> read_share(" 12,5 % ", Decimal(60))
    Decimal('12.5')
    >>> [read_share(text, Decimal(60)) for text in ("60", "0", "-1", "NaN", "1e1", "")]
    [None, None, None, None, None, None]
    >>> read_share("0.0000001", Decimal(60)) is read_share(None, Decimal(60))
    True
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    plain = text.replace("%", "").strip().replace(",", ".")
    if not plain or not set(plain) <= set("0123456789."):
        return None
    try:
        share = Decimal(plain)
    except InvalidOperation:
        return None
    if not 0 < share < left or share % STEP:
        return None
    return share
