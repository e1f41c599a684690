"""Editing lines of a draft: lower a quantity, add something by hand."""

from odoo import models

from ..billing.allocation import take_latest, without_surplus
from ..billing.rounding import LARGEST, exact
from ..const import TEXT_FIELDS
from ..exceptions import BillingError

#: What a manager may change besides on a line typed by hand; its item follows.
MANUAL_FIELDS = {"quantity", "price_unit", "product_id"}


class ProjectBillingLine(models.Model):
    """A line of a draft that its manager edits, and what the ledger does then."""

    _inherit = "project.billing.line"

    def change_quantity(self, quantity, policy="bill_later", reason=""):
        """Set the quantity of a line of a draft request.

        :param float quantity: new quantity, in the line's unit (time: hours or days);
            below zero on a line of corrections
        :param str policy: what becomes of the rest: ``bill_later`` (it stays open)
            or ``write_off`` (it is never billed; a reason is required)
        :param str reason: why it is written off
        :raises BillingError: when the request is not a draft, the quantity is not
            between zero and what there is, or the reason is missing
        """
        self.ensure_one()
        self.check_access("write")
        self.request_id._check_editable()
        self._check_not_adjusting()
        wanted = self._check_new_quantity(quantity, policy, reason)
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        slices = ledger._slices(self).get(self.id, [])
        held = sum((part.quantity for part in slices), exact(0))
        rest = self._to_give_back(slices, quantity, keep=True)
        rest = rest if self._reads(held - rest) else held
        self._check_between(held, wanted, held - rest)
        parts = take_latest(slices, rest)
        ledger._release_parts(parts, "lowered")
        if policy == "write_off":
            ledger._write_off(
                [(part.item_id, self, work) for part, work in without_surplus(parts)],
                reason.strip(),
            )
        self._engine().quantity = float(self._reads(held - rest))
        self._engine()._settle_parts()
        self.request_id._mark_edited()
        self.request_id._adjust_lines()

    def _check_new_quantity(self, quantity, policy, reason):
        """Return the ledger quantity asked for, or refuse it with the reason."""
        if policy not in ("bill_later", "write_off"):
            raise BillingError(
                self.env._("Choose to write the rest off or to bill it later.")
            )
        if policy == "write_off" and not (reason or "").strip():
            raise BillingError(
                self.env._("Say why %(line)s is written off.", line=self.name)
            )
        try:
            wanted = self._to_ledger(quantity)
        except ValueError:
            wanted = None
        if wanted is None or abs(wanted) > LARGEST:
            raise self._wrong_quantity()
        return wanted

    def _check_between(self, held, wanted, kept):
        """Refuse a quantity that is not between 0 and what the line holds.

        :param wanted: the ledger quantity that was typed
        :param kept: what it means of the work on the line
        :raises BillingError: with what there is
        """
        if held >= 0 > wanted:
            raise self._wrong_quantity()
        if not min(held, exact(0)) <= kept <= max(held, exact(0)):
            raise BillingError(
                self.env._(
                    "“%(line)s” has only %(quantity)s. Collect again to add work.",
                    line=self.name,
                    quantity=self._reads(held),
                )
            )
        if self.unit != "minute" and held < kept < 0:
            raise BillingError(
                self.env._(
                    "“%(line)s” is given back as a whole or not at all: its quantity "
                    "is %(quantity)s or 0.",
                    line=self.name,
                    quantity=self._reads(held),
                )
            )

    def _wrong_quantity(self):
        """Return the error that names the possible quantities."""
        return BillingError(
            self.env._(
                "The quantity of %(line)s must be a number from 0.", line=self.name
            )
        )

    def _recount(self):
        """Set the quantity of lines to the sum of their slices (engine only)."""
        slices = self.env["project.billing.ledger"]._slices(self)
        for line in self:
            held = sum((part.quantity for part in slices.get(line.id, [])), exact(0))
            line.quantity = float(line._reads(held))

    def _give_back(self, cause):
        """Release all slices of these lines; delete items that were typed into them."""
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        manual = self.filtered(lambda line: line.kind == "manual")
        item_ids = manual.sudo().allocation_ids.item_id.ids  # sudo: ids only
        ledger._release(self, cause)
        if cause == "line_removed":
            self.env["project.billing.item"]._engine()._drop_items(item_ids)

    # === MANUAL LINES ===

    def _check_numbers(self, vals):
        """Refuse values that are not numbers an invoice can have."""
        for name in ("quantity", "price_unit"):
            value = vals.get(name, self.env.context.get(f"default_{name}"))
            try:
                is_fine = abs(exact(value or 0)) <= LARGEST
            except (ValueError, ArithmeticError):
                is_fine = False
            if not is_fine:
                raise BillingError(
                    self.env._(
                        "%(field)s of a billing line must be a number.",
                        field=self._fields[name].string,
                    )
                )

    def _check_editable_fields(self, vals):
        """Refuse changes of other fields than texts, unless the line was typed."""
        changed = vals.keys() - TEXT_FIELDS
        if not changed:
            return
        typed = self.filtered(lambda line: line.kind == "manual")
        if changed - MANUAL_FIELDS:
            typed = self.browse()
        for line in self - typed:
            raise BillingError(
                self.env._(
                    "The quantity and price of “%(line)s” come from the recorded "
                    "work. Use “Change quantity” to bill less of it.",
                    line=line.name,
                )
            )

    def _add_manual_items(self):
        """Create the item of each typed line, and reserve it."""
        for line in self:
            if line.kind != "manual" or line.quantity <= 0 or line.price_unit < 0:
                raise BillingError(
                    self.env._(
                        "“%(line)s” needs a quantity above zero and a price that "
                        "is not negative.",
                        line=line.name,
                    )
                )
        manual = self.env["project.billing.kind"]._get("manual")
        created = manual._create_items(self)
        for line in self:
            line._engine().write(
                {
                    "rule_id": manual._get_rule(line.request_id).id,
                    "product_uom_id": line.product_id.uom_id.id,
                }
            )
        self.env["project.billing.ledger"]._engine_ledger()._reserve(
            [(item_id, line, exact(line.quantity)) for item_id, line in created]
        )

    def _follow_manual_edit(self, vals):
        """Replace the item of a typed line after its values changed."""
        if not vals.keys() & MANUAL_FIELDS:
            return
        for line in self:
            # sudo: the item of a line that the user may edit
            items = line.sudo().allocation_ids.filtered(
                lambda slice_: slice_.state != "released"
            )
            if any(i.quantity_reserved != i.quantity for i in items.item_id):
                raise BillingError(
                    self.env._(
                        "Part of “%(line)s” is on another request or invoice. Use "
                        "“Change quantity” to bill less of the rest.",
                        line=line.name,
                    )
                )
        self._give_back("line_removed")
        self._add_manual_items()
