"""Payment reminders of an invoice, as the project's manager sees them."""

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ..exceptions import BillingError


class ProjectBillingInvoice(models.Model):
    """An invoice with its last and its next reminder, which can be put on hold."""

    _inherit = "project.billing.invoice"

    reminder_last = fields.Char(
        string="Last Reminder",
        compute="_compute_reminders",
        compute_sudo=True,
        help="The day and the level of the last reminder that the customer got.",
    )
    reminder_next = fields.Char(
        string="Next Reminder",
        compute="_compute_reminders",
        compute_sudo=True,
        help="When the customer is reminded next, unless it is paid; or why not.",
    )
    reminder_hold = fields.Boolean(
        string="Reminders on Hold", compute="_compute_reminders", compute_sudo=True
    )
    reminder_possible = fields.Boolean(
        compute="_compute_reminders",
        compute_sudo=True,
        export_string_translation=False,
    )

    def _compute_reminders(self):
        coming, last = {}, self._last_reminders()
        for company, rows in self.grouped("company_id").items():
            moves = rows.filtered("unsettled").move_id
            coming |= moves._billing_next_reminders(company, moves)
        levels = self.env["project.billing.reminder.level"]
        for row in self:
            open_ = row.state == "posted" and row.unsettled and not row.credit
            row.reminder_possible = open_
            row.reminder_hold = open_ and not row.move_id._billing_not_held(
                row.company_id, row.move_id
            )
            row.reminder_last = row._reminder_words(*last.get(row.move_id, ()))
            day, level_id = coming.get(row.move_id, (None, None))
            row.reminder_next = (
                row._reminder_words(day, levels.browse(level_id))
                if day
                else open_ and row._why_no_reminder()
            )

    def _last_reminders(self):
        """Return ``{invoice: (day, level)}`` of the last reminders."""
        found = self.env["project.billing.reminder"]._read_group(
            [("move_id", "in", self.move_id.ids)],
            ["move_id", "day:day", "level_id"],
            order="day:day, level_id",
        )
        return {move: (day, level) for move, day, level in found}

    def _reminder_words(self, day=None, level=None):
        if not day:
            return False
        return f"{format_date(self.env, day)}: {level.name}"

    def _why_no_reminder(self):
        """Return in one sentence why no reminder will be sent."""
        self.ensure_one()
        company, move = self.company_id, self.move_id
        if company._billing_reminders_elsewhere():
            return self.env._("Another module reminds customers.")
        if not company.billing_reminders:
            return self.env._("The company sends no reminders.")
        if self.reminder_hold:
            until, reason = (
                move.billing_reminder_hold_until,
                move.billing_reminder_hold_reason or "",
            )
            if until:
                return self.env._(
                    "On hold until %(day)s: %(reason)s",
                    day=format_date(self.env, until),
                    reason=reason,
                )
            return self.env._("On hold: %s", reason)
        if not self._customer_levels():
            return self.env._("The customer gets no reminders.")
        return self.env._("None: the last level went out, or all is questioned.")

    def _customer_levels(self):
        customer = self.move_id.commercial_partner_id
        return customer._billing_reminder_levels(self.company_id)[customer.id]

    # === ACTIONS ===

    def action_hold_reminders(self):
        """Open the window that puts the reminders of these invoices on hold.

        :returns: the action of the window
        :raises AccessError: for whoever neither manages the project nor posts invoices
        :raises BillingError: for credit notes and invoices without an amount due
        """
        self._check_reminders()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_reminder_hold_action"
        )
        action["context"] = {"default_invoice_ids": self.ids}
        return action

    def action_resume_reminders(self):
        """End the hold: the customer is reminded of these invoices again.

        :returns: True
        :raises AccessError: as for holding them
        :raises BillingError: for credit notes and invoices without an amount due
        """
        self._check_reminders()
        self._write_hold(False, None, None)
        return True

    def action_open_reminders(self):
        """Open the log of the reminders of these invoices."""
        self._check_some()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_reminder_action"
        )
        # sudo: ids only; which reminders are seen is up to the rules
        action["domain"] = [("move_id", "in", self.sudo().move_id.ids)]
        action["context"] = {}
        return action

    def _check_reminders(self):
        """Refuse users who may not decide, and documents without reminders."""
        self._check_some()
        if not self.env.user.has_group("account.group_account_invoice"):
            if any(not row.request_id for row in self):
                raise AccessError(self.env._("Nobody is reminded of a credit note."))
            self.request_id._check_manager()
        for row in self:
            if not row.reminder_possible:
                raise BillingError(
                    self.env._("%s is not open: nobody is reminded of it.", row.name)
                )

    def _write_hold(self, hold, until, reason):
        """Put reminders on hold or end that, and note on the invoices who did it."""
        # sudo: the invoices of rows that were checked; managers write none
        moves_sudo = self.sudo().move_id
        moves_sudo.write(
            {
                "billing_reminder_hold": hold,
                "billing_reminder_hold_until": until,
                "billing_reminder_hold_reason": reason,
            }
        )
        self.invalidate_recordset()
        author = self.env.user.partner_id
        for move_sudo in moves_sudo:
            body = self._hold_note(move_sudo.name, hold, until, reason)
            move_sudo._message_log(body=body, author_id=author.id)
            for request_sudo in move_sudo._billing_requests_behind():
                request_sudo._message_log(body=body, author_id=author.id)

    def _hold_note(self, name, hold, until, reason):
        """Return the decision on a hold, in one sentence."""
        if not hold:
            return self.env._("Reminders of %s are sent again.", name)
        if not until:
            return self.env._(
                "Reminders of %(name)s are on hold: %(why)s", name=name, why=reason
            )
        return self.env._(
            "Reminders of %(name)s are on hold until %(day)s: %(why)s",
            name=name,
            day=format_date(self.env, until),
            why=reason,
        )
