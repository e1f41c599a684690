"""What credit notes leave of a billed line, and which work they give back."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Left:
    """Quantity and amount of a line that its documents still bill.

    :param quantity: as the customer reads it, in the unit of the line
    :param amount: untaxed
    """

    quantity: Decimal
    amount: Decimal

    def less(self, quantity, amount):
        """Return what is left after so much is credited.

        >>> Left(Decimal(8), Decimal(800)).less(Decimal(5), Decimal(500))
        Left(quantity=Decimal('3'), amount=Decimal('300'))
        """
        return Left(self.quantity - quantity, self.amount - amount)

    def turned(self):
        """Return both values with the other sign, so that corrections read as work.

        >>> Left(Decimal(-2), Decimal(-200)).turned()
        Left(quantity=Decimal('2'), amount=Decimal('200'))
        """
        return Left(-self.quantity, -self.amount)

    def within(self, other):
        """Return the smaller of this and what another document leaves.

        Of each value the one that is closer to zero.

        >>> Left(Decimal(5), Decimal(400)).within(Left(Decimal(3), Decimal(500)))
        Left(quantity=Decimal('3'), amount=Decimal('400'))
        """
        return Left(
            min(self.quantity, other.quantity, key=abs),
            min(self.amount, other.amount, key=abs),
        )

    def is_all(self, quantity, amount):
        """Tell whether this much takes all that is left, by quantity or by amount.

        >>> left = Left(Decimal(8), Decimal(300))
        >>> left.is_all(Decimal(8), Decimal(250)), left.is_all(Decimal(1), Decimal(300))
        (True, True)
        """
        return quantity >= self.quantity or bool(amount) and amount >= self.amount

    def names(self, quantity, amount, rounding=Decimal("0.01")):
        """Tell whether a credit note takes work back, and not only lowers a price.

        A credit note that takes less than the remaining price of its quantity is a
        price credit (rebate), unless it takes the last cent.

        >>> Left(Decimal(8), Decimal(800)).names(Decimal(4), Decimal(200))
        False
        >>> after_a_rebate = Left(Decimal(8), Decimal(400))
        >>> after_a_rebate.names(Decimal(4), Decimal(200))
        True
        >>> after_a_rebate.names(Decimal(16), Decimal(400))
        True
        """
        if amount and amount >= self.amount:
            return True
        if self.quantity <= 0:
            return False
        full = quantity * self.amount / self.quantity
        return amount >= full - rounding / 2

    def is_nothing(self, sign=1):
        """Tell whether neither work nor money is left, in the direction of ``sign``.

        >>> Left(Decimal(0), Decimal(0)).is_nothing()
        True
        >>> Left(Decimal(0), Decimal("0.17")).is_nothing()
        False
        """
        return self.quantity * sign <= 0 and self.amount * sign <= 0
