"""Lines of time: their texts, and rounding to increments."""

from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, format_date

from ..billing.rounding import billed_minutes, exact
from ..billing.texts import client_text
from .phrases import number

#: All work that hangs together with that of a line by parts on other lines: what was
#: recorded of it without what is open, and what is held elsewhere or written off.
LINKED = """
    WITH RECURSIVE linked AS (
        SELECT slice.item_id FROM project_billing_allocation slice
         WHERE slice.line_id = %(line)s AND slice.state <> 'released'
         UNION
        SELECT id FROM unnest(%(items)s::integer[]) AS item(id)
         UNION
        SELECT other.item_id
          FROM linked
          JOIN project_billing_allocation slice ON slice.item_id = linked.item_id
           AND slice.state <> 'released' AND slice.line_id <> %(line)s
          JOIN project_billing_allocation other ON other.line_id = slice.line_id
           AND other.state <> 'released')
    SELECT sum(item.quantity_recorded - item.quantity_open),
           sum((SELECT coalesce(sum(slice.quantity), 0)
                  FROM project_billing_allocation slice
                 WHERE slice.item_id = item.id AND slice.state <> 'released'
                   AND (slice.line_id <> %(line)s OR slice.action = 'write_off')))
      FROM linked JOIN project_billing_item item ON item.id = linked.item_id
"""
#: The minutes that a slice keeps of work which rounding takes off a line.
LEAST = Decimal("0.01")


