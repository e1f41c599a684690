"""Reversals of credit notes, to any depth: the work follows them, once.

The reversal of a credit note is an invoice without a request of its own: its lines
name the lines of the credit note, which name billing lines. Posted, it takes back
what the credit note released; the lines of the first invoice bill it again.
"""

from dataclasses import replace

from odoo import models

from ..billing.allocation import take_latest
from ..billing.rounding import exact
from ..exceptions import BillingError


class AccountMove(models.Model):
    """An invoice that may reverse a credit note."""

    _inherit = "account.move"

    def _billing_reversals(self):
        """Return the invoices among these that reverse credit notes."""
        # sudo: links of documents that the caller has
        lines = self._billing_invoices().sudo().line_ids
        return self & lines.filtered("billing_origin_line_id").move_id.with_env(
            self.env
        )

    def _billing_requests_behind(self):
        """Return the requests of these documents and of what they reverse (elevated).

        The reversal of a credit note has no request of its own: it belongs to the
        requests of the lines that it bills again.
        """
        moves_sudo = self.sudo()  # sudo: who is told of an invoice
        requests = moves_sudo.billing_request_ids
        return requests | moves_sudo.line_ids.billing_origin_line_id.request_id

    def _billing_last_first(self):
        """Return these documents with the reversing ones before the reversed ones."""
        if len(self) < 2:
            return self
        return self.sorted(lambda move: move._billing_depth(), reverse=True)

    def _billing_depth(self):
        """Return how many documents this one reverses, one after the other."""
        self.ensure_one()
        depth, lines = 0, self.sudo().line_ids  # sudo: links only
        while lines := lines.billing_reversed_line_id:
            depth += 1
        return depth

    def _billing_follow_reversal(self, old, new):
        """Follow the state of a reversal of a credit note: posted, it bills again."""
        self.ensure_one()
        # sudo: accounting moves a document; the ledger follows
        lines = self.sudo().line_ids.filtered("billing_origin_line_id")
        if new == "posted":
            lines._billing_check_reversed()
            for line in lines:
                line.billing_origin_line_id._billing_retake(line)
            lines.billing_origin_line_id._billing_check_kept(self)
        elif old == "posted":
            for line in lines:
                line.billing_origin_line_id._billing_give_up(line)

    def _billing_check_links(self):
        """Refuse invoices that should bill recorded work, but name none.

        :raises BillingError: naming the invoice and the remedy
        """
        for move in self.sudo():  # sudo: links only
            lines = move.line_ids
            if not lines.billing_line_id and not lines.billing_origin_line_id:
                raise BillingError(
                    self.env._(
                        "%s would bill recorded work without a link to it, so that it "
                        "could be billed again. Delete it; reset a credit note, or "
                        "reverse it again, to bill what it took back.",
                        move.display_name,
                    )
                )


class AccountMoveLine(models.Model):
    """Lines of credit notes and reversals, compared with what they reverse."""

    _inherit = "account.move.line"

    def _billing_check_reversed(self):
        """Refuse lines that reverse unposted documents, or those of another customer.

        :raises BillingError: naming the document and the remedy
        """
        for line in self.sudo():  # sudo: states, customers and numbers
            move, other = line.move_id, line.billing_reversed_line_id.move_id
            if move.move_type == "out_invoice" and other.state != "posted":
                raise BillingError(
                    self.env._(
                        "%(document)s reverses %(note)s, which is not posted any more, "
                        "so that there is nothing to take back. Delete %(document)s.",
                        document=move.display_name,
                        note=other.display_name or self.env._("a credit note"),
                    )
                )
            if other and (
                move.commercial_partner_id != other.commercial_partner_id
                or move.currency_id != other.currency_id
            ):
                raise BillingError(
                    self.env._(
                        "%(document)s has another customer or currency than %(other)s, "
                        "which it reverses. Set them back, or delete it.",
                        document=move.display_name,
                        other=other.display_name,
                    )
                )


class ProjectBillingLine(models.Model):
    """A billing line, billed again when its credit note is reversed."""

    _inherit = "project.billing.line"

    def _billing_retake(self, again):
        """Bill again what a credit note gave back, as far as the reversal names it.

        :param again: the line of the reversal
        """
        self.ensure_one()
        note = again.billing_reversed_line_id
        left = note._billing_left_to_reverse(but=again)[note]
        quantity, _price = self._billing_read_credit(again)
        sign = -1 if self.quantity < 0 else 1
        if self._billing_exceeds(again, quantity, left, sign) or (
            not self._billing_by_amount()
            and self._billing_compare(quantity * sign, left.quantity * sign) > 0
        ):
            self._billing_refuse_more(again, left)
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        released = ledger._credited_slices(note)
        parts = self._billing_retaken(again, released, left, sign)
        ledger._retake(parts, again)

    def _billing_retaken(self, again, released, left, sign):
        """Return ``[(slice, quantity)]`` of the released work that the reversal names.

        As much stays released as if the credit note had named that much less.
        """
        quantity, _price = self._billing_read_credit(again)
        if self._billing_by_amount():
            is_whole = exact(again.price_subtotal) * sign >= left.amount * sign
        else:
            is_whole = self._billing_compare(quantity * sign, left.quantity * sign) >= 0
        if is_whole:
            return [(part, part.quantity) for part in released]
        positive = [replace(part, quantity=part.quantity * sign) for part in released]
        total = sum((part.quantity for part in positive), exact(0))
        if self._billing_by_amount():
            stays = total - abs(self._billing_named(again, released))
        else:
            stays = sign * self._to_give_back(released, quantity, keep=True)
        stays = min(max(stays, exact(0)), total)
        free = {part.id: taken for part, taken in take_latest(positive, stays)}
        return [
            (part, part.quantity - free.get(part.id, 0) * sign)
            for part in released
            if part.quantity != free.get(part.id, 0) * sign
        ]

    def _billing_give_up(self, again):
        """Release again what a reversal took back: it is no longer posted."""
        self.ensure_one()
        sign = -1 if self.quantity < 0 else 1
        left = self._billing_left()[self]
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        if (
            left.amount * sign < 0
            or not self._billing_by_amount()
            and left.quantity * sign < 0
            or not ledger._give_up(again)
        ):
            self._billing_refuse_given_up(again)

    def _billing_refuse_given_up(self, again):
        """Refuse, naming the credit note that took what the reversal billed.

        :raises BillingError: always
        """
        notes = self._billing_documents().filtered(
            lambda row: (
                row.parent_state == "posted"
                and row.move_id.move_type == "out_refund"
                and row != again.billing_reversed_line_id
            )
        )
        raise BillingError(
            self.env._(
                "%(invoice)s is credited, at least in part, by %(credit)s. Reset that "
                "credit note first.",
                invoice=again.move_id.display_name,
                credit=", ".join(notes.move_id.mapped("display_name")) or "–",
            )
        )
