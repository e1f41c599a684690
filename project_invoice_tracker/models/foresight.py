"""Foresight: the lines that a request would have if it were made now.

It takes the same steps as collecting, and stores nothing.
"""

from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from ..billing import caps
from ..billing.netting import merged
from ..billing.portions import portions, running
from ..billing.rounding import exact, money
from .currency_step import step_of
from .project_billing_request_caps import ROUNDINGS

ZERO = Decimal(0)


def _whole(_plan, more):
    """Return how much a line may grow, without regard to caps."""
    return more


class Foreseen(NamedTuple):
    """A line that would be made, and what it would bill.

    :param key: of the line of the draft that it is, or joins
    :param plan: :class:`billing.grouping.PlannedLine`, ``None`` for what a draft holds
    :param quantity: as the customer would read it
    """

    key: object
    plan: object
    quantity: Decimal
    price: Decimal
    discount: Decimal
    product_id: int
    taxes: object


class Foresight:
    """The request that one project would have now (elevated).

    :param requests: the model
    :param dict terms: ids of project, company and currency
    :param draft: the draft that it would extend, if any
    :param dict recorded: minutes as recorded, by item
    """

    def __init__(self, requests, terms, draft, recorded):
        self.env, self.requests = requests.env, requests
        self.draft = draft
        self.request = draft or requests.new(terms)
        self.recorded = recorded
        self.company = self.env["res.company"].browse(terms["company_id"])
        self.currency = self.env["res.currency"].browse(terms["currency_id"])
        self.step = step_of(self.currency)
        self.globally = self.company.tax_calculation_rounding_method == "round_globally"
        project = self.env["project.project"].browse(terms["project_id"])
        self.position = self.env["account.fiscal.position"]
        if project._billing_customer():
            values = requests._prepare_terms(project, self.company)
            self.position = self.position.browse(values["fiscal_position_id"])
        self.taxes = {}
        self.digits = self.env["decimal.precision"].precision_get("Product Unit")

    def amounts(self, items, ready):
        """Return ``{item id: (amount, amount without caps, amount at the prices)}``."""
        lines, carried = self.request._plan(items, self.draft)
        everything = lines + carried
        worth = self._by_item(everything, _whole)
        priced = worth
        if self.request.project_id.billing_rule_ids.cap_ids:
            priced = self._by_item(everything, _whole, self._at_prices)
        bills = worth
        if ready:
            bills = self._by_item(*self._fit(lines))
        return {
            item.id: tuple(found.get(item.id, ZERO) for found in (bills, worth, priced))
            for item in items
        }

    def _fit(self, lines):
        """Return the lines that fit under the caps, and how much more fits on one."""
        rules = self.env["project.billing.rule"].browse(
            {line.first.rule_id for line in lines}
        )
        if not rules.cap_ids:
            return lines, _whole
        rooms = {cap: cap._room() for cap in rules.cap_ids}
        for line in self.draft._minimum_lines():
            for cap in line.rule_id.cap_ids & rules.cap_ids:
                if rooms[cap].amount is not None:
                    rooms[cap].amount += exact(line.price_unit)
        rounding = (
            step_of(self.currency),
            self.digits,
            ROUNDINGS[self.company.tax_calculation_rounding_method],
        )
        within, _over = self.request._fit_lines(lines, rooms, self.digits)

        def grow(plan, more):
            held = self._held(plan) + plan.quantity
            mine = [rooms[cap] for cap in rules.browse(plan.first.rule_id).cap_ids]
            return caps.growth(plan, held, more, mine, *rounding)

        return within, grow

    def _held(self, plan):
        """Return the quantity already on the line that a planned line would join."""
        return self.draft._held_on_line(plan) if self.draft else Decimal(0)

    def _by_item(self, plans, grow, amounts=None):
        """Return ``{item id: amount}`` of planned lines.

        :param amounts: what lines come to, :meth:`_untaxed` by default
        """
        found = {}
        for plan, amount in self._priced(plans, grow, amounts or self._untaxed):
            weights = [item.open for item in plan.items]
            for item, part in zip(
                plan.items, portions(amount, weights, self.step), strict=True
            ):
                found[item.id] = found.get(item.id, ZERO) + part
        return found

    def _priced(self, plans, grow, amounts):
        """Return ``[(planned line, amount that it adds)]``."""
        joined = self.draft._lines_by_key() if self.draft else {}
        parts = self.draft._lines_of_parts(plans) if self.draft else {}
        before = [self._of_line(line) for line in self._live()]
        after = {line.key: line for line in before}
        for plan, line in self._by_line(plans, joined, parts):
            planned = self._of_plan(plan, line, grow)
            after[planned.key] = planned
        old = dict(zip(before, amounts(before), strict=True))
        old = {line.key: amount for line, amount in old.items()}
        result, shifted = [], ZERO
        for line, amount in zip(
            after.values(), amounts(list(after.values())), strict=True
        ):
            more = amount - old.get(line.key, ZERO)
            if line.plan:
                result.append([line.plan, more])
            else:
                shifted += more
        if result:
            # where the document is rounded, other lines may move by a cent
            result[-1][1] += shifted
        return result

    @staticmethod
    def _by_line(plans, joined, parts):
        """Return ``[(planned line, line of the draft that it joins)]``, one a line.

        A correction may take a line of the draft to zero and join it with the rest.
        """
        found = {}
        for plan in plans:
            line = joined.get(plan.text) or parts.get(plan.first.id)
            key = line.id if line else (plan.text, plan.first.id)
            known, line = found.get(key, (None, line))
            if known:
                plan = replace(known, items=merged(known.items + plan.items))
            found[key] = plan, line
        return list(found.values())

    def _live(self):
        """Return the lines of the draft that bill work."""
        return self.draft.line_ids._live().filtered(lambda line: not line.adjusts)

    def _of_line(self, line):
        """Return the :class:`Foreseen` of a line of the draft, as it is now."""
        return Foreseen(
            line.id,
            None,
            exact(line.quantity),
            exact(line.price_unit),
            exact(line.discount),
            line.product_id.id,
            line.tax_ids,
        )

    def _of_plan(self, plan, line, grow):
        """Return the :class:`Foreseen` of a planned line, on the line it joins."""
        first, price = plan.first, plan.price
        quantity = self._held(plan) + plan.quantity
        if first.unit == "minute":
            quantity += self._rounding_of(plan, line, quantity, grow)
        readable = self.env["project.billing.line"]._readable(
            quantity, first.unit, first.day_minutes
        )
        if first.taken and first.unit == "unit":
            if line:
                quantity = exact(line.quantity) + plan.quantity
                readable = exact(quantity)
            price = self._price_of_rest(plan, line, readable)
        return Foreseen(
            line.id if line else (plan.text, first.id),
            plan,
            readable,
            price,
            first.discount,
            first.product_id,
            self._taxes_of(first.tax_product_id or first.product_id),
        )

    def _rounding_of(self, plan, line, quantity, grow):
        """Return the minutes that a line is rounded by, where the rule rounds lines."""
        rule = self.env["project.billing.rule"].browse(plan.first.rule_id)
        if not rule._rounds_lines():
            return Decimal(0)
        recorded = sum(
            (
                # of what a cap cuts, that part counts
                self.recorded[item.id] if self._is_whole(item) else item.open
                for item in plan.items
            ),
            Decimal(0),
        )
        kind = self.env["project.billing.kind.time"]
        line = line or self.env["project.billing.line"]
        held, shared = kind._read_recorded(line).get(line.id, (Decimal(0), False))
        linked = None
        if shared or not all(map(self._is_whole, plan.items)):
            # what is planned is open still
            work, elsewhere = kind._read_linked(line, [item.id for item in plan.items])
            linked = (work + plan.quantity, elsewhere)
        billed = kind._round_line(
            recorded + held, linked, rule.increment_minutes, rule.increment_method
        )
        more = billed - quantity
        # a line of corrections is rounded like the work that it takes back
        return grow(plan, more) if more > 0 and billed > 0 else Decimal(more)

    def _is_whole(self, item):
        """Tell whether all that is open of an item is on its planned line."""
        record = self.env["project.billing.item"].browse(item.id)
        return exact(record.quantity) == item.open

    def _price_of_rest(self, plan, line, quantity):
        """Return the price at which all parts of an item sum to its amount."""
        item = self.env["project.billing.item"].browse(plan.first.id)
        others = item._amounts_taken(line or self.env["project.billing.line"])
        is_last = exact(item.quantity_open) == plan.quantity
        return item._part_price(quantity, plan.first.discount, others, is_last)

    # === AMOUNTS ===

    def _taxes_of(self, product_id):
        """Return the taxes of a service as the line would have them."""
        if product_id not in self.taxes:
            product = self.env["product.product"].browse(product_id)
            self.taxes[product_id] = self.env["project.billing.line"]._find_taxes(
                product, self.company, self.position
            )
        return self.taxes[product_id]

    def _at_prices(self, lines):
        """Return the amounts of lines at their prices, each rounded."""
        return [
            money(line.quantity * line.price * (1 - line.discount / 100), self.step)
            for line in lines
        ]

    def _untaxed(self, lines):
        """Return the untaxed amounts of lines, which sum to that of the document."""
        taxes = self.env["account.tax"].union(*(line.taxes for line in lines))
        if any(taxes.flatten_taxes_hierarchy().mapped("price_include")):
            return self._untaxed_by_engine(lines)
        exactly = [
            line.quantity * line.price * (1 - line.discount / 100) for line in lines
        ]
        if self.globally:
            return running(exactly, self.step)
        return [money(amount, self.step) for amount in exactly]

    def _untaxed_by_engine(self, lines):
        """Return the untaxed amounts as Odoo's tax engine finds them."""
        AccountTax = self.env["account.tax"]
        base_lines = [
            AccountTax._prepare_base_line_for_taxes_computation(
                {},
                quantity=float(line.quantity),
                price_unit=float(line.price),
                discount=float(line.discount),
                product_id=self.env["product.product"].browse(line.product_id),
                tax_ids=line.taxes,
                currency_id=self.currency,
                rate=1.0,
            )
            for line in lines
        ]
        AccountTax._add_tax_details_in_base_lines(base_lines, self.company)
        AccountTax._round_base_lines_tax_details(base_lines, self.company)
        details = [base_line["tax_details"] for base_line in base_lines]
        return [
            money(
                exact(found["total_excluded_currency"], 12)
                + exact(found["delta_total_excluded_currency"], 12),
                self.step,
            )
            for found in details
        ]
