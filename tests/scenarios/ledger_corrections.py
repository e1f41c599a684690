"""What collecting owes to corrections, by arithmetic alone.

Which line holds which entry is the add-on's business. What all lines together come to
is not: at each price, work less corrections is billed; where corrections are left they
are set off against the rest as far as something is left to bill, and wait beyond.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

#: Hours are rounded once per line, to half a hundredth.
HALF = Decimal("0.005")


@dataclass
class Collecting:
    """A draft before work is collected into it, and what has to become of it."""

    model: object
    request: object
    held: Counter = field(default_factory=Counter)  # minutes by price
    open: dict = field(default_factory=lambda: defaultdict(dict))  # by price and entry
    typed: Decimal = Decimal(0)  # manual lines

    @classmethod
    def of(cls, model, request):
        """Look at a request (or at none) and at all that is open."""
        model.reprice_what_came_back()
        self = cls(model, request)
        for line in request.lines if request else ():
            if line.removed:
                continue
            if line.manual:
                self.typed += line.amount()
            else:
                self.held[line.price] += line.quantity()
        for entry in model.entries.values():
            minutes = model.open(entry)
            if minutes and entry.manual:
                self.typed += Decimal(minutes) * entry.price
            if minutes:
                self.open[entry.manual and "typed" or entry.price][entry.id] = minutes
        return self

    def totals(self):
        """Return ``{price: minutes}`` of work less corrections."""
        prices = {price for price in self.open if price != "typed"} | set(self.held)
        return {p: self.held[p] + sum(self.open[p].values()) for p in prices}

    def sides(self):
        """Return what there is to bill, and what is left of corrections."""
        worth = {p: Decimal(p) * m / 60 for p, m in self.totals().items()}
        work = sum((w for w in worth.values() if w > 0), self.typed)
        return work, -sum((w for w in worth.values() if w < 0), Decimal(0))

    def tolerance(self):
        """Return by how much the rounding of hours may move an amount."""
        lines = len(self.request.lines if self.request else ()) + sum(
            len(entries) for entries in self.open.values()
        )
        prices = [Decimal(p) for p in self.totals()] or [Decimal(0)]
        return HALF * lines * max(prices) + Decimal("0.01")

    def is_dust(self, minutes):
        """Tell whether open minutes may read as nothing, each on a line of its own."""
        parts = minutes.values()
        return any(part % 1 for part in parts) and (
            abs(sum(parts)) / 60 <= HALF * len(parts)
        )

    def takes_something(self):
        """Tell whether collecting changes anything; None where rounding decides."""
        if not any(self.open.values()):
            return False
        work, _back = self.sides()
        if self.open.get("typed"):
            return True
        lines = [x for x in self.request.lines if not x.removed] if self.request else []
        for price, minutes in self.totals().items():
            taken = any(x.quantity() > 0 for x in lines if x.price == price)
            if self.is_dust(self.open[price]):
                continue
            if self.open[price] and (minutes > 0 or taken):
                return True
        if any(map(self.is_dust, self.open.values())):
            return None
        alive = any(line.quantity() for line in lines) or work > 0
        settled = any(
            self.open[p] and minutes == 0 for p, minutes in self.totals().items()
        )
        if alive and settled:
            return True
        # corrections alone: as far as what is in the draft outweighs them
        return None if alive else False

    def complaints(self, result):
        """Return what is wrong with a request after collecting.

        :param Collecting result: the same look again
        """
        found = []
        if result.open.get("typed"):
            found.append(f"not collected: {result.open['typed']}")
        work, back = self.sides()
        loose = self.tolerance()
        amount = result.request.amount()
        settled = back < work - loose
        if settled and abs(amount - (work - back)) > loose:
            found.append(f"{amount} instead of {work - back}")
        # a draft whose work is all taken back comes to nothing
        least = 0 if work > loose else -1
        if back and back > work + loose and not least < amount <= 4 * loose + 4:
            found.append(f"{amount} is billed of {work} less {back}")
        for price, minutes in self.totals().items():
            left = result.open[price]
            if sum(left.values()) + result.held[price] != minutes:
                found.append(f"minutes at {price} are lost")
            if self.is_dust(left):
                continue
            if minutes > 0 and left or minutes == 0 and left and work > 0:
                found.append(f"left at {price}: {left}")
            if minutes < 0 and settled and left:
                found.append(f"corrections left at {price}: {left}")
            if sum(left.values()) > 0:
                found.append(f"work left at {price}: {left}")
        return found + self._lines()

    def _lines(self):
        """Yield what is wrong with single lines: prices, and what gathers where."""
        entries, found, keys = self.model.entries, [], Counter()
        for line in self.request.lines if self.request else ():
            if line.removed or line.manual:
                continue
            held = [entries[i] for i, minutes in line.held.items() if minutes]
            if any(entry.price != line.price for entry in held):
                found.append(f"line {line.id} at {line.price} mixes prices")
            if all(line.held[entry.id] > 0 for entry in held) and held:
                gathered = {self.model.key(entry) for entry in held}
                keys.update(gathered)
                if len(gathered) > 1:
                    found.append(f"line {line.id} gathers {gathered}")
        found += [f"two lines of {key}" for key, count in keys.items() if count > 1]
        return found
