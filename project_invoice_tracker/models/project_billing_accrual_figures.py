"""The figures of an accrual, from the ledger as of its day."""

from odoo import models
from odoo.tools import SQL, format_amount, format_date

from ..billing.rounding import exact, money
from ..exceptions import BillingError
from .accrual_sql import ACCRUALS
from .cost_pricing import find_rate
from .currency_step import step_of
from .open_sql import UNCAPPED
from .service_terms import income_account


class ProjectBillingAccrual(models.Model):
    """An accrual, whose lines are computed from the items of the company."""

    _inherit = "project.billing.accrual"

    def _wanted_lines(self):
        """Return the values that the lines should have now.

        :raises BillingError: when a currency has no rate on the day
        """
        self.ensure_one()
        self.env.flush_all()
        # sudo: the items of the company, for who books its entries
        items_sudo = self.env["project.billing.item"].sudo()
        worth = items_sudo.with_context(**{UNCAPPED: True})._open_amounts(
            SQL(
                "SELECT project_id FROM project_billing_rule WHERE company_id = %s",
                self.company_id.id,
            ),
            self.date,
        )
        rows = self.env.execute_query_dict(
            SQL(ACCRUALS, company=self.company_id.id, day=self.date, worth=worth)
        )
        currencies = self.env["res.currency"]
        lines = []
        for row in rows:
            currency = currencies.browse(row["currency_id"])
            amount = money(exact(row["amount"], 12), step_of(currency))
            account = self._income_account(row["rule_id"])
            if not amount or not self._moves_income(row["side"], account):
                continue
            balance = money(amount * self._rate(currency), step_of(self.currency_id))
            lines.append(
                {
                    "accrual_id": self.id,
                    "project_id": row["project_id"],
                    "rule_id": row["rule_id"],
                    "side": row["side"],
                    "records": row["records"],
                    "currency_id": currency.id,
                    "amount": float(amount),
                    "balance": float(balance),
                    "account_id": account.id,
                }
            )
        return lines

    def _moves_income(self, side, account):
        """Tell whether billing changed the income account of a rule.

        A deposit whose service is booked on a liability account is deferred already.
        """
        return side == "unbilled" or account.internal_group == "income"

    def _income_account(self, rule_id):
        """Return the account that the invoice lines of a rule are booked on."""
        # sudo: settings of a rule and a customer, for who books the company's entries
        rule_sudo = self.env["project.billing.rule"].sudo().browse(rule_id)
        rule_sudo = rule_sudo.with_company(self.company_id)
        service = rule_sudo.product_id
        account = income_account(
            service, self.company_id, rule_sudo._billing_position()
        )
        if not account:
            raise BillingError(
                self.env._(
                    "“%(service)s” has no income account. Set one on the service of "
                    "the rule “%(rule)s”.",
                    service=service.name,
                    rule=rule_sudo.name,
                )
            )
        return account.with_env(self.env)

    def _rate(self, currency):
        """Return the factor from a currency to the company's on the day."""
        rate = find_rate(self.company_id, currency, self.currency_id, self.date)
        if rate is None:
            raise BillingError(
                self.env._(
                    "%(currency)s has no rate on %(day)s. Enter one under Accounting, "
                    "Currencies.",
                    currency=currency.name,
                    day=format_date(self.env, self.date),
                )
            )
        return rate

    def _summary(self):
        """Return the totals of the accrual in words."""
        return self.env._(
            "%(unbilled)s unbilled, %(advance)s billed in advance",
            unbilled=format_amount(self.env, self.amount_unbilled, self.currency_id),
            advance=format_amount(self.env, self.amount_advance, self.currency_id),
        )
