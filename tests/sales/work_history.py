"""What orders had of any kind of work, and what a leak must name (I1, I3)."""

from collections import defaultdict
from datetime import date

from .order_history import NO_RULE, History

#: Expenses on the project: booked, how much, the order item of the entry they have now,
#: the order that is chosen, and what is ours.
EXPENSES = """
    SELECT expense.id, expense.state IN ('posted', 'in_payment', 'paid'),
           expense.quantity,
           (SELECT max(entry.so_line) FROM account_analytic_line entry
              JOIN account_move_line cost ON cost.id = entry.move_line_id
             WHERE cost.move_id = expense.account_move_id
               AND cost.expense_id = expense.id),
           expense.sale_order_id,
           EXISTS (SELECT FROM project_billing_item item
                    WHERE item.expense_id = expense.id AND item.quantity <> 0),
           EXISTS (SELECT FROM project_billing_item own
                     JOIN project_billing_allocation slice ON slice.item_id = own.id
                    WHERE slice.state <> 'released' AND own.expense_id = expense.id)
      FROM hr_expense expense WHERE expense.product_id = %(travel)s
"""
#: Expenses on a day of no rule for costs: a leak, if no order has them either.
EXPENSES_OUTSIDE = f"""
    SELECT expense.id FROM hr_expense expense
     WHERE expense.product_id = %(travel)s
       AND {NO_RULE.format(kind="cost", day="expense.date")}
"""
#: Lines of credit notes of vendors, with the line of the bill that they take back.
REFUNDS = """
    SELECT line.id, line.parent_state = 'posted',
           (SELECT array_agg(origin.id) FROM account_move_line origin
             WHERE origin.move_id = move.reversed_entry_id
               AND origin.product_id = line.product_id),
           EXISTS (SELECT FROM account_analytic_line entry
                    WHERE entry.move_line_id = line.id AND entry.so_line IS NOT NULL),
           EXISTS (SELECT FROM project_billing_item item
                    WHERE item.cost_line_id = line.id AND item.quantity <> 0)
      FROM account_move_line line JOIN account_move move ON move.id = line.move_id
     WHERE move.move_type = 'in_refund' AND line.display_type = 'product'
       AND line.product_id = %(product)s
"""
#: Order items that bill nothing of what they have, and never did.
IDLE = """
    SELECT item.id FROM sale_order_line item
      JOIN sale_order sale ON sale.id = item.order_id
     WHERE item.is_expense AND item.qty_invoiced = 0
       AND (sale.state <> 'sale' OR item.qty_to_invoice = 0)
"""
ITEMS = """
    SELECT DISTINCT analytic_line_id FROM project_billing_item
     WHERE project_id = %(project)s AND analytic_line_id IS NOT NULL
"""
RULES = """
    SELECT min(date_start) FROM project_billing_rule
     WHERE project_id = %(project)s AND kind = 'time' AND active
"""
ASKED = """
    SELECT EXISTS (SELECT FROM project_billing_request
                    WHERE project_id = %(project)s AND invoice_id IS NOT NULL)
        OR EXISTS (SELECT FROM project_project project
                     JOIN sale_order_line own ON own.id = project.sale_line_id
                     JOIN sale_order_line item ON item.order_id = own.order_id
                     JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = item.id
                    WHERE project.id = %(project)s)
"""
NEVER = date.max


