"""Invoices as managers see them: every amount, and whose rows there are."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..exceptions import BillingError
from .common import BillingCommon

AMOUNTS = (
    "amount_untaxed",
    "amount_total",
    "amount_paid",
    "amount_residual",
    "amount_overdue",
)

#: All that posted documents come to by project, the long way round: from the invoice
#: lines, the move's own totals and the receivable lines, without cutting at shares.
ORACLE = """
    SELECT line.project_id,
           sum(CASE WHEN move.move_type = 'out_refund' THEN -aml.price_subtotal
                    ELSE aml.price_subtotal END)
      FROM account_move_line aml
      JOIN account_move move ON move.id = aml.move_id AND move.state = 'posted'
      JOIN project_billing_line line
        ON line.id = coalesce(aml.billing_line_id, aml.billing_origin_line_id)
     GROUP BY line.project_id
"""
#: What the receivable lines of all our posted documents leave open, and overdue.
OPEN = """
    SELECT sum(aml.amount_currency), sum(aml.amount_residual_currency),
           sum(aml.amount_residual_currency) FILTER (WHERE aml.date_maturity < %s)
      FROM account_move_line aml
      JOIN account_account account ON account.id = aml.account_id
       AND account.account_type = 'asset_receivable'
      JOIN account_move move ON move.id = aml.move_id AND move.state = 'posted'
       AND move.billing_tracked
     WHERE move.currency_id = %s
