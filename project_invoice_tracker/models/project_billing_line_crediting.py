"""Credit notes of billing lines: what is left of a line, and what may be credited."""

from odoo import models
from odoo.tools import formatLang

from ..billing.credits import Left
from ..billing.rounding import exact
from ..exceptions import BillingError


class ProjectBillingLine(models.Model):
    """A line with its invoice, less credit notes, plus their reversals."""

    _inherit = "project.billing.line"

    # === WHAT IS LEFT ===

    def _billing_documents(self):
        """Return the lines of credit notes, and of their reversals, of these lines."""
        # sudo: accounting's documents, read for the ledger
        documents_sudo = self.env["account.move.line"].sudo()
        return documents_sudo.search(
            [
                ("billing_origin_line_id", "in", self.ids),
                ("parent_state", "in", ("draft", "posted")),
                ("move_id.move_type", "in", ("out_invoice", "out_refund")),
            ],
            order="move_id, id",
        )

    def _billing_left(self, but=None, drafts=False):
        """Return ``{line: Left}``: what the posted documents still bill of each.

        :param but: document lines that do not count
        :param drafts: draft credit notes count as if they were posted
        """
        documents = self._billing_documents()
        if but:
            documents -= but
        naming = documents._billing_naming()
        left = self._billing_in_full()
        for document in documents.sorted(lambda row: row.parent_state == "draft"):
            line, note = document.billing_origin_line_id, document
            quantity, price = line._billing_read_credit(document)
            amount = exact(document.price_subtotal)
            if document.parent_state == "draft":
                if not drafts or document.move_id.move_type != "out_refund":
                    continue
                named = line._billing_names(document, left[line])
            else:
                if document.move_id.move_type == "out_invoice":
                    note = document.billing_reversed_line_id
                    quantity, amount = -quantity, -amount
                named = note in naming
            left[line] = left[line].less(quantity if named else 0, amount)
        return left

    def _billing_in_full(self):
        """Return ``{line: Left}`` as invoiced, before any credit note."""
        # sudo: the lines' own invoice lines
        rows_sudo = self.env["account.move.line"].sudo()
        found = rows_sudo.search([("billing_line_id", "in", self.ids)])
        amounts = {row.billing_line_id: row.price_subtotal for row in found}
        return {
            line: Left(
                exact(line.quantity), exact(amounts.get(line, line.price_subtotal))
            )
            for line in self
        }

    def _billing_names(self, note, left):
        """Tell whether a credit line gives work back, or only lowers the price."""
        self.ensure_one()
        quantity, price = self._billing_read_credit(note)
        full = exact(self.price_unit * (1 - self.discount / 100), 4)
        return quantity > 0 and (
            price >= full
            or left.names(
                quantity,
                exact(note.price_subtotal),
                exact(self.currency_id.rounding),
            )
        )

    # === REFUSALS ===

    def _billing_refuse_credited(self, moves):
        """Refuse to reset invoices that posted credit notes credit."""
        notes = self._billing_documents().filtered(
            lambda row: (
                row.parent_state == "posted" and row.move_id.move_type == "out_refund"
            )
        )
        if notes:
            raise BillingError(
                self.env._(
                    "%(invoice)s is credited, at least in part, by %(credit)s. Reset "
                    "that credit note first.",
                    invoice=", ".join(moves.mapped("display_name")),
                    credit=", ".join(notes.move_id.mapped("display_name")),
                )
            )

    def _billing_check_credit(self, note, left):
        """Refuse a credit line over more than is left of this line.

        :param note: the line of the credit note
        :param left: what is left without that line
        :raises BillingError: naming the line, what is left and the remedy
        """
        self.ensure_one()
        # sudo: the state and the number of the line's own invoice
        invoice = self.sudo().request_id.invoice_id
        if invoice.state != "posted":
            raise BillingError(
                self.env._(
                    "“%(line)s” cannot be credited by %(note)s: %(invoice)s is not "
                    "posted. Post it first, or delete the credit note.",
                    line=self._billing_first_words(),
                    note=note.move_id.display_name,
                    invoice=invoice.display_name or self.request_id.name,
                )
            )
        quantity, _price = self._billing_read_credit(note)
        sign = -1 if self.quantity < 0 else 1
        too_much = self._billing_exceeds(note, quantity, left, sign)
        if not self._billing_by_amount() and self._billing_names(note, left):
            more = self._billing_compare(quantity * sign, left.quantity * sign) > 0
            too_much = too_much or more
        if too_much:
            self._billing_refuse_more(note, left)

    def _billing_exceeds(self, document, quantity, left, sign):
        """Tell whether a document line is over more money than is left.

        Also when its quantity or amount has the wrong sign.
        """
        amount = exact(document.price_subtotal) * sign
        room = max(left.amount * sign, exact(0))
        if any(document.tax_ids.flatten_taxes_hierarchy().mapped("price_include")):
            # a price that includes tax does not hit every cent
            room += exact(self.currency_id.rounding)
        return quantity * sign < 0 or amount < 0 or amount > room

    def _billing_compare(self, quantity, other):
        """Compare quantities as the customer reads them: -1, 0 or 1."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        difference = exact(quantity - other, digits)
        return (difference > 0) - (difference < 0)

    def _billing_by_amount(self):
        """Tell whether documents credit this line by amounts, not quantities."""
        self.ensure_one()
        return self.adjusts and self.quantity < 0

    def _billing_refuse_more(self, document, left):
        """Refuse, saying what is left of this line and what to do.

        :raises BillingError: always
        """
        raise BillingError(
            self.env._(
                "%(document)s: only %(left)s of “%(line)s” of %(invoice)s is left. "
                "Lower the quantity or the price, or delete the line.",
                document=document.move_id.display_name,
                left=self._billing_left_words(left),
                line=self._billing_first_words(),
                # sudo: the number of the line's own invoice
                invoice=document.billing_reversed_line_id.move_id.name
                or self.sudo().request_id.invoice_id.name,
            )
        )

    def _billing_left_words(self, left):
        """Return in words what is left: quantity and amount."""
        sign = -1 if self.quantity < 0 else 1
        amount = self.currency_id.format(float(max(left.amount * sign, 0)))
        if self._billing_by_amount():
            return amount
        quantity = formatLang(
            self.env, float(max(left.quantity * sign, 0)), dp="Product Unit"
        )
        return f"{quantity} ({amount})"

    def _billing_first_words(self):
        return (self.name or "").split("\n")[0]

    def _billing_check_kept(self, document):
        """Refuse to bill money again for a line whose work was given back.

        A credit note that took the last cent gave the work back, whatever its price.
        Earlier credit notes on which that depends cannot be undone then.
        """
        for line, left in self._billing_left().items():
            if line._billing_by_amount() or not line.quantity:
                continue
            left = left.turned() if line.quantity < 0 else left
            if left.amount <= 0 or left.quantity > 0:
                continue
            naming = line._billing_documents()._billing_naming()
            notes = naming.move_id.filtered(lambda note: note.state == "posted")
            if notes and not any(
                part.state == "billed" and part.action == "bill"
                for part in line.allocation_ids
            ):
                raise BillingError(
                    self.env._(
                        "The work of “%(line)s” was given back by %(notes)s, which "
                        "credits what %(document)s left. Reset that one first.",
                        line=line._billing_first_words(),
                        notes=notes.sorted("id")[-1:].display_name,
                        document=document.display_name,
                    )
                )


class AccountMoveLine(models.Model):
    """A line of a credit note, with what it gives back and what is left of it."""

    _inherit = "account.move.line"

    def _billing_naming(self):
        """Return the lines that gave work back, of these or of those they reverse."""
        rows_sudo = self.sudo()  # sudo: the ledger's own rows
        rows_sudo |= rows_sudo.billing_reversed_line_id
        slices_sudo = self.env["project.billing.allocation"].sudo()  # sudo: as above
        groups = slices_sudo._read_group(
            [
                ("credit_line_id", "in", rows_sudo.ids),
                ("release_cause", "=", "credited"),
                "|",
                ("reverted", "=", False),
                ("taken_line_id", "!=", False),
            ],
            ["credit_line_id"],
        )
        return rows_sudo.browse(row.id for (row,) in groups)

    def _billing_left_to_reverse(self, but=None, drafts=False):
        """Return ``{line: Left}``: what reversals leave of lines of credit notes.

        :param but: lines of reversals that do not count
        :param drafts: drafts count as well
        """
        rows_sudo = self.sudo()  # sudo: accounting's documents, read for the ledger
        taken = rows_sudo.search(
            [
                ("billing_reversed_line_id", "in", self.ids),
                ("parent_state", "in", ("posted", "draft")[: 1 + drafts]),
                ("move_id.move_type", "=", "out_invoice"),
            ]
        )
        left = {}
        for row in rows_sudo:
            line = row.billing_origin_line_id
            quantity, _price = line._billing_read_credit(row)
            left[row] = Left(quantity, exact(row.price_subtotal))
        for row in taken - but if but else taken:
            note, line = row.billing_reversed_line_id, row.billing_origin_line_id
            quantity, _price = line._billing_read_credit(row)
            left[note] = left[note].less(quantity, exact(row.price_subtotal))
        return left
