"""Deposit rules: the amount of a deposit, and how it is deducted again."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_amount

from ..const import SHARE_DIGITS


class ProjectBillingRule(models.Model):
    """Deposits, which are billed first and deducted from later requests."""

    _inherit = "project.billing.rule"

    advance_basis = fields.Selection(
        [("amount", "Amount"), ("percentage", "Share of the contract")],
        string="Deposit as",
        required=True,
        default="amount",
    )
    advance_amount = fields.Monetary(
        string="Deposit", help="Billed from the rule's first day on."
    )
    advance_percentage = fields.Float(string="Deposit (%)", digits=SHARE_DIGITS)
    advance_consumption = fields.Selection(
        [
            ("proportion", "In proportion"),
            ("at_once", "At once"),
        ],
        string="Deducted",
        required=True,
        default="proportion",
        help="In proportion: its share of the contract is deducted from each request, "
        "and the rest from the last one. At once: as much as each request has.",
    )
    advance_billed = fields.Monetary(
        string="Deposit Billed",
        compute="_compute_advance",
        help="Less what credit notes took back, also at a lower price.",
    )
    advance_deducted = fields.Monetary(
        string="Deducted So Far",
        compute="_compute_advance",
        help="From requests and invoices.",
    )
    advance_left = fields.Monetary(string="Left to Deduct", compute="_compute_advance")

    _advance_range = models.Constraint(
        "CHECK (advance_percentage IS NULL OR advance_percentage BETWEEN 0 AND 100)",
        "A deposit is at most 100 % of the contract.",
    )
    _advance_positive = models.Constraint(
        "CHECK (advance_amount IS NULL OR advance_amount >= 0)",
        "A deposit cannot be negative.",
    )

    # === COMPUTE ===

    def _compute_advance(self):
        # no elevation: whoever sees the rule may see its items, or sees zero
        items = self.env["project.billing.item"].search_fetch(
            [("rule_id", "in", self.ids), ("unit", "=", "amount")],
            ["rule_id", "quantity", "quantity_open"],
        )
        by_rule = {item.rule_id.id: item for item in items if item.quantity}
        for rule in self:
            item = by_rule.get(rule._origin.id, items.browse())
            rule.advance_billed = -item.quantity
            rule.advance_left = -item.quantity_open
            rule.advance_deducted = item.quantity_open - item.quantity

    # === CONSTRAINTS ===

    @api.constrains(
        "kind",
        "advance_type",
        "advance_basis",
        "advance_amount",
        "advance_percentage",
        "advance_consumption",
        "contract_amount",
        "advance_contract_id",
        "project_id",
    )
    def _check_advance(self):
        for project in self.project_id:
            # sudo: all rules of a project whose terms are written
            for rule in project.sudo().billing_rule_ids:
                if rule.kind == "advance" and rule.advance_type == "money":
                    rule._check_deposit()

    def _check_deposit(self):
        """Refuse a deposit without an amount, or larger than the contract."""
        contract, value = self._contract_amount(), self._deposit_value()
        needs_contract = (
            self.advance_basis == "percentage"
            or self.advance_consumption == "proportion"
        )
        if needs_contract and not contract:
            raise ValidationError(
                self.env._(
                    "%(rule)s needs the contract amount: set it here, or on the rule "
                    "for the milestones or the progress of the project.",
                    rule=self.display_name,
                )
            )
        if not value:
            raise ValidationError(
                self.env._("Say how large the deposit of %s is.", self.display_name)
            )
        if contract and value > contract:
            raise ValidationError(
                self.env._(
                    "The deposit %(deposit)s is more than the contract amount "
                    "%(contract)s.",
                    deposit=format_amount(self.env, float(value), self.currency_id),
                    contract=format_amount(self.env, float(contract), self.currency_id),
                )
            )

    @api.constrains("active")
    def _check_nothing_left(self):
        """Refuse to archive a rule with an amount left to deduct or release."""
        # sudo: the balance counts, whoever may see it
        for rule in self.filtered(lambda rule: not rule.active).sudo():
            left = rule.advance_left or rule.retention_left
            if not rule.currency_id.is_zero(left):
                raise ValidationError(
                    self.env._(
                        "%(left)s of %(rule)s is still to be deducted or released. "
                        "It cannot be archived before.",
                        left=format_amount(self.env, left, rule.currency_id),
                        rule=rule.display_name,
                    )
                )
