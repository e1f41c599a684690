"""Plan of a hand-over: reads a project, for the preview and for the hand-over itself.

A plan changes nothing. It is read elevated, for one project that was checked.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from odoo.tools import SQL

from . import handover_sql

#: Kinds of rules that bill something besides time; with these only, time stays.
ONLY_COSTS = {"cost"}
CONTRACTS = {"milestone", "progress"}


@dataclass
class OrderPart:
    """All that one order has of the project."""

    order: object
    reason: str = ""
    hours_before: float = 0.0
    hours_after: float = 0.0
    hours_paid: float = 0.0
    drafts: int = 0
    milestones_invoiced: int = 0
    milestones_reached: int = 0
    milestones_planned: int = 0
    prepaid_left: float = 0.0
    down_payment: float = 0.0
    costs: float = 0.0
    tasks: int = 0
    map_entries: int = 0
    whole_project: bool = False


@dataclass
class Entry:
    """A time entry on an order item."""

    id: int
    item_id: int
    order_id: int
    date: object
    hours: float
    paid: bool
    edited: bool


@dataclass
class Step:
    """A milestone on an order item."""

    id: int
    item_id: int
    order_id: int
    reached: bool
    date: object
    paid: bool
    value: float


@dataclass
class Free:
    """A time entry without an order item."""

    id: int
    date: object
    task_id: int
    employee_id: int
    hours: float
    edited: bool
    ours: bool


@dataclass
class Plan:
    """All that orders and rules have of a project, before and from a day on."""

    project: object
    date: object
    parts: dict = field(default_factory=dict)
    entries: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    free: list = field(default_factory=list)

    @classmethod
    def look_at(cls, project, date):
        """Read a project (elevated) for a hand-over on a day."""
        env = project.env
        env.flush_all()
        plan = cls(project, date)
        names = {
            "project": project.id,
            "hour": env.ref("uom.product_uom_hour").id,
        }
        ask = env.execute_query
        plan.entries = [Entry(*r) for r in ask(SQL(handover_sql.ENTRIES, **names))]
        plan.steps = [Step(*r) for r in ask(SQL(handover_sql.MILESTONES, **names))]
        kind = env["project.billing.kind"]._get("time")
        free = SQL(handover_sql.FREE_ENTRIES, ordered=kind._order_condition(), **names)
        plan.free = [Free(*row) for row in ask(free)]
        ids = [row[0] for row in ask(SQL(handover_sql.ORDERS, **names))]
        orders = env["sale.order"].browse(ids).exists().sorted("name")
        plan.parts = {order.id: OrderPart(order) for order in orders}
        plan._read_links()
        plan._count()
        return plan

    # === LINKS ===

    def _read_links(self):
        env, project = self.project.env, self.project
        self.rules = project.billing_rule_ids.filtered("active")
        self.tasks = (
            env["project.task"]
            .with_context(active_test=False)
            .search([("project_id", "=", project.id), ("sale_line_id", "!=", False)])
        )
        self.maps = project.sale_line_employee_ids.filtered("sale_line_id")
        for part in self.parts.values():
            part.reason = self._why_it_stays(part.order)

    def _why_it_stays(self, order):
        """Return why the rules of this project cannot bill the work of an order."""
        env = self.project.env
        company = self.rules.company_id[:1] or self.project.company_id
        if company and order.company_id != company:
            return env._("of %s", order.company_id.name)
        customers = (
            self.project._billing_customers() | self.project.partner_id
        ).commercial_partner_id
        theirs = order.partner_id | order.partner_invoice_id
        if customers and not theirs.commercial_partner_id & customers:
            return env._("of %s", order.partner_id.display_name)
        return ""

    @property
    def kinds(self):
        """Return the kinds of the rules of the project."""
        return set(self.rules.mapped("kind"))

    @property
    def handed(self):
        """Return the orders that are handed over."""
        return [part for part in self.parts.values() if not part.reason]

    def hands(self, item):
        """Tell whether the work on an order item is handed over."""
        part = self.parts.get(item.order_id.id)
        return bool(part) and not part.reason

    # === COUNTING ===

    def _count(self):
        for entry in self.entries:
            part = self.parts[entry.order_id]
            if entry.date >= self.date:
                name = "hours_paid" if entry.paid else "hours_after"
            elif entry.paid:
                continue
            else:
                name = "hours_before"
            setattr(part, name, getattr(part, name) + entry.hours)
        for step in self.steps:
            part = self.parts[step.order_id]
            part.milestones_invoiced += step.paid
            part.milestones_reached += step.reached and not step.paid
            part.milestones_planned += not step.reached
        for record, name in ((self.tasks, "tasks"), (self.maps, "map_entries")):
            for linked in record:
                part = self.parts[linked.sale_line_id.order_id.id]
                setattr(part, name, getattr(part, name) + 1)
        own = self.project.sale_line_id.order_id
        if own.id in self.parts:
            self.parts[own.id].whole_project = True
        self._count_documents()

    def _count_documents(self):
        if not self.parts:
            return
        query = SQL(handover_sql.DOWN_PAYMENTS, orders=tuple(self.parts))
        for order_id, amount in self.project.env.execute_query(query):
            self.parts[order_id].down_payment = max(0.0, amount)
        used = {entry.item_id for entry in self.entries}
        used |= set((self.tasks.sale_line_id | self.project.sale_line_id).ids)
        for part in self.parts.values():
            lines = part.order.order_line
            part.drafts = len(
                part.order.invoice_ids.filtered(
                    lambda move: (
                        move.state == "draft" and move.move_type == "out_invoice"
                    )
                )
            )
            part.costs = sum(lines.filtered("is_expense").mapped("price_subtotal"))
            part.prepaid_left = sum(
                max(0.0, line.remaining_hours)
                for line in lines
                if line.id in used and line.remaining_hours_available
            )

    # === WHAT IS DONE ===

    def pinned(self):
        """Return the entries that stay with their orders."""
        return [
            entry
            for entry in self.entries
            if not self.parts[entry.order_id].reason
            and (entry.date < self.date or entry.paid)
        ]

    def taken(self):
        """Return the entries that rules bill from the day on."""
        return [
            entry
            for entry in self.entries
            if not self.parts[entry.order_id].reason
            and entry.date >= self.date
            and not entry.paid
        ]

    def taken_steps(self):
        """Return the milestones that rules bill from the day on."""
        if not self.kinds & CONTRACTS:
            return []
        return [
            step
            for step in self.steps
            if not self.parts[step.order_id].reason
            and not step.paid
            and not (step.reached and (not step.date or step.date < self.date))
        ]

    def invoiceable(self):
        """Return the orders with something to invoice before the day."""
        busy = defaultdict(float)
        for entry in self.pinned():
            if entry.date < self.date and not entry.paid:
                busy[entry.order_id] += entry.hours
        return [
            part.order
            for part in self.handed
            if part.order.state == "sale"
            and (busy[part.order.id] or part.order.invoice_status == "to invoice")
        ]

    def nobody_before(self):
        """Return the hours before the day that have neither an order nor a rule."""
        return sum(
            free.hours for free in self.free if free.date < self.date and not free.ours
        )


def names_of(orders):
    """Return the numbers of orders, separated by commas."""
    return ", ".join(order.name for order in orders)