"""


@tagged("post_install", "-at_install")
class ProjectInvoiceCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.detail = "entry"
        cls.shop = cls._create_project(name="Shop", user_id=cls.pm.id)
        cls._create_rule(cls.shop, price_unit=33.33, detail="entry")

    def _rows(self, domain=(), user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        Invoice = self.env["project.billing.invoice"].with_user(user or self.pm)
        return Invoice.search(list(domain), order="id")

    def _pay(self, move, amount=None, day=date(2026, 3, 20)):
        """Register a payment of an invoice (or the refund of a credit note)."""
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"payment_date": day, **({"amount": amount} if amount else {})})
        )
        wizard._create_payments()

    def _request(self, project, *hours):
        for count in hours:
            self._log(count, project_id=project.id)
        return self._prepare(project)

    def assertRow(self, row, **expected):
        """Assert amounts to the cent, and everything else as it is."""
        for name, value in expected.items():
            found = row[name]
            if name in AMOUNTS:
                found = row.currency_id.round(found)
            self.assertEqual(found, value, name)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-15 12:00:00")
class TestProjectInvoice(ProjectInvoiceCommon):
    def test_life(self):
        """A draft, posted, sent, partly paid, late, paid: what its manager reads."""
        request = self._request(self.project, 2)
        self.assertFalse(self._rows())
        move = self._invoice(request)
        row = self._rows()
        nothing = {"amount_paid": 0, "amount_residual": 0, "amount_overdue": 0}
        self.assertRow(
            row,
            name=request.name,
            state="draft",
            credit=False,
            sent=False,
            date_sent=False,
            days_late=0,
            amount_untaxed=200,
            amount_total=230,
            request_id=request,
            project_id=self.project,
            partner_id=self.partner_a.commercial_partner_id,
            company_id=self.company,
            currency_id=request.currency_id,
            user_id=self.pm,
            **nothing,
        )
        move.action_post()
        self.assertRow(
            self._rows(),
            name=move.name,
            state="posted",
            payment_state="not_paid",
            invoice_date=date(2026, 3, 15),
            invoice_date_due=move.invoice_date_due,
            amount_paid=0,
            amount_residual=230,
            amount_overdue=0,
            days_late=0,
        )
        move.is_move_sent = True
        with freeze_time("2026-06-15 12:00:00"):
            self._pay(move, 30)
            late = date(2026, 6, 15) - move.invoice_date_due
            self.assertRow(
                self._rows(),
                sent=True,
                date_sent=date(2026, 3, 15),
                payment_state="partial",
                amount_paid=30,
                amount_residual=200,
                amount_overdue=200,
                days_late=late.days,
            )
            self._pay(move)
            self.assertRow(
                self._rows(),
                amount_paid=230,
                amount_residual=0,
                amount_overdue=0,
                days_late=0,
            )

    def test_instalments(self):
        """Overdue is what instalments leave that are due, not the whole invoice."""
        self.partner_a.property_payment_term_id = self.env[
            "account.payment.term"
        ].create(
            {
                "name": "30 % in 10 days, 70 % in 40",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 30, "nb_days": 10}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 70, "nb_days": 40}
                    ),
                ],
            }
        )
        self._post(self._request(self.project, 2))
        for day, overdue, late in (
            ("2026-03-25", 0, 0),
            ("2026-03-26", 69, 1),
            ("2026-04-24", 69, 30),
            ("2026-04-25", 230, 31),
        ):
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                self.assertRow(
                    self._rows(),
                    amount_residual=230,
                    amount_overdue=overdue,
                    days_late=late,
                )

    def test_company_day(self):
        """What is late follows the day where the company is."""
        self._post(self._request(self.project, 2))
        with freeze_time("2026-03-15 22:00:00"):
            self.assertRow(self._rows(), days_late=0)
            self.company.partner_id.tz = "Pacific/Auckland"
            self.assertRow(self._rows(), days_late=1, amount_overdue=230)

    def test_shared(self):
        """I19: two projects share an invoice; their parts sum to it to the cent."""
        self.partner_a.billing_one_invoice = True
        first = self._approve(self._request(self.project, 1 / 3))
        second = self._approve(self._request(self.shop, 2.35, 0.5))
        (first | second).with_user(self.pm).action_create_invoice()
        move = first.sudo().invoice_id.with_user(self.accountant).sudo(False)
        self.assertEqual(move, second.sudo().invoice_id)
        move.action_post()
        self._pay(move, 100)
        mine, other = self._rows()
        self.assertRow(mine, amount_untaxed=33, project_id=self.project)
        self.assertRow(other, amount_untaxed=94.99, project_id=self.shop)
        # of 147.19 in all, and so is what is paid and left
        self.assertRow(mine, amount_total=37.95, amount_residual=12.17)
        self.assertRow(other, amount_total=109.24, amount_residual=35.02)
        for name in ("amount_total", "amount_residual"):
            self.assertEqual(
                move.currency_id.round(mine[name] + other[name]), move[name], name
            )

    def test_shared_with_nothing(self):
        """I19: parts of a document that comes to nothing still sum to it."""
        self.partner_a.billing_one_invoice = True
        first = self._approve(self._request(self.project, 1))
        second = self._approve(self._request(self.shop, 3))
        (first | second).with_user(self.pm).action_create_invoice()
        move = first.sudo().invoice_id
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE project_billing_request SET amount_total = 0"
                " WHERE invoice_id = %s",
                move.id,
            )
        )
        rows = self._rows()
        self.assertEqual(
            rows.currency_id.round(sum(rows.mapped("amount_total"))), move.amount_total
        )
        self.assertTrue(all(rows.mapped("amount_total")))

    def test_credit(self):
        """I13: a credit note is a row of its own, negative, until it is cancelled."""
        move = self._post(self._request(self.project, 1, 2))
        note = self._credit(
            move, lambda lines: lines.filtered(lambda line: line.quantity == 2).unlink()
        )
        invoice, credit = self._rows().sorted("credit")
        self.assertRow(credit, credit=True, request_id=invoice.request_id.browse())
        self.assertRow(credit, amount_untaxed=-100, amount_total=-115, user_id=self.pm)
        self.assertEqual(credit.move_id.id, note.id)
        # Odoo settles the invoice with the note, or leaves that to accounting
        self.assertEqual(
            credit.amount_residual + invoice.amount_residual,
            move.amount_residual - note.amount_residual,
        )
        self.assertEqual(invoice.amount_total + credit.amount_total, 230)
        note.button_draft()
        self.assertRow(self._rows([("credit", "=", True)]), state="draft")
        note.button_cancel()
        self.assertFalse(self._rows([("credit", "=", True)]))

    def test_cancelled(self):
        """A cancelled or deleted invoice is none."""
        move = self._invoice(self._request(self.project, 1))
        self.assertEqual(len(self._rows()), 1)
        move.button_cancel()
        self.assertFalse(self._rows())

    def test_rights(self):
        """I4, I5: managers see their projects' rows, by every route; others none."""
        self._post(self._request(self.project, 1))
        Invoice = self.env["project.billing.invoice"]
        row = self._rows()
        for user, count in (
            (self.pm, 1),
            (self.other_pm, 0),
            (self.approver, 1),
            (self.admin, 1),
            (self.accountant, 1),
        ):
            with self.subTest(user=user.login):
                theirs = Invoice.with_user(user)
                self.assertEqual(theirs.search_count([]), count)
                grouped = theirs._read_group([], ["project_id"], ["amount_total:sum"])
                self.assertEqual(len(grouped), count)
                found = theirs.browse(row.id)
                self.assertEqual(found.has_access("read"), bool(count))
        with self.assertRaises(AccessError):
            Invoice.with_user(self.worker).search([])
        for step in (
            lambda: row.write({"amount_total": 1}),
            lambda: Invoice.with_user(self.admin).create({"name": "x"}),
            row.with_user(self.admin).unlink,
        ):
            with self.assertRaises(AccessError):
                step()

    def test_sent_first(self):
        """The day of sending is kept, is the company's, and nobody sets it by hand."""
        move = self._post(self._request(self.project, 1))
        with freeze_time("2026-03-16 11:30:00"):
            self.company.partner_id.tz = "Pacific/Auckland"
            move.is_move_sent = True
        with freeze_time("2026-04-01"):
            move.is_move_sent = True
        self.assertRow(self._rows(), date_sent=date(2026, 3, 17))
        with self.assertRaises(AccessError):
            move.billing_date_sent = date(2026, 1, 1)
        with self.assertRaises(AccessError):
            self.env["account.move"].create(
                {"move_type": "out_invoice", "billing_date_sent": date(2026, 1, 1)}
            )
        move.is_move_sent = False
        self.assertRow(self._rows(), sent=False, date_sent=False)


