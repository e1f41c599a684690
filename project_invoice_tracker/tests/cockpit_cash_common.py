"""Expected cash: every month of every source, recomputed record by record."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from ..exceptions import BillingError
from .cockpit_common import TODAY, CockpitCommon

MONTHS = ("2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
SOURCES = ("unpaid", "draft", "requests", "ready", "planned")


@tagged("post_install", "-at_install")
class CockpitCash(CockpitCommon):
    """Tests of expected cash, on the data of the class that inherits them."""

    def _payers(self, managers):
        """Return how late and how long after the invoice customers paid, by hand."""
        days = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
        requests = self.env["project.billing.request"].search(
            [
                ("user_id", "in", managers.ids),
                ("company_id", "=", self.company.id),
                ("state", "=", "invoiced"),
            ]
        )
        for move in requests.invoice_id.filtered(lambda m: m.state == "posted"):
            for term in move.line_ids.filtered("matched_credit_ids"):
                for part in term.matched_credit_ids:
                    payment = part.credit_move_id
                    if payment.move_id.move_type == "out_refund":
                        continue
                    weight = Decimal(str(part.amount))
                    late = (payment.date - term.date_maturity).days
                    after = (payment.date - move.invoice_date).days
                    for key in (move.commercial_partner_id.id, None):
                        days[key][0] += weight
                        days[key][1] += weight * late
                        days[key][2] += weight * after
        return {
            key: (self._whole(late / weight), self._whole(after / weight))
            for key, (weight, late, after) in days.items()
        }

    def _whole(self, number):
        return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def _customer(self, project):
        partner = project.billing_partner_id or project.partner_id
        return partner.commercial_partner_id.id

    def _month(self, day):
        key = f"{day:%Y-%m}"
        return min(max(key, MONTHS[0]), MONTHS[-1])

    def _expected(self, managers, currency):
        """Return ``{(source, month): {record: amount}}``, one record at a time."""
        cash = defaultdict(lambda: defaultdict(float))
        payers = self._payers(managers)
        domain = [
            ("project_id.user_id", "in", managers.ids),
            ("currency_id", "=", currency.id),
            ("company_id", "=", self.company.id),
        ]
        for row in self.env["project.billing.invoice"].search(domain):
            late, days = payers.get(row.partner_id.id, payers[None])
            if row.state == "draft":
                month = self._month(TODAY + timedelta(days))
                cash["draft", month][row] += row.amount_total
            else:
                self._add_terms(cash, row, late)
        self._add_work(cash, domain, payers)
        return cash

    def _add_terms(self, cash, row, late):
        """Add what instalments of an invoice leave: what is overdue, and the rest."""
        terms = row.move_id.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        overdue = terms.filtered(
            lambda line: line.date_maturity < TODAY and line.amount_residual
        )
        if overdue:
            first = min(overdue.mapped("date_maturity")) + timedelta(late)
            amount = sum(overdue.mapped("amount_residual_currency"))
            cash["unpaid", self._month(max(first, TODAY))][row] += amount
        rest = terms - overdue
        if any(rest.mapped("amount_residual")):
            last = max(terms.mapped("date_maturity")) + timedelta(late)
            amount = sum(rest.mapped("amount_residual_currency"))
            cash["unpaid", self._month(max(last, TODAY))][row] += amount

    def _add_work(self, cash, domain, payers):
        """Add what is not invoiced yet, by the days that its customer takes."""

        def after(project, day=TODAY):
            days = payers.get(self._customer(project), payers[None])[1]
            return self._month(max(day, TODAY) + timedelta(days))

        on_the_way = ("state", "in", ("draft", "submitted", "approved"))
        for request in self.env["project.billing.request"].search(
            [*domain, on_the_way]
        ):
            cash["requests", after(request.project_id)][request] += request.amount_total
        for item in self.env["project.billing.item"].search(
            [*domain, ("quantity_open", "!=", 0)]
        ):
            if item.ready:
                cash["ready", after(item.project_id)][item] += item.amount_open
            elif item.date:
                month = after(item.project_id, item.date)
                cash["planned", month][item] += item.amount_open

    def test_cash_months(self):
        """Every source in every month, and the records that open."""
        filled = 0
        for user, managers in (
            (self.pm, self.pm),
            (self.other_pm, self.other_pm),
            (self.approver, self.pm | self.other_pm),
        ):
            for currency in (self.company.currency_id, self.euro):
                figures = self._cockpit(user, currency_id=currency.id)
                if figures["currency_id"] != currency.id:
                    continue
                expected = self._expected(managers, currency)
                with self.subTest(user=user.login, currency=currency.name):
                    filled += self._check(figures["cash"], expected, user, currency)
        self.assertGreater(filled, 25)

    def _check(self, cash, expected, user, currency):
        self.assertEqual(tuple(cash["months"]), MONTHS)
        self.assertEqual([row["source"] for row in cash["series"]], list(SOURCES))
        filled = 0
        cockpit = self.env["project.billing.cockpit"].with_user(user)
        for row in cash["series"]:
            for month, amount in zip(MONTHS, row["amounts"], strict=True):
                parts = expected[row["source"], month]
                with self.subTest(source=row["source"], month=month):
                    self.assertAlmostEqual(amount, sum(parts.values()), 2)
                    opens = cockpit.open_cash(
                        row["source"], month, {"currency_id": currency.id}
                    )
                    found = self.env[opens["model"]].with_user(user)
                    found = found.search(opens["domain"])
                    self.assertEqual(set(found.ids), {record.id for record in parts})
                    filled += bool(parts)
        return filled

    def test_who_never_paid(self):
        """Without any payment, work is expected 30 days from today."""
        newcomer = self._create_user("newcomer", "group_billing_user")
        project = self._billed("New", user_id=newcomer.id)
        self._log(2, project_id=project.id)
        cash = self._cockpit(newcomer)["cash"]
        self.assertEqual((cash["late"], cash["days"]), (0, 30))
        ready = cash["series"][SOURCES.index("ready")]
        self.assertEqual(ready["amounts"], [0, 175.3, 0, 0, 0, 0, 0])

    def test_long_ago(self):
        """What was paid more than a year ago says nothing any more."""
        with freeze_time("2027-08-01 12:00:00"):
            cash = self._cockpit()["cash"]
        self.assertEqual((cash["late"], cash["days"]), (0, 30))
        self.assertEqual(cash["months"][0], "2027-08")
        with freeze_time("2026-12-01 12:00:00"):
            self.assertNotEqual(self._cockpit()["cash"]["days"], 30)

    def test_credit_is_no_payment(self):
        """A credit note on the day of the invoice makes nobody pay at once."""
        before = self._cockpit()["cash"]
        for move in self.env["account.move"].search(
            [("billing_tracked", "=", True), ("payment_state", "=", "not_paid")]
        ):
            if move.move_type == "out_invoice" and move.state == "posted":
                self._take_back(move, date(2026, 4, 14), partly=False)
        after = self._cockpit()["cash"]
        self.assertEqual(
            (before["late"], before["days"]), (after["late"], after["days"])
        )

    def test_cash_refusals(self):
        cockpit = self.env["project.billing.cockpit"]
        for source, month in (
            ("unpaid", "2031-01"),
            ("unpaid", None),
            ("nothing", "2026-04"),
            ("ready", "2026-04'; --"),
        ):
            with self.assertRaises(BillingError):
                cockpit.with_user(self.pm).open_cash(source, month)
        with self.assertRaises(AccessError):
            cockpit.with_user(self.worker).open_cash("ready", "2026-04")
