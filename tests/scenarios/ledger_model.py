"""What the ledger should say, in plain Python and without the add-on's code.

Minutes per entry, held by lines of requests. Written from the design, to be compared
with the database after every step of :mod:`.test_ledger_machine`.
"""

import math
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

from .ledger_documents import Documents
from .ledger_records import LATER, Given, Line, Refused, hours


class LedgerModel(Documents):
    """Every entry, and every line that ever held something of it."""

    def __init__(self, detail, increment, later_price):
        self.detail = detail
        self.increment = increment
        self.price = 100
        #: The price from the middle of the days on, if there is one.
        self.later_price = later_price
        self.entries = {}
        self.requests = []
        self.credits = []

    # === MINUTES ===

    def billable(self, minutes):
        """Return the minutes to bill of recorded ones: whole increments, up."""
        if not self.increment:
            return minutes
        steps = math.ceil(abs(minutes) / self.increment)
        return steps * self.increment * (1 if minutes > 0 else -1)

    def lines(self):
        """Return every line there is, with its request."""
        return [(request, line) for request in self.requests for line in request.lines]

    def open(self, entry):
        """Return what of an entry is neither held nor written off.

        Of one that is in use only what was recorded: an increment adds no work.
        """
        used = self.used(entry)
        if used > 0 and entry.recorded is not None:
            return max(min(entry.recorded, entry.minutes) - used, Decimal(0))
        return entry.minutes - used

    def used(self, entry):
        """Return what lines hold of an entry, or have written off."""
        return sum(
            line.held[entry.id] + line.written[entry.id] for _r, line in self.lines()
        )

    def _beyond(self, entry_id, taken):
        """Return what of ``taken`` is the surplus of an increment, which goes first."""
        entry = self.entries[entry_id]
        if entry.recorded is None or taken <= 0:
            return 0
        return max(min(self.used(entry) - entry.recorded, taken), 0)

    def _surplus(self, step, given):
        """Take a step that gives ``given`` back; return what of it is no open work."""
        before = {key: self.open(self.entries[key]) for key in given if given[key]}
        step()
        return Counter(
            {
                key: given[key] - (self.open(self.entries[key]) - opened)
                for key, opened in before.items()
            }
        )

    def is_closed(self, entry):
        """Tell whether anything holds the entry."""
        return any(
            line.held[entry.id] or line.written[entry.id] for _r, line in self.lines()
        )

    def counters(self):
        """Return ``{entry id: (open, reserved, billed, written off)}``."""
        result = {}
        for entry in self.entries.values():
            totals = Counter()
            for request, line in self.lines():
                where = "billed" if request.invoice_state == "posted" else "reserved"
                totals[where] += line.held[entry.id]
                totals["written"] += line.written[entry.id]
            result[entry.id] = (
                self.open(entry),
                totals["reserved"],
                totals["billed"],
                totals["written"],
            )
        return result

    def _latest_first(self, line, minutes):
        """Return which part of ``minutes`` comes from which entry of a line."""
        return self._latest_of(line.held, minutes)

    def _latest_of(self, held, minutes):
        """Return which part of ``minutes`` comes from which entry, the latest first."""
        if not minutes:
            return Counter()
        if minutes == held.total():
            return Counter(held)
        # of a line of corrections, corrections are taken
        sign = 1 if minutes > 0 else -1
        taken = Counter()
        for entry in self._order(held):
            part = min(sign * held[entry.id], sign * (minutes - taken.total()))
            if part > 0:
                taken[entry.id] = sign * part
        return taken

    def _order(self, held):
        """Return the entries that are held, the latest first."""
        return sorted(
            (self.entries[entry_id] for entry_id in held if held[entry_id]),
            key=lambda entry: (entry.day.toordinal(), entry.id),
            reverse=True,
        )

    def kept(self, line, read):
        """Return the minutes that stay on a line when a person types ``read`` hours."""
        return self.kept_of(line.held, read)

    def kept_of(self, held, read):
        """Return the minutes of some work that stay when ``read`` hours are typed."""
        whole = held.total()
        return whole - self._meant(
            held, lambda taken: whole - taken, lambda taken: taken, read
        )

    def named(self, line, read):
        """Return the minutes that go from a line when ``read`` hours are credited."""
        whole = line.quantity()
        return self._meant(
            line.held, lambda taken: taken, lambda taken: whole - taken, read
        )

    def _meant(self, held, part, rest, read):
        """Return the minutes to take off some work so that its ``part`` reads as typed.

        Whole entries, when they read so and the rest as what is left of the whole (or
        they are whole minutes); the number itself otherwise.
        """
        total = held.total()
        whole = hours(total)
        literal = (read * 60).quantize(Decimal("0.000001"), ROUND_HALF_UP)
        if read == whole:
            literal = total
        taken = literal if part(Decimal(0)) == 0 else total - literal
        if read == whole:
            return taken
        sign = 1 if total > 0 else -1
        ends, best = Counter(), None
        for entry in self._order(held):
            ends[entry.id] = sign * max(sign * held[entry.id], 0)
            at = ends.total()
            fits = (
                sign * at <= sign * total
                and hours(part(at)) == read
                and (part(at) == int(part(at)) or hours(rest(at)) == whole - read)
            )
            if fits and (best is None or abs(at - taken) < abs(best - taken)):
                best = at
        return taken if best is None else best

    # === REQUESTS ===

    def key(self, entry):
        """Return what gathers entries on one line."""
        detail = {
            "project": None,
            "task": entry.task,
            "person": entry.person,
            "task_person": (entry.task, entry.person),
            "day": entry.day,
            "entry": entry.id,
        }
        return (detail[self.detail], entry.price)

    def price_on(self, day):
        """Return today's rate of the work of a day."""
        if self.later_price and day >= LATER:
            return self.later_price
        return self.price

    def reprice_what_came_back(self):
        """Nothing holds them, so today's rate is theirs."""
        for entry in self.entries.values():
            if not entry.manual and not self.is_closed(entry):
                entry.price = self.price_on(entry.day)

    def adopt(self, request, found):
        """Let a draft hold what it was found to hold after collecting.

        :param found: ``[(line id, price, manual, {entry id: minutes})]``
        """
        there = {line_id for line_id, *_rest in found}
        # what reads as nothing waits again, and its line is gone
        request.lines = [x for x in request.lines if x.removed or x.id in there]
        known = {line.id: line for line in request.lines}
        for line_id, price, manual, held in found:
            line = known.get(line_id)
            if not line:
                line = Line(line_id, None, price, manual)
                request.lines.append(line)
            line.held = Counter(held)

    def keep_above_zero(self, request):
        """Corrections that the other lines do not outweigh wait, the latest first."""
        while request.live() and request.amount() <= 0:
            back = [line for line in request.live() if line.quantity() < 0]
            max(back, key=lambda line: line.id).held = Counter()

    def lower(self, request, line, minutes, write_off):
        """Lower a line to ``minutes``, and write the rest off or leave it open."""
        taken = self._latest_first(line, line.quantity() - minutes)
        work = Counter({key: n - self._beyond(key, n) for key, n in taken.items()})
        line.held.subtract(taken)
        if write_off:
            line.written.update(work)
        self.keep_above_zero(request)

    def give_back(self, request, lines=None):
        """Release all that lines hold, write-offs included."""
        lines = request.lines if lines is None else lines
        total, rows = Counter(), []
        for line in lines:
            total.update(line.held)
            total.update(line.written)
        surplus = self._surplus(
            lambda: rows.extend((line, *line.drop()) for line in lines), total
        )
        return Given(rows, surplus)

    def remove_line(self, request, line):
        """A manager removes a line; what was only typed into it is gone."""
        held = set(line.held) | set(line.written)
        line.drop()
        request.lines.remove(line)
        if line.manual:
            for entry_id in held:
                if not self.is_closed(self.entries[entry_id]):
                    del self.entries[entry_id]
        self.keep_above_zero(request)

    # === INVOICES ===

    def take_back(self, given):
        """Let lines hold again ``[(line, Counter, Counter)]`` they gave back.

        The work of it has to be open, or all of the entry has room for it.
        """
        surplus = getattr(given, "surplus", Counter())
        wanted = Counter()
        for _line, held, written in given:
            wanted.update(held)
            wanted.update(written)
        for entry_id, minutes in wanted.items():
            entry = self.entries.get(entry_id)
            free = self.open(entry) if entry else 0
            if entry and minutes > 0 and self.used(entry) + minutes <= entry.minutes:
                continue
            work = minutes - surplus[entry_id]
            if minutes and not (0 <= work <= free or free <= work < 0):
                raise Refused(f"{minutes} of {entry_id}, only {free} are free")
        for line, held, written in given:
            line.held.update(held)
            line.written.update(written)

    def is_credited(self, request):
        """Tell whether a posted credit note names lines of the invoice."""
        return any(
            credit.request is request
            and credit.state == "posted"
            and not credit.is_reversal
            for credit in self.credits
        )
