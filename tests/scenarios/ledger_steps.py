"""Steps of the ledger machine: time is logged, requests are made and decided."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from odoo import Command
from odoo.exceptions import UserError

from .ledger_model import Entry, LedgerModel, Line, Request, hours

#: 25 and 89 seconds, and 0.33 hours as a person types them, among whole minutes.
SECONDS = [Decimal("0.416667"), Decimal("1.483333"), Decimal("19.8")]
MINUTES = st.sampled_from(
    [1, 20, 45, 60, 90, 130, 210, 270, 480, -15, -60, *SECONDS]
).map(Decimal)
DAYS = st.integers(0, 3).map(lambda n: date(2026, 3, 2) + timedelta(days=n))
PICK = st.integers(0, 7)
UNTIL = date(2026, 12, 31)


def when(*states):
    """Offer a step only while a request is in one of these states.

    A state with a dot is that of an invoice: ``invoiced.posted``.
    """
    return precondition(lambda machine: machine._in_state(*states))


class Steps:
    """What all steps need: picking, and trying a step in Odoo."""

    case = None  # the test whose fixtures are used

    def __init__(self):
        super().__init__()
        self.env = self.case.env
        self.savepoint = self.env.cr.savepoint()
        self.model = None

    def teardown(self):
        self.savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def _pick(self, candidates, number):
        """Return one of the candidates, or None."""
        candidates = list(candidates)
        return candidates[number % len(candidates)] if candidates else None

    def _try(self, step):
        """Take a step in Odoo; a refusal leaves nothing behind.

        Only sentences for people are let through: anything else fails the test.
        """
        try:
            with self.env.cr.savepoint():
                result = step()
                self.env.flush_all()
                return result
        except UserError as error:
            self.env.invalidate_all()
            return error

    def _must(self, step):
        result = self._try(step)
        if isinstance(result, Exception):
            raise AssertionError(f"refused: {result}") from result
        return result

    def _must_unless_archived(self, record, step):
        """I31: what could not be posted is named first; active again, it goes on."""
        service = self.case.service
        if not service.active and service in record.sudo().line_ids._live().product_id:
            self._must_not(step)
            service.active = True
        return self._must(step)

    def _must_not(self, step):
        result = self._try(step)
        assert isinstance(result, UserError), "not refused"
        assert str(result).strip()

    def _requests(self, *states):
        return [r for r in self.model.requests if r.state in states]

    def _in_state(self, *states):
        return self.model is not None and any(
            request.state in states
            or f"{request.state}.{request.invoice_state}" in states
            for request in self.model.requests
        )

    def _record(self, request):
        requests = self.env["project.billing.request"].with_user(self.case.pm)
        return requests.browse(request.id)

    def _invoice(self, request):
        return request.invoice.with_user(self.case.accountant)


class TimeSteps(Steps):
    """People log, mend and delete time; the rate changes."""

    @initialize(
        detail=st.sampled_from(["person", "day", "entry"]),
        increment=st.sampled_from([0, 0, 15]),
    )
    def start(self, detail, increment):
        self.model = LedgerModel(detail, increment)
        self.case.rule.write({"detail": detail, "increment_minutes": increment})

    @rule(minutes=MINUTES, day=DAYS, bob=st.booleans())
    def log(self, minutes, day, bob):
        bob = bob and self.case.bob.active  # nobody logs for who is archived
        person = self.case.bob if bob else self.case.ann
        entry = self.case._log(float(minutes / 60), day=day, employee_id=person.id)
        self.model.entries[entry.id] = Entry(
            entry.id,
            self.model.billable(minutes),
            day,
            person.id,
            self.model.price,
            recorded=minutes,
        )

    @rule(number=PICK, minutes=MINUTES, day=DAYS)
    def change(self, number, minutes, day):
        entry = self._pick(self._time(), number)
        if not entry:
            return
        record = self.env["account.analytic.line"].browse(entry.id)
        values = {"unit_amount": float(minutes / 60), "date": day}
        if self.model.is_closed(entry):
            values["unit_amount"] += 0.5
            self._must_not(lambda: record.write(values))
            return
        self._must(lambda: record.write(values))
        entry.minutes, entry.recorded = self.model.billable(minutes), minutes
        entry.day, entry.price = day, self.model.price

    @rule(number=PICK)
    def delete(self, number):
        entry = self._pick(self._time(), number)
        if not entry:
            return
        record = self.env["account.analytic.line"].browse(entry.id)
        if self.model.is_closed(entry):
            self._must_not(record.unlink)
            return
        self._must(record.unlink)
        del self.model.entries[entry.id]

    @rule(price=st.sampled_from([80, 100, 120]))
    def change_rate(self, price):
        self.case.rule.price_unit = self.model.price = price
        self.model.reprice_what_came_back()

    @rule(archive=st.booleans())
    def archive(self, archive):
        """I31: what is archived changes nothing that was recorded."""
        self.case.bob.active = not archive
        self.case.service.active = not archive

    def _time(self):
        return [entry for entry in self.model.entries.values() if not entry.manual]


class RequestSteps(TimeSteps):
    """The manager prepares and edits; the approver decides."""

    @rule()
    def prepare(self):
        drafts = sorted(self._requests("draft"), key=lambda request: request.id)
        if not self.model.to_collect():
            self._must_not(self.case._prepare)
            return
        record = self._must(self.case._prepare)
        request = drafts[-1] if drafts else Request(record.id)
        assert record.id == request.id
        if not drafts:
            self.model.requests.append(request)
        self._collected(request, record)

    @when("draft")
    @rule(number=PICK)
    def collect(self, number):
        request = self._pick(self._requests("draft"), number)
        if not request:
            return
        record = self._record(request)
        if not self.model.to_collect():
            self._must_not(lambda: record.collect(UNTIL))
            return
        self._must(lambda: record.collect(UNTIL))
        self._collected(request, record)

    def _collected(self, request, record):
        """Let the model collect; new lines are known by the work they hold."""
        known = {line.id for line in request.lines}
        holding = {
            self._entry_id(allocation.item_id): line.id
            for line in record.sudo().line_ids
            if line.id not in known
            for allocation in line.allocation_ids
        }
        self.model.collect(
            request, lambda group: next(holding[entry] for entry in group)
        )

    @staticmethod
    def _entry_id(item):
        return item.analytic_line_id.id or f"item {item.id}"

    @when("draft")
    @rule(number=PICK, other=PICK, share=st.integers(0, 4), write_off=st.booleans())
    def change_quantity(self, number, other, share, write_off):
        request = self._pick(self._requests("draft"), number)
        line = self._pick(request.lines, other) if request else None
        if not line:
            return
        wanted = line.quantity() * share // 4 if share < 4 else line.quantity()
        if not line.manual and share == 3:
            # as a person types it: two decimals, of which all may be the whole
            quantity = float(hours(wanted))
            wanted = self.model.kept(line, hours(wanted))
        else:
            quantity = float(wanted if line.manual else wanted / 60)
        record = self.env["project.billing.line"].with_user(self.case.pm)
        record = record.browse(line.id)
        arguments = ("write_off", "Goodwill") if write_off else ("bill_later",)
        self._must(lambda: record.change_quantity(quantity, *arguments))
        self.model.lower(line, wanted, write_off)
        self._must_not(lambda: record.change_quantity(line.quantity() + 1, *arguments))

    @when("draft")
    @rule(number=PICK, quantity=st.integers(1, 3))
    def type_line(self, number, quantity):
        request = self._pick(self._requests("draft"), number)
        if not request:
            return
        record = self._record(request)
        values = {"name": "Licence", "quantity": quantity, "price_unit": 50}
        self._must(lambda: record.write({"line_ids": [Command.create(values)]}))
        line = record.line_ids.sorted("id")[-1]
        entry_id = self._entry_id(line.allocation_ids.item_id)
        self.model.entries[entry_id] = Entry(
            entry_id, quantity, UNTIL, None, 50, manual=True
        )
        request.lines.append(Line(line.id, None, 50, manual=True))
        request.lines[-1].held[entry_id] = quantity

    @rule(number=PICK, other=PICK)
    def remove_line(self, number, other):
        request = self._pick(self.model.requests, number)
        line = self._pick(request.lines, other) if request else None
        if not line:
            return
        record = self.env["project.billing.line"].with_user(self.case.pm)
        record = record.browse(line.id)
        if request.state != "draft":
            self._must_not(record.unlink)
            return
        self._must(record.unlink)
        self.model.remove_line(request, line)

    @when("draft", "submitted")
    @rule(number=PICK, decision=st.sampled_from(["approve", "approve", "reject"]))
    def decide(self, number, decision):
        request = self._pick(self._requests("draft", "submitted"), number)
        if not request:
            return
        record = self._record(request)
        if request.state == "draft":
            if not request.live():
                self._must_not(record.action_submit)
                return
            self._must_unless_archived(record, record.action_submit)
            request.state = "submitted"
        self._must_not(record.action_approve)
        approver = record.with_user(self.case.approver)
        if decision == "approve":
            self._must(approver.action_approve)
            request.state = "approved"
        else:
            self._must(lambda: approver.action_reject("Not yet"))
            request.state = "draft"

    @when("draft", "submitted", "approved")
    @rule(number=PICK, cancel=st.booleans())
    def withdraw_or_cancel(self, number, cancel):
        request = self._pick(self.model.requests, number)
        if not request:
            return
        record = self._record(request)
        step = record.action_cancel if cancel else record.action_withdraw
        states = ("draft", "approved") if cancel else ("submitted", "approved")
        if request.state not in states:
            self._must_not(step)
            return
        self._must(step)
        request.state = "cancelled" if cancel else "draft"
        if cancel:
            self.model.give_back(request)
