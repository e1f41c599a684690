"""Questions about an invoice as plain values for the portal, never records."""

from odoo import models
from odoo.tools import format_amount, format_date

from odoo.addons.payment import utils as payment_utils


class AccountMove(models.Model):
    """The part of an invoice's portal page that is about questions."""

    _inherit = "account.move"

    def _billing_portal_questions(self, may_ask, has_name, asked=()):
        """Return the questions for the page; empty for invoices not made here.

        Callers checked that the reader may see the invoice.

        :param bool may_ask: the reader is the customer, not a colleague who looks
        :param bool has_name: the reader is logged in, so nobody asks for a name
        :param asked: ids of the questions that the reader asked with a link
        :returns: dict of plain values
        """
        self.ensure_one()
        # sudo: chosen values of the invoice that the reader was checked for
        move_sudo = self.sudo()
        if move_sudo.move_type != "out_invoice" or not move_sudo.billing_request_ids:
            return {}
        questions_sudo = move_sudo.env["project.billing.question"].search(
            [("move_id", "=", move_sudo.id)]
        )
        taken = questions_sudo.filtered(lambda q: q.state == "open").line_id
        lines = move_sudo._billing_questionable_lines().filtered(
            lambda line: line.billing_line_id not in taken
        )
        return {
            "may_ask": may_ask and bool(lines),
            "has_name": has_name,
            "lines": lines._billing_portal_lines() if may_ask else [],
            "questions": [
                q._portal_values(may_ask and (has_name or q.id in asked))
                for q in questions_sudo
            ],
            "action": f"/my/billing/invoice/{move_sudo.id}/question",
            "error": "",
            "typed": {},
            **move_sudo._billing_portal_undisputed(),
        }

    def _billing_portal_undisputed(self):
        """Return the disputed and undisputed amounts, with a link to pay the latter."""
        self.ensure_one()
        questioned = self._billing_amount_questioned()[self]
        currency = self.currency_id
        rest = currency.round(self.amount_residual - questioned)
        payable = (
            not currency.is_zero(questioned)
            and currency.compare_amounts(rest, 0) > 0
            and self._has_to_be_paid()
        )
        values = {"questioned": "", "undisputed": "", "pay_url": ""}
        if not currency.is_zero(questioned):
            values["questioned"] = format_amount(self.env, questioned, currency)
            # nothing is left to say of a rest where all of it is in question
            if currency.compare_amounts(rest, 0) > 0:
                values["undisputed"] = format_amount(self.env, rest, currency)
        if payable:
            # as the link of Odoo's own wizard: the page offers to pay this amount
            token = payment_utils.generate_access_token(self.id, rest, env=self.env)
            values["pay_url"] = self.get_portal_url(
                query_string=f"&amount={rest}&payment_token={token}&payment=True",
                anchor="portal_pay",
            )
        return values


class AccountMoveLine(models.Model):
    """Invoice lines that a customer may choose to ask about."""

    _inherit = "account.move.line"

    def _billing_portal_lines(self):
        """Return ``[{id, text, quantity, unit, amount}]`` of our lines (elevated)."""
        held = self.billing_line_id._billed_quantities()
        return [
            {
                "id": line.id,
                "text": line.name or line.product_id.name or "",
                "quantity": f"{held[line.billing_line_id].normalize():f}",
                "unit": line.product_uom_id.name or "",
                "amount": format_amount(self.env, line.price_total, line.currency_id),
            }
            for line in self
        ]


class ProjectBillingQuestion(models.Model):
    """A question as the customer reads it."""

    _inherit = "project.billing.question"

    def _portal_values(self, may_withdraw):
        """Return the values of one question (elevated).

        :param bool may_withdraw: the reader is who asked it, or a colleague of theirs
        """
        self.ensure_one()
        waiting = bool(self._waiting_note())
        return {
            "id": self.id,
            "line": self.line_id.name or "",
            "name": self.name,
            "date": format_date(self.env, self.date),
            "text": self.text,
            "quantity": f"{self.quantity:g}",
            "unit": self.line_id.product_uom_id.name or "",
            "amount": format_amount(self.env, self.amount, self.currency_id),
            "state": "credit" if waiting and self.state == "open" else self.state,
            "answer": self.answer or "",
            "answered_by": self.answer_user_id.name or "",
            "answered_on": format_date(self.env, self.answer_date)
            if self.answer_date
            else "",
            "credit": self.credit_move_id.name or ""
            if self.outcome == "credited"
            else "",
            "may_withdraw": may_withdraw and self.state == "open" and not waiting,
            "withdraw": f"/my/billing/invoice/{self.move_id.id}"
            f"/question/{self.id}/withdraw",
        }
