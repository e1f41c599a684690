"""Statement of account: sums as an independent query finds them, for the right eyes."""

from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time
from lxml import html

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import BillingCommon

TODAY = date(2026, 6, 30)

#: What a customer owes, from the reconciliations instead of the residuals.
ORACLE = """
    WITH entry AS (
        SELECT l.id, l.company_id, l.currency_id, l.amount_currency,
               coalesce(l.date_maturity, l.date) AS due
          FROM account_move_line l
          JOIN account_move m ON m.id = l.move_id AND m.state = 'posted'
          JOIN account_account a ON a.id = l.account_id
         WHERE a.account_type = 'asset_receivable'
           AND l.partner_id IN (SELECT id FROM res_partner
                                 WHERE id = %(partner)s OR parent_id = %(partner)s)
    )
    SELECT company_id, currency_id, sum(rest), coalesce(sum(rest)
           FILTER (WHERE due < %(today)s), 0)
      FROM (SELECT entry.*, amount_currency
                 - coalesce((SELECT sum(debit_amount_currency)
                      FROM account_partial_reconcile p
                     WHERE p.debit_move_id = entry.id), 0)
                 + coalesce((SELECT sum(credit_amount_currency)
                      FROM account_partial_reconcile p
                     WHERE p.credit_move_id = entry.id), 0) AS rest
              FROM entry) parts
     GROUP BY company_id, currency_id
    HAVING bool_or(rest <> 0)
"""


@tagged("post_install", "-at_install")
class StatementCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "UTC"
        cls.euro = cls.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        cls.client = cls.env["res.partner"].create(
            {"name": "Client", "is_company": True, "email": "client@example.com"}
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.client.id}
        )

    def _bill(self, days, amount, partner=None, currency=None, kind="out_invoice"):
        """Post a document without taxes that is so many days old and late."""
        move = self.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": (partner or self.client).id,
                "invoice_date": TODAY - timedelta(days=days),
                "invoice_date_due": TODAY - timedelta(days=days),
                "invoice_payment_term_id": False,
                "currency_id": (currency or self.company.currency_id).id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Work", "price_unit": amount, "tax_ids": []}
                    )
                ],
            }
        )
        move.action_post()
        return move

    def _pay(self, move, amount, days):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create(
            {"amount": amount, "payment_date": TODAY - timedelta(days=days)}
        ).action_create_payments()

    def _account(self):
        """Have documents in two currencies, of every age, some paid in part."""
        moves = {
            days: self._bill(days, 100 + days, self.contact if days % 2 else None)
            for days in (-10, 0, 1, 30, 31, 60, 61, 90, 91, 200)
        }
        self._pay(moves[31], 31, 20)
        self._pay(moves[200], 300, 100)
        euro = self._bill(45, 500, currency=self.euro)
        self._pay(euro, 120.5, 3)
        self._bill(5, 77, kind="out_refund")
        self._bill(5, 999, partner=self.partner_a)
        draft = self._bill(5, 1000)
        draft.button_draft()
        return moves

    def _statements(self, companies=None):
        with freeze_time(TODAY):
            return self.contact._billing_statements(companies or self.company)


@tagged("post_install", "-at_install")
class TestStatement(StatementCommon):
    def test_sums(self):
        """The sums are those of an independent query, per currency; exact buckets."""
        self._account()
        (statement,) = self._statements()
        self.env.flush_all()
        found = self.env.execute_query(SQL(ORACLE, partner=self.client.id, today=TODAY))
        expected = {
            self.env["res.currency"].browse(currency).name: (balance, overdue)
            for _company, currency, balance, overdue in found
        }
        parts = {part["currency"]: part for part in statement["currencies"]}
        self.assertEqual(
            {
                name: (
                    float(part["numbers"]["balance"]),
                    float(part["numbers"]["overdue"]),
                )
                for name, part in parts.items()
            },
            expected,
        )
        own = parts[self.company.currency_id.name]
        self.assertEqual(
            own["numbers"]["buckets"],
            {
                "not_due": Decimal(90 + 100),
                "1_30": Decimal(101 + 130 - 77),
                "31_60": Decimal(131 - 31 + 160),
                "61_90": Decimal(161 + 190),
                "91": Decimal(191),
            },
        )
        self.assertEqual(
            sum(own["numbers"]["buckets"].values()), own["numbers"]["balance"]
        )
        # what was paid 100 days ago is no payment of late
        self.assertEqual(own["numbers"]["paid"], Decimal(31))
        euro = parts["EUR"]
        self.assertEqual(euro["numbers"]["balance"], Decimal("379.5"))
        self.assertEqual(euro["numbers"]["paid"], Decimal("120.5"))
        self.assertIn("379.50", euro["balance"])

    def test_questioned(self):
        """What is questioned is shown, never more than is open of the invoice."""
        moves = self._account()
        amounts = {moves[30]: 50.0, moves[31]: 500.0}
        self.patch(
            self.env.registry["account.move"],
            "_billing_amount_questioned",
            lambda found: {move: amounts.get(move, 0.0) for move in found},
        )
        (statement,) = self._statements()
        own = next(
            part
            for part in statement["currencies"]
            if part["currency"] == self.company.currency_id.name
        )
        self.assertEqual(own["numbers"]["questioned"], Decimal(50 + 100))

    def test_queries(self):
        """As many queries for many documents as for one."""
        self._bill(10, 10)
        self.env.flush_all()

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            (statement,) = self._statements()
            rows = statement["currencies"][0]["rows"]
            return self.env.cr.sql_log_count - before, len(rows)

        count()
        few, _rows = count()
        for days in range(20):
            self._bill(days, 10)
        many, rows = count()
        self.assertEqual(rows, 21)
        self.assertEqual(many, few)
        self.assertLess(many, 15)

    def test_who_may(self):
        """Accounting and who configures billing; nobody else, by no way."""
        self._bill(10, 4321)
        for user in (self.accountant, self.admin):
            action = self.client.with_user(user).action_billing_statement()
            self.assertEqual(action["type"], "ir.actions.report")
            report = self.env["ir.actions.report"].with_user(user)
            html, _kind = report._render_qweb_html(
                "project_invoice_tracker.billing_statement_report", self.client.ids
            )
            self.assertIn(b"4,321.00", html)
        for user in (self.pm, self.approver, self.worker):
            with self.assertRaises(AccessError):
                self.client.with_user(user).action_billing_statement()
            report = self.env["ir.actions.report"].with_user(user)
            with self.assertRaises(AccessError):
                report._render_qweb_html(
                    "project_invoice_tracker.billing_statement_report",
                    self.client.ids,
                )


