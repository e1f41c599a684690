"""Caps: collect only what they leave room for, and account for the rest."""

from copy import copy
from decimal import ROUND_CEILING, ROUND_HALF_UP

from odoo import api, fields, models

from ..billing import caps
from ..billing.grouping import OpenItem, PlannedLine, billed_amount
from ..billing.rounding import (
    LARGEST,
    MINUTES_PER_HOUR,
    exact,
    minutes_from_hours,
)
from ..exceptions import NothingToBill
from .currency_step import step_of

#: How a line counts: with its own rounding; where only the document is rounded, rounded
#: up, so that no document totals more than its lines counted.
ROUNDINGS = {"round_per_line": ROUND_HALF_UP, "round_globally": ROUND_CEILING}


class ProjectBillingRequest(models.Model):
    """Limit the content of a draft to what its caps leave."""

    _inherit = "project.billing.request"

    cap_note = fields.Char(
        string="Caps",
        compute="_compute_caps",
        compute_sudo=True,
        help="What the caps of the project leave.",
    )
    can_choose_work = fields.Boolean(
        compute="_compute_caps",
        compute_sudo=True,
        help="Work is over a cap and the manager may choose what is billed.",
    )

    @api.depends("line_ids.quantity", "line_ids.rule_id", "state")
    def _compute_caps(self):
        for request in self:
            found = request.project_id.billing_rule_ids.cap_ids
            request.cap_note = (
                "; ".join(f"{cap.name}: {cap._used_in_words()}" for cap in found)
                or False
            )
            request.can_choose_work = request.state == "draft" and any(
                cap.policy == "choose" and cap.percent_used > 100 for cap in found
            )

    # === COLLECTING ===

    def _add_planned_lines(self, planned, date_from=None, date_to=None):
        """Override to leave out or write off what exceeds a cap."""
        if not self.env["project.billing.cap"]._any():
            return super()._add_planned_lines(planned, date_from, date_to)
        planned, over = self._fit_to_caps(planned)
        # they make room for the work, and come back as far as they are needed
        self.env["project.billing.kind"]._get("time")._drop_lines(self._minimum_lines())
        result = super()._add_planned_lines(planned, date_from, date_to)
        for request in self:
            request._settle_over(over[request.project_id.id])
            request._take_order_number()
        # a draft that was made for what turned out to be over a cap; one whose lines
        # came to nothing keeps its slices
        self.filtered(
            lambda request: not request.line_ids and not request.allocation_ids
        )._engine().unlink()
        return result

    def _fit_to_caps(self, planned):
        """Return what fits and what exceeds a cap, both by project, under locks.

        :raises NothingToBill: when a request would be empty, naming the caps
        """
        rules = self.env["project.billing.rule"].browse(
            {line.first.rule_id for lines in planned.values() for line in lines}
        )
        found = rules.cap_ids
        if not found:
            return planned, {project_id: [] for project_id in planned}
        rooms = found._rooms()
        for line in self._minimum_lines():
            for cap in line.rule_id.cap_ids & found:
                if rooms[cap].amount is not None:
                    rooms[cap].amount += exact(line.price_unit)
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        within, over = {}, {}
        for request in self:
            project_id = request.project_id.id
            within[project_id], over[project_id] = request._fit_lines(
                planned[project_id], rooms, digits
            )
        if not any(within.values()):
            raise NothingToBill(self[0]._over_message(found))
        return within, over

    def _fit_lines(self, lines, rooms, digits):
        """Return which part of some lines fits and which exceeds.

        Corrections that the work which fits does not outweigh are left out.

        :param dict rooms: what the caps leave, which shrinks
        """
        rules = self.env["project.billing.rule"]
        while True:
            left = {cap: copy(room) for cap, room in rooms.items()}
            within, over = caps.fit(
                lines,
                lambda line, left=left: [
                    left[cap] for cap in rules.browse(line.first.rule_id).cap_ids
                ],
                self._held_on_line,
                step_of(self.currency_id),
                digits,
                ROUNDINGS[self.company_id.tax_calculation_rounding_method],
            )
            credits = [line for line in lines if line.quantity < 0 and not line.joins]
            total = sum(map(billed_amount, within), self._content_amount())
            if total > 0 or not credits:
                rooms.update(left)
                return within, over
            lines = [line for line in lines if line is not credits[-1]]

    def _minimum_lines(self):
        """Return the minimum fees of these drafts that count towards caps."""
        kind = self.env["project.billing.kind"]._get("time")
        drafts = self.filtered(lambda request: not request.invoice_id)
        return kind._adjusting_lines(drafts).filtered("rule_id.cap_ids")

    def _adjust_lines(self):
        """Override to count minimum fees, whose prices follow the work."""
        result = super()._adjust_lines()
        if self.env["project.billing.cap"]._any():
            # sudo: counted whoever changed the draft
            self.sudo().line_ids.rule_id.cap_ids._refresh_used()
        return result

    def _held_on_line(self, plan):
        """Return the quantity on the line that a planned line would join."""
        line = self._lines_by_key().get(plan.text)
        if not line:
            return exact(0)
        slices = self.env["project.billing.ledger"]._slices(line).get(line.id, [])
        return sum((part.quantity for part in slices), exact(0))

    def _over_message(self, found):
        return self.env._(
            "All that is ready in %(project)s is over its cap: %(caps)s. Raise the "
            "cap, or agree on another one with the client.",
            project=self.project_id.name,
            caps="; ".join(f"{cap.name}: {cap._used_in_words()}" for cap in found),
        )

    def _settle_over(self, over):
        """Write off what exceeds caps that say so; the rest stays open.

        Work of which nothing fits gets a line without a quantity, as long as the
        request bills anything else.
        """
        lines = self._lines_by_key()
        slices = {}
        for plan in over:
            found = self.env["project.billing.rule"].browse(plan.first.rule_id).cap_ids
            cut = found.filtered(lambda cap: cap.policy == "write_off")
            if not cut or not self.line_ids._live():
                continue
            line = lines.get(plan.text) or self._add_empty_line(plan)
            slices.setdefault(cut[0], []).extend(
                (item.id, line, item.open) for item in plan.items
            )
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        ids = [item_id for rows in slices.values() for item_id, *_rest in rows]
        items = self.env["project.billing.item"].browse(ids)
        # of work that was cut, the surplus of its increment is not there any more
        left = {item.id: exact(item.quantity_open) for item in items}
        for cap, rows in slices.items():
            rows = [(key, line, min(open_, left[key])) for key, line, open_ in rows]
            ledger._write_off(rows, self.env._("Over %s", cap.name))

    def _add_empty_line(self, plan):
        """Return a new line for work of which nothing is billed."""
        values = self._prepare_line(plan, self._customer_env())
        lines = self.env["project.billing.line"]._engine()
        return lines.create({**values, "quantity": 0.0})

    def _take_order_number(self):
        """Copy the customer's order number from the cap, unless one was typed."""
        orders = self.line_ids.rule_id.cap_ids.filtered("is_order")
        if orders and not self.customer_reference:
            self.customer_reference = ", ".join(orders.mapped("name"))


