"""Credit notes: they give back exactly the work that they name."""

from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

from ..billing.allocation import take_latest
from ..billing.rounding import exact
from ..engine import engine_context, is_engine
from ..exceptions import BillingError


class AccountMove(models.Model):
    """A credit note, and what it does to the ledger when it is posted or reset."""

    _inherit = "account.move"

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Override of `account` to link reversals to the lines that they reverse."""
        if not any(self.mapped("billing_tracked")):
            return super()._reverse_moves(default_values_list, cancel)
        if not default_values_list:
            default_values_list = [{} for _move in self]
        for move, values in zip(self, default_values_list, strict=True):
            values["billing_tracked"] = move.billing_tracked
        engine = self.with_context(**engine_context())
        reversed_moves = super(AccountMove, engine)._reverse_moves(
            default_values_list, cancel
        )
        return reversed_moves.with_env(self.env)

    def _billing_follow_credit(self, old, new):
        """Follow the state of a credit note: posted, it gives work back.

        In any other state, what it gave back is taken again.
        """
        self.ensure_one()
        # sudo: accounting moves a credit note; the ledger follows
        lines = self.sudo().line_ids.filtered("billing_origin_line_id")
        if not lines or "posted" not in (old, new):
            return
        if new == "posted":
            lines._billing_check_reversed()
            left = lines.billing_origin_line_id._billing_left(but=lines)
            for line in lines:
                origin = line.billing_origin_line_id
                origin._billing_check_credit(line, left[origin])
                origin._billing_release_credited(line, left[origin])
            return
        self._billing_refuse_reversed(lines)
        self.env["project.billing.ledger"]._engine_ledger()._take_back(
            SQL("credit_line_id IN %s", tuple(lines.ids)), "billed"
        )
        # what one note gives up, another that credited too much still names
        lines.billing_origin_line_id._billing_settle_credits()
        lines.billing_origin_line_id._billing_check_kept(self)

    def _billing_refuse_reversed(self, lines):
        """Refuse to reset a credit note whose reversal is posted."""
        reversals = lines.search(
            [
                ("billing_reversed_line_id", "in", lines.ids),
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "=", "out_invoice"),
            ]
        ).move_id
        if reversals:
            raise BillingError(
                self.env._(
                    "%(note)s is reversed by %(invoices)s, which bills its work again. "
                    "Reset that invoice first.",
                    note=self.display_name,
                    invoices=", ".join(reversals.mapped("display_name")),
                )
            )

    def _billing_credit_only(self, items):
        """Cut draft credit notes down to some items (engine only)."""
        # sudo: accounting credits an invoice; the ledger knows the quantities
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        lines_sudo = self.sudo().line_ids
        for line in lines_sudo.filtered(lambda line: line.display_type == "product"):
            origin = line.billing_origin_line_id
            slices = ledger._slices(origin, "billed").get(origin.id, [])
            picked = [part for part in slices if part.item_id in items.ids]
            if not picked:
                line.unlink()
                continue
            quantity = origin._billing_creditable(slices, picked)
            if not quantity:
                line.unlink()
                continue
            line.write(
                {
                    "quantity": float(origin._reads(quantity)),
                    "billing_item_ids": [
                        Command.set([part.item_id for part in picked])
                    ],
                }
            )


class AccountMoveLine(models.Model):
    """A document line that keeps, when copied, which line it reverses."""

    _inherit = "account.move.line"

    def _copy_data_extend_business_fields(self, values):
        """Override of `account` to link a reversal to the line that it reverses."""
        result = super()._copy_data_extend_business_fields(values)
        if is_engine(self.env):
            # sudo: the fields are hidden from whoever copies without reading them
            line_sudo = self.sudo()
            origin = line_sudo.billing_line_id or line_sudo.billing_origin_line_id
            if origin:
                values["billing_origin_line_id"] = origin.id
                values["billing_reversed_line_id"] = self.id
        return result


class ProjectBillingLine(models.Model):
    """A billing line, when it is credited."""

    _inherit = "project.billing.line"

    def _billing_settle_credits(self):
        """Release what posted credit notes of these lines name, once for each note."""
        # sudo: accounting credits an invoice; the ledger follows
        notes_sudo = self.env["account.move.line"].sudo()
        for note in notes_sudo.search(
            [
                ("billing_origin_line_id", "in", self.ids),
                ("parent_state", "=", "posted"),
                # a draft credit note may have been switched into an invoice
                ("move_id.move_type", "=", "out_refund"),
            ],
            order="move_id, id",
        ):
            line = note.billing_origin_line_id
            line._billing_release_credited(note, line._billing_left(but=note)[line])

    def _billing_release_credited(self, note, left):
        """Release the slices that a line of a credit note names.

        A credit line at the remaining price names its quantity: all that is left, or
        the latest work. One at a lower price is a price credit (rebate) and names
        nothing, unless it takes the last cent.

        :param left: what all documents but this one bill, a :class:`Left`
        """
        self.ensure_one()
        if not self._billing_names(note, left):
            return
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        slices = ledger._slices(self, "billed").get(self.id, [])
        held = sum((part.quantity for part in slices), exact(0))
        done = self._billing_released_by(note)
        quantity, _price = self._billing_read_credit(note)
        is_all = left.is_all(quantity, exact(note.price_subtotal))
        if done and not is_all and self._reads_as(done, quantity):
            return
        credited = held
        if not is_all and quantity < self._reads(held + done):
            named = self._billing_named(note, slices)
            credited = min(max(named - done, exact(0)), held)
        if credited:
            parts = self._billing_take_credited(slices, credited, note)
            ledger._release_parts(parts, "credited", note)

    def _billing_released_by(self, note):
        """Return the quantity a credit line released, even if it was taken back."""
        own = self.allocation_ids.filtered(
            lambda part: (
                part.credit_line_id == note
                and (not part.reverted or part.taken_line_id)
            )
        )
        return sum((exact(part.quantity) for part in own), exact(0))

    def _billing_named(self, document, slices):
        """Return the ledger quantity of some slices that a line of a document names.

        It names the work that was picked for it, as far as its quantity reads as much.
        """
        quantity, _price = self._billing_read_credit(document)
        picked_ids = set(document.billing_item_ids.ids)
        picked = [part for part in slices if part.item_id in picked_ids]
        most = sum((part.quantity for part in picked), exact(0))
        if picked and abs(quantity) <= abs(self._reads(most)):
            slices = picked
        return self._to_give_back(slices, quantity)

    @staticmethod
    def _billing_take_credited(slices, credited, note):
        """Return the slices a credit line gives back: those picked, then the latest.

        Corrections are given back with the last of the work that they lowered.
        """
        if credited == sum((part.quantity for part in slices), exact(0)):
            return [(part, part.quantity) for part in slices]
        sign = 1 if credited > 0 else -1
        picked_ids = set(note.billing_item_ids.ids)
        forward = [part for part in slices if sign * part.quantity > 0]
        picked = [part for part in forward if part.item_id in picked_ids]
        rest = [part for part in forward if part.item_id not in picked_ids]
        whole = sign * sum((part.quantity for part in picked), exact(0))
        named = sign * min(sign * credited, whole)
        return take_latest(picked, named) + take_latest(rest, credited - named)

    @staticmethod
    def _billing_creditable(slices, picked):
        """Return how much of some slices a credit note can name.

        Work that a correction lowered counts less; a correction alone gives no credit.
        """
        held = sum((part.quantity for part in slices), exact(0))
        named = sum((part.quantity for part in picked), exact(0))
        if held >= 0:
            return max(min(named, held), exact(0))
        return min(max(named, held), exact(0))

    def _billing_read_credit(self, note):
        """Return quantity and price of a credit line in the unit of this line."""
        quantity = self._quantity_in_own(note.quantity, note.product_uom_id)
        price = self._billing_read_price(note) * (1 - note.discount / 100)
        return exact(quantity), exact(price, 4)

    def _billing_read_price(self, note):
        """Return the price of a credit line without discount, in this line's unit."""
        return self._price_in_own(note.price_unit, note.product_uom_id)
