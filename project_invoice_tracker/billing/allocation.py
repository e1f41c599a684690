"""Split items between lines, and amounts between parts.

Which allocations a smaller quantity gives back, and how much each part comes to.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal

from .rounding import (
    CENT,
    FLOAT_DIGITS,
    MINUTES_PER_HOUR,
    QUANTITY_DECIMALS,
    exact,
    hours_from_minutes,
    minutes_from_hours,
    money,
)


@dataclass(frozen=True)
class Slice:
    """An allocation as plain values: the part of an item that a line uses."""

    id: int
    item_id: int
    quantity: Decimal
    day: date | None = None
    #: What an increment added to the work; it goes before the work does.
    surplus: Decimal = Decimal(0)
    #: What was rounded together: its surplus goes before any work of it.
    together: str | None = None

    @property
    def work(self):
        """The quantity without the surplus that rounding to increments added."""
        return self.quantity - self.surplus


class NotEnough(ValueError):
    """Raised when more is to be given back than the slices hold."""


def take_latest(slices, quantity):
    """Return ``[(slice, taken)]`` that sum to ``quantity``, latest work first.

    The surplus of an increment goes before the work that was rounded. Slices of
    corrections (negative quantities) are only taken when everything is: taking them
    alone would bill more than was agreed. On a line of corrections alone, whose total
    is negative, they are what is taken.

    :param quantity: between nothing and what the slices hold together
    :raises NotEnough: when the slices together hold less than ``quantity``

    >>> monday = Slice(1, 10, Decimal(270), date(2026, 3, 2))
    >>> tuesday = Slice(2, 11, Decimal(210), date(2026, 3, 3))
    >>> [(s.id, int(q)) for s, q in take_latest([monday, tuesday], Decimal(240))]
    [(2, 210), (1, 30)]
    >>> back = Slice(3, 12, Decimal(-90), date(2026, 3, 4))
    >>> [(s.id, int(q)) for s, q in take_latest([monday, back], Decimal(60))]
    [(1, 60)]
    >>> [(s.id, int(q)) for s, q in take_latest([back], Decimal(-60))]
    [(3, -60)]
    >>> take_latest([monday], Decimal(300))
    Traceback (most recent call last):
    ...
    project_invoice_tracker.billing.allocation.NotEnough: 300 of 270
    """
    total = sum((part.quantity for part in slices), Decimal(0))
    sign = -1 if total < 0 else 1
    if not 0 <= sign * quantity <= sign * total:
        raise NotEnough(f"{quantity} of {total}")
    if not quantity:
        return []
    if quantity == total:
        return [(part, part.quantity) for part in slices]
    if total < 0:
        by_id = {part.id: part for part in slices}
        taken_back = take_latest(_turned_round(slices), -quantity)
        return [(by_id[part.id], -taken) for part, taken in taken_back]
    taken, missing = {}, quantity
    for part, most in _in_order_of_taking(slices):
        if missing <= 0:
            break
        step = min(most, missing)
        taken[part.id] = (part, taken.get(part.id, (part, Decimal(0)))[1] + step)
        missing -= step
    return list(taken.values())


def without_surplus(parts):
    """Return ``[(slice, taken)]`` less the surplus, which is given back first.

    >>> rounded = Slice(1, 10, Decimal(30), surplus=Decimal(10))
    >>> [int(q) for _s, q in without_surplus(take_latest([rounded], Decimal(14)))]
    [4]
    >>> without_surplus(take_latest([rounded], Decimal(6)))
    []
    >>> [int(q) for _s, q in without_surplus([(Slice(1, 1, Decimal(-5)), Decimal(-5))])]
    [-5]
    """
    work = [
        (part, taken - min(part.surplus, max(taken, Decimal(0))))
        for part, taken in parts
    ]
    return [(part, taken) for part, taken in work if taken]


def _turned_round(slices):
    """Return slices of corrections with the opposite sign and without surplus."""
    return [
        replace(part, quantity=-part.quantity, surplus=Decimal(0)) for part in slices
    ]


def _in_order_of_taking(slices):
    """Return ``[(slice, how much)]``: the latest first, surplus before its work.

    >>> day = [Slice(1, 1, Decimal(31), surplus=Decimal(11), together="Ann"),
    ...        Slice(2, 2, Decimal(5), together="Ann")]
    >>> [(part.id, int(most)) for part, most in _in_order_of_taking(day)]
    [(1, 11), (2, 5), (1, 20)]
    """
    ordered = sorted((p for p in slices if p.quantity > 0), key=_latest_first)
    surplus = defaultdict(list)
    for part in ordered:
        if part.surplus:
            surplus[part.together].append((part, part.surplus))
    steps = []
    for part in ordered:
        steps += surplus.pop(part.together, [])
        if part.work:
            steps.append((part, part.work))
    return steps


def meant(slices, hours, decimals=2, keep=False, per=MINUTES_PER_HOUR):
    """Return the minutes of ``slices`` to give back that a person means by ``hours``.

    Screens show hours with few decimals. Hours that equal the displayed total mean all
    minutes, and hours that equal the display of a whole slice mean that slice. Any
    other number is taken as it is, so that what stays and what goes add up to the
    displayed total. Hours of a line of corrections are below zero, as its minutes are.

    :param slices: what there is, see :func:`take_latest`
    :param hours: the number that was typed, a float or a decimal
    :param decimals: of hours that a person reads
    :param keep: the hours are those that stay, not those that go
    :param per: minutes of one of what was typed: of a day, where lines show days
    :returns: minutes; those of more than there is, when more was typed

    >>> work = [Slice(n, n, Decimal("0.416667"), date(2026, 3, 2)) for n in range(100)]
    >>> str(meant(work, 0.69)), str(meant(work, 0, keep=True))
    ('41.666700', '41.666700')
    >>> str(meant(work, 0.5)), str(meant(work, 0.5, keep=True))
    ('30.000024', '11.666676')
    >>> two = [Slice(1, 1, Decimal(20)), Slice(2, 2, Decimal(20))]
    >>> str(meant(two, 0.33)), str(meant(two, 0.34, keep=True))
    ('20', '19.600000')
    >>> back = [Slice(1, 1, Decimal(-20)), Slice(2, 2, Decimal(-20))]
    >>> str(meant(back, -0.33)), str(meant(back, -0.34, keep=True))
    ('-20', '-19.600000')
    >>> week = [Slice(n, n, Decimal(450), date(2026, 3, n)) for n in (2, 3)]
    >>> str(meant(week, 0.5, per=450)), str(meant(week, 0.5, keep=True, per=450))
    ('225.000000', '675.000000')
    """
    typed = _as_typed(hours, decimals)
    places = -typed.as_tuple().exponent
    held = sum((part.quantity for part in slices), Decimal(0))
    if held < 0:
        return -meant(_turned_round(slices), -hours, decimals, keep, per)
    literal = minutes_from_hours(hours, per)
    whole = hours_from_minutes(held, places, per)
    if typed == whole:
        return Decimal(0) if keep else held
    fitting, given = [], Decimal(0)
    for _part, most in _in_order_of_taking(slices):
        given += most
        named = held - given if keep else given
        # corrections lower what there is: no more than that can be meant
        if given > held or hours_from_minutes(named, places, per) != typed:
            continue
        # of work in whole minutes each piece is rounded, as on lines of their own
        rest = hours_from_minutes(held - named, places, per)
        if named == named.to_integral_value() or rest == whole - typed:
            fitting.append(named)
    named = min(fitting, key=lambda named: abs(named - literal), default=literal)
    return held - named if keep else named


def _as_typed(hours, decimals):
    """Return typed hours with the decimals that were typed, ``decimals`` at least."""
    if isinstance(hours, float):
        hours = Decimal(format(hours, f".{FLOAT_DIGITS}g"))
    hours = exact(Decimal(hours), 9).normalize()
    return exact(hours, max(decimals, -hours.as_tuple().exponent))


def reads_as(minutes, hours, decimals=2, per=MINUTES_PER_HOUR):
    """Tell whether minutes are displayed as the hours, or days, that were typed.

    :param per: minutes of one of what was typed

    >>> reads_as(Decimal("130.66668"), 2.18), reads_as(Decimal(20), Decimal("0.330000"))
    (True, True)
    >>> reads_as(Decimal(20), 0.34)
    False
    """
    typed = _as_typed(hours, decimals)
    return hours_from_minutes(minutes, -typed.as_tuple().exponent, per) == typed


def _latest_first(part):
    """Sort key: the latest day first, the latest item first within it."""
    day = part.day or date.min
    return (-day.toordinal(), -part.item_id)


#: A share is exact to the sixth decimal of a percent.
SHARE_STEP = Decimal(1).scaleb(-QUANTITY_DECIMALS)


def share_error(count):
    """Return the rounding error that so many percentages may have together.

    Percentages that miss 100 % by no more are meant as 100 %.

    >>> 100 - 3 * Decimal("33.333333") <= share_error(3)
    True
    >>> 100 - 3 * Decimal("33.333") <= share_error(3)
    False
    """
    return count * SHARE_STEP / 2


def share_of(amount, contract):
    """Return the percentage that an amount is of a contract.

    It has two decimals where these are enough, and more where less than the whole
    contract would otherwise show as 100 %.

    >>> [str(share_of(Decimal(n), Decimal(10000))) for n in ("9999.90", "8000", "3333")]
    ['99.999', '80', '33.33']
    >>> str(share_of(Decimal("9999999999.99"), Decimal(10**10)))
    '99.9999999999'
    """
    share = amount * 100 / contract
    for decimals in range(2, 15):
        shown = exact(share, decimals)
        if shown != 100 or share == 100:
            break
    return Decimal(f"{shown.normalize():f}")


def equal_shares(count, whole=Decimal(100)):
    """Return equal percentages, exact to six decimals; the last takes the rest.

    :param count: how many percentages, at least one
    :param whole: what they sum to, in percent

    >>> [str(share) for share in equal_shares(3)]
    ['33.333333', '33.333333', '33.333334']
    >>> [str(share) for share in equal_shares(1, Decimal("60"))]
    ['60.000000']
    """
    part = (whole / count).quantize(SHARE_STEP, rounding=ROUND_DOWN)
    return [part] * (count - 1) + [exact(whole - part * (count - 1))]


def instalments(contract, percentages, step=CENT, held=None):
    """Return the amounts of ``percentages`` of ``contract``; the last takes the rest.

    With 100 % together they sum to the contract, to the cent; what misses 100 % by the
    seventh decimal of each share is meant as 100 %. What is held stays as
    it is: after a change of the contract, the others share what is left of it in
    proportion to their percentages. None is ever negative.

    :param contract: contract amount
    :param percentages: in the order of billing, as percent (30 is 30 %)
    :param held: amounts that are settled already, by position

    >>> parts = instalments(Decimal("145.05"), [Decimal(30), Decimal(70)])
    >>> [str(part) for part in parts]
    ['43.52', '101.53']
    >>> [str(part) for part in instalments(Decimal(10**8), [Decimal("33.333333")] * 3)]
    ['33333333.00', '33333333.00', '33333334.00']
    >>> instalments(Decimal(100), [])
    []
    >>> shares = [Decimal(40), Decimal(30), Decimal(30)]
    >>> parts = instalments(Decimal(1500), shares, held={0: Decimal("400.00")})
    >>> [str(part) for part in parts]
    ['400.00', '550.00', '550.00']
    """
    held = held or {}
    error = share_error(len(percentages))
    parts = _spread(contract, percentages, Decimal(100), step, error)
    if all(parts[position] == amount for position, amount in held.items()):
        # what is held is its share of this very contract, and so are the others
        return parts
    taken = sum((percentages[position] for position in held), Decimal(0))
    free = [position for position in range(len(percentages)) if position not in held]
    left = max(contract - sum(held.values(), Decimal(0)), Decimal(0))
    shares = [percentages[position] for position in free]
    spread = _spread(left, shares, 100 - taken, step, error)
    parts = {**held, **dict(zip(free, spread, strict=True))}
    return [parts[position] for position in range(len(percentages))]


def _spread(amount, shares, whole, step, error):
    """Return the ``shares`` (of ``whole``) of an amount; the last takes the rest.

    :param error: shares that miss ``whole`` by no more are all of it
    """
    if not shares or whole <= 0:
        return [money(Decimal(0), step) for _share in shares]
    total = sum(shares)
    if abs(total - whole) <= error:
        total = whole
    left = money(amount * total / whole, step)
    parts = []
    for share in shares[:-1]:
        # many shares that are all rounded up may not take more than there is
        parts.append(min(money(amount * share / whole, step), left))
        left -= parts[-1]
    return [*parts, left]


def part_amount(amount, taken, natural, is_last):
    """Return the amount of one part of an item; all parts sum to the whole.

    :param amount: amount of the whole item
    :param taken: the amounts of the other parts, together
    :param natural: quantity x price of this part, rounded
    :param is_last: the part takes all that is left, and so the remainder

    >>> part_amount(Decimal("1.01"), Decimal("0.51"), Decimal("0.51"), is_last=True)
    Decimal('0.50')
    >>> part_amount(Decimal("0.03"), Decimal("0.03"), Decimal("0.01"), is_last=False)
    Decimal('0.00')
    """
    left = max(amount - taken, amount - amount)
    return left if is_last else min(natural, left)


def price_for(amount, quantity, discount=Decimal(0), step=CENT, price_decimals=2):
    """Return the price at which ``quantity`` pieces come to ``amount``.

    Up to one piece, the decimals of the currency are enough; more pieces need more.

    :param step: the smallest amount of the currency
    :param price_decimals: of prices
    :returns: None when no price with six decimals hits the amount

    >>> str(price_for(Decimal("0.50"), Decimal("0.5")))
    '1.00'
    >>> str(price_for(Decimal("10.00"), Decimal(3)))
    '3.333'
    >>> price_for(Decimal("1.00"), Decimal(0))
    """
    factor = quantity * (1 - discount / 100)
    if not factor:
        return None
    for places in range(
        max(-step.as_tuple().exponent, price_decimals), QUANTITY_DECIMALS + 1
    ):
        price = exact(amount / factor, places)
        if money(factor * price, step) == amount:
            return price
    return None
