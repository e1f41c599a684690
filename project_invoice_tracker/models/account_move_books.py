"""Closed books: locked periods, the audit trail, and gaps in the numbers."""

from odoo import models
from odoo.tools import format_date

from ..engine import is_engine
from ..exceptions import BillingError


class AccountMove(models.Model):
    """An invoice; Odoo's refusals are told before the ledger moves, with the remedy."""

    _inherit = "account.move"

    def _post(self, soft=True):
        """Override of `account` to refuse to post invoices of ours in a locked period.

        Odoo would refuse an undated draft without saying how to go on, or would enter
        the invoice on another day than it says.
        """
        for move in self:
            if (
                move.billing_tracked
                and move.state == "draft"
                and move.is_sale_document()
            ):
                move._billing_check_open_day()
        return super()._post(soft)

    def _billing_check_open_day(self):
        """Refuse a draft whose day, or accounting date, is in a locked period.

        :raises BillingError: naming the period, the invoice and the remedy
        """
        self.ensure_one()
        days = [self.invoice_date or self.company_id._billing_today()]
        if self.invoice_date and self.date:
            days.append(self.date)
        has_tax = self._affect_tax_report()
        locks = [
            lock for day in days for lock in self._get_violated_lock_dates(day, has_tax)
        ]
        if locks:
            raise BillingError(
                self.env._(
                    "The period is locked until %(locked)s. Set the invoice date of "
                    "%(invoice)s yourself, to a later day, so that it is not entered "
                    "on another day than it says; or ask accounting to open the "
                    "period.",
                    locked=format_date(self.env, max(locks)[0]),
                    invoice=self.display_name,
                )
            )

    # === NUMBERS ===

    def action_billing_send_back(self, reason=None, accept_gap=False):
        """Override to keep what the audit trail protects, and to ask about gaps.

        :param bool accept_gap: delete the draft though its number is missing then;
            without it, the window asks
        :raises BillingError: when the user may not leave a gap in the numbers
        """
        self.ensure_one()
        self.check_access("unlink")
        self._billing_check_audit_trail()
        if self._billing_leaves_gap():
            self._billing_check_may_leave_gap()
            if reason is not None and not accept_gap:
                action = super().action_billing_send_back()
                action["context"]["default_reason"] = reason
                return action
        return super().action_billing_send_back(reason)

    def _billing_leaves_gap(self):
        """Tell whether deleting one of these drafts leaves a gap in the numbers."""
        numbered = self.filtered(
            lambda move: (
                move.billing_tracked
                and move.state == "draft"
                and move.name
                and move.name != "/"
            )
        )
        return bool(numbered) and not numbered.check_move_sequence_chain()

    def _billing_check_may_leave_gap(self):
        """Refuse users whom Odoo does not let delete a number in the middle.

        :raises BillingError: naming the invoice and what to do instead
        """
        if self.env.user.has_group("account.group_account_manager") or any(
            self.company_id.mapped("quick_edit_mode")
        ):
            return
        raise BillingError(
            self.env._(
                "%s has a number, and later numbers are in use: without it there would "
                "be a gap. Cancel it instead, so that it keeps its number and its work "
                "can be billed again; or ask somebody with the rights of an accounting "
                "administrator to send it back.",
                self.display_name,
            )
        )

    def unlink(self):
        """Override to refuse what the audit trail protects, before anything moves."""
        if not is_engine(self.env):
            self._billing_check_audit_trail()
        return super().unlink()

    def _billing_check_audit_trail(self):
        """Refuse to delete documents that the company's audit trail protects.

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