@tagged("post_install", "-at_install")
@freeze_time("2026-05-20 12:00:00")
class TestProjectInvoiceFigures(ProjectInvoiceCommon):
    """Sums by project equal a recomputation that goes another way."""

    def test_figures(self):
        """I19: several projects, currencies, payments and credit notes."""
        chf = self.setup_other_currency("CHF")
        abroad = self._create_project(name="Chalet", partner_id=self.partner_b.id)
        self._create_rule(abroad, currency_id=chf.id, price_unit=77.77, detail="entry")
        self.partner_a.billing_one_invoice = True
        for number in range(1, 4):
            requests = self._approve(self._request(self.project, number / 7, 1 / 3))
            requests |= self._approve(self._request(self.shop, number * 0.37, 2))
            requests |= self._approve(self._request(abroad, number * 1.13))
            requests.with_user(self.pm).action_create_invoice()
            for move in requests.sudo().invoice_id:
                move = move.with_user(self.accountant).sudo(False)
                move.invoice_date = date(2026, number, 10)
                move.action_post()
                if number == 2:
                    self._pay(move, 11.11)
                if number == 3:
                    self._credit(move, lambda lines: lines[-1:].write({"quantity": 1}))
        Invoice = self.env["project.billing.invoice"].with_user(self.pm)
        self.env.flush_all()
        found = dict(
            Invoice._read_group(
                [("state", "=", "posted")], ["project_id"], ["amount_untaxed:sum"]
            )
        )
        wanted = dict(self.env.execute_query(SQL(ORACLE)))
        self.assertEqual(len(wanted), 3)
        for project, amount in found.items():
            self.assertAlmostEqual(
                amount, float(wanted.pop(project.id)), 6, project.name
            )
        self.assertFalse(wanted)
        for currency in (chf, self.project.billing_currency_id):
            ((total, residual, overdue),) = self.env.execute_query(
                SQL(OPEN, date(2026, 5, 20), currency.id)
            )
            ((*sums,),) = Invoice._read_group(
                [("state", "=", "posted"), ("currency_id", "=", currency.id)],
                [],
                [f"{name}:sum" for name in AMOUNTS[1:]],
            )
            for amount, expected in zip(
                sums, (total, total - residual, residual, overdue), strict=True
            ):
                self.assertTrue(expected)
                self.assertAlmostEqual(amount, float(expected), 6)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-15 12:00:00")
class TestProjectInvoiceActions(ProjectInvoiceCommon):
    """From a project to its invoices, without any right in accounting."""

    def test_from_the_project(self):
        """I4: the manager opens the project's invoices and reads every screen."""
        self._post(self._request(self.project, 2))
        self._post(self._request(self.shop, 1))
        project = self.project.with_user(self.pm)
        action = project.action_billing_open_invoices()
        rows = self.env[action["res_model"]].with_user(self.pm).search(action["domain"])
        self.assertEqual(rows.project_id, self.project)
        for kind in ("list", "kanban", "form", "search", "pivot", "graph"):
            with self.subTest(view=kind):
                view = rows.get_view(view_type=kind)
                names = [n for n in rows.fields_get() if n in view["arch"]]
                self.assertTrue(rows.web_read({name: {} for name in names}))
        self.assertFalse(self.env["account.move"].with_user(self.pm).has_access("read"))
        with self.assertRaises(AccessError):
            rows.action_open_move()
        opened = rows.with_user(self.accountant).action_open_move()
        self.assertEqual(opened["res_id"], rows.sudo().move_id.id)
        self.assertEqual(rows.action_open_request()["res_id"], rows.request_id.id)
        self.assertFalse(project.billing_amount_overdue)
        self.assertEqual(project.billing_amount_outstanding, 230)
        self.assertEqual(project.billing_amount_invoiced, 200)

    def test_sending(self):
        """A posted invoice is sent from its row; a draft or credit note is refused."""
        self.partner_a.email = "customer@example.com"
        move = self._invoice(self._request(self.project, 2))
        with self.assertRaisesRegex(BillingError, "is a draft"):
            self._rows().action_send()
        with self.assertRaisesRegex(BillingError, "at least one"):
            self._rows().browse().action_send()
        move.action_post()
        row = self._rows()
        self.assertEqual(row.situation, "The customer was not sent it yet.")
        self.assertEqual(row.action_send()["res_model"], "project.billing.send")
        with self.assertRaises(AccessError):
            row.with_user(self.approver).action_send()
        self._credit(move)
        with self.assertRaisesRegex(BillingError, "credit notes"):
            self._rows([("credit", "=", True)]).action_send()

    def test_situation(self):
        """Each row says in words what comes next."""
        move = self._invoice(self._request(self.project, 2))
        self.assertIn("not posted", self._rows().situation)
        move.action_post()
        move.is_move_sent = True
        self.assertIn("Waits", self._rows().situation)
        with freeze_time("2026-03-16"):
            self.assertEqual(self._rows().situation, "Overdue for 1 day.")
        with freeze_time("2026-03-20"):
            self.assertEqual(self._rows().situation, "Overdue for 5 days.")
            self._pay(move)
            self.assertIn("Nothing", self._rows().situation)
