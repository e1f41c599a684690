"""Books that accounting keeps closed: locked periods, and what was posted once."""

from odoo import fields, models
from odoo.tools import format_date

from ..engine import is_engine
from ..exceptions import BillingError


class AccountMove(models.Model):
    """Said before anything of ours moves, with what to do instead."""

    _inherit = "account.move"

    def _post(self, soft=True):
        """Override of `account` to date no invoice of ours in a locked period.

        An undated draft gets the day of its posting, which Odoo would refuse, or
        enter on another day, without saying how to go on.
        """
        today = fields.Date.context_today(self)
        for move in self:
            if (
                move.billing_tracked
                and move.state == "draft"
                and not move.invoice_date
                and move.is_sale_document()
            ):
                locks = move._get_violated_lock_dates(today, move._affect_tax_report())
                if locks:
                    raise BillingError(
                        self.env._(
                            "The period is locked until %(locked)s. Set the invoice "
                            "date of %(invoice)s yourself, so that it is not entered "
                            "on another day than it says.",
                            locked=format_date(self.env, locks[-1][0]),
                            invoice=move.display_name,
                        )
                    )
        return super()._post(soft)

    def action_billing_send_back(self, reason=None):
        """Override to say that a once posted invoice is cancelled, not deleted."""
        self.ensure_one()
        self.check_access("unlink")
        self._billing_check_audit_trail()
        return super().action_billing_send_back(reason)

    def unlink(self):
        """Override to say so before the ledger follows."""
        if not is_engine(self.env):
            self._billing_check_audit_trail()
        return super().unlink()

    def _billing_check_audit_trail(self):
        """Refuse to delete what the audit trail of the company keeps.

        :raises BillingError: naming the invoice and what to do instead
        """
        for move in self:
            if (
                move.billing_tracked
                and move.state == "draft"
                and move._is_protected_by_audit_trail()
            ):
                raise BillingError(
                    self.env._(
                        "%s was posted before, and the audit trail keeps it. Cancel "
                        "it instead: its work can then be billed again.",
                        move.display_name,
                    )
                )
