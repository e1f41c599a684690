"""Questions about single lines, on the portal page of an invoice."""

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request
from odoo.tools import consteq

from odoo.addons.account_payment.controllers.portal import PortalAccount

from ..billing.rounding import exact, read_id
from ..exceptions import BillingError

PAGE = "account.portal_invoice_page"
TYPED = ("line_id", "quantity", "name", "text")
#: In a session: the questions that it asked with a link, the latest last.
ASKED = "billing_asked"
MOST_ASKED = 100


class PortalQuestion(PortalAccount):
    """Ask and withdraw questions; every refusal answers “not found”."""

    def _invoice_get_page_view_values(self, invoice, access_token, **kwargs):
        """Override to add the questions about the invoice."""
        values = super()._invoice_get_page_view_values(invoice, access_token, **kwargs)
        values["billing_questions"] = self._billing_questions(invoice, access_token)
        return values

    @http.route(
        "/my/billing/invoice/<billing_id:move_id>/question",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def billing_question(self, move_id, access_token=None, **typed):
        """Ask about a line of an invoice.

        An error is shown on the page, together with the text that was typed.
        """
        move = self._billing_client_invoice(move_id, access_token)
        partner = self._billing_client(move)
        # somebody may send files in their place
        typed = {name: text for name, text in typed.items() if isinstance(text, str)}
        try:
            with request.env.cr.savepoint():
                question = move._billing_ask(
                    self._whole_number(typed.get("line_id")),
                    typed.get("text"),
                    quantity=self._number(typed.get("quantity")),
                    name=typed.get("name"),
                    partner=partner,
                )
        except UserError as error:
            values = self._invoice_get_page_view_values(move, access_token)
            values["billing_questions"].update(
                error=str(error),
                typed={name: str(typed.get(name) or "") for name in TYPED},
            )
            return request.render(PAGE, values)
        if not partner:
            asked = [*request.session.get(ASKED, ()), question.id]
            request.session[ASKED] = asked[-MOST_ASKED:]
        return self._back(move, access_token)

    @http.route(
        "/my/billing/invoice/<billing_id:move_id>/question/<billing_id:question_id>/withdraw",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def billing_withdraw(self, move_id, question_id, access_token=None, **_typed):
        """Withdraw a question: as a logged-in contact, or in the browser that asked it.

        The link alone is not enough: colleagues who may read the invoice have it as
        well, and could withdraw a question in the customer's name.
        """
        move = self._billing_client_invoice(move_id, access_token)
        partner = self._billing_client(move)
        if not partner and question_id not in request.session.get(ASKED, ()):
            raise request.not_found()
        # sudo: found by the invoice that was checked
        question = (
            request.env["project.billing.question"]
            .sudo()
            .search([("id", "=", question_id), ("move_id", "=", move.id)])
        )
        if not question:
            raise request.not_found()
        try:
            with request.env.cr.savepoint():
                question._withdraw(partner)
        except UserError as error:
            values = self._invoice_get_page_view_values(move, access_token)
            values["billing_questions"]["error"] = str(error)
            return request.render(PAGE, values)
        return self._back(move, access_token)

    # === WHO ===

    def _billing_client_invoice(self, move_id, access_token):
        """Return the posted invoice of the customer who asks (elevated), or nothing.

        Customers are logged in as a contact of the invoiced partner, or have the link
        of the invoice. That a colleague may read the invoice is not enough.
        """
        if (
            not isinstance(access_token or "", str)
            or not (access_token or "").isascii()
        ):
            # Odoo compares texts of ASCII only, and fails on others
            raise request.not_found()
        try:
            move_sudo = self._document_check_access(
                "account.move", move_id, access_token
            )
        except (AccessError, MissingError):
            raise request.not_found() from None
        if (
            move_sudo.state != "posted"
            or not move_sudo.billing_request_ids
            or not self._billing_is_client(move_sudo, access_token)
        ):
            raise request.not_found()
        # sudo: the client was checked; in the language and the name of who asks
        return request.env["account.move"].sudo().browse(move_sudo.id)

    def _billing_is_client(self, move_sudo, access_token):
        """Tell whether the reader is the invoice's customer, or holds its link."""
        if self._billing_client(move_sudo):
            return True
        # only the link counts, not what a colleague may read
        known = move_sudo.access_token
        return bool(access_token and known and consteq(known, access_token))

    def _billing_client(self, move_sudo):
        """Return the contact who is logged in, if it is one of the customer's."""
        user = request.env.user
        partner = user.partner_id
        customer = move_sudo.commercial_partner_id
        if user._is_public() or not user.share:
            return partner.browse()
        return partner.filtered(lambda p: p.commercial_partner_id == customer)

    # === PAGE ===

    def _billing_questions(self, invoice, access_token):
        # sudo: an invoice that the reader was checked for, as who reads
        move_sudo = request.env["account.move"].sudo().browse(invoice.id)
        values = move_sudo._billing_portal_questions(
            may_ask=self._billing_is_client(move_sudo, access_token),
            has_name=bool(self._billing_client(move_sudo)),
            asked=request.session.get(ASKED, ()),
        )
        return {**values, "token": access_token or ""} if values else {}

    def _back(self, move, access_token):
        """Redirect to the page, so that a reload does not ask again."""
        url = move.get_portal_url(anchor="questions") if access_token else ""
        return request.redirect(url or f"/my/invoices/{move.id}#questions", 303)

    # === WHAT WAS TYPED ===

    def _whole_number(self, text):
        """Return the id that a form sent; 0, which no record has, for anything else."""
        return read_id(text)

    def _number(self, text):
        """Return the number that somebody typed; None for nothing.

        :raises BillingError: when it is no number
        """
        if not text or not text.strip():
            return None
        try:
            number = float(text.strip().replace(",", "."))
            exact(number)
        except ValueError:
            raise BillingError(
                request.env._("The quantity in question is a number.")
            ) from None
        return number
