"""Invoices: allocations follow the state of their invoice."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine import engine_context, is_engine
from ..exceptions import BillingError

#: What the customer was approved to get; closed on a draft invoice of ours.
CLOSED_FIELDS = {"partner_id", "currency_id", "company_id", "move_type"}
#: What only a billing request says of an invoice.
FLAGS = {"billing_tracked", "billing_joinable"}


class AccountMove(models.Model):
    """An invoice: a draft reserves work, a posted one bills it, a cancelled one gives
    it back.

    A posted credit note gives back the work that its lines name at the full price.
    """

    _inherit = "account.move"

    billing_tracked = fields.Boolean(
        copy=False,
        readonly=True,
        export_string_translation=False,
        help="Made from billing requests, or a credit note of such an invoice.",
    )
    billing_request_ids = fields.One2many(
        "project.billing.request",
        "invoice_id",
        string="Billing Requests",
        readonly=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        # sudo: flags only, which whoever creates an invoice need not see
        if not is_engine(self.env) and any(
            move.billing_tracked or move.billing_joinable for move in moves.sudo()
        ):
            moves._billing_refuse_flag()
        return moves

    def write(self, vals):
        if FLAGS & vals.keys() and not is_engine(self.env):
            self._billing_refuse_flag()
        if vals.keys() == {"is_manually_modified"} and is_engine(self.env):
            # set by Odoo on what it just created: no line hangs on it
            return super(AccountMove, self.with_context(skip_invoice_sync=True)).write(
                vals
            )
        before = {move.id: move.state for move in self} if "state" in vals else {}
        result = super().write(vals)
        tracked = self.filtered("billing_tracked")
        if tracked and before:
            tracked._billing_follow_state(before)
        if tracked and vals.keys() & CLOSED_FIELDS:
            tracked._billing_check_document()
        return result

    def unlink(self):
        if is_engine(self.env) or not any(self.mapped("billing_tracked")):
            return super().unlink()
        # sudo: accounting deletes an invoice; the ledger and the request follow
        requests_sudo = self._billing_invoices().sudo().billing_request_ids
        requests_sudo.filtered(
            lambda request: request.state == "invoiced"
        )._billing_invoice_gone("invoice_deleted")
        return super(AccountMove, self.with_context(**engine_context())).unlink()

    # === ACTIONS ===

    def action_billing_origin(self):
        """Open the time and costs behind this invoice.

        For a credit note, those that it gave back.
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_allocation_action"
        )
        if self.move_type == "out_refund":
            action["domain"] = [("credit_line_id.move_id", "=", self.id)]
        elif self._billing_reversals():
            action["domain"] = [("taken_line_id.move_id", "=", self.id)]
        else:
            lines = self.invoice_line_ids.billing_line_id
            # without what was taken off the lines before there was an invoice
            action["domain"] = [
                ("line_id", "in", lines.ids),
                ("release_cause", "not in", ("lowered", "line_removed")),
                ("reverted", "=", False),
            ]
        return action

    def action_billing_open_requests(self):
        """Open the requests that this invoice was made from."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_request_action"
        )
        requests = self.billing_request_ids
        action["domain"] = [("id", "in", requests.ids)]
        if len(requests) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=requests.id)
        return action

    def action_billing_send_back(self, reason=None):
        """Delete this draft and give its requests back to their managers.

        Their work stays reserved by the requests, which are drafts again.

        :param str reason: what to change; required
        :returns: True, or the window that asks for the reason
        :raises BillingError: when it is not a draft made from requests, or the
            reason is missing
        """
        self.ensure_one()
        self.check_access("unlink")
        # sudo: the requests of an invoice that the user may delete
        requests_sudo = self.sudo().billing_request_ids
        if self.state != "draft" or not requests_sudo:
            raise BillingError(
                self.env._("Only a draft made from billing requests can be sent back.")
            )
        if reason is None:
            return requests_sudo.with_env(self.env)._ask_reason(
                "send_back", self.env._("Send Back")
            )
        requests_sudo._check_reason(reason)
        requests_sudo._move("send_back", reason)
        self.with_context(**engine_context()).unlink()
        requests_sudo._tell_manager(
            self.env._("Accounting sent the invoice back: %s", reason)
        )
        return True

    # === LEDGER ===

    def _post(self, soft=True):
        """Override of `account` to date all undated drafts of ours in one write.

        Today is the day where the company is. Odoo gives each undated invoice the date
        of today by itself, and recomputes all that hangs on it each time; for many
        invoices that is half of posting.
        """
        undated = self.filtered(
            lambda move: (
                move.billing_tracked
                and move.state == "draft"
                and not move.invoice_date
                # a foreign rate may have been set by hand: Odoo keeps that, one by one
                and move.currency_id == move.company_currency_id
                and move.is_sale_document()
            )
        )
        for company, moves in undated.grouped("company_id").items():
            today = company._billing_today()
            ready = moves
            if soft:
                ready = moves.filtered_domain([("date", "<=", today)])
            if ready:
                ready.with_context(skip_is_manually_modified=True).invoice_date = today
        there = self._billing_where_it_is_another_day()
        if not there:
            return super()._post(soft)
        # what Odoo compares with today is compared with the company's
        posted = super(AccountMove, self.with_context(tz=there))._post(soft)
        return posted.with_env(self.env)

    def _billing_where_it_is_another_day(self):
        """Return the company's time zone, where its day differs from the user's."""
        company = self.company_id
        if len(company) != 1 or not all(self.mapped("billing_tracked")):
            return None
        if company._billing_today() == fields.Date.context_today(self):
            return None
        return str(company._billing_zone())

    def _billing_invoices(self):
        """Return the customer invoices among these moves (not the credit notes)."""
        return self.filtered(lambda move: move.move_type == "out_invoice")

    def _billing_lines(self):
        """Return the billing lines of these invoices (elevated)."""
        # sudo: the ledger follows the invoice, whoever moves it
        return self.sudo().line_ids.billing_line_id

    def _billing_follow_state(self, before):
        """Move the allocations to what the new states of the invoices say.

        Of documents that reverse each other, the last one is undone first, and the
        reversed one is posted first.

        :param dict before: state by id, before the write
        """
        changed = self.filtered(lambda move: move.state != before[move.id])
        invoices = changed._billing_invoices()
        notes = (changed - invoices) | invoices._billing_reversals()
        for move in notes._billing_last_first():
            if move.state != "posted":
                move._billing_follow_reversing(before[move.id])
        for move in invoices - notes:
            if before[move.id] == "cancel":
                move._billing_restore()
        invoices.filtered(lambda move: before[move.id] == "posted")._billing_reset()
        invoices.filtered(lambda move: move.state == "posted")._billing_post()
        for move in reversed(notes._billing_last_first()):
            if move.state == "posted":
                move._billing_follow_reversing(before[move.id])
        # sudo: accounting cancels an invoice; the ledger and the request follow
        gone = invoices.filtered(lambda move: move.state == "cancel").sudo()
        gone.billing_request_ids._billing_invoice_gone("invoice_cancelled")

    def _billing_follow_reversing(self, old):
        """Follow the state of a credit note, or of the reversal of one."""
        self.ensure_one()
        if self.move_type == "out_refund":
            self._billing_follow_credit(old, self.state)
        else:
            self._billing_follow_reversal(old, self.state)

    def _billing_post(self):
        """Bill what the invoices reserved: they are posted."""
        if self:
            self._billing_check_links()
            self._billing_check_document()
            lines = self._billing_lines()
            ledger = self.env["project.billing.ledger"]._engine_ledger()
            ledger._bill(lines | self._billing_settled_lines())
            lines._billing_settle_credits()
            self._billing_note_added()

    def _billing_reset(self):
        """Reserve again what the invoices billed: they are drafts again."""
        if not self:
            return
        lines = self._billing_lines()
        lines._billing_refuse_credited(self)
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        ledger._unbill(lines | self._billing_settled_lines())

    def _billing_settled_lines(self):
        """Return lines with a quantity of 0; posting settles them without billing."""
        # sudo: the ledger follows the invoice, whoever posts it
        lines_sudo = self.sudo().billing_request_ids.line_ids
        return lines_sudo.filtered(lambda line: not line.removed and not line.quantity)

    def _billing_restore(self):
        """Reserve the work of a cancelled invoice that is a draft again, or refuse."""
        # sudo: accounting restores an invoice; the ledger and the request follow
        requests_sudo = self.sudo().billing_request_ids
        requests_sudo.filtered(
            lambda request: request.line_ids._live()
        )._billing_invoice_back()

    def _billing_check_document(self):
        """Refuse an invoice that differs from what was approved.

        :raises BillingError: naming what differs and the remedy
        """
        moves_sudo = self.sudo()  # sudo: comparison only
        moves_sudo.billing_request_ids._billing_check_approved()
        for move in moves_sudo:
            requests = move.billing_request_ids
            if not requests:
                continue
            requests._billing_check_invoice(move)
            move.line_ids._billing_check_unchanged()

    def _billing_refuse_flag(self):
        raise AccessError(
            self.env._("Only a billing request makes an invoice that it tracks.")
        )

    def _billing_log_origin(self):
        """Write on each new draft which requests it was made from."""
        self._message_log_batch(
            bodies={
                move.id: self.env._("Made from billing request %s", move.invoice_origin)
                for move in self
            }
        )
