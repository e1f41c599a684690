"""Corrections: time that is taken back is taken off work on the same terms.

The terms are project, rule, price, service, discount and taxes: within them it makes no
difference to the customer which line a correction lowers. What is left of corrections
is told apart by the lines that it would make.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class HeldLine:
    """A line that a draft has already, which corrections may lower.

    :param key: what it gathers, as text
    :param terms: as of :attr:`billing.grouping.PlannedLine.terms`
    :param quantity: what it holds, in the unit of the ledger
    :param amount: what it comes to at its price
    :param day: the last day of its work
    """

    key: str
    project_id: int
    terms: tuple
    unit: str
    quantity: Decimal
    amount: Decimal
    day: date | None = None


@dataclass(eq=False)
class _Work:
    """A line that corrections are taken off: planned, on a draft, or both."""

    line: object
    held: HeldLine | None
    left: Decimal
    day: date
    taken: list = field(default_factory=list)

    def take(self, items, quantity):
        """Put corrections of so much on the line; return what is left of them."""
        part, rest = split(items, quantity)
        self.taken += part
        self.left -= quantity
        return rest

    def emit(self, like):
        """Return the line less its corrections, or None if there is nothing to do."""
        items = (self.line.items if self.line else []) + self.taken
        if not items:
            return None
        joins = self.held.key if self.held else ""
        return replace(self.line or like, items=merged(items), joins=joins)


def net(planned, held=()):
    """Take corrections of time off the work on the same terms, the latest work first.

    A line that is taken whole goes onto the latest line of its terms that is left,
    together with what took it: both are settled there. A line of a draft stays, with
    a quantity of zero.

    :param planned: the lines by key, each a :class:`billing.grouping.PlannedLine`
    :param held: the :class:`HeldLine` of drafts
    :returns: ``(lines, credits, nothing)``: what is billed or joins a draft; what is
        left of corrections, the oldest first; what comes to nothing and has no line
    """
    by_terms, lines, credits, nothing = {}, [], [], []
    for line in planned:
        by_terms.setdefault(line.terms, []).append(line)
    for terms, own in by_terms.items():
        if own[0].first.unit != "minute":
            lines += [line for line in own if line.quantity > 0]
            credits += [line for line in own if line.quantity < 0]
            nothing += [line for line in own if not line.quantity]
        elif all(item.open > 0 for line in own for item in line.items):
            lines += own
        else:
            drafts = {h.key: h for h in held if h.terms == terms}
            billed, left, empty = _Terms(own, drafts).settle()
            lines, credits, nothing = lines + billed, credits + left, nothing + empty
    credits.sort(key=lambda line: (line.date_from or date.min, line.first.id))
    return lines, credits, nothing


class _Terms:
    """All lines on the same terms, while corrections are taken off them."""

    def __init__(self, lines, held):
        self.lines, self.held = lines, held
        self.work, self.credits, self.left = [], [], []
        #: Items that come to nothing together.
        self.pool = []

    def settle(self):
        """Return what :func:`net` returns, for the lines on these terms."""
        for line in self.lines:
            self._sort_in(line)
        joined = {each.held.key for each in self.work if each.held}
        self.work += [
            _Work(None, held, held.quantity, held.day or date.min)
            for key, held in self.held.items()
            if key not in joined and held.quantity > 0
        ]
        self.work.sort(key=lambda each: each.day, reverse=True)
        for line, items in self.credits:
            self._take_off(line, items)
        return self._lines()

    def _sort_in(self, line):
        """Tell work, corrections and what comes to nothing apart."""
        own = self.held.get(line.text)
        if line.quantity > 0:
            day = max(filter(None, (line.date_to, own and own.day)), default=date.min)
            left = line.quantity + (own.quantity if own else ZERO)
            self.work.append(_Work(line, own, left, day))
        elif not line.quantity:
            self.pool += line.items
        else:
            work = [item for item in line.items if item.open > 0]
            back = [item for item in line.items if item.open < 0]
            part, rest = split(back, sum((item.open for item in work), ZERO))
            self.pool += work + part
            self.credits.append((line, rest))

    def _take_off(self, line, items):
        """Take one line of corrections off the work: its own line first."""
        own = [e for e in self.work if e.held and e.held.key == line.text]
        for each in own + self.work:
            wanted = -sum((item.open for item in items), ZERO)
            if wanted and each.left > 0:
                items = each.take(items, min(each.left, wanted))
        if items:
            self.left.append(replace(line, items=items))

    def _lines(self):
        """Return the lines after all corrections were taken off."""
        kept = [each for each in self.work if each.left or each.held]
        for each in self.work:
            if each not in kept:
                self.pool += each.line.items + each.taken
        # the latest that is left; a line of a draft that came to nothing as a last one
        kept.sort(key=lambda each: not each.left)
        if kept:
            kept[0].taken += self.pool
        elif self.left:
            items = merged(self.left[0].items + self.pool)
            self.left[0] = replace(self.left[0], items=items)
        lines = [each.emit(self.lines[0]) for each in kept]
        empty = not (kept or self.left) and self.pool
        nothing = [replace(self.lines[0], items=merged(self.pool))] if empty else []
        return [line for line in lines if line], self.left, nothing


def split(items, quantity):
    """Return ``(part, rest)`` of corrections: ``quantity`` of them, the oldest first.

    :param items: with open quantities below zero
    :param quantity: how much of them, as a number above zero
    """
    part, rest = [], []
    for item in items:
        taken = min(-item.open, quantity)
        quantity -= taken
        if taken:
            part.append(replace(item, open=-taken))
        if item.open + taken:
            rest.append(replace(item, open=item.open + taken))
    return part, rest


def merged(items):
    """Join the parts of each item, so that every item is there once."""
    whole = {}
    for item in items:
        known = whole.get(item.id)
        whole[item.id] = replace(item, open=known.open + item.open) if known else item
    return list(whole.values())


def cut(line, quantity):
    """Return ``(part, rest)`` of a line of corrections; work it settles stays on it.

    :param quantity: of the part, as a number above zero
    """
    work = [item for item in line.items if item.open > 0]
    back = [item for item in line.items if item.open < 0]
    settled = sum((item.open for item in work), ZERO)
    part, rest = split(back, quantity + settled)
    # what the line is about comes first
    return replace(line, items=part + work), replace(line, items=rest)
