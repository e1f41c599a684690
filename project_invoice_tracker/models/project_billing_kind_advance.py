"""Down payments (deposits): billed before the work, deducted from later requests."""

from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..billing.rounding import exact
from ..exceptions import BillingError
from .phrases import number


class ProjectBillingKindAdvance(models.AbstractModel):
    """A deposit is one item; what can be deducted of it is another one.

    The second item counts money, below zero, and is as large as what is billed of the
    first one. It is never collected: :meth:`_adjust` uses it.
    """

    _name = "project.billing.kind.advance"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Advances"

    _kind = "advance"
    _source_field = "source_key"
    _follows_calendar = True

    @api.model
    def _section_title(self):
        return self.env._("Advances")

    @api.model
    def _deposit_rules(self, rules):
        """Return the rules among these that bill money, and not packs of hours."""
        return rules.filtered(
            lambda rule: rule.kind == "advance" and rule.advance_type == "money"
        )

    # === THE DEPOSIT ===

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        wanted = super()._wanted_items(rules, projects, source_ids)
        for rule in self._deposit_rules(rules):
            amount = rule._deposit_value()
            if amount:
                values = self._item_values(
                    rule,
                    Decimal(1),
                    amount,
                    name=rule.name,
                    source_key=f"{rule.id}/deposit",
                    date=rule.date_start,
                    ready=rule.date_start <= rule._billing_today(),
                    explanation=self._explain_deposit(rule),
                )
                wanted.append(values)
        return wanted

    @api.model
    def _explain_deposit(self, rule):
        if rule.advance_basis == "amount":
            return self.env._("Agreed amount of the deposit")
        return self.env._(
            "%(share)s %% of the contract amount %(contract)s",
            share=number(self.env, rule.advance_percentage),
            contract=number(self.env, exact(rule._contract_amount(), 2)),
        )

    # === WHAT IS TO BE DEDUCTED ===

    @api.model
    def _follow_ledger(self, items):
        """Override to let deposits be deducted as far as they are billed."""
        result = super()._follow_ledger(items)
        # asked for, not read: there may be thousands, of which none is a deposit
        deposits = items.search(
            [
                ("id", "in", items.ids),
                ("kind", "=", self._kind),
                ("source_key", "=like", "%/deposit"),
            ]
        )
        for deposit in deposits:
            self._follow_deposit(deposit)
        return result

    @api.model
    def _follow_deposit(self, deposit):
        """Update the deductible amount of a deposit to what is billed (engine only)."""
        rule = deposit.rule_id
        billed = rule._deposit_billed(deposit)
        drawdown = self._drawdowns(rule)
        if billed == -exact(drawdown.quantity):
            return
        # sudo: drafts of the project follow, whoever posted or credited the deposit
        drafts_sudo = self.env["project.billing.request"].sudo()
        drafts_sudo = drafts_sudo.search(
            [("project_id", "=", rule.project_id.id), ("state", "=", "draft")]
        )
        if not drawdown:
            self._create_drawdown(rule, billed)
        else:
            if billed < exact(drawdown.quantity_open) - exact(drawdown.quantity):
                # drafts let go of it first; they take again what is left
                drafts = drafts_sudo.filtered(lambda r: not r.invoice_id)
                self._drop_lines(
                    drafts.line_ids.filtered(
                        lambda line: (
                            line.adjusts and line.rule_id == rule and not line.removed
                        )
                    )
                )
            self._resize_drawdown(drawdown, deposit, billed)
        drafts_sudo._adjust_lines()

    @api.model
    def _drawdowns(self, rules):
        """Return the items from which the deposits of some rules are deducted."""
        return self.env["project.billing.item"].search(
            [("source_key", "in", [f"{rule.id}/drawdown" for rule in rules])]
        )

    @api.model
    def _create_drawdown(self, rule, billed):
        values = self._item_values(
            rule,
            -billed,
            Decimal(1),
            unit="amount",
            name=self.env._("%s, to be deducted", rule.name),
            source_key=f"{rule.id}/drawdown",
            date=rule.date_start,
            ready=False,
            is_adjustment=True,
            explanation=self.env._("What is billed of the deposit"),
        )
        self.env["project.billing.item"]._engine().create(
            {**values, **self._open_counters(values)}
        )

    @api.model
    def _resize_drawdown(self, drawdown, deposit, billed):
        """Set the deductible amount of a deposit, or refuse.

        :raises BillingError: when more is deducted already; the sentence names
            the invoices and requests that did
        """
        drawdown.invalidate_recordset()
        deducted = exact(drawdown.quantity_open) - exact(drawdown.quantity)
        if billed < deducted:
            raise BillingError(
                self.env._(
                    "“%(deposit)s” is deducted by %(holders)s already. Credit that "
                    "first, or take the deduction out there.",
                    deposit=deposit.name,
                    holders=", ".join(drawdown._holder_names()),
                )
            )
        self.env.cr.execute(
            SQL(
                """
                UPDATE project_billing_item
                   SET quantity = %(quantity)s, quantity_recorded = %(quantity)s,
                       amount = %(quantity)s,
                       quantity_open = %(quantity)s - quantity_reserved
                                     - quantity_billed - quantity_written_off
                 WHERE id = %(id)s
                """,
                quantity=-billed,
                id=drawdown.id,
            )
        )
        self.env["project.billing.ledger"]._engine_ledger()._refresh([drawdown.id])
