"""Splitting: which slices a smaller quantity gives back, which share a part gets."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .rounding import money


@dataclass(frozen=True)
class Slice:
    """A part of an item that a line consumes (a row of the ledger)."""

    id: int
    item_id: int
    quantity: Decimal
    day: date | None = None


class NotEnough(ValueError):
    """More is asked back than the slices hold."""


def take_latest(slices, quantity):
    """Return ``[(slice, taken)]`` that sum to ``quantity``, latest work first.

    Slices of corrections (negative quantities) are only taken when everything is:
    taking them alone would bill more than was agreed.

    :raises NotEnough: when the slices together hold less than ``quantity``

    >>> monday = Slice(1, 10, Decimal(270), date(2026, 3, 2))
    >>> tuesday = Slice(2, 11, Decimal(210), date(2026, 3, 3))
    >>> [(s.id, int(q)) for s, q in take_latest([monday, tuesday], Decimal(240))]
    [(2, 210), (1, 30)]
    >>> take_latest([monday], Decimal(300))
    Traceback (most recent call last):
    ...
    project_invoice_tracker.billing.allocation.NotEnough: 300 of 270
    """
    total = sum((part.quantity for part in slices), Decimal(0))
    if quantity > total:
        raise NotEnough(f"{quantity} of {total}")
    if quantity == total:
        return [(part, part.quantity) for part in slices]
    taken, missing = [], quantity
    for part in sorted(slices, key=_latest_first):
        if missing <= 0:
            break
        if part.quantity > 0:
            taken.append((part, min(part.quantity, missing)))
            missing -= taken[-1][1]
    return taken


def _latest_first(part):
    """Sort key: the latest day first, the latest item first within it."""
    day = part.day or date.min
    return (-day.toordinal(), -part.item_id)


def instalments(contract, percentages, decimals=2, held=None):
    """Return the amounts of ``percentages`` of ``contract``; the last takes the rest.

    The parts sum to the contract's share of the summed percentages, rounded once:
    with 100 % together, to the contract itself.

    :param contract: contract amount
    :param percentages: in the order of billing, as percent (30 is 30 %)
    :param held: amounts that are settled already, by position; they stay as they
        are, and the last of the others takes the remainder

    >>> parts = instalments(Decimal("145.05"), [Decimal(30), Decimal(70)])
    >>> [str(part) for part in parts]
    ['43.52', '101.53']
    >>> instalments(Decimal(100), [])
    []
    >>> thirds = [Decimal("33.334"), Decimal("33.333"), Decimal("33.333")]
    >>> parts = instalments(Decimal(100), thirds, held={0: Decimal("33.34")})
    >>> [str(part) for part in parts]
    ['33.34', '33.33', '33.33']
    """
    held = held or {}
    parts = [
        held.get(position, money(contract * share / 100, decimals))
        for position, share in enumerate(percentages)
    ]
    free = [position for position in range(len(parts)) if position not in held]
    if free:
        whole = money(contract * sum(percentages) / 100, decimals)
        parts[free[-1]] += whole - sum(parts, Decimal(0))
    return parts
