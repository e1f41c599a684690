"""Payment reminders of invoices: which is due, who gets it, what suppresses it."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.reminders import Instalment, Level, next_reminder, reminder_due
from . import reminder_sql

HOLD_GROUPS = "account.group_account_invoice,account.group_account_readonly"


class Past(NamedTuple):
    """The earlier reminders of an invoice."""

    last: date | None = None
    sent: frozenset = frozenset()


class AccountMove(models.Model):
    """An invoice with its reminders, computed for many of one company at once."""

    _inherit = "account.move"

    billing_reminder_hold = fields.Boolean(
        string="Hold Reminders",
        copy=False,
        groups=HOLD_GROUPS,
        help="The customer is not reminded of this invoice.",
    )
    billing_reminder_hold_until = fields.Date(
        string="Hold Reminders Until",
        copy=False,
        groups=HOLD_GROUPS,
        help="The last day without reminders. Empty: until they are resumed.",
    )
    billing_reminder_hold_reason = fields.Char(
        string="Why Reminders Are on Hold", copy=False, groups=HOLD_GROUPS
    )

    _billing_unpaid_index = models.Index(
        "(company_id) WHERE billing_tracked AND state = 'posted'"
        " AND move_type = 'out_invoice' AND payment_state IN ('not_paid', 'partial')"
    )

    # === WHAT IS DUE ===

    @api.model
    def _billing_reminders_due(self, company, moves=None):
        """Return the reminders that are due today: ``{invoice: Reminder}``.

        Only for elevated records: the rights of the user are not checked.

        :param company: the company whose day and levels count
        :param moves: look at these invoices of the company; at all by default
        :returns: see :class:`billing.reminders.Reminder`; amounts with taxes, in the
            currency of the invoice, without what is questioned
        """
        today = company._billing_today()
        return self._billing_decide(reminder_due, company, moves, today)

    @api.model
    def _billing_next_reminders(self, company, moves):
        """Return ``{invoice: (day, level id)}`` of what comes next if nobody pays."""
        return self._billing_decide(next_reminder, company, moves, None)

    @api.model
    def _billing_decide(self, decide, company, moves, until):
        """Return ``{invoice: reminder}``, as a function of billing.reminders decides.

        :param decide: :func:`billing.reminders.reminder_due` or ``next_reminder``
        :param until: see :meth:`_billing_reminder_facts`
        """
        if not company._billing_reminders_on():
            return {}
        today = company._billing_today()
        facts = self._billing_reminder_facts(company, moves, until)
        decided = {
            move: decide(levels, parts, today, past.last, past.sent, questioned)
            for move, (levels, parts, past, questioned) in facts.items()
        }
        return {move: found for move, found in decided.items() if found}

    @api.model
    def _billing_reminder_facts(self, company, moves, today):
        """Return ``{invoice: (levels, instalments, past, questioned)}``.

        Without the invoices that are on hold and customers without reminders.

        :param today: only what some level may have reached by then; None: everything
        """
        self.env.flush_all()
        # a customer's own level may lie before all others
        earliest = self.env["project.billing.reminder.level"].search(
            [("company_id", "=", company.id)], order="days", limit=1
        )
        if not earliest:
            return {}
        until = today and today - timedelta(days=min(earliest.days, 0))
        since = company.billing_reminders_from
        rows = self.env.execute_query(
            reminder_sql.instalments(company, moves, since, until)
        )
        parts = defaultdict(list)
        for move_id, due, amount in rows:
            parts[move_id].append(Instalment(due, Decimal(str(amount))))
        moves = self._billing_not_held(company, self.browse(parts))
        levels = moves.commercial_partner_id._billing_reminder_levels(company)
        chosen = {
            partner_id: [Level(level.id, level.days) for level in found]
            for partner_id, found in levels.items()
        }
        moves = moves.filtered(lambda move: chosen[move.commercial_partner_id.id])
        questioned = moves._billing_amount_questioned()
        past = moves._billing_reminders_past()
        return {
            move: (
                chosen[move.commercial_partner_id.id],
                parts[move.id],
                past.get(move.id, Past()),
                questioned.get(move, 0),
            )
            for move in moves
        }

    @api.model
    def _billing_not_held(self, company, moves):
        """Return the invoices whose reminders are not on hold today."""
        today = company._billing_today()
        return moves.filtered(
            lambda move: (
                not move.billing_reminder_hold
                or (
                    move.billing_reminder_hold_until
                    and move.billing_reminder_hold_until < today
                )
            )
        )

    def _billing_reminders_past(self):
        """Return ``{invoice id: Past}`` of the reminders that went out."""
        if not self:
            return {}
        found = self.env.execute_query(SQL(reminder_sql.PAST, moves=tuple(self.ids)))
        return {
            move_id: Past(
                last,
                frozenset(zip(levels, map(date.fromisoformat, dues), strict=True)),
            )
            for move_id, last, levels, dues in found
        }

    # === WHO GETS IT ===

    def _billing_reminder_recipients(self):
        """Return ``{invoice: contacts}``: who got the invoice, else its usual address.

        Contacts without an email address are left out, so an invoice may have none.
        """
        partners = self.env["res.partner"]
        if not self:
            return {}
        got = dict(
            self.env.execute_query(SQL(reminder_sql.RECIPIENTS, moves=tuple(self.ids)))
        )
        result = {}
        for move in self:
            contacts = partners.browse(got.get(move.id, [])).filtered(
                lambda partner: partner.active and partner.email
            )
            result[move] = contacts or move._billing_reminder_contact()
        return result

    def _billing_reminder_contact(self):
        """Return the contact who gets the invoices of a customer, if reachable."""
        self.ensure_one()
        contact = self.partner_id
        if not contact.email:
            contact = contact.browse(contact.address_get(["invoice"])["invoice"])
        return contact.filtered("email")
