"""Statement of account: open invoices and recent payments of a customer."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import format_amount, format_date

from ..billing.ageing import BUCKETS, ageing
from ..exceptions import BillingError
from . import statement_sql

REPORT = "project_invoice_tracker.billing_statement_report"
#: Groups that may print the statements of all customers, within their companies.
READERS = (
    "project_invoice_tracker.group_billing_manager",
    "account.group_account_invoice",
    "account.group_account_readonly",
)
#: Days of payments that a statement shows.
PAYMENT_DAYS = 90


class ResPartner(models.Model):
    """Compute the statement on demand, from posted journal entries."""

    _inherit = "res.partner"

    def action_billing_statement(self):
        """Print the statement of account of these customers, for the current company.

        :returns: the action of the report
        :raises AccessError: without a right to invoices or to configure billing
        :raises BillingError: for no customer
        """
        if not self:
            raise BillingError(self.env._("Choose at least one customer."))
        self.check_access("read")
        self._billing_check_statement()
        return self.env.ref(REPORT).report_action(self.commercial_partner_id)

    @api.model
    def _billing_check_statement(self):
        """Refuse users who may not see what customers owe.

        :raises AccessError: saying who may
        """
        if not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(
                self.env._(
                    "Statements of account are for accounting and for those who "
                    "configure billing."
                )
            )

    def _billing_statements(self, companies, lang=None):
        """Return the statements of a customer as plain values, the texts formatted.

        Callers check the rights before. It contains everything of the commercial entity
        that is open on receivable accounts of the companies, created by this add-on or
        not, because that is what the customer owes.

        :param companies: companies to look at
        :param str lang: language of the texts; the customer's by default
        :returns: a list with a dict per company that has something to say: ``company``,
            ``company_id``, ``customer``, ``date``, ``since`` and ``currencies``, a
            dict per currency (see :meth:`_billing_statement_part`)
        """
        self.ensure_one()
        # sudo: the caller checked; accounting's rows of this customer only
        owner_sudo = self.sudo().commercial_partner_id
        owner_sudo = owner_sudo.with_context(lang=lang or owner_sudo.lang)
        owner_sudo.env.flush_all()
        companies = companies.sudo()  # sudo: the name and the day of these companies
        items = owner_sudo._billing_statement_items(companies)
        paid = owner_sudo._billing_statement_payments(companies)
        statements = [
            owner_sudo._billing_statement_of(company, items, paid)
            for company in companies
        ]
        return [statement for statement in statements if statement["currencies"]]

    def _billing_statement_of(self, company, items, paid):
        """Return the statement of one company, see :meth:`_billing_statements`."""
        keys = sorted({key for key in (*items, *paid) if key[0] == company.id})
        today = company._billing_today()
        since = today - timedelta(days=PAYMENT_DAYS)
        return {
            "company": company.name,
            "company_id": company.id,
            "customer": self.name,
            "date": format_date(self.env, today),
            "since": format_date(self.env, since),
            "currencies": [
                self._billing_statement_part(
                    currency_id,
                    items.get((company.id, currency_id), []),
                    paid.get((company.id, currency_id), []),
                    today,
                )
                for _company_id, currency_id in keys
            ],
        }

    def _billing_statement_items(self, companies):
        """Return ``{(company id, currency id): rows}`` of the open amounts."""
        found = self.env.execute_query_dict(statement_sql.open_items(self, companies))
        moves = self.env["account.move"].browse({row["move_id"] for row in found})
        questioned = {
            move.id: Decimal(str(amount))
            for move, amount in moves._billing_amount_questioned().items()
        }
        items = defaultdict(list)
        for row in found:
            row["open"], row["total"] = (
                Decimal(str(row[name])) for name in ("open", "total")
            )
            left = questioned.get(row["move_id"], Decimal(0))
            row["questioned"] = min(left, max(row["open"], Decimal(0)))
            questioned[row["move_id"]] = left - row["questioned"]
            items[row["company_id"], row["currency_id"]].append(row)
        return items

    def _billing_statement_payments(self, companies):
        """Return ``{(company id, currency id): rows}`` of recent payments."""
        since = min(company._billing_today() for company in companies)
        since -= timedelta(days=PAYMENT_DAYS)
        found = self.env.execute_query_dict(
            statement_sql.payments(self, companies, since)
        )
        paid = defaultdict(list)
        for row in found:
            paid[row["company_id"], row["currency_id"]].append(row)
        return paid

    def _billing_statement_part(self, currency_id, items, payments, today):
        """Return the open amounts and the payments in one currency.

        :returns: dict with ``currency``, ``rows``, ``buckets`` (label and text),
            ``balance``, ``overdue``, ``questioned``, ``payments`` and ``paid``, all as
            texts, and the same sums as numbers under ``numbers``
        """
        currency = self.env["res.currency"].browse(currency_id)
        buckets = ageing([(row["due"], row["open"]) for row in items], today)
        labels = self._billing_bucket_labels()
        late = [row["open"] for row in items if row["due"] < today]
        paid = [Decimal(str(row["amount"])) for row in payments]
        numbers = {
            "balance": sum((row["open"] for row in items), Decimal(0)),
            "overdue": sum(late, Decimal(0)),
            "questioned": sum((row["questioned"] for row in items), Decimal(0)),
            "paid": sum(paid, Decimal(0)),
        }
        return {
            "currency": currency.name,
            "rows": [
                self._billing_statement_row(row, currency, today) for row in items
            ],
            "buckets": [
                (labels[name], self._billing_money(buckets[name], currency))
                for name in BUCKETS
            ],
            "payments": [self._billing_payment_row(row, currency) for row in payments],
            **{
                name: self._billing_money(amount, currency)
                for name, amount in numbers.items()
            },
            "numbers": {**numbers, "buckets": buckets},
        }

    def _billing_payment_row(self, row, currency):
        """Return one payment as texts."""
        return {
            "date": format_date(self.env, row["date"]),
            "name": row["name"],
            "reference": row["ref"] or "",
            "amount": self._billing_money(row["amount"], currency),
        }

    def _billing_statement_row(self, row, currency, today):
        """Return one open amount as texts."""
        return {
            "name": row["name"],
            "date": format_date(self.env, row["date"]),
            "due": format_date(self.env, row["due"]),
            "late": max((today - row["due"]).days, 0) if row["open"] > 0 else 0,
            "total": self._billing_money(row["total"], currency),
            "questioned": self._billing_money(row["questioned"], currency)
            if row["questioned"]
            else "",
            "open": self._billing_money(row["open"], currency),
        }

    def _billing_money(self, amount, currency):
        return format_amount(self.env, float(amount), currency)

    @api.model
    def _billing_bucket_labels(self):
        return {
            "not_due": self.env._("Not due"),
            "1_30": self.env._("1 to 30 days"),
            "31_60": self.env._("31 to 60 days"),
            "61_90": self.env._("61 to 90 days"),
            "91": self.env._("Over 90 days"),
        }

    # === AS A FILE ===

    def _billing_statement_file(self, company, lang=None):
        """Return ``(name, PDF)`` of the statement in one company.

        Only after the rights were checked, as for :meth:`_billing_statements`.
        """
        self.ensure_one()
        # sudo: the caller checked; the report refuses everybody else
        report_sudo = self.env["ir.actions.report"].sudo().with_company(company)
        content, _kind = report_sudo.with_context(
            allowed_company_ids=company.ids
        )._render_qweb_pdf(REPORT, self.commercial_partner_id.ids, {"lang": lang})
        env = self.with_context(lang=lang or self.lang).env
        day = company._billing_today().isoformat()
        return env._("Statement of account %s.pdf", day), content


class ReportBillingStatement(models.AbstractModel):
    """Values of the PDF; refuses users who may not see what customers owe."""

    _name = "report.project_invoice_tracker.report_billing_statement"
    _description = "Statement of Account"

    @api.model
    def _get_report_values(self, docids, data=None):
        partners = self.env["res.partner"].browse(docids)
        if not self.env.su:
            partners.check_access("read")
            partners._billing_check_statement()
        company, lang = self.env.company, (data or {}).get("lang")
        return {
            "doc_ids": partners.ids,
            "doc_model": "res.partner",
            "company": company,
            "docs": partners,
            "statements": {
                partner.id: partner._billing_statements(company, lang)
                for partner in partners
            },
            "langs": {partner.id: lang or partner.lang for partner in partners},
        }
