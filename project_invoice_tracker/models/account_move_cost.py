"""Vendor bills: their lines are costs of projects, and are protected when billed."""

from odoo import models

from ..billing.costs import distribution_share
from ..billing.rounding import exact
from ..exceptions import SourceClosed
from .phrases import named

#: A write of these on a posted line may change what it costs a project.
COST_FIELDS = {
    "analytic_distribution",
    "price_unit",
    "quantity",
    "discount",
    "tax_ids",
    "deductible_amount",
    "product_id",
    "product_uom_id",
    "currency_id",
    "amount_currency",
    "balance",
    "debit",
    "credit",
    "display_type",
    "move_id",
    "name",
    "account_id",
}
#: A write of these on a posted bill changes the items of its lines.
BILL_FIELDS = {"state", "invoice_date", "date", "partner_id"}


class AccountMove(models.Model):
    """A vendor bill; it gives items while posted, and stays posted if they are used."""

    _inherit = "account.move"

    def write(self, vals):
        bills = self._billing_cost_bills(vals)
        posted = bills.filtered(lambda move: move.state == "posted")
        result = super().write(vals)
        if bills:
            left = posted.filtered(lambda move: move.state != "posted")
            left._billing_check_cost_open()
            now = bills.filtered(lambda move: move.state == "posted")
            (posted | now).line_ids._billing_sync_costs()
        return result

    def _billing_cost_bills(self, vals):
        """Return the vendor bills whose items a write of ``vals`` may change."""
        if not vals.keys() & BILL_FIELDS:
            return self.browse()
        if not self.env["project.billing.rule"]._billed_project_ids("cost"):
            return self.browse()
        return self.filtered(lambda move: move.is_purchase_document(True))

    def _billing_check_cost_open(self):
        """Refuse to reset bills of which a request or an invoice holds a line."""
        if self:
            self.line_ids._billing_refuse_used_costs()


class AccountMoveLine(models.Model):
    """A line of a posted vendor bill on a billed project, which is a cost of it."""

    _inherit = "account.move.line"

    # === CRUD ===

    def write(self, vals):
        lines = self._billing_cost_lines() if vals.keys() & COST_FIELDS else None
        if not lines:
            return super().write(vals)
        before = lines._billing_cost_facts()
        result = super().write(vals)
        after = lines._billing_cost_facts()
        changed = lines.filtered(lambda line: before[line.id] != after[line.id])
        if changed:
            changed._billing_check_costs(before, after)
            changed._billing_sync_costs()
        return result

    def unlink(self):
        lines = self._billing_cost_lines(posted_only=False)
        if lines:
            lines._billing_refuse_used_costs()
            items = self.env["project.billing.item"]
            items._drop_items_of("cost_line_id", lines.ids)
        return super().unlink()

    # === COSTS ===

    def _billing_cost_lines(self, posted_only=True):
        """Return the bill lines that may have items; none where nobody bills costs."""
        if not self.env["project.billing.rule"]._billed_project_ids("cost"):
            return self.browse()
        # sudo: what kind of lines they are, whoever writes them
        found_sudo = self.sudo().filtered(
            lambda line: (
                (line.parent_state == "posted" or not posted_only)
                and line.move_id.is_purchase_document(True)
            )
        )
        return found_sudo.with_env(self.env)

    def _billing_cost_facts(self):
        """Return ``{line id: facts}``: what the item of a line is made from."""
        # sudo: comparison of what the caller writes anyway
        lines_sudo = self.sudo()
        return {
            line.id: {
                "amount": exact(line.amount_currency),
                "price": exact(line.price_unit),
                "discount": exact(line.discount),
                "quantity": exact(line.quantity),
                "product": line.product_id.id,
                "uom": line.product_uom_id.id,
                "currency": line.currency_id.id,
                "taxes": sorted(line.tax_ids.ids),
                "deductible": exact(line.deductible_amount),
                "type": line.display_type,
                "text": line.name,
                "account": line.account_id.id,
                "distribution": dict(line.analytic_distribution or {}),
            }
            for line in lines_sudo
        }

    def _billing_check_costs(self, before, after):
        """Refuse changes of costs that a request or an invoice holds.

        Accounting may still change the text and the account, and the shares of other
        projects.
        """
        # sudo: items are looked at whoever writes the bill
        items_sudo = self.env["project.billing.item"].sudo()
        used = items_sudo.search([("cost_line_id", "in", self.ids)]).filtered(
            lambda item: item.quantity_open != item.quantity
        )
        for item in used:
            line_id = item.cost_line_id.id
            account_id = item.project_id.account_id.id
            if _closed_facts(before[line_id], account_id) != _closed_facts(
                after[line_id], account_id
            ):
                item.cost_line_id.with_env(self.env)._billing_refuse_used_costs()

    def _billing_refuse_used_costs(self):
        """Refuse the change if one of these lines is in use, naming what holds it."""
        closed = self.env["project.billing.item"]._closed_by("cost_line_id", self.ids)
        for line_id, holder in closed.items():
            line = self.browse(line_id).sudo()  # sudo: name of a bill being written
            raise SourceClosed(
                self.env._(
                    "“%(cost)s” of %(bill)s is in %(holder)s. Take it out there, or "
                    "credit the invoice, before changing the bill. What the vendor "
                    "takes back is best entered as a credit note of the vendor.",
                    cost=named(self.env, line.name or line.product_id.display_name),
                    bill=line.move_id.display_name,
                    holder=holder,
                )
            )

    def _billing_sync_costs(self):
        """Bring the items of these lines up to date."""
        # sudo: items follow their sources, whoever posts or writes the bill
        lines_sudo = self.sudo().filtered(lambda line: line.display_type == "product")
        if lines_sudo:
            kind = self.env["project.billing.kind"]._get("cost")
            # sudo: as above
            kind.sudo()._sync_sources(
                "cost_line_id",
                lines_sudo.ids,
                lines_sudo.mapped("analytic_distribution"),
            )


def _closed_facts(facts, account_id):
    """Return the facts of a bill line that are closed for one project's account."""
    closed = {
        name: value
        for name, value in facts.items()
        if name not in ("text", "account", "distribution")
    }
    return {**closed, "share": distribution_share(facts["distribution"], account_id)}
