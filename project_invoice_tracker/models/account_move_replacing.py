"""Replacement invoices: they take over the links of the document they replace."""

from odoo import models
from odoo.fields import Command

from ..billing.rounding import exact
from ..engine import engine_context
from ..exceptions import BillingError


class AccountMove(models.Model):
    """An invoice that may replace a reversed one (*Reverse and Create Invoice*)."""

    _inherit = "account.move"

    def _billing_adopt_replacements(self):
        """Give replacement documents the links of the documents that they replace.

        An invoice of requests gets a request of its own, which holds the same lines
        and slices, so that it can be posted, sent back or credited like any other.
        """
        engine = self.with_context(**engine_context())
        for move in engine:
            # sudo: accounting replaces a document; the ledger and requests follow
            lines_sudo = move.sudo().line_ids.filtered("billing_origin_line_id")
            if not lines_sudo:
                continue
            of_requests = lines_sudo.filtered(
                lambda line: line.billing_reversed_line_id.billing_line_id
            )
            if move.move_type != "out_invoice" or not of_requests:
                move.billing_tracked = True
                lines_sudo._billing_relink_replaced()
                continue
            for request in of_requests.billing_origin_line_id.request_id:
                request._engine()._billing_replace(
                    of_requests.filtered(
                        lambda line, request=request: (
                            line.billing_origin_line_id in request.line_ids
                        )
                    )
                )


class AccountMoveLine(models.Model):
    """A line that was copied to a replacement."""

    _inherit = "account.move.line"

    def _billing_relink_replaced(self):
        """Link the lines of replacements to the lines that they reverse.

        The lines of a replaced credit note reverse the same invoice again; those of the
        reversal of a credit note reverse the new credit note (elevated, engine only).
        """
        for line in self:
            copied = line.billing_reversed_line_id
            if line.move_id.move_type == "out_refund":
                reversed_line = copied.billing_reversed_line_id
                picked = copied.billing_item_ids
            else:
                reversed_line = self.search(
                    [
                        ("billing_reversed_line_id", "=", copied.id),
                        ("move_id.move_type", "=", "out_refund"),
                        ("parent_state", "=", "posted"),
                    ],
                    order="id desc",
                    limit=1,
                )
                picked = line.billing_item_ids
            line.write(
                {
                    "billing_reversed_line_id": reversed_line.id,
                    "billing_item_ids": [Command.set(picked.ids)],
                }
            )


class ProjectBillingRequest(models.Model):
    """A request, made for an invoice that replaces a credited one."""

    _inherit = "project.billing.request"

    def _billing_replace(self, move_lines):
        """Make the request of a replacement invoice from its credited lines."""
        self.ensure_one()
        move = move_lines.move_id
        replacement = self.create(
            {
                **{
                    name: self[name].id
                    for name in (
                        "project_id",
                        "partner_id",
                        "company_id",
                        "currency_id",
                        "fiscal_position_id",
                        "payment_term_id",
                        "user_id",
                    )
                },
                "date_from": self.date_from,
                "date_to": self.date_to,
                "customer_reference": self.customer_reference,
                "narration": self.narration,
                "state": "invoiced",
                "invoice_id": move.id,
                "replaces_id": self.id,
            }
        )
        for move_line in move_lines:
            move_line.billing_origin_line_id._billing_replace(replacement, move_line)
        move.with_context(**engine_context()).billing_tracked = True
        replacement._log("replace", self.env._("Replaces %s", self.name), valid=True)


class ProjectBillingLine(models.Model):
    """A billing line that is copied for a replacement invoice."""

    _inherit = "project.billing.line"

    def _billing_replace(self, request, move_line):
        """Copy this credited line to the request of the replacement invoice."""
        self.ensure_one()
        # the credit note that came with the replacement is the invoice's latest
        invoice = self.sudo().invoice_line_id.move_id  # sudo: the line's own invoice
        credit = invoice.reversal_move_ids.sorted("id")[-1:]
        released = self.allocation_ids.filtered(
            lambda a: a.credit_line_id.move_id == credit and not a.reverted
        )
        held = sum((exact(a.quantity) for a in released), exact(0))
        if self._reads(held) != exact(move_line.quantity):
            raise BillingError(
                self.env._(
                    "“%s” cannot be replaced: it was credited in part before, or the "
                    "credit note is not posted yet. Credit the rest and bill the "
                    "work again instead.",
                    self.name,
                )
            )
        values = self._billing_copy_values()
        line = self._engine().create({"request_id": request.id, **values})
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        ledger._restore_surplus(
            [(a.item_id.id, a.quantity, a.quantity_surplus) for a in released]
        )
        ledger._reserve([(a.item_id.id, line, exact(a.quantity)) for a in released])
        move_line.with_context(**engine_context()).write(
            {
                "billing_line_id": line.id,
                "billing_origin_line_id": False,
                "billing_reversed_line_id": False,
            }
        )

    def _billing_copy_values(self):
        """Return the values that a replacement's line copies from the credited one."""
        self.ensure_one()
        names = (
            "kind",
            "rule_id",
            "group_key",
            "name",
            "product_id",
            "product_uom_id",
            "day_minutes",
            "unit",
            "quantity",
            "price_unit",
            "discount",
            "tax_product_id",
            "adjusts",
            "sequence",
        )
        # sudo: the services of a line that is copied
        return self.sudo()._convert_to_write({name: self[name] for name in names})
