"""The ledger as a machine: every step a user may take, on the model and in Odoo."""

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from odoo import Command

from .ledger_credits import CreditSteps
from .ledger_oracle import complaints
from .ledger_records import Refused
from .ledger_requests import RequestSteps
from .ledger_reversals import ReversalSteps
from .ledger_steps import PICK, when


class InvoiceSteps(RequestSteps):
    """Invoices are made, edited, posted, reset, cancelled, sent back."""

    @when("approved")
    @rule(number=PICK)
    def invoice(self, number):
        request = self._pick(self._requests("approved"), number)
        if request:
            self._make_invoice(request)

    def _make_invoice(self, request):
        record = self._record(request)
        self._must_unless_archived(record, record.action_create_invoice)
        request.invoice = record.sudo().invoice_id
        request.state, request.invoice_state = "invoiced", "draft"
        for line in request.lines:
            line.invoiced = line.read() if line in request.live() else None

    @when("draft")
    @rule(number=PICK)
    def straight_to_the_invoice(self, number):
        """What most requests live: approved, invoiced and posted as they are."""
        drafts = [request for request in self._requests("draft") if request.live()]
        request = self._pick(drafts, number)
        if not request:
            return
        # what is archived is refused, see the steps one by one
        self.case.service.active = True
        record = self._record(request)
        self._must(record.action_submit)
        if not self._is_carried_over(request, record):
            self._must(record.with_user(self.case.approver).action_approve)
            request.state, request.approved = "approved", request.content()
        self._make_invoice(request)
        self._post(request)

    def _with_invoice(self, *states):
        return [r for r in self._requests("invoiced") if r.invoice_state in states]

    def _invoice_line(self, request, line):
        lines = self._invoice(request).invoice_line_ids
        return lines.filtered(lambda each: each.billing_line_id.id == line.id)

    @when("invoiced.draft")
    @rule(number=PICK, other=PICK, what=st.integers(0, 4))
    def edit_draft(self, number, other, what):
        """I15: texts and dates are accounting's, what was approved is closed."""
        request = self._pick(self._with_invoice("draft"), number)
        line = self._pick(request.on_invoice(), other) if request else None
        if not line:
            return
        record = self._invoice_line(request, line)
        self._must(lambda: record.write({"name": "Clearer"}))
        self._must(lambda: record.move_id.write({"invoice_date": "2026-04-01"}))
        values = [
            {"quantity": 99},
            {"price_unit": 1},
            {"discount": 5},
            {"billing_line_id": False},
            {"product_id": self.case.product_b.id},
        ][what]
        self._must_not(lambda: record.write(values))

    @when("invoiced.draft")
    @rule(number=PICK, other=PICK)
    def remove_invoice_line(self, number, other):
        """I14: exactly the work of the line is free."""
        request = self._pick(self._with_invoice("draft"), number)
        line = self._pick(request.on_invoice(), other) if request else None
        if not line:
            return
        record = self._invoice_line(request, line)
        removal = {"invoice_line_ids": [Command.delete(record.id)]}
        removing = lambda: self._invoice(request).write(removal)  # noqa: E731
        rest = [x for x in request.live() if x is not line]
        if sum(x.amount() for x in rest) < 0:
            # I23: corrections are never left with less than they take back
            self._must_not(removing)
            return
        self._must(removing)
        line.drop()
        line.removed = True
        if not request.live():
            self.model.give_back(request)
            request.state = "cancelled"
            request.invoice_state = "empty"

    @when("invoiced.draft")
    @rule(number=PICK)
    def post(self, number):
        request = self._pick(self._with_invoice("draft"), number)
        if request:
            self._post(request)

    def _post(self, request):
        self._must(self._invoice(request).action_post)
        request.invoice_state = "posted"

    @when("invoiced.posted")
    @rule(number=PICK)
    def reset(self, number):
        request = self._pick(self._with_invoice("posted"), number)
        if not request:
            return
        if self.model.is_credited(request):
            self._must_not(self._invoice(request).button_draft)
            return
        self._must(self._invoice(request).button_draft)
        request.invoice_state = "draft"

    @when("invoiced.draft")
    @rule(number=PICK)
    def cancel_invoice(self, number):
        request = self._pick(self._with_invoice("draft"), number)
        if request:
            self._must(self._invoice(request).button_cancel)
            request.state, request.invoice_state = "cancelled", "cancel"
            request.given_back = self.model.give_back(request)

    @when("cancelled.cancel")
    @rule(number=PICK)
    def restore(self, number):
        """I1: what was billed again meanwhile is not taken back."""
        cancelled = [r for r in self.model.requests if r.invoice_state == "cancel"]
        request = self._pick(cancelled, number)
        if not request:
            return
        try:
            self.model.take_back(request.given_back)
        except Refused:
            self._must_not(self._invoice(request).button_draft)
            return
        self._must(self._invoice(request).button_draft)
        request.state, request.invoice_state = "invoiced", "draft"
        request.given_back = []

    @when("invoiced.draft")
    @rule(number=PICK, send_back=st.booleans())
    def delete_invoice(self, number, send_back):
        request = self._pick(self._with_invoice("draft"), number)
        if not request or any(c.request is request for c in self.model.credits):
            return
        invoice = self._invoice(request)
        step = invoice.unlink
        if send_back:
            step = lambda: invoice.action_billing_send_back("Wrong month")  # noqa: E731
        result = self._try(step)
        if isinstance(result, Exception):
            # Odoo keeps an invoice whose number is not the last one
            assert invoice.posted_before, result
            return
        request.invoice = request.invoice_state = None
        request.state = "draft" if send_back else "cancelled"
        if not send_back:
            self.model.give_back(request)


class LedgerMachine(InvoiceSteps, CreditSteps, ReversalSteps, RuleBasedStateMachine):
    """All steps, and what must hold after each."""

    @invariant()
    def no_minute_is_lost_or_doubled(self):
        """I1, I30: the counters are the model's, and the raw tables agree."""
        if self.model is None:
            return
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT analytic_line_id, id, quantity_open, quantity_reserved,
                   quantity_billed, quantity_written_off
              FROM project_billing_item
             WHERE project_id = %s AND quantity <> 0
            """,
            [self.case.project.id],
        )
        counted = {
            entry_id or f"item {item_id}": tuple(Decimal(str(n)) for n in numbers)
            for entry_id, item_id, *numbers in self.env.cr.fetchall()
        }
        expected = self.model.counters()
        assert counted == expected, f"{counted} instead of {expected}"
        assert not complaints(self.env, self.case.project)
        # I26: and what the journal says against the ledger and the invoices
        assert not self.env["project.billing.journal"]._reconcile()

    @invariant()
    def every_line_says_what_it_holds(self):
        """I2: states, quantities and amounts are what the model says."""
        if self.model is None:
            return
        for request in self.model.requests:
            record = self._record(request).sudo()
            assert record.state == request.state, (record.state, request.state)
            if request.state in ("invoiced", "cancelled"):
                continue
            lines = [line for line in request.lines if not line.removed]
            for line in lines:
                found = record.line_ids.browse(line.id).quantity
                assert abs(found - float(line.read())) < 1e-6, (found, line)
            amount = sum(Decimal(line.price) * line.read() for line in lines)
            assert abs(record.amount_untaxed - float(amount)) < 0.005
