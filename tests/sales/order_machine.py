"""More steps of orders: whatever makes Odoo forget what an order had."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .sales_machine import SalesMachine
from .sales_steps import DAYS, PICK


class OrderMachine(SalesMachine):
    """Credits in part and undone, drafts deleted, orders cancelled, bills again."""

    def _orders(self):
        return (self.items[0] | self.items[1] | self.steps_item).order_id

    # === TIME AND MILESTONES ===

    @rule(number=PICK)
    def take_off(self, number):
        """Take the item off an entry: the natural step of a switch."""
        entry = self._pick(self.entries.exists().filtered("so_line"), number)
        if entry:
            values = {"so_line": False, "is_so_line_edited": True}
            self._try("take off", lambda: entry.write(values))

    @rule()
    def take_all_off(self):
        """Empty the project and the task; Odoo keeps what it invoiced."""

        def step():
            self.case.project.sale_line_id = False
            self.case.task.sale_line_id = False

        self._try("take all off", step)

    # === DOCUMENTS OF ORDERS ===

    def _order_moves(self, *domain):
        moves = self._moves(False, *domain)
        return moves.filtered(lambda move: move.line_ids.sale_line_ids)

    @precondition(lambda self: self.ready and self._order_moves())
    @rule(number=PICK, hours=st.integers(1, 3))
    def credit_in_part(self, number, hours):
        domain = [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
        move = self._pick(self._order_moves(*domain), number)
        if not move:
            return

        def step():
            credit = move._reverse_moves([{"invoice_date": move.invoice_date}])
            for line in credit.invoice_line_ids:
                line.quantity = min(line.quantity, hours)
            credit.action_post()

        self._try("credit in part", step)

    @precondition(lambda self: self.ready and self._order_moves())
    @rule(number=PICK, step=st.sampled_from(["reset", "cancel", "post", "delete"]))
    def order_credit(self, number, step):
        """Undo a credit note of an order, and do it again."""
        moves = self._order_moves(("move_type", "=", "out_refund"))
        if step == "delete":
            draft = self._pick(moves.filtered(lambda m: m.state == "draft"), number)
            if draft:
                self._try("delete credit", draft.unlink)
        else:
            self._move(moves, number, step)

    @precondition(lambda self: self.ready and self._order_moves())
    @rule(number=PICK)
    def delete_draft(self, number):
        domain = [("move_type", "=", "out_invoice"), ("state", "=", "draft")]
        draft = self._pick(self._order_moves(*domain), number)
        if draft:
            self._try("delete draft", draft.unlink)

    @precondition(lambda self: self.ready)
    @rule(number=PICK, step=st.sampled_from(["cancel", "draft", "confirm", "lock"]))
    def order_state(self, number, step):
        order = self._pick(self._orders(), number)
        action = {
            "cancel": order._action_cancel,
            "draft": order.action_draft,
            "confirm": order.action_confirm,
            "lock": order.action_lock,
        }[step]
        if step in ("draft", "confirm") and order.state not in ("cancel", "draft"):
            return
        if step == "lock" and order.state != "sale":
            return
        self._try(f"{step} order", action)

    # === COSTS ===

    def _bills(self, *states):
        lines = self.env["account.move.line"].search(
            [
                ("product_id", "=", self.case.bought.id),
                ("move_id.move_type", "=", "in_invoice"),
                ("parent_state", "in", states),
            ],
            order="id",
        )
        return lines.move_id

    @rule(price=st.integers(1, 3), day=DAYS)
    def buy(self, price, day):
        """Buy for the project; what its policy is decides who bills it."""

        def step():
            self.case._buy(price * 100, day)

        self._try("buy", step)

    @rule(policy=st.sampled_from(["no", "cost", "sales_price"]))
    def cost_policy(self, policy):
        product = self.case.bought
        self._try("policy", lambda: product.write({"expense_policy": policy}))

    @precondition(lambda self: self.ready and self._bills("posted"))
    @rule(number=PICK)
    def reset_bill(self, number):
        bill = self._pick(self._bills("posted"), number)
        self._try("reset bill", bill.button_draft)

    @precondition(lambda self: self.ready and self._bills("draft"))
    @rule(number=PICK)
    def post_bill(self, number):
        bill = self._pick(self._bills("draft"), number)
        self._try("post bill", bill.action_post)

    @precondition(lambda self: self.ready)
    @rule(number=PICK, remove=st.booleans())
    def cost_item(self, number, remove):
        """Remove the item that an order has for a cost, or sell none of it."""
        items = self._orders().order_line.filtered("is_expense")
        item = self._pick(items, number)
        if item and remove:
            self._try("remove item", item.unlink)
        elif item:
            self._try("sell none", lambda: item.write({"product_uom_qty": 0}))

    @precondition(lambda self: self.ready)
    @rule(number=PICK)
    def invoice_whole_order(self, number):
        order = self._pick(self._orders(), number)
        if order.state == "sale" and any(order.order_line.mapped("qty_to_invoice")):
            self._try("invoice whole order", order._create_invoices)
