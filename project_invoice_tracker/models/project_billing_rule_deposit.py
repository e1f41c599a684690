"""Deposits: the contract that a deposit belongs to, and what is billed of it."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing.rounding import exact, exact_money, money
from ..const import CONTRACT_KINDS, DEPOSIT_SCOPES
from .currency_step import step_of


class ProjectBillingRule(models.Model):
    """Deduct a deposit from what bills its contract."""

    _inherit = "project.billing.rule"

    advance_scope = fields.Selection(
        DEPOSIT_SCOPES,
        string="Deducted From",
        compute="_compute_advance_scope",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="The contract: what the rules for its milestones or its progress bill; "
        "other work leaves the deposit alone until the contract is billed in full. A "
        "contract that only the deposit knows is billed by all work.",
    )

    advance_contract_id = fields.Many2one(
        "project.billing.rule",
        string="Contract of the Deposit",
        compute="_compute_advance_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('project_id', '=', project_id), ('kind', '!=', 'advance'),"
        " ('contract_amount', '!=', 0)]",
        help="The rule whose contract the deposit is a share of, and is deducted "
        "from. Empty: the first of the project with a contract amount.",
    )

    # === COMPUTE ===

    @api.depends("kind", "project_id")
    def _compute_advance_contract_id(self):
        """Propose a contract that has no deposit yet for a new deposit."""
        for rule in self:
            contract = rule.advance_contract_id
            if rule.kind != "advance" or contract.project_id != rule.project_id:
                contract = contract.browse()
            if rule.kind == "advance" and not (contract or rule._origin):
                contract = rule._contract_without_deposit()
            rule.advance_contract_id = contract

    def _contract_without_deposit(self):
        """Return the first contract without a deposit, if others have one."""
        deposits = self.project_id.billing_rule_ids.filtered(
            lambda rule: rule.kind == "advance" and rule != self
        )
        taken = deposits.advance_contract_id
        if deposits.filtered(lambda rule: not rule.advance_contract_id):
            # a deposit that names none is for the first
            taken |= self._contracts()[:1]
        return (self._contracts() - taken)[:1] if deposits else taken

    @api.depends("advance_consumption")
    def _compute_advance_scope(self):
        for rule in self:
            in_proportion = rule.advance_consumption == "proportion"
            rule.advance_scope = "contract" if in_proportion else "project"

    # === BUSINESS ===

    def _contract_amount(self):
        """Return the contract amount: of this rule, or else of its contract."""
        self.ensure_one()
        rules = self | self.advance_contract_id | self._contracts()
        amounts = [rule._billing_agreed(rule.contract_amount) for rule in rules]
        return exact_money(next(filter(None, amounts), 0), step_of(self.currency_id))

    def _contracts(self):
        """Return the other rules of the project that have a contract amount."""
        others = self.project_id.billing_rule_ids - self
        return others.filtered(lambda r: r.kind != "advance" and r.contract_amount)

    def _deposit_contract(self):
        """Return the rules that bill the contract of this deposit; none for all.

        A deposit with a contract amount of its own belongs to all milestones and
        progress of the project, any other to the contract that it is a share of.
        """
        self.ensure_one()
        if self.advance_scope == "project":
            return self.browse()
        if self.contract_amount:
            others = self.project_id.billing_rule_ids - self
            return others.filtered(lambda rule: rule.kind in CONTRACT_KINDS)
        return self.advance_contract_id or self._contracts()[:1]

    @api.constrains("advance_contract_id", "project_id", "kind", "contract_amount")
    def _check_advance_contract(self):
        """Refuse a contract that is another deposit, or of another project."""
        for rule in self:
            contract = rule.advance_contract_id
            if contract and (
                contract.project_id != rule.project_id or contract.kind == "advance"
            ):
                raise ValidationError(
                    self.env._(
                        "%(contract)s is no contract of %(project)s: choose a rule of "
                        "this project that has a contract amount.",
                        contract=contract.display_name,
                        project=rule.project_id.display_name,
                    )
                )

    def _deposit_value(self):
        """Return the amount at which the deposit is billed."""
        self.ensure_one()
        step = step_of(self.currency_id)
        if self.advance_basis == "amount":
            return self._billing_agreed(self.advance_amount)
        share = exact(self.advance_percentage)
        return money(self._contract_amount() * share / 100, step)

    def _deposit_share(self):
        """Return the share of each request to deduct, in percent; None for all."""
        self.ensure_one()
        if self.advance_consumption == "at_once":
            return None
        if self.advance_basis == "percentage":
            return exact(self.advance_percentage)
        contract = self._contract_amount()
        return self._deposit_value() * 100 / contract if contract else exact(0)

    def _deposit_lines(self):
        """Return the posted invoice lines that billed the deposit."""
        items = self.env["project.billing.item"].search(
            [("source_key", "in", [f"{rule.id}/deposit" for rule in self])]
        )
        slices = items.allocation_ids.filtered(lambda a: a.state == "billed")
        return slices.line_id.sorted("id")

    @api.model
    def _deposit_billed(self, deposit):
        """Return what is billed of a deposit, less what was credited at a lower price.

        :param deposit: the item of the deposit (elevated)
        """
        step = step_of(deposit.currency_id)
        billed = exact(deposit.quantity_billed) * exact(deposit.price_unit)
        slices = deposit.allocation_ids.filtered(
            lambda slice_: slice_.state == "billed" and slice_.action == "bill"
        )
        rebates = slices.line_id._billing_rebates()
        return max(money(billed, step) - rebates, exact_money(0, step))
