"""Progress: what each report of a completed percentage adds to the earlier ones."""

from dataclasses import dataclass
from decimal import Decimal

from .rounding import CENT, money


@dataclass(frozen=True)
class Report:
    """A completed percentage on a day; ``held`` is its amount once it is in use."""

    id: int
    percentage: Decimal
    held: Decimal | None = None


def steps(contract, reports, step=CENT):
    """Return the amount of each report that is not in use: ``{report id: amount}``.

    With what requests and invoices hold, these sum to the latest percentage of the
    contract. Where a later report is lower, an earlier one adds only what is left of
    it. No amount is negative but that of the latest report, when it is below what is
    held already.

    :param contract: the amount of 100 %
    :param reports: :class:`Report` in the order of their days

    >>> steps(Decimal(1000), [Report(1, Decimal(25)), Report(2, Decimal(40))])
    {1: Decimal('250.00'), 2: Decimal('150.00')}
    >>> steps(Decimal(1000), [Report(1, Decimal(50)), Report(2, Decimal(40))])
    {1: Decimal('400.00'), 2: Decimal('0.00')}
    >>> billed = Report(1, Decimal(50), held=Decimal("500.00"))
    >>> steps(Decimal(2000), [billed, Report(2, Decimal(60))])
    {2: Decimal('700.00')}
    >>> steps(Decimal(1000), [billed, Report(2, Decimal(40))])
    {2: Decimal('-100.00')}
    """
    held = sum((r.held for r in reports if r.held is not None), Decimal(0))
    amounts, reached = {}, held
    for position, report in enumerate(reports):
        if report.held is not None:
            continue
        later = reports[position:]
        lowest = min(money(contract * r.percentage / 100, step) for r in later)
        goal = lowest if len(later) == 1 else max(lowest, held)
        amounts[report.id] = money(goal - reached, step)
        reached = goal
    return amounts
