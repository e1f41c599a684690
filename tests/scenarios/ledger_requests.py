"""Steps of the ledger machine: requests are made and decided."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from odoo import Command

from .ledger_corrections import Collecting
from .ledger_records import Entry, Line, Request, hours
from .ledger_steps import PICK, TimeSteps, when

UNTIL = date(2026, 12, 31)


class CollectSteps(TimeSteps):
    """The manager collects what is ready."""

    @rule()
    def prepare(self):
        drafts = sorted(self._requests("draft"), key=lambda request: request.id)
        request = drafts[-1] if drafts else None
        self._collect(request, self.case._prepare)

    @when("draft")
    @rule(number=PICK)
    def collect(self, number):
        request = self._pick(self._requests("draft"), number)
        if request:
            record = self._record(request)
            self._collect(request, lambda: record.collect(UNTIL) and record)

    def _collect(self, request, step):
        """Collect in Odoo, and hold what is found there against the arithmetic."""
        before = Collecting.of(self.model, request)
        expected = before.takes_something()
        record = self._try(step)
        if isinstance(record, Exception):
            assert not expected, f"refused: {record}"
            return
        assert expected is not False, "nothing was to be collected"
        assert not request or request.id == record.id
        if not request:
            before.request = request = Request(record.id)
            self.model.requests.append(request)
        self.model.adopt(request, self._found(record))
        complaints = before.complaints(Collecting.of(self.model, request))
        assert not complaints, "\n".join(complaints)

    def _found(self, record):
        """Return the lines of a draft and what they hold, from the ledger's rows."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT line.id, line.price_unit, line.kind = 'manual', item.id,
                   item.analytic_line_id, slice.quantity
              FROM project_billing_line line
              LEFT JOIN project_billing_allocation slice
                ON slice.line_id = line.id AND slice.state = 'reserved'
               AND slice.action = 'bill'
              LEFT JOIN project_billing_item item ON item.id = slice.item_id
             WHERE line.request_id = %s AND NOT coalesce(line.removed, FALSE)
             ORDER BY line.id
            """,
            [record.id],
        )
        rows, found = self.env.cr.fetchall(), {}
        for line_id, price, manual, item_id, entry_id, minutes in rows:
            held = found.setdefault(line_id, (line_id, round(price), manual, {}))[-1]
            if item_id:
                held[entry_id or f"item {item_id}"] = Decimal(str(minutes))
        return list(found.values())

    @staticmethod
    def _entry_id(item):
        return item.analytic_line_id.id or f"item {item.id}"


class RequestSteps(CollectSteps):
    """The manager edits; the approver decides."""

    @when("draft")
    @rule(number=PICK, other=PICK, share=st.integers(0, 4), write_off=st.booleans())
    def change_quantity(self, number, other, share, write_off):
        request = self._pick(self._requests("draft"), number)
        line = self._pick(request.lines, other) if request else None
        if not line:
            return
        held = Decimal(line.quantity())
        # towards nothing, from either side
        wanted = Decimal(int(held * share / 4)) if share < 4 else held
        if not line.manual and (share == 3 or hours(wanted) * 60 == wanted):
            # as a person types it: two decimals, of which all may be the whole
            quantity = float(hours(wanted))
            wanted = self.model.kept(line, hours(wanted))
        else:
            quantity = float(wanted if line.manual else wanted / 60)
        record = self.env["project.billing.line"].with_user(self.case.pm)
        record = record.browse(line.id)
        arguments = ("write_off", "Goodwill") if write_off else ("bill_later",)
        self._must(lambda: record.change_quantity(quantity, *arguments))
        self.model.lower(request, line, wanted, write_off)
        more = line.quantity() + (1 if line.quantity() >= 0 else -1) * 60
        more = float(more if line.manual else more / 60)
        self._must_not(lambda: record.change_quantity(more, *arguments))

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
            if self._is_carried_over(request, record):
                return
            request.state = "submitted"
        self._must_not(record.action_approve)
        approver = record.with_user(self.case.approver)
        if decision == "approve":
            self._must(approver.action_approve)
            request.state, request.approved = "approved", request.content()
        else:
            self._must(lambda: approver.action_reject("Not yet"))
            request.state = "draft"

    @staticmethod
    def _is_carried_over(request, record):
        """Tell whether an earlier approval of the same content counts on."""
        if record.state != "approved":
            return False
        assert request.approved == request.content(), "approved by nobody"
        request.state = "approved"
        return True

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
