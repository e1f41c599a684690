"""Integrity checks: findings and repairs of documents, items and milestones."""

from odoo import models
from odoo.tools import format_amount

from ..billing.rounding import exact_money
from ..const import KINDS
from .currency_step import step_of


class ProjectBillingHealth(models.Model):
    """Repairs that rebuild open items and never change what was agreed."""

    _inherit = "project.billing.health"

    def _find_milestones(self):
        """Return the milestones whose items do not have the agreed price.

        A percentage of the contract that a request holds keeps its amount, even if the
        contract changes.
        """
        kind = self.env["project.billing.kind.milestone"].sudo()  # sudo: all of them
        rules = self.env["project.billing.rule"].sudo()  # sudo: as above
        found = []
        for rule in rules.search([("kind", "=", "milestone")]):
            milestones = rule.project_id.milestone_ids
            prices = kind._prices(rule, milestones)
            step = step_of(rule.currency_id)
            for milestone, items in self._milestone_items(rule, milestones).items():
                if rule._billing_tax_adapter() and any(
                    item.quantity_open != item.quantity for item in items
                ):
                    # the price followed taxes that may be others by now
                    continue
                price = prices.get(milestone, 0)
                billed = sum(exact_money(item.amount, step) for item in items)
                if billed != price:
                    amounts = (
                        format_amount(self.env, float(amount), rule.currency_id)
                        for amount in (billed, price)
                    )
                    found.append((milestone.id, rule.company_id.id, *amounts))
        return found

    def _milestone_items(self, rule, milestones):
        """Return ``{milestone: its items}`` of a rule."""
        items = self.env["project.billing.item"].sudo()  # sudo: as above
        return items.search(
            [
                ("milestone_id", "in", milestones.ids),
                ("rule_id", "=", rule.id),
                ("kind", "=", "milestone"),
            ]
        ).grouped("milestone_id")

    # === REPAIRS ===

    def _repair_approved(self, ids):
        requests = self.env["project.billing.request"].browse(ids)
        waiting = requests.filtered(lambda r: r.state in ("submitted", "approved"))
        self._void(waiting.ids, self.env._("It is not any more what was agreed."))

    def _repair_line_prices(self, ids):
        requests = self.env["project.billing.request"].browse(ids)
        drafts = requests.filtered(lambda request: request.state == "draft")
        for line in drafts.line_ids.filtered(
            lambda line: not line.adjusts and line.unit in ("minute", "unit")
        ):
            item = line.allocation_ids.filtered(
                lambda slice_: slice_.state != "released" and slice_.action == "bill"
            ).item_id[:1]
            if item and not item.is_adjustment:
                line.price_unit = line._price_on_line(item.price_unit)
                line.discount = item.discount
                line._settle_parts()
        drafts._adjust_lines()

    def _repair_amounts(self, ids):
        items = self.env["project.billing.item"].browse(ids)
        unused = items.filtered(lambda item: item.quantity_open == item.quantity)
        self._price_again(unused)
        self.env["project.billing.ledger"]._engine_ledger()._refresh(ids)

    def _repair_entries(self, ids):
        self._price_again(self.env["project.billing.item"].browse(ids))

    def _price_again(self, items):
        """Compute open items of these kinds and projects again from their sources."""
        for kind, of_kind in items.grouped("kind").items():
            if kind in dict(KINDS):
                unit = self.env["project.billing.kind"]._get(kind)
                unit._sync_items(of_kind.project_id)

    def _repair_milestones(self, ids):
        milestones = self.env["project.milestone"].browse(ids)
        kind = self.env["project.billing.kind"]._get("milestone")
        kind._sync_items(milestones.project_id)

    def _repair_kept_projects(self, ids):
        requests = self.env["project.billing.request"].browse(ids)
        for records in (requests.line_ids, requests.approval_ids):
            for name in ("project_id", "company_id"):
                self.env.add_to_compute(records._fields[name], records)
        self.env.flush_all()
