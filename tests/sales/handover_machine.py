"""Hand-overs in both directions, and undoing them, among all other steps."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .order_machine import OrderMachine
from .sales_steps import DAYS, PICK


class HandoverMachine(OrderMachine):
    """The project changes its biller on any day, as often as it likes."""

    def _hand_over(self, direction, day, **choices):
        choices = {"before": "pin", "rates": True, "deposit": False, **choices}
        project = self.case.project
        self.env["project.billing.handover"]._hand_over(
            project, direction, day, {"item_id": False, **choices}
        )

    @precondition(lambda self: self.ready)
    @rule(day=DAYS, before=st.sampled_from(["pin", "pin", "invoice"]))
    def to_rules(self, day, before):
        self._try("to rules", lambda: self._hand_over("rules", day, before=before))

    @precondition(lambda self: self.ready)
    @rule(day=DAYS, number=st.integers(0, 1))
    def to_orders(self, day, number):
        item = self.items[number].exists()
        self._try("to orders", lambda: self._hand_over("orders", day, item_id=item.id))

    @precondition(lambda self: self.ready)
    @rule()
    def undo(self):
        latest = self.env["project.billing.handover"]._in_force(self.case.project)
        if not latest:
            return
        self._try("undo", latest.with_env(self.env).action_undo)
        if latest.state == "undone" and latest.direction == "orders":
            changes = latest.changes
            entries = [int(key) for key in changes["entries"]]
            self.history.forget_items(entries, changes["items"])

    @precondition(lambda self: self.ready)
    @rule(number=PICK, day=DAYS)
    def move_day(self, number, day):
        """An entry is moved to a day before or after the hand-over."""
        entry = self._pick(self.entries.exists(), number)
        if entry:
            self._try("move day", lambda: entry.write({"date": day}))
