"""Invoices of automatic billing: sent automatically, once, when they are posted."""

from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """An invoice that automatic billing prepared, whoever posts it."""

    _inherit = "account.move"

    def _post(self, soft=True):
        """Override of `account` to send invoices that automatic billing prepared."""
        posted = super()._post(soft)
        ours = posted.filtered(
            lambda move: move.billing_tracked and move.move_type == "out_invoice"
        )
        if ours:
            ours._billing_send_by_itself()
        return posted

    def _billing_send_by_itself(self):
        """Queue the mails of these invoices, or tell the manager why they are not sent.

        A failure here never keeps an invoice from being posted.
        """
        # sudo: requests and schedules behind an invoice, whoever posts it
        turns_sudo = self.env["project.billing.schedule.turn"].sudo()
        turns = turns_sudo.search([("request_id.invoice_id", "in", self.ids)])
        done = set()
        for turn in turns.sorted("id"):
            move = turn.request_id.invoice_id
            if turn.schedule_id.may_send and move.id not in done:
                done.add(move.id)
                turn._send_invoice(move)


class ProjectBillingScheduleTurn(models.Model):
    """An occurrence of automatic billing, which sends its invoice as the manager."""

    _inherit = "project.billing.schedule.turn"

    def _send_invoice(self, move):
        """Queue the mail of a posted invoice of this turn (elevated)."""
        if move.is_move_sent or move._billing_sendings().filtered(
            lambda row: row.state in ("waiting", "done")
        ):
            return
        method = move._billing_other_method()
        if method:
            self.request_id._ask_to_look(
                self.env._(
                    "The invoice was not sent by itself: %(customer)s gets invoices "
                    "another way (%(method)s). Send it that way, or by e-mail "
                    "with the button.",
                    customer=move.commercial_partner_id.display_name,
                    method=method,
                ),
                self.env._("The invoice was not sent by itself"),
            )
            return
        try:
            with self.env.cr.savepoint():
                env = self._manager_env()
                self.request_id.with_env(env).action_send(partner_ids=[])
        except UserError as error:
            self.request_id._ask_to_look(
                self.env._("The invoice was not sent: %s", error),
                self.env._("The invoice was not sent by itself"),
            )
