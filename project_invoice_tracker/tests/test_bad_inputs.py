"""Bad inputs 1 to 29: projects, periods, time, rates, milestones."""

from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..exceptions import NothingToBill, SourceClosed
from .bad_inputs_common import BadInputsCommon


@tagged("post_install", "-at_install")
class TestBadInputs(BadInputsCommon):
    def _rate(self, **values):
        return self.env["project.billing.rate"].create(
            {"rule_id": self.rule.id, "price_unit": 120, **values}
        )

    def _mend_project(self, **values):
        self._log(1)
        self.project.write(values)

    def test_01_no_project(self):
        requests = self.env["project.billing.request"].with_user(self.pm)
        for none in ([], self.env["project.project"]):
            self._refuse("Choose a project to bill", lambda n=none: requests.prepare(n))
        self._refuse("does not exist", lambda: requests.prepare([2**31 - 5]))

    def test_02_no_customer(self):
        self._mend_project(partner_id=False)
        self._refuse("Website has no customer. Set one", self._prepare)

    def test_03_not_billable(self):
        bare = self._create_project(name="Bare")
        self._refuse("Bare has no billing rule. Ask", lambda: self._prepare(bare))

    def test_04_archived_or_template(self):
        for values in ({"active": False}, {"active": True, "is_template": True}):
            self._mend_project(**values)
            self._refuse("Website is archived or a template", self._prepare)

    def test_05_end_before_start(self):
        self._refuse(
            "The period ends .* before it starts",
            lambda: self._prepare(date_to=date(2026, 1, 1), date_from=date(2026, 2, 1)),
        )

    @freeze_time("2026-03-20")
    def test_06_period_in_the_future(self):
        """6: allowed on purpose: only what is recorded is billed, and by its day."""
        self._log(2)
        self._log(1, date(2026, 4, 1))
        self.assertEqual(self._prepare(date_to=date(2026, 3, 31)).hours, 2)

    def test_07_period_too_long(self):
        self._refuse(
            "more than 10 years: from 2002-01-01 to 2026-12-31. Check the years",
            lambda: self._prepare(date_from=date(2002, 1, 1)),
        )

    def test_08_no_date(self):
        for day in ("2026-02-30", "tomorrow", True, ["2026-01-01"], 20260101, "\x00"):
            with self.subTest(day):
                self._refuse(
                    "needs valid dates, like 2026-03-31",
                    lambda d=day: self._prepare(date_to=d),
                )

    def test_09_year_1_and_9999(self):
        for day in ("0001-01-01", "1899-12-31", "9999-12-31"):
            with self.subTest(day):
                self._refuse(
                    f"{day} is outside the allowed range",
                    lambda d=day: self._prepare(date_to=d),
                )
        self._log(1, date(9999, 12, 31))
        self._log(1, date(1, 1, 1))
        self._refuse("Nothing to bill", self._prepare, NothingToBill)

    def test_10_nothing_to_bill(self):
        self._refuse(
            "Nothing to bill for Website up to 12/31/2026", self._prepare, NothingToBill
        )

    def test_11_billed_already(self):
        self._log(1)
        request = self._prepare()
        self._refuse(
            f"What was ready is in {request.name} \\(draft, pm_test",
            self._prepare,
            NothingToBill,
        )
        self._post(request)
        self._refuse("Nothing to bill", self._prepare, NothingToBill)

    def test_13_entry_of_nothing(self):
        """13: an entry of 0 h is left out; what is beside it is billed."""
        empty = self._log(0)
        self._log(1)
        self.assertEqual(self._prepare().hours, 1)
        self.assertFalse(empty.billing_state)

    def test_14_negative_entry_alone(self):
        """14, I23: it waits for work instead of becoming a negative invoice."""
        self._log(-2)
        self._refuse("Nothing to bill", self._prepare, NothingToBill)

    def test_15_more_than_a_day(self):
        """15: 25 h of a day are billed, and the approver is told to look twice."""
        self._log(20)
        self._log(5)
        self._log(25, employee_id=self.bob.id, day=date(2026, 3, 3))
        self._log(24, employee_id=self.bob.id, day=date(2026, 3, 4))
        request = self._prepare()
        request.action_submit()
        note = request.with_user(self.approver).long_days_note
        self.assertIn("Ann, 03/02/2026: 25.00 h; Bob, 03/03/2026: 25.00 h", note)
        self.assertNotIn("03/04", note)

    def test_16_hours_beyond_reason(self):
        for hours in (1e15, 1e9):
            with self.subTest(hours):
                self._refuse(
                    "hours|number|large",
                    lambda h=hours: self._log(h) and self._prepare(),
                )
        self._log(2)
        line = self._prepare().line_ids
        for hours in (1e15, 1e300, float("nan"), float("inf"), -1):
            with self.subTest(hours):
                self._refuse(
                    "must be a number from 0|has only",
                    lambda h=hours: line.change_quantity(h),
                )

    def test_17_hours_as_text(self):
        self._log(2)
        line = self._prepare().line_ids
        for hours in ("abc", True, [1], {}, None, "1,5"):
            with self.subTest(hours):
                self._refuse(
                    "must be a number from 0", lambda h=hours: line.change_quantity(h)
                )

    def test_18_entry_without_a_person(self):
        """18: only SQL makes one; at a price per person the entry is named."""
        entry = self._log(1)
        self.rule.price_unit = 0
        self._rate(employee_id=self.ann.id)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE account_analytic_line SET employee_id = NULL WHERE id = %s",
                entry.id,
            )
        )
        self.env.invalidate_all()
        self._refuse("without an employee on project Website", self._prepare)

    def test_19_no_rate(self):
        self.rule.price_unit = 0
        self._log(1)
        self._refuse("Ann", self._prepare)

    def test_20_rate_of_nothing(self):
        """20: free work is written off, with a reason; a rate of 0 is a slip."""
        self._refuse("greater than zero", lambda: self._rate(price_unit=0))

    def test_21_negative_price(self):
        for step in (
            lambda: self._rate(price_unit=-1),
            lambda: self.rule.write({"price_unit": -1}),
        ):
            self._refuse("zero|negative", step)
        self._log(1)
        request = self._prepare()
        lines = self.env["project.billing.line"].with_user(self.pm)
        values = {"request_id": request.id, "name": "Typed", "price_unit": -5}
        self._refuse("Typed.*not negative", lambda: lines.create(values))

    def test_22_overlapping_rates(self):
        self._rate(date_from=date(2026, 1, 1))
        said = self._refuse(
            "hold on the same days",
            lambda: self._rate(date_from=date(2026, 2, 1), price_unit=130),
            ValidationError,
        )
        self.assertIn("120", said)
        self.assertIn("130", said)

    def test_23_no_exchange_rate(self):
        currency = self.env["res.currency"].create({"name": "XQX", "symbol": "x"})
        project = self._create_project(name="Abroad")
        self._create_rule(project, currency_id=currency.id)
        self._log(1, project_id=project.id)
        request = self._approve(self._prepare(project))
        self._refuse("No exchange rate for XQX on", request.action_create_invoice)

    def test_24_inactive_currency(self):
        self._log(1)
        euro = self.setup_other_currency("EUR")
        self.rule.currency_id = euro
        request = self._prepare()
        euro.active = False
        self._refuse("The currency EUR is not active. Ask", request.action_submit)
        self._refuse("The currency EUR is not active. Ask", self._prepare)

    def test_25_mixed_currencies(self):
        euro = self.setup_other_currency("EUR")
        self._refuse(
            "must have the same company and currency",
            lambda: self._create_rule(currency_id=euro.id),
        )

    def test_26_milestone_not_reached(self):
        self._milestone_rule()
        self._create_milestones(100)
        self._refuse("Nothing to bill", self._prepare, NothingToBill)

    def _milestone_rule(self):
        return self._create_rule(
            kind="milestone", product_id=self.product_a.id, contract_amount=1000
        )

    def test_27_milestones_beyond_the_contract(self):
        self._milestone_rule()
        self._refuse("110", lambda: self._create_milestones(60, 50))

    def test_28_reached_no_more(self):
        """28: what a request holds stays reached; the sentence names the request."""
        self._milestone_rule()
        milestone = self._create_milestones(100)
        milestone.is_reached = True
        request = self._prepare()
        self._refuse(
            request.name, lambda: milestone.write({"is_reached": False}), SourceClosed
        )
        request.action_cancel()
        milestone.is_reached = False
        self._refuse("Nothing to bill", self._prepare, NothingToBill)

    def test_29_milestone_of_another_project(self):
        other = self._create_project(name="Shop", user_id=self.other_pm.id)
        foreign = self.env["project.milestone"].create(
            {"name": "Theirs", "project_id": other.id}
        )
        rule = self._create_rule(
            kind="progress",
            product_id=self.product_a.id,
            contract_amount=1000,
            progress_by="milestone",
        )
        self._refuse(
            "belongs to another project",
            lambda: rule.with_user(self.pm).report_progress(
                50.0, "2026-03-03", foreign.id
            ),
        )
        with self.assertRaises(AccessError):
            foreign.with_user(self.pm).action_billing_sign_off("Client")
