"""Both billers as a machine: any step of either, in any order."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from .sales_oracle import complaints
from .sales_steps import DAYS, PICK, Steps


class TimeSteps(Steps):
    """People log time, on orders or not; somebody gives it to orders or back."""

    @rule(hours=st.integers(1, 4), day=DAYS, on_task=st.booleans(), number=PICK)
    def log(self, hours, day, on_task, number):
        values = {"task_id": self.case.task.id} if on_task else {}
        if number < len(self.items):
            values |= {"so_line": self.items[number].id, "is_so_line_edited": True}

        def step():
            self.entries |= self.case._log(hours, day=day, **values)

        self._try("log", step)
        self.entries = self.entries.exists()

    @rule(number=PICK, other=st.integers(0, 2))
    def give_by_hand(self, number, other):
        entry = self._pick(self.entries, number)
        item = self.items[other].id if other < len(self.items) else False
        if entry:
            values = {"so_line": item, "is_so_line_edited": True}
            self._try("give by hand", lambda: entry.write(values))

    @rule(other=st.integers(0, 2), project=st.booleans())
    def give_all(self, other, project):
        """The task, or the project, gets an item, or loses it."""
        target = self.case.project if project else self.case.task
        item = self.items[other].id if other < len(self.items) else False
        self._try("give all", lambda: target.write({"sale_line_id": item}))

    @rule(number=PICK, hours=st.integers(1, 4))
    def change(self, number, hours):
        entry = self._pick(self.entries.filtered(lambda e: not e.so_line), number)
        if entry:
            self._try("change", lambda: entry.write({"unit_amount": hours}))

    @rule(number=PICK, reached=st.booleans(), sold=st.booleans())
    def milestone(self, number, reached, sold):
        milestone = self._pick(self.milestones, number)
        if reached:
            self._try("reach", lambda: milestone.write({"is_reached": True}))
        item = self.steps_item.id if sold else False
        self._try("give step", lambda: milestone.write({"sale_line_id": item}))


class RequestSteps(TimeSteps):
    """The project's manager and accounting, with billing requests."""

    def _is_open(self):
        """Tell whether there is anything to bill."""
        domain = [("project_id", "=", self.case.project.id), ("ready", "=", True)]
        items = self.env["project.billing.item"]
        return self.ready and items.search_count(
            [*domain, ("quantity_open", "!=", 0)], limit=1
        )

    @precondition(_is_open)
    @rule()
    def prepare(self):
        self._try("prepare", self.case._prepare)

    @precondition(_is_open)
    @rule(post=st.booleans())
    def bill(self, post):
        """What most projects live: prepared, approved and invoiced at once."""

        def step():
            move = self.case._invoice()
            if post:
                move.action_post()

        self._try("bill", step)

    @precondition(lambda self: self.ready and self._requests("draft"))
    @rule(number=PICK, hours=st.integers(0, 4), write_off=st.booleans())
    def lower(self, number, hours, write_off):
        request = self._pick(self._requests("draft"), number)
        line = request.line_ids.filtered(lambda each: each.kind == "time")[:1]
        arguments = ("write_off", "Goodwill") if write_off else ("bill_later",)
        if line and hours < line.quantity:
            self._try("lower", lambda: line.change_quantity(hours, *arguments))

    @precondition(lambda self: self.ready and self._requests("draft"))
    @rule(number=PICK, post=st.booleans())
    def invoice(self, number, post):
        request = self._pick(self._requests("draft"), number)

        def step():
            move = self.case._invoice(request)
            if post:
                move.action_post()

        self._try("invoice", step)

    @precondition(lambda self: self.ready and self._requests("draft"))
    @rule(number=PICK)
    def cancel_request(self, number):
        request = self._pick(self._requests("draft"), number)
        self._try("cancel request", request.action_cancel)

    @precondition(lambda self: self.ready and self._moves(True))
    @rule(number=PICK, step=st.sampled_from(["post", "cancel", "reset", "credit"]))
    def our_invoice(self, number, step):
        self._move(self._moves(True, ("move_type", "=", "out_invoice")), number, step)

    @precondition(
        lambda self: self.ready and self._moves(True, ("move_type", "=", "out_refund"))
    )
    @rule(number=PICK)
    def undo_our_credit(self, number):
        domain = [("move_type", "=", "out_refund"), ("state", "=", "posted")]
        self._move(self._moves(True, *domain), number, "reset")

    def _move(self, moves, number, step):
        state = {"post": "draft", "cancel": "draft", "credit": "posted"}.get(step)
        if step == "reset":
            moves = moves.filtered(lambda move: move.state in ("posted", "cancel"))
        else:
            moves = moves.filtered(lambda move: move.state == state)
        if step == "credit":
            moves = moves.filtered(lambda move: not move.reversal_move_ids)
        move = self._pick(moves, number)
        if not move:
            return
        owner = "ours" if move.billing_tracked else "order's"
        action = {
            "post": move.action_post,
            "cancel": move.button_cancel,
            "reset": move.button_draft,
            "credit": lambda: self.case._credit(move),
        }[step]
        self._try(f"{step} {owner}", action)


class SalesMachine(RequestSteps, RuleBasedStateMachine):
    """All steps, those of the orders, and what must hold after each."""

    def _to_invoice(self):
        """Return the items of orders that have something to invoice."""
        items = self.items[0] | self.items[1] | self.steps_item
        return items.filtered("qty_to_invoice")

    @precondition(lambda self: self.ready and self._to_invoice())
    @rule(number=PICK)
    def invoice_order(self, number):
        item = self._pick(self._to_invoice(), number)
        self._try("invoice order", item.order_id._create_invoices)

    @precondition(lambda self: self.ready and self._moves(False))
    @rule(number=PICK, step=st.sampled_from(["post", "post", "cancel", "credit"]))
    def order_invoice(self, number, step):
        moves = self._moves(False, ("move_type", "=", "out_invoice"))
        moves = moves.filtered(lambda move: move.line_ids.sale_line_ids)
        self._move(moves, number, step)

    @precondition(
        lambda self: self.ready and self._moves(False, ("state", "=", "cancel"))
    )
    @rule(number=PICK)
    def restore_order_invoice(self, number):
        moves = self._moves(False, ("state", "=", "cancel"))
        self._move(moves, number, "reset")

    @invariant()
    def one_biller(self):
        """I1, I3: each minute and milestone is billed once, and none is lost."""
        if self.ready:
            case = self.case
            services = case.service | case.sold_time
            self.history.look()
            found = complaints(
                self.env, case.project, services, self.past.ids, self.history
            )
            assert not found, found