class ProjectBillingLine(models.Model):
    """Rounding up a line never exceeds its caps."""

    _inherit = "project.billing.line"

    def _growths(self, wanted):
        """Override: limit the rounding to what the caps of the rules leave."""
        growths = super()._growths(wanted)
        rooms = self.rule_id.cap_ids._rooms()
        return {
            line: line._growth(wanted[line][0], more, rooms)
            for line, more in growths.items()
        }

    def _growth(self, held, more, rooms):
        """Return how much of ``more`` a line may grow by, and take it from the rooms.

        :param held: what it holds, in minutes
        :param dict rooms: what the caps leave, see :meth:`_rooms`
        """
        self.ensure_one()
        mine = [rooms[cap] for cap in self.rule_id.cap_ids]
        if not mine:
            return more
        item = OpenItem(
            0,
            self.request_id.project_id.id,
            self.rule_id.id,
            self.kind,
            "project",
            self.unit,
            held,
            # of an hour or piece
            exact(self.price_unit) * MINUTES_PER_HOUR / self._per()
            if self.day_minutes
            else exact(self.price_unit),
            self.product_id.id,
            discount=exact(self.discount),
            day_minutes=self._day(),
        )
        return caps.growth(
            PlannedLine((), [item]),
            held,
            more,
            mine,
            step_of(self.request_id.currency_id),
            self.env["decimal.precision"].precision_get("Product Unit"),
            ROUNDINGS[self.company_id.tax_calculation_rounding_method],
        )


class ProjectBillingCap(models.Model):
    """The amount and hours that a cap leaves."""

    _inherit = "project.billing.cap"

    def _rooms(self):
        """Return ``{cap: what is left of it}``, under locks."""
        if self:
            self._lock()
        return {cap: cap._room() for cap in self}

    def _room_for_amount(self, line):
        """Return the money left of these caps, plus what ``line`` holds already."""
        own = sum((exact(price) for price in line.mapped("price_unit")), exact(0))
        rooms = [room.amount for room in self._rooms().values()]
        left = [amount + own for amount in rooms if amount is not None]
        return max(min(left, default=LARGEST), exact(0))

    def _room(self):
        """Return what is left, in the form that :mod:`billing.caps` takes."""
        self.ensure_one()
        room = caps.Room()
        if self.limit_amount:
            room.amount = exact(self.limit_amount) - exact(self.amount_used)
        if self.limit_hours:
            limit = minutes_from_hours(self.limit_hours)
            room.minutes = limit - exact(self.minutes_used)
        return room
