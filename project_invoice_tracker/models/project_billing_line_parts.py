"""Items that several lines bill in parts: the parts sum to the item, to the cent."""

from collections import defaultdict

from odoo import models
from odoo.tools import format_amount

from ..billing.allocation import part_amount, price_for
from ..billing.rounding import exact, exact_money, money
from .currency_step import step_of


class ProjectBillingLine(models.Model):
    """A line that bills a part of an item, at a price that makes the parts sum up."""

    _inherit = "project.billing.line"

    def _settle_parts(self):
        """Set the prices of lines so that all parts of an item sum to the whole.

        A line that takes all that is left of an item comes to what is left of its
        amount; the price is that of the item again when it does not (engine only).
        """
        for line, item in self._sole_items().items():
            others = item._amounts_taken(line)
            price = item._part_price(
                exact(line.quantity),
                exact(line.discount),
                others,
                is_last=not item.quantity_open,
            )
            if exact(line.price_unit) != price:
                line.price_unit = float(price)

    def _sole_items(self):
        """Return ``{line: item}`` of lines that bill pieces of a single item."""
        # sudo: the ledger of lines that the caller may change
        slices_sudo = self.sudo().allocation_ids.filtered(
            lambda slice_: slice_.action == "bill" and slice_.state != "released"
        )
        # sudo: their items
        items = defaultdict(self.env["project.billing.item"].sudo().browse)
        for slice_ in slices_sudo:
            items[slice_.line_id.id] |= slice_.item_id
        return {
            line: items[line.id]
            for line in self
            if line.unit == "unit"
            and len(items[line.id]) == 1
            and items[line.id].quantity > 0
        }

    def _part_remainder(self, item):
        """Tell whether the price of this line was adjusted to the remainder."""
        return self.unit == "unit" and exact(self.price_unit) != exact(item.price_unit)

    def _explain_slice(self, item):
        """Return in words where the price of a slice comes from."""
        self.ensure_one()
        if not self._part_remainder(item):
            return item.explanation
        return self.env._(
            "%(origin)s; the remainder of %(amount)s after the parts billed before",
            origin=item.explanation or item.name,
            amount=format_amount(self.env, item.amount, item.currency_id),
        )

    def _line_amount(self):
        """Return quantity x price less discount, as the invoice line rounds it."""
        self.ensure_one()
        amount = exact(self.quantity) * exact(self.price_unit)
        amount *= 1 - exact(self.discount) / 100
        return money(amount, step_of(self.currency_id))

    def _credited_amount(self):
        """Return the amount of this line that was credited together with work."""
        # sudo: the lines of credit notes, for their amounts
        released = self.sudo().allocation_ids.filtered(
            lambda slice_: (
                slice_.release_cause == "credited"
                and (not slice_.reverted or slice_.taken_line_id)
            )
        )
        step = step_of(self.currency_id)

        def total(rows):
            return sum(
                (
                    money(
                        exact(row.quantity)
                        * exact(row.price_unit)
                        * (1 - exact(row.discount) / 100),
                        step,
                    )
                    for row in rows
                ),
                exact(0),
            )

        return total(released.credit_line_id) - total(released.taken_line_id)


class ProjectBillingItem(models.Model):
    """An item, with the amounts that lines bill of it."""

    _inherit = "project.billing.item"

    def _amounts_taken(self, but):
        """Return ``{line: amount}`` that other lines bill of this item (elevated).

        Write-offs count with the lines, once there are any.
        """
        self.ensure_one()
        active = self.allocation_ids.filtered(lambda slice_: slice_.state != "released")
        taken = {}
        for slice_ in active:
            line = slice_.line_id
            if slice_.action == "bill" and line != but:
                taken[line] = self._amount_on(line)
        written_off = exact(self.quantity_written_off)
        if taken and written_off:
            price = exact(self.price_unit) * (1 - exact(self.discount or 0) / 100)
            taken[None] = money(written_off * price, step_of(self.currency_id))
        return taken

    def _part_price(self, quantity, discount, others, is_last):
        """Return the price at which all parts of this item sum to its amount.

        :param quantity: of the part, in pieces
        :param discount: of its line, in percent
        :param dict others: what the other parts come to, see :meth:`_amounts_taken`
        :param is_last: the part takes all that is left
        """
        self.ensure_one()
        price = exact(self.price_unit)
        if not others:
            return price
        step = step_of(self.currency_id)
        natural = money(quantity * price * (1 - discount / 100), step)
        amount = part_amount(
            exact_money(self.amount, step), sum(others.values()), natural, is_last
        )
        if amount == natural:
            return price
        precision = self.env["decimal.precision"].precision_get("Product Price")
        adjusted = price_for(amount, quantity, discount, step, precision)
        return price if adjusted is None else adjusted

    def _amount_on(self, line):
        """Return what a line bills of this item, less what was credited of it."""
        amount = line._line_amount() - line._credited_amount()
        for slice_ in line.allocation_ids:
            item = slice_.item_id
            if item == self or slice_.action != "bill" or slice_.state == "released":
                continue
            price = exact(item.price_unit) * (1 - exact(item.discount or 0) / 100)
            amount -= money(exact(slice_.quantity) * price, step_of(line.currency_id))
        return amount
