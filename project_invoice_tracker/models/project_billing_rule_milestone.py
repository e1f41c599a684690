"""Fixed-price rules: the contract amount, and the total of its milestones."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_amount

from ..billing.allocation import share_of
from ..billing.rounding import exact, exact_money
from .currency_step import step_of
from .phrases import number


class ProjectBillingRule(models.Model):
    """Contract amounts that are billed by milestones, or by progress."""

    _inherit = "project.billing.rule"

    milestone_ids = fields.One2many(related="project_id.milestone_ids")
    contract_amount = fields.Monetary(
        help="The agreed price: milestones in percent are shares of it, and progress "
        "is a percentage of it. A change is spread over what is not billed yet.",
    )
    milestone_ready = fields.Selection(
        [("reached", "Reached"), ("signed", "Signed off by the client")],
        string="To Bill Once",
        required=True,
        default="reached",
        help="When a milestone is ready to be billed.",
    )
    milestones_note = fields.Char(compute="_compute_milestones_note")

    _contract_positive = models.Constraint(
        "CHECK (contract_amount IS NULL OR contract_amount >= 0)",
        "A contract amount cannot be negative.",
    )

    # === COMPUTE ===

    @api.depends(
        "kind",
        "contract_amount",
        "project_id.milestone_ids.billing_basis",
        "project_id.milestone_ids.billing_percentage",
        "project_id.milestone_ids.billing_fixed_price",
    )
    def _compute_milestones_note(self):
        for rule in self:
            rule.milestones_note = False
            # sudo: prices of milestones, summed for whoever may read the rule
            rule_sudo = rule.sudo()
            prices = rule_sudo._milestone_prices() if rule_sudo.contract_amount else {}
            total = rule_sudo._agreed_total(prices)
            contract = rule_sudo._billing_agreed(rule.contract_amount)
            if prices and rule.currency_id.compare_amounts(
                float(total), float(contract)
            ):
                rule.milestones_note = self.env._(
                    "The milestones total %(share)s %% of the contract amount: "
                    "%(total)s of %(contract)s.",
                    share=number(self.env, share_of(total, contract)),
                    total=format_amount(self.env, float(total), rule.currency_id),
                    contract=format_amount(self.env, float(contract), rule.currency_id),
                )

    # === CONSTRAINTS ===

    @api.constrains("contract_amount", "kind", "active", "project_id")
    def _check_milestones_within_contract(self):
        self._check_contract()
        self.project_id.milestone_ids._check_billing_prices()

    def _check_contract(self):
        """Refuse a contract amount below what is billed of it already."""
        for rule in self:
            for contract, held, name in rule._contracts_held():
                step = step_of(rule.currency_id)
                if held <= exact_money(contract, step):
                    continue
                raise ValidationError(
                    self.env._(
                        "%(held)s of %(what)s are in billing requests or on invoices "
                        "already, more than %(contract)s. Set a contract amount of "
                        "at least that, or credit an invoice before.",
                        held=format_amount(self.env, float(held), rule.currency_id),
                        what=name,
                        contract=format_amount(
                            self.env, float(contract), rule.currency_id
                        ),
                    )
                )

    # === BUSINESS ===

    def _bills_milestones(self):
        """Tell whether this rule bills the prices of milestones."""
        self.ensure_one()
        return self.kind == "milestone"

    def _milestone_prices(self):
        """Return ``{milestone: price}`` of the project under this rule (elevated)."""
        self.ensure_one()
        if not self._bills_milestones():
            return {}
        kind = self.env["project.billing.kind"]._get("milestone")
        return kind._prices(self, self.project_id.milestone_ids)

    def _agreed_total(self, prices):
        """Return the total of milestones, to compare with the contract (elevated).

        A contract may be lowered by what is written off of it: written-off amounts are
        left out as far as they are why the milestones exceed the contract.

        :param prices: of :meth:`_milestone_prices`
        """
        total = sum(prices.values(), exact(0))
        over = total - self._billing_agreed(self.contract_amount)
        return total - min(max(over, exact(0)), self._written_off()) if over else total

    def _written_off(self):
        """Return the amount written off of what this rule bills (elevated)."""
        items = self.env["project.billing.item"].search(
            [("rule_id", "in", self.ids), ("quantity_written_off", "!=", 0)]
        )
        return items._amount_written_off()

    def _contracts_held(self):
        """Return ``[(contract, held, name)]``: contract amounts, and what is held.

        Written-off amounts are not part of ``held``: a contract may be lowered by that
        much. Extended by the kinds that bill a contract in another way.
        """
        self.ensure_one()
        if self.kind != "milestone":
            return []
        # sudo: all that the ledger holds counts, whoever may see it
        items_sudo, rule_sudo = self.env["project.billing.item"].sudo(), self.sudo()
        held = items_sudo._held_amounts([("rule_id", "=", self.id)])
        shares = rule_sudo.project_id.milestone_ids.filtered(
            lambda milestone: milestone.billing_basis == "percentage"
        )
        if not self.contract_amount and not held.keys() & set(shares.ids):
            # without a contract, agreed amounts stand for themselves
            return []
        total = sum(held.values()) - rule_sudo._written_off()
        contract = rule_sudo._billing_agreed(self.contract_amount)
        return [(contract, total, rule_sudo.project_id.display_name)]
