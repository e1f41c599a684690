"""The cockpit: every figure against statements of its own, and the records behind."""

import json
from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..exceptions import BillingError
from .cockpit_cash_common import CockpitCash
from .cockpit_common import TODAY
from .common import some
from .security_common import CANARIES

#: Open work from the ledger's rows and the prices, not from the counters: by age.
OPEN_WORK = """
    SELECT CASE WHEN days <= 30 THEN 0 WHEN days <= 60 THEN 1
                WHEN days <= 90 THEN 2 ELSE 3 END AS age,
           sum(round(pieces * price_unit, 2)), count(*)
      FROM (SELECT item.price_unit, %(today)s - item.date AS days,
                   (item.quantity - coalesce((
                       SELECT sum(quantity) FROM project_billing_allocation slice
                        WHERE slice.item_id = item.id AND state <> 'released'), 0))
                   / CASE item.unit WHEN 'minute' THEN 60 ELSE 1 END AS pieces
              FROM project_billing_item item
              JOIN project_project project ON project.id = item.project_id
             WHERE item.ready AND item.currency_id = %(currency)s
               AND project.user_id IN %(users)s) work
     WHERE pieces <> 0
     GROUP BY 1
"""
#: Requests by state, from the lines.
REQUESTS = """
    SELECT request.state, sum(line.price_subtotal), count(DISTINCT request.id)
      FROM project_billing_line line
      JOIN project_billing_request request ON request.id = line.request_id
     WHERE request.currency_id = %(currency)s AND request.user_id IN %(users)s
       AND line.removed IS NOT TRUE
     GROUP BY 1
"""
#: What was billed in a period, from the lines of invoices and credit notes.
BILLED = """
    SELECT coalesce(sum(-aml.amount_currency), 0)
      FROM account_move_line aml
      JOIN account_move move ON move.id = aml.move_id
       AND move.state = %(state)s AND move.currency_id = %(currency)s
      JOIN project_billing_line line
        ON line.id IN (aml.billing_line_id, aml.billing_origin_line_id)
      JOIN project_project project ON project.id = line.project_id
     WHERE project.user_id IN %(users)s
       AND coalesce(move.invoice_date, %(since)s) BETWEEN %(since)s AND %(until)s
"""
#: The receivable lines of invoices and credit notes: how much, left, and by days late.
RECEIVABLE = """
    SELECT move.id, aml.amount_currency, aml.amount_residual_currency,
           aml.date_maturity, move.invoice_date, move.commercial_partner_id
      FROM account_move_line aml
      JOIN account_account account ON account.id = aml.account_id
       AND account.account_type = 'asset_receivable'
      JOIN account_move move ON move.id = aml.move_id AND move.state = 'posted'
       AND move.currency_id = %(currency)s
      JOIN (SELECT invoice_line.move_id, min(project.user_id) AS user_id
              FROM account_move_line invoice_line
              JOIN project_billing_line line ON line.id IN (
                   invoice_line.billing_line_id, invoice_line.billing_origin_line_id)
              JOIN project_project project ON project.id = line.project_id
             GROUP BY 1) origin ON origin.move_id = move.id
       AND origin.user_id IN %(users)s
"""
#: Amount of a figure, by the model of the records behind it.
MEASURES = {
    "project.billing.item": "amount_open",
    "project.billing.request": "amount_untaxed",
}
INVOICE_MEASURES = {
    "billed": "amount_untaxed",
    "invoice_draft": "amount_untaxed",
    "unpaid": "amount_residual",
    "overdue": "amount_overdue",
    "unsent": "amount_total",
    "unpaid_ages": "amount_overdue",
}