@tagged("post_install", "-at_install")
class TestStatementPage(StatementCommon, HttpCase):
    @mute_logger("odoo.http")
    def test_client(self):
        """I5: the client sees the own commercial entity, and nothing of others."""
        self._bill(10, 4321, partner=self.contact)
        foreign = self._bill(10, 8765, partner=self.partner_a)
        user = new_test_user(self.env, "client_login", groups="base.group_portal")
        user.partner_id.parent_id = self.client
        self.authenticate("client_login", "client_login")
        page = self.url_open("/my/billing/statement")
        self.assertEqual(page.status_code, 200)
        self.assertIn("4,321.00", page.text)
        self.assertNotIn("8,765.00", page.text)
        self.assertNotIn(foreign.name, page.text)
        missing = self.url_open("/my/billing/statement/999999/pdf")
        self.assertEqual(missing.status_code, 404)
        other = self.setup_other_company()["company"]
        missing = self.url_open(f"/my/billing/statement/{other.id}/pdf")
        self.assertEqual(missing.status_code, 404)
        found = self.url_open(f"/my/billing/statement/{self.company.id}/pdf")
        self.assertEqual(found.status_code, 200)

    def test_found_from_the_projects(self):
        """The page of the projects leads to the statement."""
        new_test_user(self.env, "client_login", groups="base.group_portal")
        self.authenticate("client_login", "client_login")
        page = self.url_open("/my/billing")
        self.assertIn('href="/my/billing/statement"', page.text)

    def test_language_of_the_page(self):
        """The language that is chosen on the page is that of all on it."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self._bill(10, 4321, partner=self.contact)
        user = new_test_user(self.env, "client_login", groups="base.group_portal")
        user.partner_id.parent_id = self.client
        for own, chosen, label, amount in (
            ("fr_FR", "en_US", "Not due", "4,321.00"),
            ("en_US", "fr_FR", "Non échu", "321,00"),
        ):
            user.lang = own
            self.authenticate("client_login", "client_login")
            self.opener.cookies["frontend_lang"] = chosen
            page = self.url_open("/my/billing/statement").text
            self.assertIn(label, page)
            self.assertIn(amount, page)

    def test_on_a_phone(self):
        """A narrow screen gets lines instead of the table that does not fit."""
        self._bill(10, 4321, partner=self.contact)
        user = new_test_user(self.env, "client_login", groups="base.group_portal")
        user.partner_id.parent_id = self.client
        self.authenticate("client_login", "client_login")
        page = html.fromstring(self.url_open("/my/billing/statement").content)
        [phone] = page.xpath("//div[@name='phone']")
        self.assertIn("d-sm-none", phone.get("class"))
        self.assertIn("4,321.00", phone.text_content())
        for name in ("ageing", "items"):
            [table] = page.xpath(f"//table[@name='{name}']")
            self.assertIn("d-none d-sm-table", table.get("class"))

    def test_paper_has_tables(self):
        """The PDF shows no lines for phones, whatever its width."""
        self._bill(10, 4321)
        reports = self.env["ir.actions.report"].with_company(self.company)
        content, _kind = reports._render_qweb_html(
            "project_invoice_tracker.billing_statement_report", self.client.ids
        )
        self.assertNotIn(b'name="phone"', content)
        self.assertNotIn(b"d-sm-table", content)
        self.assertEqual(content.count(b'name="ageing"'), 1)

    @mute_logger("odoo.http")
    def test_nobody(self):
        """I5: without a login there is no page."""
        self._bill(10, 4321)
        page = self.url_open("/my/billing/statement")
        self.assertNotIn("4,321.00", page.text)
        self.assertIn("/web/login", page.url)

    def test_nothing_open(self):
        """A client who owes nothing reads so."""
        new_test_user(self.env, "client_login", groups="base.group_portal")
        self.authenticate("client_login", "client_login")
        page = self.url_open("/my/billing/statement")
        self.assertIn("Nothing is open", page.text)
