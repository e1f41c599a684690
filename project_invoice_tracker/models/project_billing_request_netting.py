"""Corrections: those that a draft includes, and those that wait for more work."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_amount

from ..billing.grouping import plan_lines, waiting
from ..billing.netting import HeldLine
from ..billing.rounding import exact, money
from .currency_step import step_of


class ProjectBillingRequest(models.Model):
    """Deduct time that was taken back from the lines of a draft, or let it wait."""

    _inherit = "project.billing.request"

    waiting_note = fields.Char(
        string="Corrections That Wait",
        compute="_compute_waiting_note",
        compute_sudo=True,
        help="What is to be taken back in the project, and waits until there is work "
        "that it can be taken off.",
    )

    # === COMPUTE ===

    @api.depends("state", "line_ids.quantity", "project_id")
    def _compute_waiting_note(self):
        alive = self.filtered(
            lambda request: request.state in ("draft", "submitted", "approved")
        )
        (self - alive).waiting_note = False
        for request in alive:
            amounts = request._waiting_amounts(request.project_id, request.date_to)
            request.waiting_note = request._waiting_message(amounts) or False

    # === PLANNING ===

    @api.model
    def _plan(self, items, drafts):
        """Return what :func:`billing.grouping.plan_lines` makes of open items.

        :param drafts: the draft requests that are extended
        """
        # lines of a draft matter to corrections alone
        has_corrections = any(item.open < 0 for item in items)
        held = drafts._held_lines() if has_corrections else ()
        rules = self.env["project.billing.rule"]
        return plan_lines(
            items,
            held,
            # what is rounded to increments may become one
            lambda line: not rules.browse(line.first.rule_id)._rounds_lines(),
        )

    @api.model
    def _plan_projects(self, items, drafts):
        """Return ``{project id: planned lines}`` of open items.

        :param dict drafts: of :meth:`_find_drafts`
        """
        planned = defaultdict(list)
        for line in self._plan(items, self._engine().union(*drafts.values()))[0]:
            planned[line.first.project_id].append(line)
        return planned

    def _held_lines(self):
        """Return the lines of these drafts that corrections may lower."""
        lines = self.line_ids._live().filtered(lambda line: not line.adjusts)
        slices = self.env["project.billing.ledger"]._engine_ledger()._slices(lines)
        held = []
        for line in lines:
            parts = slices.get(line.id, [])
            held.append(
                HeldLine(
                    # a line typed by hand gathers nothing
                    line.group_key or f"line {line.id}",
                    line.request_id.project_id.id,
                    line._terms(),
                    line.unit,
                    sum((part.quantity for part in parts), exact(0)),
                    line._amount_at_price(),
                    max((part.day for part in parts if part.day), default=None),
                )
            )
        return held

    def _drop_hollow_lines(self):
        """Remove all lines of new drafts with nothing to invoice (engine only)."""
        hollow = self.filtered(lambda request: not request.line_ids._live())
        hollow.line_ids._give_back("line_removed")
        hollow.line_ids._engine().unlink()

    def _content_amount(self):
        """Return the amount of the lines, at their prices, without adjusting lines."""
        lines = self.line_ids._live().filtered(lambda line: not line.adjusts)
        return sum((line._amount_at_price() for line in lines), exact(0))

    # === WAITING ===

    @api.model
    def _waiting_amounts(self, projects, date_to, date_from=None):
        """Return ``{project id: amount}`` of the corrections that wait for work.

        Corrections that the next request would include do not wait.
        """
        rows = self._open_rows(projects, date_to, date_from, lock=False)
        if not any(row["open"] < 0 for row in rows):
            return {}
        drafts = self._find_drafts(projects, date_to)
        drafts = self._engine().union(*drafts.values())
        items = self._as_open_items(rows)
        return waiting(self._plan(items, drafts)[1])

    @api.model
    def _waiting_message(self, amounts):
        """Return which corrections wait, with the amount; nothing without any.

        :param dict amounts: of :meth:`_waiting_amounts`
        """
        if not amounts:
            return ""
        # sudo: currencies of projects that the user manages
        projects_sudo = self.env["project.project"].sudo().browse(amounts)
        totals = {}
        for project in projects_sudo:
            currency = project.billing_rule_ids[:1].currency_id
            totals[currency] = totals.get(currency, exact(0)) + amounts[project.id]
        return self.env._(
            "Corrections of %s wait for more work.",
            ", ".join(
                format_amount(self.env, float(amount), currency)
                for currency, amount in totals.items()
            ),
        )

    # === KEEPING ABOVE ZERO ===

    def _add_planned_lines(self, planned, date_from=None, date_to=None):
        """Override: bring the affordable part of a removed correction back.

        Corrections on other terms lower the work that a line of a draft was set off
        against. That correction is removed as a whole then, and added again as far as
        the lines outweigh it.
        """
        back = self.line_ids._live()._of_corrections()
        result = super()._add_planned_lines(planned, date_from, date_to)
        gone = back.exists().filtered(lambda line: not line.quantity)
        for request in gone.request_id:
            rows = self._open_rows(
                request.project_id, date_to or request.date_to, date_from, lock=False
            )
            lines = self._plan(self._as_open_items(rows), request)[0]
            if lines:
                again = {request.project_id.id: lines}
                super(ProjectBillingRequest, request)._add_planned_lines(
                    again, date_from, date_to
                )
        return result

    def _adjust_lines(self):
        """Override: let a correction wait that the other lines no longer outweigh.

        Lines may have been lowered or removed; retentions and taxes are known only when
        the other lines are. The latest correction is removed first.
        """
        result = super()._adjust_lines()
        for request in self:
            while line := request._correction_too_many():
                line._let_wait()
                super(ProjectBillingRequest, request)._adjust_lines()
        return result

    def _correction_too_many(self):
        """Return the line of corrections that has to leave this draft, if any."""
        own = self.line_ids._live()._of_corrections()
        if not own or self.state != "draft" or self._is_worth_invoicing():
            return own.browse()
        return own.sorted("id")[-1]


class ProjectBillingLine(models.Model):
    """Lines of corrections, and lines that corrections lower."""

    _inherit = "project.billing.line"

    def _of_corrections(self):
        """Return the lines with a negative quantity that are no adjusting lines."""
        return self.filtered(lambda line: line.quantity < 0 and not line.adjusts)

    def _amount_at_price(self):
        """Return the amount of this line, with the tax that its price includes.

        Planned lines are computed in the same way, so that both can be compared.
        """
        amount = exact(self.quantity) * exact(self.price_unit)
        return money(
            amount * (1 - exact(self.discount) / 100),
            step_of(self.request_id.currency_id),
        )

    def _terms(self):
        """Return the key that planned lines share with this one, see `PlannedLine`."""
        self.ensure_one()
        return (
            self.request_id.project_id.id,
            self.rule_id.id,
            exact(self.price_unit),
            self.product_id.id,
            exact(self.discount),
            self.tax_product_id.id or None,
            *((self._day(),) if self.day_minutes else ()),
        )

    def _drop_empty(self):
        """Drop those of these new lines that hold nothing (engine only)."""
        lines = self.filtered(lambda line: not line.quantity)
        held = self.env["project.billing.ledger"]._slices(lines)
        lines.filtered(lambda line: line.id not in held).unlink()

    def _let_wait(self):
        """Give back what these corrections hold; empty lines stay (engine only)."""
        self._engine()._give_back("lowered")
        self._engine().write({"quantity": 0.0})
