"""Invoice lines: their link to the billing line, and what that protects."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..billing.rounding import exact
from ..engine import is_engine
from ..exceptions import BillingError

#: A draft invoice of ours keeps these as they were approved.
CLOSED_FIELDS = {
    "quantity",
    "price_unit",
    "discount",
    "product_id",
    "product_uom_id",
    "display_type",
    "move_id",
    "partner_id",
    "currency_id",
}
LINK_FIELDS = {
    "billing_line_id",
    "billing_origin_line_id",
    "billing_reversed_line_id",
    "billing_item_ids",
}


class AccountMoveLine(models.Model):
    """An invoice line, with the billing line that it was made from or credits."""

    _inherit = "account.move.line"

    billing_line_id = fields.Many2one(
        "project.billing.line",
        copy=False,
        readonly=True,
        ondelete="restrict",
        groups="project_invoice_tracker.group_billing_user,"
        "account.group_account_invoice,account.group_account_readonly",
    )
    billing_origin_line_id = fields.Many2one(
        "project.billing.line",
        string="Credited Billing Line",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="project_invoice_tracker.group_billing_user,"
        "account.group_account_invoice,account.group_account_readonly",
        help="The billing line that this line credits, or bills again as part of the "
        "reversal of a credit note.",
    )
    billing_reversed_line_id = fields.Many2one(
        "account.move.line",
        string="Reversed Line",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="project_invoice_tracker.group_billing_user,"
        "account.group_account_invoice,account.group_account_readonly",
        help="The line of an invoice that this line credits; on the reversal of a "
        "credit note, the line of the credit note that it takes back.",
    )

    billing_item_ids = fields.Many2many(
        "project.billing.item",
        "account_move_line_billing_item_rel",
        string="Credited Work",
        copy=False,
        readonly=True,
        groups="account.group_account_invoice,account.group_account_readonly",
        help="The work that was picked for this line of a credit note.",
    )

    _billing_line_uniq = models.UniqueIndex(
        "(billing_line_id) WHERE (billing_line_id IS NOT NULL)",
        "This billing line is on an invoice already.",
    )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        if not is_engine(self.env):
            self._refuse_links(
                *vals_list,
                {
                    key.removeprefix("default_"): value
                    for key, value in self.env.context.items()
                    if key.startswith("default_billing_")
                },
            )
        return super().create(vals_list)

    def write(self, vals):
        if is_engine(self.env):
            # Odoo gives the lines of each new invoice their customer once more
            if vals.keys() == {"partner_id"} and all(
                line.partner_id.id == vals["partner_id"] for line in self
            ):
                return True
            return super().write(vals)
        self._refuse_links(vals)
        if "move_id" in vals:
            self._billing_refuse_moving(vals["move_id"])
        result = super().write(vals)
        if vals.keys() & CLOSED_FIELDS:
            # Odoo's synchronisation may have replaced lines, such as a cash rounding
            self.exists()._billing_check_unchanged()
        return result

    def unlink(self):
        if not is_engine(self.env):
            self._billing_line_removed()
        return super().unlink()

    def _refuse_links(self, *vals_list):
        """Refuse links to billing lines that the engine did not write."""
        for vals in vals_list:
            if any(vals.get(name) for name in LINK_FIELDS) or (
                self and vals.keys() & LINK_FIELDS
            ):
                raise AccessError(
                    self.env._(
                        "The link between an invoice and its billing request is "
                        "made by the request and cannot be set by hand."
                    )
                )

    # === GUARDS ===

    def _billing_check_unchanged(self):
        """Refuse draft or posted lines that differ from what was approved."""
        # sudo: the comparison is the engine's; the sentence names the line only
        for line in self.sudo().filtered("billing_line_id"):
            billing = line.billing_line_id
            same = (
                exact(line.quantity) == exact(billing.quantity)
                and exact(line.price_unit) == exact(billing.price_unit)
                and exact(line.discount) == exact(billing.discount)
                and line.product_id == billing.product_id
                and line.product_uom_id
                == (billing.product_uom_id or billing.product_id.uom_id)
                and line.display_type == "product"
                and line.move_id == billing.request_id.invoice_id
            )
            if not same:
                raise BillingError(
                    self.env._(
                        "Quantity, price and service of “%(line)s” were approved "
                        "with billing request %(request)s. Send it back to its "
                        "manager to have them changed.",
                        line=billing.name,
                        request=billing.request_id.name,
                    )
                )

    def _billing_line_removed(self):
        """Give the work back of lines that accounting removed from a draft."""
        # sudo: accounting may remove a line; the ledger follows
        lines = self.sudo().filtered(
            lambda line: line.billing_line_id and line.parent_state != "posted"
        )
        if lines:
            lines.billing_line_id._billing_remove_from_invoice()

    def _billing_refuse_moving(self, move_id):
        """Refuse to move credited or crediting lines to another document."""
        # sudo: the comparison is the engine's; the sentence names the document only
        for line in self.sudo():
            if line.billing_origin_line_id and line.move_id.id != move_id:
                raise BillingError(
                    self.env._(
                        "The lines of %s credit recorded work and stay where they are. "
                        "Delete those that you do not want.",
                        line.move_id.display_name,
                    )
                )
