"""Unpaid invoices on the portal, to pay several of them together."""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ..exceptions import BillingError


class AccountMove(models.Model):
    """An invoice that a customer may pay online."""

    _inherit = "account.move"

    @api.model
    def _billing_portal_payable(self, user, ids=None):
        """Return the invoices that a portal user may pay now (elevated), oldest first.

        :param ids: only these, unchecked as the page sent them
        """
        if not user.share:
            # a colleague is no client of another company of the database
            return self.sudo().browse()  # sudo: none at all
        customer = user.partner_id.commercial_partner_id
        # sudo: posted invoices of the client's own commercial entity, see the domain
        moves_sudo = self.sudo().search(
            Domain("move_type", "=", "out_invoice")
            & Domain("state", "=", "posted")
            & Domain("payment_state", "in", ("not_paid", "partial", "in_payment"))
            & Domain("commercial_partner_id", "=", customer.id)
            & Domain("company_id", "in", user.company_ids.ids)
            & (Domain.TRUE if ids is None else Domain("id", "in", ids)),
            order="invoice_date_due, id",
        )
        return moves_sudo.filtered(lambda move: move._has_to_be_paid())

    def _billing_check_payable_together(self):
        """Refuse invoices that cannot be paid by one payment.

        :raises BillingError: with a sentence for the customer
        """
        if not self:
            raise BillingError(
                self.env._("Please choose at least one invoice that is not paid.")
            )
        if len(self.company_id) > 1 or len(self.currency_id) > 1:
            raise BillingError(
                self.env._(
                    "These invoices are in several currencies, or of several "
                    "companies. Please pay them one after the other."
                )
            )

    def _billing_portal_rows(self):
        """Return what the page of unpaid invoices shows of each, as plain values.

        A payment of several invoices pays them in full: Odoo applies it to the oldest
        first.
        """
        days = {company: company._billing_today() for company in self.company_id}
        questioned = self._billing_amount_questioned()
        return [
            {
                "id": move.id,
                "name": move.name,
                "date": format_date(self.env, move.invoice_date),
                "due": format_date(self.env, move.invoice_date_due)
                if move.invoice_date_due
                else "",
                "outstanding": format_amount(
                    self.env, move.amount_residual, move.currency_id
                ),
                "questioned": move._billing_questioned_sentence(questioned[move]),
                "late": bool(
                    move.invoice_date_due
                    and move.invoice_date_due < days[move.company_id]
                ),
                "group": f"{move.company_id.name}, {move.currency_id.name}",
            }
            for move in self
        ]

    def _billing_questioned_sentence(self, amount):
        """Return the sentence on a questioned amount, and how to pay the rest alone.

        :param float amount: in the currency of the invoice; for 0 the text is empty
        """
        if self.currency_id.is_zero(amount):
            return ""
        return self.env._(
            "You ask about %s of it. Here it is paid as a whole; on its own page the "
            "rest alone can be paid.",
            format_amount(self.env, amount, self.currency_id),
        )

    def _billing_portal_document(self):
        """Return what the portal shows of this document beside Odoo's own page.

        :returns: dict of plain texts with ``period``, ``orders``, ``projects`` and
            ``annex``, and ``has_pack``; empty for what is no posted invoice of ours
        """
        self.ensure_one()
        # sudo: the page has checked that the reader may have this very document
        move_sudo = self.sudo()
        requests_sudo = move_sudo.billing_request_ids
        if move_sudo.state != "posted" or not requests_sudo:
            return {}
        orders = filter(None, requests_sudo.mapped("customer_reference"))
        return {
            "period": move_sudo._billing_document()["period"],
            "orders": list(dict.fromkeys(orders)),
            "projects": list(dict.fromkeys(requests_sudo.project_id.mapped("name"))),
            "annex": move_sudo._billing_annex(),
            "has_pack": move_sudo._billing_has_pack(),
        }
