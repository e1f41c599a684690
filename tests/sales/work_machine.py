"""Every kind of work that an order may bill, under whatever policy and in any order."""

from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from odoo import Command

from .order_machine import OrderMachine
from .sales_steps import DAYS, PICK
from .work_history import WorkHistory

NEXT_DAY = {"invoice_date": date(2026, 3, 7), "date": date(2026, 3, 7)}
POLICIES = ["delivered_timesheet", "ordered_prepaid", "delivered_manual"]


class WorkMachine(OrderMachine):
    """Expenses, credit notes of vendors, maps of employees, items and rules changed."""

    def _history(self):
        case = self.case
        return WorkHistory(self.env, case.project, case.bought, case.travel)

    def _some_item(self, number):
        """Return one of the order items, or none."""
        items = [*self.items, self.env["sale.order.line"]]
        return items[number % len(items)].exists()

    # === TIME ===

    @rule(number=PICK)
    def delete_entry(self, number):
        entry = self._pick(self.entries.exists(), number)
        if entry:
            self._try("delete entry", entry.unlink)
            self.entries = self.entries.exists()

    @rule(number=PICK, hours=st.integers(1, 6))
    def change_hours(self, number, hours):
        """Correct an entry, also one that an order has or was paid for."""
        entry = self._pick(self.entries.exists(), number)
        if entry:
            self._try("change hours", lambda: entry.write({"unit_amount": hours}))

    @rule(number=PICK, remove=st.booleans())
    def employee_map(self, number, remove):
        """The prices of people: an item of an order for each employee."""
        case = self.case
        rows, item = case.project.sale_line_employee_ids, self._some_item(number)

        def step():
            if rows and remove:
                rows.unlink()
            elif rows:
                rows[0].sale_line_id = item or self.items[0]
            elif item:
                values = {"employee_id": case.ann.id, "sale_line_id": item.id}
                case.project.sale_line_employee_ids = [Command.create(values)]

        self._try("map", step)

    # === ORDERS ===

    @rule(number=PICK, quantity=st.sampled_from([0, 4, 12, 100]))
    def sell_more_or_less(self, number, quantity):
        item = self._some_item(number)
        if item:
            step = {"product_uom_qty": quantity}
            self._try("quantity of item", lambda: item.write(step))

    @rule(number=PICK)
    def remove_item(self, number):
        item = self._some_item(number)
        if item and len(self.items) == 2:
            self._try("remove order item", item.unlink)
            self.items = [each.exists() for each in self.items]

    @rule(policy=st.sampled_from(POLICIES))
    def service_policy(self, policy):
        """The product of an item is sold otherwise from now on."""
        product = self.case.sold_fixed
        self._try("service policy", lambda: product.write({"service_policy": policy}))

    @precondition(lambda self: self.ready)
    @rule(number=PICK, post=st.booleans())
    def down_payment(self, number, post):
        order = self._some_item(number).order_id
        if not order or order.state != "sale":
            return

        def step():
            wizard = (
                self.env["sale.advance.payment.inv"]
                .with_context(active_ids=order.ids, active_model="sale.order")
                .create({"advance_payment_method": "percentage", "amount": 10})
            )
            wizard.create_invoices()
            if post:
                drafts = order.invoice_ids.filtered(lambda move: move.state == "draft")
                drafts.action_post()

        self._try("down payment", step)

    @rule(number=PICK, hours=st.integers(0, 3))
    def deliver_by_hand(self, number, hours):
        item = self._some_item(number)
        if item and item.qty_delivered_method == "manual":
            step = {"qty_delivered": hours}
            self._try("deliver by hand", lambda: item.write(step))

    # === COSTS ===

    @precondition(lambda self: self.ready and self._bills("posted"))
    @rule(number=PICK)
    def vendor_takes_back(self, number):
        bill = self._pick(self._bills("posted"), number)
        if bill.reversal_move_ids:
            return
        self._try(
            "vendor takes back", lambda: bill._reverse_moves([NEXT_DAY]).action_post()
        )

    @precondition(lambda self: self.ready and self._bills("draft"))
    @rule(number=PICK)
    def delete_bill(self, number):
        bill = self._pick(self._bills("draft"), number)
        self._try("delete bill", bill.unlink)

    def _expenses(self, *states):
        domain = [("product_id", "=", self.case.travel.id), ("state", "in", states)]
        return self.env["hr.expense"].search(domain, order="id")

    @rule(total=st.integers(1, 3), number=PICK, day=DAYS)
    def expense(self, total, number, day):
        """An expense on the project, for the customer to re-invoice or for us."""
        order = self._some_item(number).order_id

        def step():
            self.case._create_expense(
                total * 50, sale_order_id=order.id or False, date=day
            )

        self._try("expense", step)

    @rule(policy=st.sampled_from(["no", "cost", "sales_price"]))
    def travel_policy(self, policy):
        product = self.case.travel
        self._try("travel policy", lambda: product.write({"expense_policy": policy}))

    @precondition(lambda self: self.ready and self._expenses("posted", "draft"))
    @rule(number=PICK, other=PICK)
    def customer_to_reinvoice(self, number, other):
        expense = self._pick(self._expenses("posted", "draft"), number)
        order = self._some_item(other).order_id
        self._try(
            "customer to reinvoice", lambda: expense.write({"sale_order_id": order.id})
        )

    @precondition(lambda self: self.ready and self._expenses("posted"))
    @rule(number=PICK)
    def reverse_expense(self, number):
        move = self._pick(self._expenses("posted"), number).account_move_id
        self._try(
            "reverse expense", lambda: move._reverse_moves([NEXT_DAY], cancel=True)
        )

    @precondition(lambda self: self.ready and self._expenses("draft", "approved"))
    @rule(number=PICK, remove=st.booleans())
    def book_again(self, number, remove):
        expense = self._pick(self._expenses("draft", "approved"), number)
        if remove:
            self._try("delete expense", expense.unlink)
        else:
            self._try("book again", lambda: self.case._book(expense))

    # === RULES ===

    @rule(active=st.booleans())
    def archive_rule(self, active):
        target = self.case.rule
        self._try("archive rule", lambda: target.write({"active": active}))

    @rule(day=DAYS)
    def first_day(self, day):
        target = self.case.rule
        self._try("first day", lambda: target.write({"date_start": day}))

    # === LEAKS ===

    @precondition(lambda self: self.ready)
    @rule(number=PICK)
    def mend(self, number):
        """Press the button of a leak: what it takes over is no order's any more."""
        codes = ["order_cancelled", "order_part", "order_cost", "order_milestone"]
        leak = self._pick(
            self.env["project.billing.leak"].search(
                [("project_id", "=", self.case.project.id), ("code", "in", codes)],
                order="id",
            ),
            number,
        )
        if not leak:
            return
        history, code = self.history, leak.code
        history.look()
        before = {kind: dict(now) for kind, now in history.now.items()}
        self._try(f"mend {code}", leak.with_user(self.case.pm).action_fix)
        history.look()
        if code == "order_milestone":
            return
        for kind, now in history.now.items():
            taken = {
                (source, item)
                for source, (item, _billed) in before[kind].items()
                if item and source in now and now[source][0] != item
            }
            history.forget(kind, taken)
