"""Posting accruals: the entry of the day, and its reversal."""

from odoo import fields, models
from odoo.fields import Command
from odoo.tools import SQL, format_date

from ..exceptions import BillingError


class ProjectBillingAccrual(models.Model):
    """An accrual, with its buttons: preview, post and cancel the entries."""

    _inherit = "project.billing.accrual"

    # === ACTIONS ===

    def action_preview(self):
        """Compute the entry without posting it.

        :returns: True
        :raises BillingError: when it is posted, or a currency has no rate
        """
        self._check_some()
        self._check_not_posted()
        for accrual in self:
            accrual._refresh_lines()
        return True

    def action_post(self):
        """Post the entry and its reversal, if nothing changed since the preview.

        If something changed, the preview is updated and shown, and nothing is posted.

        :returns: True, or a notice that says so
        :raises BillingError: when it is posted already, a day is locked, an account is
            missing, or there is nothing to book
        """
        self._check_some()
        self.ensure_one()
        self._lock()
        self._check_not_posted()
        if self._refresh_lines():
            return self._notice_changed()
        self._check_can_post()
        move = self.env["account.move"].create(self._prepare_move())
        move._post(soft=False)
        reverse = move._reverse_moves(
            [
                {
                    "ref": self.env._("Reversal of: %s", move.ref),
                    "date": self.reversal_date,
                }
            ]
        )
        reverse._post(soft=False)
        self._engine().write({"move_id": move.id, "reverse_move_id": reverse.id})
        self.message_post(body=self.env._("Posted: %s", self._summary()))
        return True

    def action_undo(self):
        """Cancel the entry and its reversal, so that it can be posted anew.

        :returns: True
        :raises UserError: of accounting, when a day is locked or an entry is sealed
        """
        self._check_some()
        for accrual in self:
            if accrual.state != "posted":
                raise BillingError(
                    self.env._("%s is not posted.", accrual.display_name)
                )
            accrual._lock()
            moves = accrual.move_id | accrual.reverse_move_id
            for move in moves:
                accrual._check_lock(move.date)
            moves.filtered(lambda move: move.state == "posted").button_draft()
            moves.filtered(lambda move: move.state == "draft").button_cancel()
            accrual.message_post(body=self.env._("Undone."))
        return True

    def action_open_entries(self):
        """Open the entry and its reversal."""
        self._check_some()
        moves = self.move_id | self.reverse_move_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Entries"),
            "res_model": "account.move",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", moves.ids)],
        }

    # === CHECKS ===

    def _check_some(self):
        """Refuse an empty selection, and users who may not post entries."""
        if not self:
            raise BillingError(self.env._("Choose at least one accrual."))
        self.check_access("write")

    def _lock(self):
        """Let only one session at a time post or cancel this accrual."""
        self.env.cr.execute(
            SQL(
                "SELECT FROM project_billing_accrual WHERE id IN %s"
                " ORDER BY id FOR UPDATE",
                tuple(self.ids),
            )
        )
        # what another session posted meanwhile is read anew
        self.invalidate_recordset(["move_id", "reverse_move_id"])

    def _check_can_post(self):
        """Refuse an entry that could not be posted as previewed, with the remedy."""
        if not self.line_ids:
            raise BillingError(
                self.env._(
                    "Nothing was earned and not billed by %(day)s, and nothing billed "
                    "in advance.",
                    day=format_date(self.env, self.date),
                )
            )
        for name, side in (
            ("unbilled_account_id", "unbilled"),
            ("advance_account_id", "advance"),
        ):
            if not self[name] and side in self.line_ids.mapped("side"):
                raise BillingError(
                    self.env._(
                        "Choose the account “%s” on the accrual.",
                        self._fields[name]._description_string(self.env),
                    )
                )
        for day in (self.date, self.reversal_date):
            self._check_lock(day)

    def _check_lock(self, day):
        """Refuse a locked day: Odoo would post the entry on another day."""
        company = self.company_id
        locks = company._get_violated_lock_dates(day, False, self.journal_id)
        if locks:
            raise BillingError(
                self.env._(
                    "The books are locked until %(locked)s, so nothing is booked on "
                    "%(day)s. Choose another day, or ask for an exception.",
                    locked=format_date(self.env, locks[-1][0]),
                    day=format_date(self.env, day),
                )
            )

    # === MAKING ===

    def _refresh_lines(self):
        """Compute the preview again; return whether anything changed."""
        self.ensure_one()
        before = sorted(line._key() for line in self.line_ids)
        engine = self._engine()
        engine.line_ids.unlink()
        lines = engine.env["project.billing.accrual.line"].create(self._wanted_lines())
        engine.date_computed = fields.Datetime.now()
        self.invalidate_recordset()
        return before != sorted(line._key() for line in lines)

    def _notice_changed(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "Figures changed since the preview, so nothing was posted. Look "
                    "at them, and post again."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _prepare_move(self):
        """Return the values of the entry: two lines for each line of the preview."""
        lines = []
        for line in self.line_ids:
            lines += line._prepare_move_lines()
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "journal_id": self.journal_id.id,
            "date": self.date,
            "ref": self.display_name,
            "line_ids": [Command.create(values) for values in lines],
        }


class ProjectBillingAccrualLine(models.Model):
    """A line of an accrual, and its two lines of the entry."""

    _inherit = "project.billing.accrual.line"

    def _prepare_move_lines(self):
        """Return the income line with its analytic account, and its counterpart."""
        self.ensure_one()
        accrual, side = self.accrual_id, self.side
        shared = {
            "name": f"{self.project_id.name}: {self.rule_id.name}",
            "partner_id": self.partner_id.commercial_partner_id.id,
            "currency_id": self.currency_id.id,
        }
        distribution = self.project_id._get_analytic_distribution()
        return [
            {
                **shared,
                "account_id": self.account_id.id,
                "amount_currency": -self.amount,
                "balance": -self.balance,
                "analytic_distribution": distribution or False,
            },
            {
                **shared,
                "account_id": accrual[f"{side}_account_id"].id,
                "amount_currency": self.amount,
                "balance": self.balance,
            },
        ]
