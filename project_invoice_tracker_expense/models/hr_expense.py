"""Expenses: costs of projects, which a request or an invoice locks."""

from odoo import models

from odoo.addons.project_invoice_tracker.billing.costs import distribution_share
from odoo.addons.project_invoice_tracker.billing.rounding import exact
from odoo.addons.project_invoice_tracker.exceptions import SourceClosed

#: States with an entry; only these expenses are costs.
BOOKED_STATES = ("posted", "in_payment", "paid")
#: A write of these may change the item of an expense.
ITEM_FIELDS = {
    "account_move_id",
    "analytic_distribution",
    "approval_state",
    "company_id",
    "currency_id",
    "date",
    "employee_id",
    "name",
    "price_unit",
    "product_id",
    "product_uom_id",
    "quantity",
    "sale_order_id",
    "state",
    "tax_ids",
    "total_amount",
    "total_amount_currency",
    "untaxed_amount",
    "vendor_id",
}


class HrExpense(models.Model):
    """Update the items of booked expenses until a request uses them."""

    _inherit = "hr.expense"

    # === CRUD ===

    def write(self, vals):
        if vals.keys() & ITEM_FIELDS and self._billing_is_on():
            before = self._billing_facts()
            result = super().write(vals)
            self._billing_follow(before)
        else:
            result = super().write(vals)
        memory = "project.billing.order.memory"
        if "account_move_id" in vals and self.ids and memory in self.env:
            # sudo: which order had them, whoever books them anew
            self.env[memory].sudo()._remember_expenses(self.ids)
        return result

    def _billing_follow(self, before):
        """Update the items of these expenses after a write.

        :param before: of :meth:`_billing_facts`
        """
        after = self._billing_facts()
        changed = self.filtered(lambda each: before[each.id] != after[each.id])
        if changed:
            changed._billing_check_open(before, after)
            changed._billing_sync()

    def unlink(self):
        if self._billing_is_on():
            self._billing_refuse_used()
            self.env["project.billing.item"]._drop_items_of("expense_id", self.ids)
        return super().unlink()

    # === BILLING ===

    def _billing_is_on(self):
        """Tell whether any project bills costs."""
        return bool(self.env["project.billing.rule"]._billed_project_ids("cost"))

    def _billing_facts(self):
        """Return ``{expense id: facts}``: the values from which items are made."""
        # sudo: comparison of what the caller writes anyway
        expenses_sudo = self.sudo()
        return {
            expense.id: {
                "booked": expense.state in BOOKED_STATES,
                "amount": exact(expense.untaxed_amount),
                "total": exact(expense.total_amount),
                "quantity": exact(expense.quantity),
                "product": expense.product_id.id,
                "uom": expense.product_uom_id.id,
                "taxes": sorted(expense.tax_ids.ids),
                "date": expense.date,
                "employee": expense.employee_id.id,
                "vendor": expense.vendor_id.id,
                "company": expense.company_id.id,
                "text": expense.name,
                # there with sale_expense: what an order re-invoices is not ours
                "order": "sale_order_id" in expense._fields
                and expense.sale_order_id.id,
                "distribution": dict(expense.analytic_distribution or {}),
            }
            for expense in expenses_sudo
        }

    def _billing_check_open(self, before, after):
        """Refuse changes of what a request or an invoice holds already."""
        # sudo: items are looked at whoever writes the expense
        items_sudo = self.env["project.billing.item"].sudo()
        used = items_sudo.search([("expense_id", "in", self.ids)]).filtered(
            lambda item: item.quantity_open != item.quantity
        )
        for item in used:
            expense = item.expense_id
            account_id = item.project_id.account_id.id
            if _closed_facts(before[expense.id], account_id) != _closed_facts(
                after[expense.id], account_id
            ):
                expense.with_env(self.env)._billing_refuse_used()

    def _billing_refuse_used(self):
        """Refuse when a request or an invoice holds one of these expenses."""
        closed = self.env["project.billing.item"]._closed_by("expense_id", self.ids)
        for expense_id, holder in closed.items():
            # sudo: name of an expense being written
            expense = self.browse(expense_id).sudo()
            raise SourceClosed(
                self.env._(
                    "The expense “%(expense)s” of %(employee)s is in %(holder)s. Take "
                    "it out there, or credit the invoice, before changing it.",
                    expense=expense.name,
                    employee=expense.employee_id.name,
                    holder=holder,
                )
            )

    def _billing_planned_on_orders(self, products):
        """Return the booked expenses of products that name an order (elevated)."""
        if "sale_order_id" not in self._fields:
            return self.sudo().browse()  # sudo: nothing
        # sudo: items follow their sources, whoever changes the product
        return self.sudo().search(
            [
                ("product_id", "in", products.ids),
                ("sale_order_id", "!=", False),
                ("state", "in", BOOKED_STATES),
            ]
        )

    def _billing_sync(self):
        """Bring the items of these expenses up to date."""
        # sudo: items follow their sources, whoever books the expense
        kind_sudo = self.env["project.billing.kind"]._get("cost").sudo()
        kind_sudo._sync_sources(
            "expense_id",
            self.ids,
            self.sudo().mapped("analytic_distribution"),  # sudo: as above
        )


def _closed_facts(facts, account_id):
    """Return the facts that are locked for the project of an analytic account."""
    closed = {
        name: value
        for name, value in facts.items()
        if name not in ("text", "vendor", "distribution")
    }
    return {**closed, "share": distribution_share(facts["distribution"], account_id)}
