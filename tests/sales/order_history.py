"""What orders had, as somebody remembers who looks after each step (I1, I3).

Nothing here reads what the add-on remembers: it is told again, from the documents and
from what was seen of entries, milestones and bills before.
"""

from collections import defaultdict
from decimal import Decimal

#: What stands on invoices of order items, less what was credited.
INVOICED = """
    SELECT rel.order_line_id, sum(line.quantity * CASE move.move_type
               WHEN 'out_refund' THEN -1 ELSE 1 END)
      FROM sale_order_line_invoice_rel rel
      JOIN account_move_line line ON line.id = rel.invoice_line_id
      JOIN account_move move ON move.id = line.move_id
     WHERE move.move_type = 'out_invoice' AND move.state <> 'cancel'
        OR move.move_type = 'out_refund' AND move.state = 'posted'
     GROUP BY rel.order_line_id
"""
ENTRIES = """
    SELECT line.id, line.so_line, line.unit_amount, line.date,
           line.timesheet_invoice_id IS NOT NULL,
           EXISTS (SELECT FROM project_billing_item own
                     JOIN project_billing_allocation slice ON slice.item_id = own.id
                    WHERE slice.state <> 'released' AND own.analytic_line_id = line.id)
      FROM account_analytic_line line WHERE line.project_id = %(project)s
"""
MILESTONES = """
    SELECT step.id, step.sale_line_id,
           step.quantity_percentage * coalesce(sold.product_uom_qty, 0),
           coalesce(step.reached_date, step.create_date::date), step.is_reached,
           EXISTS (SELECT FROM project_billing_item own
                     JOIN project_billing_allocation slice ON slice.item_id = own.id
                    WHERE slice.state <> 'released' AND own.milestone_id = step.id)
      FROM project_milestone step
      LEFT JOIN sale_order_line sold ON sold.id = step.sale_line_id
     WHERE step.project_id = %(project)s
"""
#: Lines of bills on the project, the order item they stand on, and what is ours.
BILLS = """
    SELECT line.id, line.parent_state = 'posted', line.quantity,
           (SELECT max(entry.so_line) FROM account_analytic_line entry
             WHERE entry.move_line_id = line.id),
           EXISTS (SELECT FROM project_billing_item item
                    WHERE item.cost_line_id = line.id AND item.quantity <> 0),
           EXISTS (SELECT FROM project_billing_item own
                     JOIN project_billing_allocation slice ON slice.item_id = own.id
                    WHERE slice.state <> 'released' AND own.cost_line_id = line.id)
      FROM account_move_line line JOIN account_move move ON move.id = line.move_id
     WHERE move.move_type = 'in_invoice' AND line.display_type = 'product'
       AND line.product_id = %(product)s
"""
#: No rule of a kind covers a day.
NO_RULE = """NOT EXISTS (
    SELECT FROM project_billing_rule rule
     WHERE rule.project_id = %(project)s AND rule.active
       AND rule.kind = '{kind}' AND rule.date_start <= {day}
       AND (rule.date_end IS NULL OR rule.date_end >= {day}))"""
#: Bills on a day of no rule for costs: a leak, if no order has them either.
BILLS_OUTSIDE = f"""
    SELECT line.id FROM account_move_line line
     WHERE line.product_id = %(product)s
       AND {NO_RULE.format(kind="cost", day="line.date")}
"""
#: Entries on a day of no rule: a leak, if no order has them either.
OUTSIDE = """
    SELECT line.id, line.unit_amount FROM account_analytic_line line
     WHERE line.project_id = %(project)s AND line.so_line IS NULL
       AND NOT EXISTS (SELECT FROM project_billing_rule rule
                        WHERE rule.project_id = line.project_id AND rule.active
                          AND rule.kind = 'time' AND rule.date_start <= line.date
                          AND (rule.date_end IS NULL OR rule.date_end >= line.date))
       AND NOT EXISTS (SELECT FROM project_billing_item own
                         JOIN project_billing_allocation slice
                           ON slice.item_id = own.id
                        WHERE slice.state <> 'released'
                          AND own.analytic_line_id = line.id)
"""
ORDER_ITEMS = """
    SELECT item.id, sale.state, item.product_uom_qty, item.qty_delivered,
           template.invoice_policy = 'order', sale.name, item.is_expense,
           item.qty_delivered_method <> 'timesheet'
           OR template.invoice_policy = 'order' AND item.product_uom_id <> %(hour)s
      FROM sale_order_line item
      JOIN sale_order sale ON sale.id = item.order_id
      JOIN product_product product ON product.id = item.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
"""


