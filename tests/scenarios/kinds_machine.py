"""Requests, invoices and credit notes of all kinds, in any order."""

import sys
from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from odoo import Command

from odoo.addons.project_invoice_tracker.exceptions import NothingToBill

from . import kinds_books, kinds_oracle
from .kinds_credits import CreditSteps, when
from .kinds_steps import MINUTES, PICK, SHARES, SourceSteps
from .kinds_world import END


class RequestSteps(SourceSteps):
    """The manager prepares and edits; the approver decides."""

    def _requests(self, *states):
        """Return the project's requests in these states; with a dot, the invoice's."""
        found = self.env["project.billing.request"].search(
            [("project_id", "=", self.case.project.id)], order="id"
        )
        found = found.filtered(
            lambda r: r.state in states or f"{r.state}.{r.invoice_state}" in states
        )
        return found.with_user(self.case.pm)

    def _in_state(self, *states):
        """Tell whether there are any, as the last look at the books found them."""
        return bool(self.books and self.books.states.intersection(states))

    def _request(self, number, *states):
        return self._pick(self._requests(*states), number)

    def _invoice(self, number, state):
        request = self._request(number, f"invoiced.{state}", f"cancelled.{state}")
        move = request.sudo().invoice_id if request else None
        return move and move.with_user(self.case.accountant)

    @rule(far=st.booleans())
    def prepare(self, far):
        self._prepare(date(2028, 12, 31) if far else self.today)

    def _prepare(self, until):
        request = self._try(lambda: self.case._prepare(date_to=until))
        nothing = isinstance(request, NothingToBill)
        if not self.world.cap and (nothing or not isinstance(request, Exception)):
            found = kinds_books.corrections(
                self.env, self.case.project, until, None if nothing else request
            )
            assert not found, "\n".join(found)
        return request

    @when("draft")
    @rule(number=PICK, other=PICK, share=st.integers(0, 4), write_off=st.booleans())
    def lower(self, number, other, share, write_off):
        line = self._pick(self._request(number, "draft").line_ids, other)
        if line:
            arguments = ("write_off", "Goodwill") if write_off else ("bill_later",)
            quantity = round(line.quantity * share / 4, 2)
            self._try(lambda: line.change_quantity(quantity, *arguments))

    @when("draft")
    @rule(number=PICK, quantity=st.integers(1, 3))
    def type_line(self, number, quantity):
        values = {"name": "Licence", "quantity": quantity, "price_unit": 49.99}
        values["product_id"] = self.case.service.id
        request = self._request(number, "draft")
        self._must(lambda: request.write({"line_ids": [Command.create(values)]}))

    @when("draft", "approved")
    @rule(number=PICK, other=PICK)
    def remove_line(self, number, other):
        request = self._request(number, "draft", "approved")
        line = self._pick(request.line_ids, other)
        if line:
            done = self._try(line.unlink)
            is_draft = request.state == "draft"
            assert is_draft or done is not True, "a line of an approved request is gone"

    @when("draft", "submitted")
    @rule(number=PICK, approve=st.sampled_from([True, True, False]))
    def decide(self, number, approve):
        request = self._request(number, "draft", "submitted")
        if request.state == "draft":
            self._try(request.action_submit)
        if request.state == "submitted":
            approver = request.with_user(self.case.approver)
            reject = lambda: approver.action_reject("Not yet")  # noqa: E731
            self._must(approver.action_approve if approve else reject)

    @when("submitted", "approved")
    @rule(number=PICK)
    def withdraw(self, number):
        self._must(self._request(number, "submitted", "approved").action_withdraw)

    @when("draft", "approved")
    @rule(number=PICK)
    def cancel(self, number):
        self._must(self._request(number, "draft", "approved").action_cancel)


