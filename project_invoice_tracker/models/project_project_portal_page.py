"""The page of one project on the customer portal, as plain values."""

from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import formatLang

from ..const import CONTRACT_KINDS
from .phrases import number
from .project_milestone_acceptance import OPEN_STATES

#: Number of documents on a project's page; older ones are in the list of invoices.
MOST_INVOICES = 50
#: Bootstrap's colour of each state of a milestone, and of an invoice.
COLORS = {
    "planned": "light",
    "reached": "info",
    "asked": "warning",
    "questioned": "warning",
    "part": "info",
    "refused": "danger",
    "accepted": "success",
    "billed": "success",
    "open": "info",
    "overdue": "danger",
    "partial": "warning",
    "paid": "success",
    "credit": "secondary",
}


class ProjectProject(models.Model):
    """All that a customer sees of a project: milestones, contract, hours, invoices."""

    _inherit = "project.project"

    def _billing_portal_page(self, user):
        """Return the page of this project for one user (elevated), as plain values."""
        self.ensure_one()
        customer = user.partner_id.commercial_partner_id
        role = self._billing_portal_role(customer)
        is_payer = role == "payer"
        money = self._billing_portal_money(customer, user.company_ids)
        return {
            "id": self.id,
            "name": self.name,
            "manager": self.user_id.name or "",
            "company": self.company_id.name or "",
            "money": money.get(self.id, []),
            "unbilled": is_payer and self._billing_portal_unbilled(),
            "milestones": []
            if role == "former"
            else self._billing_portal_milestones(is_payer),
            "contract": self._billing_portal_contract() if is_payer else [],
            "orders": self._billing_portal_orders() if is_payer else [],
            "balances": self._billing_portal_balances() if is_payer else [],
            "invoices": self._billing_portal_invoices(customer, user.company_ids),
        }

    def _billing_portal_unbilled(self):
        """Return completed work not yet invoiced, untaxed, if the page shows it."""
        company = self.company_id or self.billing_rule_ids.company_id[:1]
        if not (self.billing_portal_unbilled or company.billing_portal_unbilled):
            return ""
        amount = self.billing_amount_ready + self.billing_amount_requested
        return self._billing_portal_amount(amount, self.billing_currency_id)

    # === MILESTONES ===

    def _billing_portal_milestones(self, with_prices):
        """Return milestones that are billed or to be accepted, no internal ones."""
        rule = self.billing_rule_ids.filtered(lambda r: r.kind in CONTRACT_KINDS)[:1]
        shown = self.milestone_ids.filtered(
            lambda m: m.billing_basis or m.billing_sign_off_state
        )
        with_prices = with_prices and rule.portal_prices
        labels = self._billing_portal_milestone_labels()
        result = []
        for milestone in shown.sorted(lambda m: (m.sequence, m.id)):
            state = self._billing_portal_milestone_state(milestone)
            price = milestone.billing_price if with_prices else 0.0
            percent = milestone.billing_accepted_percent
            result.append(
                {
                    "id": milestone.id,
                    "name": milestone.name,
                    "deadline": self._billing_portal_day(milestone.deadline),
                    "state": labels[state],
                    "color": COLORS[state],
                    "price": price
                    and self._billing_portal_amount(price, self.billing_currency_id),
                    "percent": number(self.env, percent) if 0 < percent < 100 else "",
                    "waits": milestone.billing_sign_off_state in OPEN_STATES,
                    "has_page": bool(milestone.billing_ask_number),
                }
            )
        return result

    def _billing_portal_milestone_state(self, milestone):
        """Return the state of a milestone, as the customer sees it."""
        if milestone.billing_state == "billed":
            return "billed"
        state = milestone.billing_sign_off_state
        if milestone.billing_signed_off:
            return "accepted"
        if state in ("asked", "questioned", "part", "refused"):
            return state
        return "reached" if milestone.is_reached else "planned"

    def _billing_portal_milestone_labels(self):
        """Return the label of each state for the customer."""
        return {
            "planned": self.env._("Planned"),
            "reached": self.env._("Delivered"),
            "asked": self.env._("Waits for your sign-off"),
            "questioned": self.env._("Waits for our answer"),
            "part": self.env._("Accepted in part"),
            "refused": self.env._("Refused"),
            "accepted": self.env._("Accepted"),
            "billed": self.env._("Invoiced"),
        }

    # === HOURS ===

    def _billing_portal_balances(self):
        """Return the balances of included and prepaid hours that are valid today."""
        # sudo: elevated already; the accounts of this very project
        rows = self.env["project.billing.allowance"].search(
            [("project_id", "=", self.id), ("rule_id.active", "=", True)]
        )
        current = rows._current().sorted(lambda row: (row.rule_id.sequence, row.id))
        used = self._billing_portal_used(current)
        return [
            {
                "name": row._title(),
                "left": self._billing_portal_hours(row.hours_balance),
                "granted": self._billing_portal_hours(
                    row.hours_granted + row.hours_rolled_in
                ),
                "percent": self._billing_portal_share(row),
                "until": self._billing_portal_day(row.period_end),
                "used": self._billing_portal_hours(used.get(row.id, 0.0) / 60),
            }
            for row in current
        ]

    def _billing_portal_used(self, rows):
        """Return ``{allowance id: minutes}`` that were used in this month.

        Work counts in the month it is done, whichever month's hours of a retainer pay
        for it: as in the balance, hours that were carried over are used then.
        """
        items = self.env["project.billing.item"]
        periods = rows.filtered(lambda row: row.rule_id.kind == "recurring")
        of_rule = {row.rule_id: row.id for row in periods}
        result = defaultdict(int)
        for company, own in rows.grouped("company_id").items():
            today = company._billing_today()
            groups = items._read_group(
                [
                    ("allowance_id.rule_id", "in", own.rule_id.ids),
                    ("date", ">=", fields.Date.start_of(today, "month")),
                    ("date", "<=", fields.Date.end_of(today, "month")),
                ],
                ["allowance_id"],
                ["quantity_covered:sum"],
            )
            for row, minutes in groups:
                result[of_rule.get(row.rule_id, row.id)] += minutes
        return result

    @staticmethod
    def _billing_portal_share(row):
        """Return how much of a balance is left, in whole percent for a bar."""
        whole = row.minutes_granted + row.minutes_rolled_in
        return round(100 * row.minutes_balance / whole) if whole else 0

    def _billing_portal_hours(self, hours):
        """Return hours as the reader's language writes them."""
        return formatLang(self.env, hours, digits=2)

    # === INVOICES ===

    def _billing_portal_invoices(self, customer, companies):
        """Return the posted documents of the customer on this project, newest first."""
        rows = self.env["project.billing.invoice"].search(
            self._billing_portal_invoice_domain(customer, companies)
            & Domain("project_id", "=", self.id),
            limit=MOST_INVOICES,
        )
        labels = self._billing_portal_invoice_labels()
        disputed = rows.move_id._billing_amount_questioned()
        result = []
        for row in rows:
            state = self._billing_portal_invoice_state(row)
            result.append(
                {
                    "id": row.move_id.id,
                    "name": row.name,
                    "date": self._billing_portal_day(row.invoice_date),
                    "due": self._billing_portal_day(row.invoice_date_due),
                    "total": self._billing_portal_amount(
                        row.amount_total, row.currency_id
                    ),
                    "outstanding": self._billing_portal_amount(
                        row.amount_residual, row.currency_id
                    ),
                    "questioned": self._billing_portal_amount(
                        row.amount_questioned, row.currency_id
                    )
                    if row.amount_questioned
                    else "",
                    # of other projects on the same invoice as well
                    "disputed": bool(disputed[row.move_id]),
                    "currency": row.currency_id.name,
                    "state": labels[state],
                    "color": COLORS[state],
                    "payable": not row.credit and row.move_id._has_to_be_paid(),
                }
            )
        return result

    @staticmethod
    def _billing_portal_invoice_state(row):
        """Return the state of a document, as the customer sees it."""
        if row.credit:
            return "credit"
        if row.currency_id.is_zero(row.amount_residual):
            return "paid"
        if row.currency_id.compare_amounts(row.amount_overdue, 0) > 0:
            return "overdue"
        paid = not row.currency_id.is_zero(row.amount_paid)
        return "partial" if paid else "open"

    def _billing_portal_invoice_labels(self):
        """Return the label of each state for the customer."""
        return {
            "credit": self.env._("Credit note"),
            "paid": self.env._("Paid"),
            "overdue": self.env._("Overdue"),
            "partial": self.env._("Partly paid"),
            "open": self.env._("To pay"),
        }
