"""Reversals: Odoo proposes what is left of a document, and no more."""

from odoo import models
from odoo.fields import Command

from ..billing.allocation import price_for
from ..billing.rounding import exact, money
from ..engine import is_engine
from ..exceptions import BillingError
from .currency_step import step_of

#: What Odoo computes from the other lines of a document.
KEPT_TYPES = ("product", "line_section", "line_subsection", "line_note")


class AccountMove(models.Model):
    """A document; when it was reversed in part, a new reversal is for the rest."""

    _inherit = "account.move"

    def copy_data(self, default=None):
        """Override of `account` to reverse only what earlier reversals leave.

        :raises BillingError: when earlier reversals leave nothing
        """
        result = super().copy_data(default)
        if is_engine(self.env) and (default or {}).get("reversed_entry_id"):
            for move, values in zip(self, result, strict=True):
                move._billing_propose_left(values)
        return result

    def _billing_propose_left(self, values):
        """Cut the values of a reversal of this document to what is left of it."""
        commands = values.get("line_ids", [])
        rows = [command[2] for command in commands if command[0] == Command.CREATE]
        ids = [row["billing_reversed_line_id"] for row in rows if _is_link(row)]
        # sudo: what is left of documents that the caller may reverse
        sources_sudo = self.env["account.move.line"].sudo().browse(ids)
        left = sources_sudo._billing_left_of()
        if all(
            (part.quantity, part.amount) == line._billing_as_it_is()
            for line, part in left.items()
        ):
            return
        kept = []
        for row in rows:
            if row.get("display_type") not in KEPT_TYPES:
                continue
            if _is_link(row):
                source = sources_sudo.browse(row["billing_reversed_line_id"])
                cut = source._billing_cut_values(left[source])
                if cut is None:
                    continue
                row.update(cut)
            kept.append(row)
        if not any(row["display_type"] == "product" for row in kept):
            self._billing_refuse_nothing_left()
        values["line_ids"] = [Command.create(row) for row in kept]

    def _billing_refuse_nothing_left(self):
        """Refuse, naming the documents that reverse all of this one already.

        :raises BillingError: always
        """
        # sudo: numbers of documents of the one that the caller reverses
        found = self.sudo().line_ids.search(
            [
                ("billing_origin_line_id", "!=", False),
                ("billing_reversed_line_id.move_id", "=", self.id),
                ("parent_state", "in", ("draft", "posted")),
            ]
        )
        drafts = found.move_id.filtered(lambda move: move.state == "draft")
        if drafts:
            raise BillingError(
                self.env._(
                    "There is nothing left of %(document)s to reverse: a draft "
                    "(%(drafts)s) does that. Post it, or delete it first.",
                    document=self.name,
                    drafts=", ".join(drafts.mapped("display_name")),
                )
            )
        raise BillingError(
            self.env._(
                "There is nothing left of %(document)s to reverse: %(others)s did "
                "that. Reset what is wrong there.",
                document=self.name,
                others=", ".join(found.move_id.mapped("name"))
                or self.env._("other documents"),
            )
        )


class AccountMoveLine(models.Model):
    """A document line, with what is left of it to reverse."""

    _inherit = "account.move.line"

    def _billing_left_of(self):
        """Return ``{line: Left}``: what drafts and posted documents leave (elevated).

        For an invoice line, what credit notes leave of the billing line; for a line of
        a credit note, what its reversals leave.
        """
        notes = self.filtered(lambda line: line.move_id.move_type == "out_refund")
        left = notes._billing_left_to_reverse(drafts=True)
        billed = self - notes
        of_lines = (
            billed.billing_line_id | billed.billing_origin_line_id
        )._billing_left(drafts=True)
        for line in billed:
            origin = line.billing_line_id or line.billing_origin_line_id
            left[line] = of_lines[origin]
            quantity, amount = line._billing_as_it_is()
            if line.move_id.state != "posted" and not line.billing_line_id:
                continue
            left[line] = left[line].within(type(left[line])(quantity, amount))
        return left

    def _billing_as_it_is(self):
        """Return quantity and amount of this line, in the unit of its billing line."""
        origin = self.billing_line_id or self.billing_origin_line_id
        quantity, _price = origin._billing_read_credit(self)
        return quantity, exact(self.price_subtotal)

    def _billing_cut_values(self, left):
        """Return the values of a reversal's line for what is left; None if nothing is.

        :param left: what is left of the line
        """
        origin = self.billing_line_id or self.billing_origin_line_id
        quantity, amount = self._billing_as_it_is()
        sign = -1 if amount < 0 or quantity < 0 else 1
        if left.is_nothing(sign) or amount and left.amount * sign <= 0:
            return None
        if (left.quantity, left.amount) == (quantity, amount):
            return {}
        # a line that is named by its amount, or money without work, keeps its quantity
        rest = left.quantity
        if origin._billing_by_amount() or rest * sign <= 0:
            rest = quantity
        own = origin.product_uom_id or origin.product_id.uom_id
        values = {
            "quantity": float(rest),
            "product_uom_id": own.id,
            "extra_tax_data": False,
            "price_unit": origin._billing_read_price(self),
        }
        step = step_of(self.currency_id)
        if amount and money(amount * rest / quantity, step) != left.amount:
            values["price_unit"] = self._billing_price_of(rest, left.amount, values)
        return values

    def _billing_price_of(self, quantity, amount, values):
        """Return the price at which a quantity of this line comes to an amount."""
        own_quantity, own_amount = self._billing_as_it_is()
        price = exact(values["price_unit"])
        scaled = price * (amount / quantity) / (own_amount / own_quantity)
        if not any(self.tax_ids.flatten_taxes_hierarchy().mapped("price_include")):
            digits = self.env["decimal.precision"].precision_get("Product Price")
            found = price_for(
                amount,
                quantity,
                exact(self.discount),
                step_of(self.currency_id),
                digits,
            )
            scaled = scaled if found is None else found
        return float(exact(scaled))


def _is_link(row):
    """Tell whether values of a line name the line that it reverses."""
    return bool(row.get("billing_reversed_line_id"))
