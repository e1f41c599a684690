"""Copies of documents of ours: recorded work is billed by one of them only."""

from odoo import api, models

from ..engine import is_engine
from ..exceptions import BillingError

#: How Odoo repeats an entry: all but the one date that it waits for.
REPEATING = ("monthly", "quarterly", "yearly")


class AccountMove(models.Model):
    """Neither repeated nor turned into another kind of document."""

    _inherit = "account.move"

    @api.constrains("auto_post", "billing_tracked")
    def _check_billing_not_repeated(self):
        """Refuse to repeat a document that bills recorded work.

        :raises BillingError: naming it and the remedy
        """
        for move in self:
            if move.billing_tracked and move.auto_post in REPEATING:
                raise BillingError(
                    self.env._(
                        "%s bills recorded work, and a copy of it each month would "
                        "bill the same work again. Give the project a schedule, which "
                        "bills what is new, or a retainer, which bills the same fee.",
                        move.display_name,
                    )
                )

    def _copy_recurring_entries(self):
        """Override of `account`: so do drafts that were set up before."""
        self._check_billing_not_repeated()
        return super()._copy_recurring_entries()

    def write(self, vals):
        """Override: what credits work stays a credit note, and so on."""
        if "move_type" in vals and not is_engine(self.env):
            for move in self:
                if move.billing_tracked and move.move_type != vals["move_type"]:
                    move._billing_refuse_switch()
        return super().write(vals)

    def _billing_refuse_switch(self):
        """Say what to do instead of turning an invoice into a credit note, or back.

        :raises BillingError: always
        """
        raise BillingError(
            self.env._(
                "%s bills or credits recorded work and cannot become another kind of "
                "document. Delete it, or send it back, and reverse what you want to "
                "undo.",
                self.display_name,
            )
        )

    def _billing_refuse_copy(self):
        """Say how recorded work is billed or credited once more.

        :raises BillingError: always
        """
        if self.move_type == "out_refund":
            raise BillingError(
                self.env._(
                    "%s credits recorded work, and a copy would credit it again. "
                    "Reverse the invoice to credit what is left of it.",
                    self.display_name,
                )
            )
        raise BillingError(
            self.env._(
                "%s bills recorded work, and a copy would bill it again. Prepare a "
                "billing request of the project for new work; reverse the invoice to "
                "correct it.",
                self.display_name,
            )
        )


class AccountMoveLine(models.Model):
    """A line that bills or credits recorded work is copied by its reversal only."""

    _inherit = "account.move.line"

    def copy_data(self, default=None):
        """Override: refuse copies that would bill, or credit, the same work again.

        :raises BillingError: naming the document and the remedy
        """
        if not is_engine(self.env):
            lines_sudo = self.sudo()  # sudo: links only
            ours = lines_sudo.filtered(
                lambda line: line.billing_line_id or line.billing_origin_line_id
            )
            if ours:
                ours[0].move_id.with_env(self.env)._billing_refuse_copy()
        return super().copy_data(default)
