"""Both billers as a machine: any step of either, in any order."""

from collections import Counter
from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from odoo.exceptions import UserError

from odoo.addons.project_invoice_tracker_sale_timesheet.hooks import post_init_hook

from .sales_oracle import complaints

PICK = st.integers(0, 11)
DAYS = st.integers(2, 6).map(lambda day: date(2026, 3, day))
#: Sentences that refused a step, to see that the steps are worth taking.
REFUSED = Counter()
TAKEN = Counter()


class Steps:
    """What all steps need: a world, picking, and trying."""

    case = None  # the test whose fixtures are used

    def __init__(self):
        super().__init__()
        self.env = self.case.env
        self.savepoint = self.env.cr.savepoint()
        self.ready = False

    def teardown(self):
        self.env.cr.precommit.clear()
        self.savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    @initialize(
        rule_first=st.booleans(),
        fixed=st.booleans(),
        sold=st.integers(0, 7),
        past=st.integers(0, 3),
    )
    def start(self, rule_first, fixed, sold, past):
        """Have time, some of it of orders, before or after the rule."""
        case = self.case
        case.rule.active = rule_first
        products = [case.sold_time, case.sold_fixed if fixed else case.sold_time]
        self.items = [case._create_order(product) for product in products]
        self.steps_item = case._create_order(case.sold_milestones, 10.0)
        self.entries = self.env["account.analytic.line"]
        for number in range(6):
            given = {"task_id": case.task.id} if number % 2 else {}
            if sold >> number // 2 & 1 and number % 3:
                given |= {"so_line": self.items[0].id, "is_so_line_edited": True}
            self.entries |= case._log(1 + number, day=date(2026, 3, 2), **given)
        case.rule.active = True
        case._create_rule(
            kind="milestone",
            contract_amount=1000,
            price_unit=0,
            # told apart from hours on the documents
            product_id=case.sold_milestones.id,
        )
        self.milestones = case._create_milestones(50, 50)
        self.past = self.entries.filtered(lambda entry: not entry.so_line)[:past]
        if self.past:
            self._had_by_both()
        self.ready = True

    def _had_by_both(self):
        """Be where both were at work before anything kept them apart."""
        self.case._prepare()
        self.env.flush_all()
        for statement in (
            "UPDATE account_analytic_line SET billing_held = NULL WHERE id IN %s",
            f"UPDATE account_analytic_line SET so_line = {self.items[0].id}"
            " WHERE id IN %s",
        ):
            self.env.cr.execute(statement, [tuple(self.past.ids)])
        self.env.invalidate_all()
        self.past.modified(["so_line"])
        self.env.flush_all()
        post_init_hook(self.env)
        self.env.cr.flush()

    def _pick(self, candidates, number):
        """Return one of the records, or none."""
        return candidates[number % len(candidates)] if candidates else candidates

    def _try(self, name, step):
        """Take a step; a refusal is a sentence and leaves nothing behind."""
        try:
            with self.env.cr.savepoint():
                step()
                self.env.cr.flush()
            TAKEN[name] += 1
        except UserError as error:
            assert str(error).strip()
            REFUSED[f"{name}: {str(error)[:60]}"] += 1
            self.env.cr.precommit.clear()
        self.env.invalidate_all()

    def _requests(self, *states):
        requests = self.env["project.billing.request"].search(
            [("project_id", "=", self.case.project.id), ("state", "in", states)]
        )
        return requests.with_user(self.case.pm)

    def _moves(self, tracked, *domain):
        moves = self.env["account.move"].search(
            [
                ("billing_tracked", "=", tracked),
                ("partner_id", "=", self.case.partner_a.id),
                *domain,
            ],
            order="id",
        )
        return moves.with_user(self.case.accountant) if tracked else moves


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
            found = complaints(self.env, case.project, services, self.past.ids)
            assert not found, found
