"""Copies of invoices: recorded work is billed by one document only."""

from markupsafe import Markup

from odoo import api, models

from ..engine import is_engine
from ..exceptions import BillingError

#: How Odoo repeats an entry: all but the one date that it waits for.
REPEATING = ("monthly", "quarterly", "yearly")


class AccountMove(models.Model):
    """An invoice that is not repeated or switched; a duplicate is not tracked."""

    _inherit = "account.move"

    @api.constrains("auto_post", "billing_tracked")
    def _check_billing_not_repeated(self):
        """Refuse to repeat (auto-post) a document that bills recorded work.

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
        """Override of `account` to refuse repeated drafts that were set up earlier."""
        self._check_billing_not_repeated()
        return super()._copy_recurring_entries()

    def write(self, vals):
        """Override to refuse switching credit notes of work into invoices, and back."""
        if "move_type" in vals and not is_engine(self.env):
            for move in self:
                if move.billing_tracked and move.move_type != vals["move_type"]:
                    move._billing_refuse_switch()
        return super().write(vals)

    def _billing_refuse_switch(self):
        """Refuse to switch an invoice and a credit note, saying what to do instead.

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

    def _get_copy_message_content(self, default):
        """Override of `account` to say on a duplicate that it bills no recorded work.

        Whoever duplicates an invoice uses it as a pattern: the copy is not linked to
        work, and nobody is to take it for an invoice that bills any.
        """
        content = super()._get_copy_message_content(default)
        if not self.billing_tracked or default.get("reversed_entry_id"):
            return content
        return Markup("%s<br/>%s") % (content, self._billing_copy_warning())

    def _billing_copy_warning(self):
        """Return the warning for a duplicate of an invoice, or of a credit note."""
        if self.move_type == "out_refund":
            return self.env._(
                "%s credits recorded work. This copy is not linked to it: posted as it "
                "is, it would credit the customer once more and give no work back. To "
                "credit what is left, reverse the invoice.",
                self.display_name,
            )
        return self.env._(
            "%s bills recorded work. This copy is not linked to it: posted as it is, "
            "it would bill the customer the same work once more. For new work, "
            "prepare a billing request of the project.",
            self.display_name,
        )
