"""What all steps of the machines need: a world, picking, and trying."""

from collections import Counter
from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from odoo.exceptions import UserError

from odoo.addons.project_invoice_tracker_sale_timesheet.hooks import post_init_hook

from .order_history import History

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
        # planning the leaks would take half of the time
        self.env.cr.execute("SET LOCAL join_collapse_limit = 1")
        self.ready = False

    def teardown(self):
        self.env.cr.precommit.clear()
        self.savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    @initialize(
        rule_first=st.booleans(),
        first=PICK,
        second=PICK,
        sold=st.integers(0, 7),
        past=st.integers(0, 3),
    )
    def start(self, rule_first, first, second, sold, past):
        """Have time, some of it of orders, before or after the rule."""
        case = self.case
        case.rule.active = rule_first
        products = (
            self._pick(case.sold_first, first),
            self._pick(case.sold_second, second),
        )
        self.items = [case._create_order(product) for product in products]
        self.steps_item = case._create_order(case.sold_milestones, 10.0)
        if case.bought:
            self.items[0].order_id.project_id = case.project
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
        self.history = self._history()
        self.history.look()
        self.ready = True

    def _history(self):
        return History(self.env, self.case.project, self.case.bought)

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