class History:
    """Order items that sources had, in the order in which they were seen to."""

    def __init__(self, env, project, product=None):
        self.env, self.project, self.product = env, project, product
        self.now = {"entry": {}, "step": {}, "bill": {}}
        self.had = {"entry": {}, "step": {}, "bill": {}}
        self.quantity = {}

    def _names(self):
        return {
            "project": self.project.id,
            "product": self.product.id if self.product else 0,
            "hour": self.env.ref("uom.product_uom_hour").id,
        }

    def _rows(self, query):
        self.env.cr.execute(query, self._names())
        return self.env.cr.fetchall()

    def look(self):
        """Remember what has changed since the last look."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT DISTINCT order_line_id FROM sale_order_line_invoice_rel"
        )
        billed_once = {row[0] for row in self.env.cr.fetchall()}
        self.entries = self._rows(ENTRIES)
        self.steps = self._rows(MILESTONES)
        self.bills = self._rows(BILLS) if self.product else []
        self._follow(
            "entry", {row[0]: (row[1], row[1] in billed_once) for row in self.entries}
        )
        self._follow(
            "step",
            {row[0]: (row[1], row[1] in billed_once and row[4]) for row in self.steps},
        )
        for step_id, item_id, quantity, *_rest in self.steps:
            if item_id:
                self.quantity[step_id, item_id] = quantity
        self._follow("bill", {row[0]: (row[3], True) for row in self.bills})

    def _follow(self, kind, now):
        had = self.had[kind]
        for source, (item, billed) in self.now[kind].items():
            new = now.get(source, (None, False))[0]
            if source in now and item and item != new:
                had[source, item] = billed
        for source, (item, _billed) in now.items():
            had.pop((source, item), None)
        self.now[kind] = now

    def forget(self, kind, taken):
        """Somebody decided that these are no order's.

        :param taken: ``{(source, order item)}``
        """
        for key in taken:
            self.had[kind].pop(key, None)

    def forget_items(self, entry_ids, item_ids):
        """These entries never were on these order items: it was undone."""
        for key in [(entry, item) for entry in entry_ids for item in item_ids]:
            self.had["entry"].pop(key, None)

    # === TELLING ===

    def outside(self):
        """Return entries that neither a rule nor an order bills, with their hours."""
        paid = set(self.paid_entries())
        return [row for row in self._rows(OUTSIDE) if row[0] not in paid]

    def _invoiced(self):
        return defaultdict(Decimal, self._rows(INVOICED))

    def _shared(self, kind, queue, kept):
        """Return ``{(source, item): paid for}`` of sources that left order items.

        :param queue: ``(order of precedence, source, quantity)`` of what may be paid
        :param kept: ``{item: quantity}`` that order items have
        """
        left, result = {}, {}
        whole = kind == "entry"
        for _order, source, quantity in sorted(queue):
            for (other, item), billed in self.had[kind].items():
                if other != source or not billed or item not in self.items:
                    continue
                size = self.quantity.get((source, item), quantity)
                if whole and self.items[item][6]:
                    # at a price for the whole, all of its time is included
                    if self._billed(item) > 0:
                        result[source, item] = (size, size)
                    continue
                room = left.setdefault(
                    item, float(self._billed(item)) - kept.get(item, 0.0)
                )
                paid = max(0.0, min(size, room))
                left[item] = room - size
                if paid > 1e-5:
                    result[source, item] = (paid, size)
        return result

    def _billed(self, item):
        state, ordered, delivered, advance, _name, cost, _whole = self.items[item]
        billed = self.invoiced[item]
        if cost and state == "sale":
            billed = max(billed, Decimal(ordered if advance else delivered))
        return billed

    def _read(self):
        self.items = {row[0]: row[1:] for row in self._rows(ORDER_ITEMS)}
        self.invoiced = self._invoiced()

    def _paid(self, kind):
        """Return what orders are paid for of these sources; see :meth:`_shared`."""
        self._read()
        kept, queue = defaultdict(float), []
        for order, source, item, quantity, used in self._sources(kind):
            if item and not used:
                kept[item] += quantity
            elif not item and not used:
                queue.append((order, source, quantity))
        return self._shared(kind, queue, kept)

    def _sources(self, kind):
        return {
            # order of precedence, source, order item, quantity, whether it is used
            "entry": [
                ((not linked, day, source), source, item, hours, used)
                for source, item, hours, day, linked, used in self.entries
            ],
            "step": [
                ((day, source), source, item, quantity if reached else 0.0, used)
                for source, item, quantity, day, reached, used in self.steps
            ],
            "bill": [
                (source, source, item, float(quantity), used)
                for source, _posted, quantity, item, _ours, used in self.bills
            ],
        }[kind]

    def paid_entries(self):
        """Return the ids of entries that an order they left was paid for."""
        return sorted({source for source, _item in self._paid("entry")})

    def paid_milestones(self):
        """Return the ids of milestones that an order they left was paid for."""
        return sorted({source for source, _item in self._paid("step")})

    # === COMPLAINTS ===

    def complaints(self):
        """Return which bills have two billers or none, and which leaks are not so."""
        paid = {source for source, _item in self._paid("bill")}
        paid |= {row[0] for row in self._rows(BILLS_OUTSIDE)} if self.product else set()
        found = [
            f"bill line {source}: ours {ours}, order item {item}, paid {source in paid}"
            for source, posted, _quantity, item, ours, used in self.bills
            if ours != (posted and not item and source not in paid) and not used
        ]
        expected, codes = self._expected_leaks(), self._leak_codes()
        told = {
            (code, document): round(hours, 3)
            for code, document, hours in self._leaks(codes)
        }
        if told != expected:
            found.append(f"leaks: {told} instead of {expected}")
        return found

    def _leaks(self, codes):
        """Return ``[(code, document, hours)]``, all with one statement."""
        return self.env["project.billing.leak"]._read_group(
            [("project_id", "=", self.project.id), ("code", "in", codes)],
            ["code", "document"],
            ["hours:sum"],
        )

    def _leak_codes(self):
        return ("order_cancelled", "order_part", "outside")

    def _expected_leaks(self):
        """Return ``{(code, document): hours}`` of the leaks that there must be."""
        expected = {
            ("order_cancelled", name): hours
            for name, hours in self._cancelled().items()
        }
        for name, hours in self._in_part().items():
            expected["order_part", name] = hours
        nobody = self._hours_outside()
        if nobody > 1e-5:
            expected["outside", False] = round(nobody, 3)
        return expected

    def _hours_outside(self):
        """Return the hours of the leak of entries that nobody bills."""
        return sum(hours for _entry, hours in self.outside())

    def _cancelled(self):
        """Return the hours on orders that do not stand, and on no invoice, by order."""
        self._read()
        hours = defaultdict(float)
        for _source, item, amount, _day, _linked, used in self.entries:
            if item and not used and self.items[item][0] != "sale":
                hours[item] += amount
        result = defaultdict(float)
        for item, amount in hours.items():
            rest = amount - max(0.0, float(self.invoiced[item]))
            if self.items[item][6] and self.invoiced[item] > 0:
                continue
            if rest > 1e-5:
                result[self.items[item][4]] += round(rest, 3)
        return dict(result)

    def _in_part(self):
        """Return the hours that an order is not paid for of entries it is paid for."""
        result = defaultdict(float)
        for (_source, item), (paid, size) in self._paid("entry").items():
            if paid < size - 1e-5:
                result[self.items[item][4]] += round(size - paid, 3)
        return dict(result)
