"""Pay several invoices at once, by Odoo's own payment flow."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from odoo.addons.account_payment.controllers.payment import PaymentPortal
from odoo.addons.account_payment.controllers.portal import PortalAccount

PAGE = "project_invoice_tracker.portal_pay"
#: Invoices that one payment may cover.
MOST = 100


class BillingPay(PaymentPortal, PortalAccount):
    """The customer chooses invoices; the amount is computed here."""

    @http.route(
        "/my/billing/pay",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def billing_pay(self, **_parameters):
        """Show the open invoices to choose from, or the form that pays those chosen."""
        chosen = request.httprequest.args.getlist("invoice")
        moves = request.env["account.move"]._billing_portal_payable(request.env.user)
        if not chosen:
            return self._billing_choice(moves)
        picked = moves.browse(self._billing_ids(chosen)) & moves
        try:
            picked._billing_check_payable_together()
        except UserError as error:
            return self._billing_choice(moves, str(error))
        return request.render(PAGE, self._billing_pay_values(picked.sorted("id")))

    @http.route("/my/billing/pay/transaction", type="jsonrpc", auth="user")
    def billing_pay_transaction(self, amount=None, **kwargs):
        """Create the transaction of the payment form, with an amount computed here.

        :raises ValidationError: when something was paid since the page was opened
        """
        ids = self._billing_ids(request.httprequest.args.get("invoices", "").split("-"))
        moves = request.env["account.move"]._billing_portal_payable(
            request.env.user, ids
        )
        moves._billing_check_payable_together()
        total = moves.currency_id.round(sum(moves.mapped("amount_residual")))
        if (
            len(moves) != len(ids)
            or not isinstance(amount, int | float)
            or moves.currency_id.compare_amounts(amount, total)
        ):
            raise ValidationError(
                request.env._(
                    "What is open has changed since you opened this page. Please "
                    "reload it."
                )
            )
        kwargs.pop("payment_reference", None)
        self._validate_transaction_kwargs(kwargs)
        return self._process_transaction(
            request.env.user.partner_id.id,
            moves.currency_id.id,
            moves.ids,
            moves.company_id.get_next_batch_payment_communication()
            if len(moves) > 1
            else moves.name,
            amount=total,
            **kwargs,
        )

    @http.route()
    def invoice_transaction(self, invoice_id, access_token=None, **kwargs):
        """Override of `account_payment`: a logged-in user needs no access token.

        The page of an invoice sends none when it was opened without one.
        """
        return super().invoice_transaction(invoice_id, access_token, **kwargs)

    # === HELPERS ===

    @staticmethod
    def _billing_ids(texts):
        """Return the ids in texts from outside, sorted, or raise not found."""
        if len(texts) > MOST or not all(
            text.isascii() and text.isdigit() and len(text) < 10 for text in texts
        ):
            raise NotFound
        return sorted({int(text) for text in texts})

    def _billing_choice(self, moves, error=""):
        """Return the page on which invoices are chosen."""
        groups = {}
        for row in moves._billing_portal_rows():
            groups.setdefault(row["group"], []).append(row)
        return request.render(
            PAGE,
            {
                "page_name": "billing_pay",
                "groups": list(groups.items()),
                "error": error,
                "chosen": [],
            },
        )

    def _billing_pay_values(self, moves):
        """Return the values that Odoo's payment form needs."""
        total = moves.currency_id.round(sum(moves.mapped("amount_residual")))
        form = self._get_common_page_view_values(
            invoices_data={
                "partner": request.env.user.partner_id,
                "company": moves.company_id,
                "total_amount": total,
                "currency": moves.currency_id,
                "amount_residual": total,
                "landing_route": "/my/billing",
                "transaction_route": "/my/billing/pay/transaction?invoices="
                + "-".join(map(str, moves.ids)),
            },
        )
        return {
            **form,
            "page_name": "billing_pay",
            "amount": total,
            "groups": [],
            "error": "",
            "chosen": moves._billing_portal_rows(),
            "total": request.env["project.project"]._billing_portal_amount(
                total, moves.currency_id
            ),
        }