class InvoiceSteps(RequestSteps):
    """Accounting posts, resets, cancels, sends back and credits."""

    @when("approved")
    @rule(number=PICK)
    def invoice(self, number):
        self._must(self._request(number, "approved").action_create_invoice)

    @when("draft", "submitted", "approved")
    @rule(number=PICK)
    def straight_to_the_invoice(self, number):
        """What most requests live: approved, invoiced and posted as they are."""
        self._finish(self._request(number, "draft", "submitted", "approved"))

    @rule(minutes=MINUTES, number=PICK, share=SHARES)
    def bill(self, minutes, number, share):
        """What a month's end is: some work, and all that is ready is invoiced."""
        self.log(minutes, 0, False)
        self.reach(number, True)
        self.report(share, 0)
        request = self._prepare(self.today)
        if not isinstance(request, Exception):
            self._finish(request)

    def _finish(self, request):
        """Take a request to its posted invoice; one that is refused is cancelled."""
        if request.state == "draft" and self._try(request.action_submit) is not True:
            if request.state == "draft":
                self._must(request.action_cancel)
                return
        if request.state == "submitted":
            self._must(request.with_user(self.case.approver).action_approve)
        if request.state == "approved":
            self._must(request.action_create_invoice)
        move = request.sudo().invoice_id.with_user(self.case.accountant)
        if request.state == "invoiced" and move.state == "draft":
            self._must(move.action_post)

    @when("invoiced.draft")
    @rule(number=PICK, how=st.sampled_from(["post", "post", "cancel", "send", "line"]))
    def settle_draft(self, number, how):
        move = self._invoice(number, "draft")
        if not move:
            return
        if how == "post":
            self._must(move.action_post)
        elif how == "cancel":
            self._try(move.button_cancel)
        elif how == "send":
            self._try(lambda: move.action_billing_send_back("Wrong month"))
        else:
            line = self._pick(move.invoice_line_ids, number)
            removal = {"invoice_line_ids": [Command.delete(line.id)]}
            self._try(lambda: move.write(removal))

    @when("invoiced.draft")
    @rule(number=PICK)
    def delete_invoice(self, number):
        move = self._invoice(number, "draft")
        if move:
            self._try(move.unlink)

    @when("invoiced.posted")
    @rule(number=PICK)
    def reset(self, number):
        self._try(self._invoice(number, "posted").button_draft)

    @when("cancelled.cancel")
    @rule(number=PICK)
    def restore(self, number):
        """I1: what was billed again meanwhile is not taken back."""
        move = self._invoice(number, "cancel")
        if move:
            self._try(move.button_draft)


class KindsMachine(InvoiceSteps, CreditSteps, RuleBasedStateMachine):
    """All steps, what must hold after each, and what at the end."""

    @invariant()
    def everything_adds_up(self):
        """I1, I2, I14, I19 to I23, from raw tables and documents."""
        if not self.world:
            return
        terms = self.world.terms
        found = kinds_oracle.complaints(
            self.env,
            project=self.case.project.id,
            scope=terms["scope"] or "entry",
            step=15 if terms["scope"] else 1,
            globally=terms["globally"],
            included=terms["included"],
            step_of_money=0.05 if terms["coins"] else 0.01,
        )
        books = kinds_books.Books(self.world, before=self.books)
        found += books.complaints()
        self.books = books
        assert not found, "\n".join(found)

    def teardown(self):
        """Override to settle everything first, unless something failed."""
        try:
            if self.world and not sys.exc_info()[0]:
                self.settle_everything()
        finally:
            super().teardown()

    def settle_everything(self):
        """Whatever happened, all can be billed, and nothing is left then."""
        for note in self._notes("draft"):
            self._try(note.with_user(self.case.accountant).action_post)
        # what was given back may have another price from now on
        self.books = None
        self.everything_adds_up()
        self.world.milestones.is_reached = True
        progress = self.world.progress.with_user(self.case.pm)
        self._must(lambda: progress.report_progress(100, self.today))
        self._go_to(max(self.today, END))
        self._bill_all()
        if self.world.deposit:
            # enough to deduct all of it
            self._must(lambda: self.case._create_bill(20000, invoice_date=self.today))
            self._bill_all()
        self.everything_adds_up()
        found = self.books.left()
        assert not found, "\n".join(found)

    def _bill_all(self):
        states = ("draft", "submitted", "approved", "invoiced.draft")
        for _round in range(6):
            for request in self._requests(*states):
                self._finish(request)
            if isinstance(self._prepare(self.today), Exception):
                return
        raise AssertionError("there is always something left to bill")
