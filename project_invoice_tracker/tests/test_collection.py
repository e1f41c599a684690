"""Days sales outstanding and days to pay, of projects and managers."""

from datetime import date, timedelta

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import BillingCommon

NAMES = ("dso:avg", "days_to_pay:avg", "amount_residual:sum", "amount_recent:sum")
#: Outstanding and billed by project from the receivable lines of the invoices.
OPEN = """
    SELECT request.project_id, sum(term.amount_residual_currency),
           sum(term.amount_currency) FILTER (WHERE move.invoice_date > %(since)s),
           min(move.invoice_date)
      FROM (SELECT DISTINCT line.project_id, aml.move_id
              FROM account_move_line aml
              JOIN project_billing_line line
                ON line.id = coalesce(aml.billing_line_id, aml.billing_origin_line_id)
           ) request
      JOIN account_move move ON move.id = request.move_id AND move.state = 'posted'
      JOIN account_move_line term ON term.move_id = move.id
       AND term.display_type = 'payment_term'
     GROUP BY request.project_id
"""


@tagged("post_install", "-at_install")
@freeze_time("2026-06-30 12:00:00")
class TestCollection(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls._create_project(name="Shop", user_id=cls.other_pm.id)
        cls._create_rule(cls.shop)

    def _sell(self, hours, day, project=None):
        """Post an invoice of hours at 115 with taxes, dated a day."""
        project = project or self.project
        self._log(hours, date(2026, 1, 5), project_id=project.id)
        Request = self.env["project.billing.request"].with_user(project.user_id)
        request = Request.prepare(project, date(2026, 12, 31))
        request.action_submit()
        request.with_user(self.approver).action_approve()
        request.action_create_invoice()
        move = request.sudo().invoice_id.with_user(self.accountant).sudo(False)
        move.invoice_date = day
        move.action_post()
        return move

    def _pay(self, move, day, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"payment_date": day, **({"amount": amount} if amount else {})})
        )
        wizard._create_payments()

    def _groups(self, by="project_id", user=None, names=NAMES, domain=()):
        self.env.flush_all()
        self.env.invalidate_all()
        Collection = self.env["project.billing.collection"].with_user(
            user or self.approver
        )
        return {
            key: tuple(round(float(figure or 0), 4) for figure in figures)
            for key, *figures in Collection._read_group(list(domain), [by], list(names))
        }

    def test_dso(self):
        """Outstanding over billed, times the days since the first invoice."""
        self._sell(10, date(2026, 4, 2))
        late = self._sell(20, date(2026, 5, 1))
        self._sell(8, date(2025, 1, 1), self.shop)
        self._sell(2, date(2026, 6, 1), self.shop)
        self._pay(late, date(2026, 6, 20))
        # 90 days from the second of April to today; a year for the shop
        self.assertEqual(
            self._groups(),
            {
                self.project: (round(1150 / 3450 * 90, 4), 50, 1150, 3450),
                self.shop: (round(1150 / 230 * 365, 4), 0, 1150, 230),
            },
        )

    def test_days_to_pay(self):
        """Each payment counts by its amount; a credit note is no payment."""
        move = self._sell(10, date(2026, 4, 1))
        self._pay(move, date(2026, 4, 11), 230)
        self._pay(move, date(2026, 5, 1), 690)
        other = self._sell(4, date(2026, 4, 1))
        self._credit(other)
        days = round((230 * 10 + 690 * 30) / 920, 4)
        found = self._groups(names=["days_to_pay:avg", "amount_collected:sum"])
        self.assertEqual(found, {self.project: (days, 920)})
        row = self.env["project.billing.collection"].search([("move_id", "=", move.id)])
        self.assertEqual(row.days_to_pay, 25)
        self.assertEqual(row.amount_residual, 230)

    def test_credit_notes(self):
        """What was credited is not billed and not outstanding."""
        self._sell(10, date(2026, 6, 1))
        self._credit(self._sell(6, date(2026, 6, 1)))
        [figures] = self._groups().values()
        self.assertEqual(figures, (30, 0, 1150, 1150))

    def test_nothing_billed(self):
        """Without sales in the period there is nothing to compare with."""
        self._sell(1, date(2025, 1, 1))
        [figures] = self._groups().values()
        self.assertEqual(figures, (0, 0, 115, 0))

    def test_drafts_do_not_count(self):
        self._log(1)
        self._invoice()
        self.assertFalse(self._groups())

    def test_managers(self):
        """Each sees the own projects; who approves or posts sees all."""
        self._sell(1, date(2026, 6, 1))
        self._sell(2, date(2026, 6, 1), self.shop)
        names = ["amount_residual:sum"]
        everything = {self.pm: (115,), self.other_pm: (230,)}
        for user, expected in (
            (self.pm, {self.pm: (115,)}),
            (self.other_pm, {self.other_pm: (230,)}),
            (self.approver, everything),
            (self.accountant, everything),
        ):
            self.assertEqual(self._groups("user_id", user, names), expected)

    def test_against_receivables(self):
        """The same from the receivable lines, over currencies and credit notes."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"name": "2024-01-01", "currency_id": euro.id, "rate": 0.8}
        )
        abroad = self._create_project(name="Abroad")
        self._create_rule(abroad, currency_id=euro.id, price_unit=33.33)
        for number in range(9):
            project = (self.project, self.shop, abroad)[number % 3]
            move = self._sell(
                number + 1, date(2025, 5, 1) + timedelta(days=50 * number), project
            )
            if number % 4 == 1:
                self._pay(move, move.invoice_date + timedelta(days=7 * number))
            elif number % 4 == 2:
                self._pay(move, move.invoice_date + timedelta(days=20), 50)
            elif number == 7:
                self._credit(move)
        found = self._groups()
        today = date(2026, 6, 30)
        since = today - timedelta(days=365)
        expected = self.env.execute_query(SQL(OPEN, since=since))
        self.assertEqual(len(expected), 3)
        for project_id, owed, billed, first in expected:
            days = min(365, (today - first).days + 1)
            dso, _paid, residual, recent = found[
                self.env["project.project"].browse(project_id)
            ]
            self.assertAlmostEqual(residual, float(owed), 2)
            self.assertAlmostEqual(recent, float(billed), 2)
            self.assertAlmostEqual(dso, float(owed) / float(billed) * days, 2)

    def test_shared_invoice(self):
        """Each project has its share of what was paid."""
        self.partner_a.billing_one_invoice = True
        other = self._create_project(name="Second")
        self._create_rule(other)
        self._log(1)
        self._log(3, project_id=other.id)
        requests = self._prepare(self.project | other)
        requests.action_submit()
        requests.with_user(self.approver).action_approve()
        requests.action_create_invoice()
        move = requests.sudo().invoice_id.with_user(self.accountant).sudo(False)
        self.assertEqual(len(move), 1)
        move.invoice_date = date(2026, 6, 1)
        move.action_post()
        self._pay(move, date(2026, 6, 11), 230)
        found = self._groups(names=["amount_collected:sum", "days_to_pay:avg"])
        self.assertEqual(found, {self.project: (57.5, 10), other: (172.5, 10)})

    def test_other_companies(self):
        """A company's invoices are for its own users."""
        self._sell(1, date(2026, 6, 1))
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.approver.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self._groups())