class WorkHistory(History):
    """Besides time, milestones and bills: expenses, and whatever nobody bills."""

    def __init__(self, env, project, product, travel):
        self.travel = travel
        super().__init__(env, project, product)
        self.now["expense"], self.had["expense"] = {}, {}

    def _names(self):
        return {**super()._names(), "travel": self.travel.id}

    def look(self):
        super().look()
        self.expenses = self._rows(EXPENSES)
        self._follow("expense", {row[0]: (row[3], True) for row in self.expenses})

    def first_day(self):
        return self._rows(RULES)[0][0] or NEVER

    def _sources(self, kind):
        if kind == "expense":
            return [
                (source, source, item, float(quantity), used)
                for source, _, quantity, item, _, _, used in self.expenses
            ]
        return super()._sources(kind)

    # === COMPLAINTS ===

    def complaints(self):
        found = super().complaints()
        found += self._wrong_expenses() + self._wrong_refunds()
        return found

    def _wrong_expenses(self):
        paid = {source for source, _item in self._paid("expense")}
        paid |= {row[0] for row in self._rows(EXPENSES_OUTSIDE)}
        return [
            f"expense {source}: ours {ours}, order item {item}, paid {source in paid}"
            for source, booked, _quantity, item, order, ours, used in self.expenses
            if ours != (booked and not item and not order and source not in paid)
            and not used
        ]

    def _wrong_refunds(self):
        paid = {source for source, _item in self._paid("bill")}
        ordered = {row[0] for row in self.bills if row[3]}
        return [
            f"refund {source}: ours {ours}"
            for source, posted, origins, on_order, ours in self._rows(REFUNDS)
            if ours
            != (posted and not on_order and not (paid | ordered) & set(origins or ()))
        ]

    def _idle_costs(self):
        """Return the orders that have costs which they do not bill."""
        self._read()
        idle = {row[0] for row in self._rows(IDLE)}
        paid = {source for source, _item in self._paid("expense")}
        names = {
            self.items[item][4]
            for _source, posted, _quantity, item, _ours, used in self.bills
            if posted and item in idle and not used
        }
        sale_names = {}
        for source, booked, _quantity, item, order, _ours, used in self.expenses:
            waits = item in idle if item else bool(order) and source not in paid
            if booked and waits and not used:
                sale_names[source] = order or self._order_of(item)
        orders = self.env["sale.order"].browse(set(sale_names.values()))
        return names | set(orders.mapped("name"))

    def _order_of(self, item):
        return self.env["sale.order.line"].browse(item).order_id.id

    def _loose_milestones(self):
        """Return the milestones that are reached, and that nobody bills."""
        self._read()
        left, names = {}, set()
        queue = sorted((row[3], row[0], *row) for row in self.steps)
        for *_order, source, item, quantity, _day, reached, used in queue:
            if not item or used or self.items[item][0] == "sale":
                continue
            room = left.setdefault(item, max(0.0, float(self.invoiced[item])))
            left[item] = room - quantity
            if reached and quantity - max(0.0, min(quantity, room)) > 1e-5:
                names.add(source)
        for (source, _item), (paid, size) in self._paid("step").items():
            reached = next(row[4] for row in self.steps if row[0] == source)
            if reached and paid < size - 1e-5:
                names.add(source)
        milestones = self.env["project.milestone"].browse(names)
        return set(milestones.mapped("name"))

    def _expected_leaks(self):
        expected = super()._expected_leaks()
        for name, over in self._over().items():
            expected["order_over", name] = over
        for name in self._idle_costs():
            expected["order_cost", name] = 0.0
        for name in self._loose_milestones():
            expected["order_milestone", name] = 0.0
        return expected

    def _leak_codes(self):
        return (*super()._leak_codes(), "order_over", "order_cost", "order_milestone")

    def _hours_outside(self):
        """Return the hours that no rule covers, once somebody billed the project."""
        [(billed,)] = self._rows(ASKED)
        if not (billed or self.had["entry"]):
            return 0.0
        since, known = self.first_day(), set(self.paid_entries())
        if since != NEVER:
            # released since: open until work is collected
            known.update(row[0] for row in self._rows(ITEMS))
        return sum(
            hours
            for source, item, hours, day, _linked, used in self.entries
            if not item and not used and source not in known and day < since
        )

    def _over(self):
        """Return the hours beyond what was sold by the hour in advance, by order."""
        if self.first_day() == NEVER:
            return {}
        hours = defaultdict(float)
        for _source, item, amount, _day, _linked, used in self.entries:
            if item and not used:
                hours[item] += amount
        over = {}
        for item, amount in hours.items():
            state, ordered, _done, advance, name, _cost, whole = self.items[item]
            if state == "sale" and advance and not whole and amount > float(ordered):
                over[name] = over.get(name, 0) + round(amount - float(ordered), 3)
        return over