class ProjectBillingKindTime(models.AbstractModel):
    """Time billing, whose lines read as the rule's line detail says."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _line_name(self, request, planned, env):
        """Override to name lines by their detail, with the reason of special prices."""
        name = self._gathered_name(request, planned, env)
        special = self._special_price(planned.first, env)
        return f"{name} ({special})" if special else name

    @api.model
    def _special_price(self, item, env):
        """Return in words why work is priced above or below its rate, if it is."""
        pricing = env["project.billing.item"].browse(item.id).pricing or {}
        words = []
        if Decimal(pricing.get("multiplier", 1)) != 1:
            factor = f"{Decimal(pricing['multiplier']).normalize():f}"
            if pricing["overtime"]:
                words.append(env._("overtime × %s", factor))
            else:
                words.append(env._("weekend × %s", factor))
        if pricing.get("tier_from"):
            hours = number(env, pricing["tier_from"] / 60)
            words.append(env._("after %s hours", hours))
        return ", ".join(words)

    @api.model
    def _gathered_name(self, request, planned, env):
        """Return what a line gathers: a task, a person, a day, an entry or all."""
        item = planned.first
        lang = env.lang
        task = env["project.task"].browse(item.task_id).name or request.project_id.name
        person = env["hr.employee"].browse(item.employee_id).name or ""
        day = format_date(self.env, item.day, lang_code=lang)
        if item.detail == "task":
            return task
        if item.detail == "person":
            return person or task
        if item.detail == "task_person":
            return ", ".join(part for part in (task, person) if part)
        if item.detail == "day":
            return day
        if item.detail == "entry":
            text = client_text(env["project.billing.item"].browse(item.id).name)
            text = text or task
            return ", ".join(part for part in (day, person, text) if part)
        last = format_date(self.env, planned.date_to, lang_code=lang)
        service = env["product.product"].browse(item.product_id).name
        period = day if day == last else f"{day} – {last}"
        return f"{service}, {period}"

    @api.model
    def _line_detail(self, detail):
        return detail

    @api.model
    def _line_uom(self, product, day=None):
        return self._uom("uom.product_uom_day") if day else self._hour()

    @api.model
    def _finish_lines(self, lines):
        """Round lines to the increment where the rule rounds each line.

        Lines that then show a quantity of zero are removed; those that net to zero are
        settled.
        """
        self._round_to_increments(
            lines.filtered(lambda line: line.rule_id._rounds_lines())
        )
        # less than one increment, or than a client can read, waits for more work
        held = self.env["project.billing.ledger"]._slices(
            lines.filtered(lambda line: not line.quantity)
        )
        waiting = {
            line_id: parts
            for line_id, parts in held.items()
            if sum(part.quantity for part in parts)
        }
        self.env["project.billing.ledger"]._engine_ledger()._release_parts(
            [(part, part.quantity) for parts in waiting.values() for part in parts],
            "line_removed",
        )
        # a line stays that something was written off on
        lines.browse(waiting).filtered(
            lambda line: not any(a.state != "released" for a in line.allocation_ids)
        ).unlink()

    @api.model
    def _round_to_increments(self, lines):
        """Let lines hold whole increments of what was recorded (engine only).

        The difference goes to the longest entry on the line: its item bills more or
        less than was recorded, as with every increment. A line never grows beyond what
        limits it.
        """
        slices = self.env["project.billing.ledger"]._slices(lines, "reserved")
        wanted = self._round_lines(lines)
        rounded = lines.filtered(lambda line: wanted[line.id])
        held = {
            line: sum((part.quantity for part in slices.get(line.id, [])), Decimal(0))
            for line in rounded
        }
        more = {line: wanted[line.id] - held[line] for line in rounded}
        growing = rounded.filtered(lambda line: wanted[line.id] > 0 < more[line])
        more |= growing._growths({line: (held[line], more[line]) for line in growing})
        moved = []
        for line in rounded:
            parts, difference = slices.get(line.id, []), more[line]
            # a line of corrections is rounded like the work that it takes back
            sign = 1 if wanted[line.id] > 0 else -1
            for part in sorted(parts, key=lambda p: (-sign * p.quantity, p.id)):
                # every slice keeps a little: what is on the line stays on it
                least = min(Decimal(0), LEAST - sign * part.quantity)
                step = sign * max(sign * difference, least)
                if step:
                    moved.append((part.id, part.item_id, step))
                    difference -= step
        self.env["project.billing.ledger"]._engine_ledger()._stretch(moved)
        rounded._recount()
        (lines - rounded).quantity = 0.0

    @api.model
    def _round_lines(self, lines):
        """Return ``{line id: minutes to bill}``."""
        recorded = self._read_recorded(lines)
        wanted = {}
        for line in lines:
            terms = (line.rule_id.increment_minutes, line.rule_id.increment_method)
            minutes, shared = recorded.get(line.id, (Decimal(0), False))
            linked = self._read_linked(line) if shared else None
            wanted[line.id] = self._round_line(minutes, linked, *terms)
        return wanted

    @api.model
    def _round_line(self, minutes, linked, increment, method):
        """Return the minutes to bill on a line.

        :param minutes: recorded minutes behind the line
        :param linked: of :meth:`_read_linked`, where others hold parts of the work
        """
        wanted = billed_minutes(minutes, increment, method)
        if not linked:
            return wanted
        # all of it is rounded once, on however many lines it is billed
        work, elsewhere = linked
        left = billed_minutes(work, increment, method) - elsewhere
        if wanted < 0:
            return max(wanted, min(left, Decimal(0)))
        return min(wanted, max(left, Decimal(0)))

    @api.model
    def _read_linked(self, line, items=()):
        """Return the work that is rounded together, and what other lines hold of it.

        :param line: a line, or none
        :param items: ids of items that it is going to hold parts of
        :returns: recorded minutes of all lines that bill parts of the same work,
            without what is open, and the minutes that others than this one hold,
            billed or written off
        """
        [(work, elsewhere)] = self.env.execute_query(
            SQL(LINKED, line=line.id or 0, items=list(items))
        )
        return exact(work or 0), exact(elsewhere or 0)

    @api.model
    def _read_recorded(self, lines):
        """Return the recorded minutes behind each line, by its id.

        :returns: ``{line id: (minutes, whether other lines hold parts of it)}``
        """
        if not lines:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT slice.line_id, sum(CASE
                           WHEN slice.quantity = item.quantity
                               THEN item.quantity_recorded
                           -- the rest is elsewhere, or written off
                           ELSE slice.quantity END),
                       bool_or(slice.quantity <> item.quantity)
                  FROM project_billing_allocation slice
                  JOIN project_billing_item item ON item.id = slice.item_id
                 WHERE slice.line_id IN %s AND slice.state <> 'released'
                   AND slice.action = 'bill'
                 GROUP BY slice.line_id
                """,
                tuple(lines.ids),
            )
        )
        return {
            line_id: (exact(recorded), shared) for line_id, recorded, shared in rows
        }