@tagged("post_install", "-at_install")
@freeze_time("2026-04-15 12:00:00")
class TestCockpit(CockpitCash):
    def _rows(self, query, users=None, currency=None, **values):
        self.env.flush_all()
        values = {
            "today": TODAY,
            "since": date(2026, 1, 1),
            "until": TODAY,
            "currency": (currency or self.company.currency_id).id,
            "users": tuple((users or self.pm).ids),
            **values,
        }
        return self.env.execute_query(SQL(query, **values))

    def _each_view(self):
        """Yield the figures of several people and currencies, and whose they are."""
        managers = self.pm | self.other_pm
        for reader, users in (
            (self.pm, self.pm),
            (self.other_pm, self.other_pm),
            (self.approver, managers),
            (self.accountant, managers),
            (self.admin, managers),
        ):
            for currency in (self.company.currency_id, self.euro):
                figures = self._cockpit(reader, currency_id=currency.id)
                if figures["currency_id"] == currency.id:
                    with self.subTest(reader=reader.login, currency=currency.name):
                        yield figures, users, currency

    # === EVERY FIGURE ===

    def test_work_and_requests(self):
        """Ready work by age, and requests by state, equal the ledger's rows."""
        views = 0
        for figures, users, currency in self._each_view():
            views += 1
            ages = {row[0]: row for row in self._rows(OPEN_WORK, users, currency)}
            for age, figure in enumerate(figures["work_ages"]):
                _age, amount, count = ages.get(age, (age, 0, 0))
                # each item has its part of a line, to the cent beside its own worth
                delta = 0.01 * count + 0.000001
                self.assertAlmostEqual(figure["amount"], float(amount), delta=delta)
                self.assertEqual(figure["count"], count)
            total = sum(figure["amount"] for figure in figures["work_ages"])
            self.assertAlmostEqual(figures["ready"]["amount"], total, 2)
            self.assertTrue(total)
            states = {row[0]: row for row in self._rows(REQUESTS, users, currency)}
            for state in ("draft", "submitted", "approved"):
                _state, amount, count = states.get(state, (state, 0, 0))
                figure = figures[f"request_{state}"]
                self.assertAlmostEqual(figure["amount"], float(amount), 2)
                self.assertEqual(figure["count"], count)
        self.assertGreaterEqual(views, 8)

    def test_invoices(self):
        """Billed, draft, paid, outstanding and overdue are what accounting booked."""
        for figures, users, currency in some(self._each_view()):
            for name, state in (("billed", "posted"), ("invoice_draft", "draft")):
                ((amount,),) = self._rows(BILLED, users, currency, state=state)
                self.assertAlmostEqual(figures[name]["amount"], float(amount), 2)
            rows = self._rows(RECEIVABLE, users, currency)
            left = [(float(row[2]), (TODAY - row[3]).days) for row in rows]
            self.assertAlmostEqual(
                figures["unpaid"]["amount"], sum(amount for amount, _days in left), 2
            )
            late = sum(amount for amount, days in left if days > 0)
            self.assertAlmostEqual(figures["overdue"]["amount"], late, 2)
            self.assertAlmostEqual(
                figures["unpaid_ages"][0]["amount"],
                sum(amount for amount, days in left if days <= 0),
                2,
            )
            self.assertAlmostEqual(
                sum(figure["amount"] for figure in figures["unpaid_ages"][1:]), late, 2
            )
            this_year = [row for row in rows if row[4] >= date(2026, 1, 1)]
            paid = sum(float(row[1] - row[2]) for row in this_year)
            self.assertAlmostEqual(figures["billed"]["paid"], paid, 2)

    def test_overdue_ages(self):
        """Each overdue invoice is in the class of its oldest open instalment."""
        figures = self._cockpit(self.approver)
        late = {}
        rows = self._rows(RECEIVABLE, self.pm | self.other_pm)
        for move, _total, left, due, _dated, _customer in rows:
            if left and due < TODAY:
                days, amount = late.get(move, (0, 0.0))
                late[move] = (max(days, (TODAY - due).days), amount + float(left))
        bounds = ((1, 30), (31, 60), (61, 90), (91, 9999))
        for (first, last), figure in zip(
            bounds, figures["unpaid_ages"][1:], strict=True
        ):
            amounts = [a for days, a in late.values() if first <= days <= last]
            self.assertAlmostEqual(figure["amount"], sum(amounts), 2)
            self.assertEqual(figure["count"], len(amounts))
        self.assertEqual(
            figures["overdue"]["days"], max(days for days, _amount in late.values())
        )

    def test_months_and_periods(self):
        """The small chart sums to what the last twelve months say."""
        figures = self._cockpit(self.approver, period="months_12")
        months = figures["billed"]["months"]
        self.assertEqual(months[0]["month"], "2025-05")
        total = sum(month["amount"] for month in months)
        self.assertAlmostEqual(total, figures["billed"]["amount"], 2)
        for period, since, until in (
            ("month", date(2026, 4, 1), TODAY),
            ("last_month", date(2026, 3, 1), date(2026, 3, 31)),
            ("quarter", date(2026, 4, 1), TODAY),
        ):
            figures = self._cockpit(self.approver, period=period)
            ((amount,),) = self._rows(
                BILLED,
                self.pm | self.other_pm,
                state="posted",
                since=since,
                until=until,
            )
            self.assertAlmostEqual(figures["billed"]["amount"], float(amount), 2)

    # === WHAT IS BEHIND ===

    def test_domains(self):
        """The records that a figure opens are as many, and sum to the figure."""
        seen = 0
        for user in (self.pm, self.approver):
            for currency in (self.company.currency_id, self.euro):
                figures = self._cockpit(user, currency_id=currency.id)
                for name, figure in self._walk(figures):
                    with self.subTest(user=user.login, figure=name):
                        seen += bool(figure["count"])
                        self._check_domain(user, name, figure)
        self.assertGreater(seen, 50)

    def _walk(self, figures):
        """Yield every figure, with the name of what it is part of."""
        for name, value in figures.items():
            for each in value if isinstance(value, list) else [value]:
                if (
                    isinstance(each, dict)
                    and {"amount", "count", "open"} <= each.keys()
                ):
                    yield name, each

    def _check_domain(self, user, name, figure):
        model, domain = figure["open"]["model"], figure["open"]["domain"]
        # as the web client sends it
        domain = json.loads(json.dumps(domain, default=str))
        records = self.env[model].with_user(user).search(domain)
        self.assertEqual(len(records), figure["count"])
        measure = MEASURES.get(model) or INVOICE_MEASURES[name]
        amount = sum(records.mapped(measure))
        if name == "unpaid_ages" and figure["key"] == "0":
            # of instalments, only those that are not due
            amount = sum(records.mapped("amount_residual")) - amount
        if name != "problems":
            self.assertAlmostEqual(figure["amount"], amount, 2)

    def test_weeks_and_next(self):
        """Planned work by week, what is late, and what comes first."""
        figures = self._cockpit()
        self.assertEqual(
            [row["amount"] for row in figures["weeks"]][:3], [2000.0, 0.0, 450.0]
        )
        self.assertEqual(figures["late"]["amount"], 1000)
        self.assertEqual(figures["undated"]["amount"], 4000)
        self.assertEqual(
            [(row["kind"], row["date"], row["late"]) for row in figures["next"]],
            [
                ("milestone", "2026-04-06", True),
                ("milestone", "2026-04-18", False),
                ("recurring", "2026-05-01", False),
                ("milestone", "2026-06-30", False),
            ],
        )
        # ten more periods of the retainer are planned, but only the next one is shown
        self.assertEqual(figures["planned"]["count"], 4 + 12)

    # === RIGHTS AND FILTERS ===

    def test_own_projects_only(self):
        """A manager's figures know nothing of others' projects, whatever is asked."""
        figures = self._cockpit()
        self.assertFalse(figures["sees_all"])
        text = json.dumps(figures, default=str)
        self.assertNotIn("Colleague", text)
        self.assertNotIn("Abroad", text)
        for canary in CANARIES:
            self.assertNotIn(canary, text)
        self.assertEqual(
            {name for _id, name in figures["choices"]["user_id"]}, {self.pm.name}
        )
        others = self._cockpit(user_id=self.other_pm.id)
        self.assertTrue(others["empty"])
        self.assertNotIn("ready", others)

    def test_customer_and_manager(self):
        """Filters choose projects, for all figures alike."""
        whole = self._cockpit(self.approver)
        parts = [
            self._cockpit(self.approver, user_id=user.id)
            for user in (self.pm, self.other_pm)
        ]
        for name in ("ready", "request_draft", "unpaid", "billed", "planned"):
            total = sum(part[name]["amount"] for part in parts)
            self.assertAlmostEqual(whole[name]["amount"], total, 2, msg=name)
        customer = self.partner_b.commercial_partner_id
        figures = self._cockpit(self.approver, partner_id=customer.id)
        items = self.env["project.billing.item"].search(
            [
                ("project_id", "=", self.shop.id),
                ("ready", "=", True),
                ("quantity_open", "!=", 0),
            ]
        )
        amount = sum(items.mapped("amount_open"))
        self.assertAlmostEqual(figures["ready"]["amount"], amount, 2)
        self.assertEqual([row["name"] for row in figures["top"]], ["Shop"])

    def test_companies(self):
        """Only what the chosen companies have; others than one's own are refused."""
        figures = self._cockpit(self.abroad_pm)
        self.assertEqual(figures["ready"]["hours"], 7)
        self.assertEqual(figures["unpaid"]["count"], 0)
        with self.assertRaises(AccessError):
            self._cockpit(company_id=self.abroad.id)

    def test_refusals(self):
        """Nobody without billing rights gets a figure, and no nonsense an answer."""
        with self.assertRaises(AccessError):
            self._cockpit(self.worker)
        for filters in (
            {"nonsense": 1},
            {"period": "century"},
            {"period": 1},
            {"partner_id": "1 OR 1=1"},
            {"user_id": True},
            {"currency_id": [1]},
        ):
            with self.subTest(filters=filters), self.assertRaises(BillingError):
                self._cockpit(**filters)
        cockpit = self.env["project.billing.cockpit"].with_user(self.pm)
        for filters in ([1], "x", 5):
            with self.assertRaises(BillingError):
                cockpit.figures(filters)

    def test_nothing_yet(self):
        """Who has no project that is billed is told so."""
        newcomer = self._create_user("newcomer", "group_billing_user")
        figures = self._cockpit(newcomer)
        self.assertTrue(figures["empty"])
        self.assertFalse(figures["can_set_up"])

    def test_attention(self):
        """What is late is for everybody, the rest for those whose turn it is."""

        def labels(user):
            return {task["label"] for task in self._cockpit(user)["attention"]}

        self.assertIn("drafts to submit", labels(self.pm))
        self.assertNotIn("to approve", labels(self.pm))
        self.assertIn("to approve", labels(self.approver))
        self.assertIn("draft invoices to post", labels(self.accountant))
        self.assertNotIn("drafts to submit", labels(self.accountant))
        for user in (self.pm, self.approver, self.accountant):
            self.assertIn("of work older than 30 days", labels(user))

    def test_query_count(self):
        """The number of statements hangs neither on projects nor on records."""
        self._cockpit()
        cockpit = self.env["project.billing.cockpit"].with_user(self.pm)
        with self.assertQueryCount(15):
            cockpit.figures({})
        for number in range(3):
            project = self._billed(f"More {number}")
            self._log(1, TODAY - timedelta(number), project_id=project.id)
        self._cockpit()
        with self.assertQueryCount(15):
            cockpit.figures({})
