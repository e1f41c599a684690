"""What is left to bill of a source that was billed by an earlier installation."""

from decimal import Decimal

from .rounding import exact


def left_over(quantity, recorded, done):
    """Return what is left of ``quantity`` when ``done`` of ``recorded`` was billed.

    Nothing is left of a source that was billed in full, even if its rule rounds it to
    more now; of one that has grown since, the added part is left.

    >>> left_over(Decimal(120), Decimal(120), Decimal(120))
    Decimal('0')
    >>> str(left_over(Decimal("19.8"), Decimal("19.8"), Decimal("6.6")))
    '13.200000'
    >>> left_over(Decimal(180), Decimal(170), Decimal(170))
    Decimal('0')
    >>> left_over(Decimal(180), Decimal(180), Decimal(120))
    Decimal('60.000000')
    >>> left_over(Decimal(-60), Decimal(-60), Decimal(-30))
    Decimal('-30.000000')
    >>> left_over(Decimal(60), Decimal(60), Decimal(-30))
    Decimal('60')

    :param quantity: what the rule would bill
    :param recorded: what the source says, before any increment
    :param done: the part of ``recorded`` that was billed or written off
    """
    if not recorded or done * recorded <= 0:
        return quantity
    if abs(done) >= abs(recorded):
        return Decimal(0)
    return exact(quantity * (recorded - done) / recorded)
