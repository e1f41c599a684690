"""Deducting a down payment (deposit) from a draft."""

from odoo import api, models
from odoo.tools import SQL

from ..billing.adjustments import deduction
from ..billing.rounding import exact, exact_money, money
from .currency_step import step_of
from .deduction import Document

#: Kinds that only move money to and fro; nothing of the contract is billed by them.
NOT_CONTENT = {"advance", "retention"}
#: What other requests of a project bill of its contract, and all that is written off.
BILLED_OF_CONTRACT = """
    SELECT coalesce(sum(line.price_subtotal), 0) + written.off,
           coalesce(sum(line.price_total), 0) + written.off
      FROM (SELECT coalesce(sum(item.amount * item.quantity_written_off
                                / item.quantity), 0) AS off
              FROM project_billing_item item
             WHERE item.project_id = %(project)s AND item.currency_id = %(currency)s
               AND item.quantity_written_off <> 0 AND item.kind NOT IN %(kinds)s
           ) written
      LEFT JOIN project_billing_request request
        ON request.project_id = %(project)s AND request.id <> %(request)s
       AND request.currency_id = %(currency)s AND request.state <> 'cancelled'
      LEFT JOIN project_billing_line line
        ON line.request_id = request.id
       AND line.kind NOT IN %(kinds)s AND line.removed IS NOT TRUE
       AND EXISTS (SELECT FROM project_billing_allocation slice
                    WHERE slice.line_id = line.id AND slice.state <> 'released')
     GROUP BY written.off
"""


class ProjectBillingKindAdvance(models.AbstractModel):
    """One automatic line per deposit, for what is left of it and fits the request."""

    _inherit = "project.billing.kind.advance"

    @api.model
    def _adjust(self, request):
        super()._adjust(request)
        if request.invoice_id:
            return
        drawdowns = self.env["project.billing.item"]
        if request.deduct_advance:
            rules = self._deposit_rules(self._adjusting_rules(request))
            drawdowns = self._drawdowns(rules).sorted(
                lambda item: rules.ids.index(item.rule_id.id)
            )
        existing = self._adjusting_lines(request)
        if not drawdowns and not existing:
            return
        held = self._held_by(existing)
        room = request.line_ids._live().filtered(lambda line: line.kind != "advance")
        wanted = {}
        for item in drawdowns:
            balance = held.get(item.id, exact(0)) - exact(item.quantity_open)
            amount = self._wanted_deduction(request, item.rule_id, room, balance)
            if room and amount > 0:
                key = f"deduct/{item.rule_id.id}"
                wanted[key] = (item, amount, balance)
        self._settle_all(request, room, wanted)

    @api.model
    def _held_by(self, lines):
        """Return ``{item id: amount}`` that lines of a draft deduct already."""
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        slices = ledger._slices(lines, "reserved")
        return {p.item_id: -p.quantity for parts in slices.values() for p in parts}

    @api.model
    def _wanted_deduction(self, request, rule, lines, balance):
        """Return the amount of a deposit to deduct, before the request limits it."""
        contract = rule._deposit_contract()
        content = lines.filtered(
            lambda line: (
                line.kind not in NOT_CONTENT
                and (not contract or line.rule_id in contract)
            )
        )
        taxes = rule._deposit_lines()[-1:].tax_ids
        step = step_of(request.currency_id)
        amount = self._in_terms_of_price(content, taxes)
        share = rule._deposit_share()
        if contract and self._left_of_contract(contract) <= 0:
            # nothing follows that it belongs to: all that is left of it is deducted
            return deduction(amount, None, balance)
        if share is None:
            room = amount - self._held_back(lines, content, taxes)
            return deduction(amount, None, min(balance, room) if contract else balance)
        is_last = not contract and (
            self._billed_of_contract(request, taxes) + amount >= rule._contract_amount()
        )
        return deduction(amount, share, balance, is_last, step)

    @api.model
    def _left_of_contract(self, contract):
        """Return the amount of a contract that is not in use yet.

        :param contract: the rules that bill it
        """
        self.env["project.billing.item"].flush_model()
        # what an item is worth on its own, whatever a cap or a tax leaves of it
        ((agreed, open_),) = self.env.execute_query(
            SQL(
                "SELECT sum(amount), sum(amount_open) FROM project_billing_item"
                " WHERE rule_id IN %s AND is_adjustment IS NOT TRUE",
                tuple(contract.ids),
            )
        )
        step = step_of(contract.currency_id[:1])
        whole = sum(rule._billing_agreed(rule.contract_amount) for rule in contract)
        # what nobody planned yet: shares that do not total 100 %
        unplanned = max(whole - exact_money(agreed or 0, step), exact(0))
        return unplanned + exact_money(open_ or 0, step)

    @api.model
    def _held_back(self, lines, content, taxes):
        """Return what retentions withhold of the lines of a contract."""
        holds = lines.filtered(lambda line: line.kind == "retention" and line.adjusts)
        held = exact(0)
        for rule in holds.rule_id:
            kinds = rule._held_kinds()
            own = content.filtered(lambda line, kinds=kinds: line.kind in kinds)
            share = exact(rule.retention_percentage)
            held += self._in_terms_of_price(own, taxes) * share / 100
        return money(held, step_of(lines.currency_id[:1]))

    @api.model
    def _billed_of_contract(self, request, taxes):
        """Return what the other requests of the project bill of its contract.

        What is written off counts as billed, on this request as well.
        """
        request.line_ids.flush_model(["price_subtotal", "price_total", "removed"])
        request.flush_model(["state", "currency_id", "project_id"])
        rows = self.env.execute_query(
            SQL(
                BILLED_OF_CONTRACT,
                project=request.project_id.id,
                request=request.id,
                currency=request.currency_id.id,
                kinds=tuple(NOT_CONTENT),
            )
        )
        position = 1 if any(taxes.mapped("price_include")) else 0
        return exact_money(rows[0][position], step_of(request.currency_id))

    @api.model
    def _settle_all(self, request, room, wanted):
        """Keep one line per deposit, so that the total of the request stays exact.

        Where deposits cover the whole request, nothing is left to pay, to the cent.
        """
        env = request._customer_env()
        lines = self._keep_lines(
            request,
            {
                key: self._adjusting_values(
                    request,
                    item.rule_id,
                    key,
                    env._("Deduction of %s", item.rule_id.name),
                    amount,
                    quantity=-1.0,
                    unit="amount",
                )
                for key, (item, amount, _balance) in wanted.items()
            },
            follow=(),
        )
        slices = []
        for key, (item, amount, balance) in wanted.items():
            line = lines[key]
            price, forced = Document(room, line).settle(amount, balance)
            rounded = money(price, step_of(request.currency_id))
            rounded = min(rounded, balance)
            if not rounded:
                self._drop_lines(line)
                continue
            if (
                exact(line.price_unit) != price
                or (line.extra_tax_data or None) != forced
            ):
                line.write({"price_unit": float(price), "extra_tax_data": forced})
            slices.append((item.id, line, -rounded))
            room |= line
        self.env["project.billing.ledger"]._engine_ledger()._resize(slices)
