"""Progress: a percentage of a contract bills the difference to what was billed."""

from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..exceptions import BillingError, NothingToBill, SourceClosed
from .test_contract import ContractCommon


class ProgressCommon(ContractCommon):
    """A contract of 10,000.00 that is billed by progress."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(10000, kind="progress")

    def _report(self, percentage, day, rule=None, **values):
        rule = (rule or self.contract).with_user(self.pm)
        return rule.report_progress(percentage, day, **values).sudo()

    def _items(self, rule=None):
        return self.env["project.billing.item"].search(
            [("rule_id", "=", (rule or self.contract).id), ("ready", "=", True)],
            order="date, id",
        )

    def _planned(self):
        self.project.invalidate_recordset()
        return self.project.billing_amount_planned


@tagged("post_install", "-at_install")
class TestProgress(ProgressCommon):
    def test_the_difference_is_billed(self):
        """I19: 25 %, 40 %, 100 %; three invoices sum to the contract."""
        self.assertEqual(self._planned(), 10000)
        first = self._report(25, date(2026, 1, 31))
        self.assertEqual(first.amount, 2500)
        self.assertEqual(self._planned(), 7500)
        move = self._post()
        self.assertEqual(move.amount_untaxed, 2500)
        self.assertIn("25 % completed", move.invoice_line_ids.name)
        self._report(40, date(2026, 2, 28))
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 1500)
        self.assertEqual(
            request.line_ids.explain()[0]["explanation"],
            "40 % of 10,000.00 less 2,500.00 reported before",
        )
        self._post(request)
        self._report(40, date(2026, 3, 15))
        with self.assertRaises(NothingToBill):
            self._prepare()
        self._report(100, date(2026, 3, 31))
        self.assertEqual(self._post().amount_untaxed, 6000)
        self.assertEqual(self._planned(), 0)
        self.assertEqual(self.contract.progress_percentage, 100)

    def test_period(self):
        """Reports are billed by their day: January alone, then the rest."""
        self._report(20, date(2026, 1, 31))
        self._report(50, date(2026, 2, 28))
        january = self._prepare(date_to=date(2026, 1, 31))
        self.assertEqual(january.amount_untaxed, 2000)
        self._post(january)
        self.assertEqual(self._prepare().amount_untaxed, 3000)

    def test_lower_than_before(self):
        """I19: an open report that is taken back bills only what is left of it."""
        self._report(50, date(2026, 1, 31))
        self._report(40, date(2026, 2, 28))
        self.assertEqual(self._items().mapped("amount"), [4000])
        self.assertEqual(
            self._items().explanation,
            "50 % of 10,000.00, as far as a later report keeps it",
        )
        self._post()
        self._report(30, date(2026, 3, 31))
        self.assertEqual(self._items().mapped("amount"), [4000, -1000])
        self.assertEqual(self._items()[-1].price_unit, 1000)
        with self.assertRaises(NothingToBill):
            self._prepare()
        self._report(60, date(2026, 4, 30))
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 2000)

    def test_changed_contract(self):
        """I19: what is billed stays, the next report takes the difference."""
        self._report(50, date(2026, 1, 31))
        self._post()
        self._report(60, date(2026, 2, 28))
        self.assertEqual(self._items().mapped("amount"), [5000, 1000])
        self.contract.contract_amount = 12000
        self.assertEqual(self._items().mapped("amount"), [5000, 2200])
        self.assertEqual(self._planned(), 4800)
        with self.assertRefused("5,000.00.*at least"):
            self.contract.contract_amount = 4999.99
        self._report(100, date(2026, 3, 31))
        self.assertEqual(self._prepare().amount_untaxed, 7000)

    def test_closed_while_in_use(self):
        """I15: a report in use stays; the sentence says to report anew."""
        report = self._report(50, date(2026, 1, 31))
        own = report.with_user(self.pm).sudo(False)
        own.percentage = 40
        self.assertEqual(self._items().amount, 4000)
        request = self._prepare()
        for change in (
            lambda: own.write({"percentage": 30}),
            lambda: own.write({"date": "2026-02-01"}),
            own.unlink,
        ):
            with self.assertRaisesRegex(SourceClosed, f"{request.name}.*new one"):
                change()
        own.write({"note": "Design", "percentage": 40})
        request.action_cancel()
        own.unlink()
        self.assertFalse(self._items().filtered("quantity"))

    def test_refusals(self):
        """Never more than 100 %, only by the manager, only where it is billed so."""
        for bad in (100.001, -1, "abc", None, float("nan"), float("inf")):
            with self.subTest(percentage=bad), self.assertRaises(BillingError):
                self._report(bad, date(2026, 1, 31))
        with self.assertRaises(BillingError):
            self._report(10, "2026-02-30")
        with self.assertRaisesRegex(BillingError, "not billed by progress"):
            self._report(10, date(2026, 1, 31), self.rule)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.other_pm).report_progress(10)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.worker).report_progress(10)
        with self.assertRaises(AccessError):
            self.env["project.billing.progress"].with_user(self.pm).create(
                {
                    "rule_id": self.contract.id,
                    "percentage": 10,
                    "user_id": self.other_pm.id,
                }
            )
        milestone = self._create_milestones(100)
        with self.assertRefused("without a milestone"):
            self._report(10, date(2026, 1, 31), milestone=milestone)

    def test_next_to_milestones(self):
        """A project may bill one contract by progress and another by milestones."""
        self._contract(100, sequence=20)
        milestone = self._create_milestones(100, is_reached=True)
        self.assertEqual(milestone.billing_price, 100)
        self.assertFalse(self.contract.milestones_note)
        self._report(1, date(2026, 1, 31))
        self.assertEqual(self._prepare().amount_untaxed, 200)
        with self.assertRefused("more than"):
            self._create_milestones(0, billing_basis="fixed", billing_fixed_price=0.01)

    def test_unused_rule_is_deleted(self):
        """A rule goes with its reports, as long as nothing was billed."""
        report = self._report(50, date(2026, 1, 31))
        self.contract.unlink()
        self.assertFalse(report.exists())

    def test_credited_report(self):
        """I13: what was credited in full is open again, at the latest contract."""
        self._report(50, date(2026, 1, 31))
        move = self._post()
        self._credit(move)
        self.contract.contract_amount = 8000
        self.assertEqual(self._prepare().amount_untaxed, 4000)

    def test_currencies(self):
        """I17, I19: a third, two thirds and all of a contract in JPY and KWD."""
        for code, rate, rounding, amount, expected in (
            ("JPY", 151.3, 1, 1001, [334, 333, 334]),
            ("KWD", 0.31, 0.001, 100.003, [33.334, 33.335, 33.334]),
        ):
            with self.subTest(currency=code):
                currency = self._currency(code, rate, rounding)
                project = self._create_project(name=code)
                rule = self._contract(
                    amount, "progress", project, currency_id=currency.id
                )
                billed = []
                for month, share in enumerate((33.333, 66.667, 100), 1):
                    self._report(share, date(2026, month, 1), rule)
                    billed.append(self._post(self._prepare(project)).amount_untaxed)
                self.assertEqual(billed, expected)
                self.assertAlmostEqual(sum(billed), amount, 3)


@tagged("post_install", "-at_install")
class TestProgressOfMilestones(ProgressCommon):
    """Each milestone has a progress of its own; its price is the contract."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.active = False
        cls.staged = cls._contract(1000, kind="progress", progress_by="milestone")
        cls.design, cls.build = cls._create_milestones(30, 70)

    def test_each_milestone(self):
        """I19: 50 % of 300 and 10 % of 700, then all of it."""
        self.assertEqual(self._planned(), 1000)
        self._report(50, date(2026, 1, 31), self.staged, milestone=self.design)
        self._report(10, date(2026, 1, 31), self.staged, milestone=self.build.id)
        request = self._prepare()
        self.assertEqual(
            sorted(request.line_ids.mapped("price_subtotal")), [70.0, 150.0]
        )
        self.assertEqual(self.staged.progress_percentage, 22)
        self._post(request)
        self.assertEqual(self._planned(), 780)
        self.staged.contract_amount = 2000
        self.assertEqual(self._planned(), 1780)
        for milestone in (self.design, self.build):
            self._report(100, date(2026, 2, 28), self.staged, milestone=milestone)
        self.assertEqual(self._post().amount_untaxed, 1780)
        with self.assertRefused("600.00"):
            self.design.billing_percentage = 20
        with self.assertRaises(SourceClosed):
            self.design.unlink()

    def test_milestone_and_project(self):
        """A report is about what the rule bills, of the same project."""
        with self.assertRefused("Choose the milestone"):
            self._report(10, date(2026, 1, 31), self.staged)
        other = self._create_project(name="Other")
        foreign = self._create_milestones(100, project=other)
        with self.assertRefused("another project"):
            self._report(10, date(2026, 1, 31), self.staged, milestone=foreign)
        with self.assertRefused("billed by one rule"):
            self._contract(1000)

    def test_unused_reports_go_with_the_milestone(self):
        """An open report keeps no milestone from being deleted."""
        report = self._report(50, date(2026, 1, 31), self.staged, milestone=self.design)
        self.design.unlink()
        self.assertFalse(report.exists())
        self.assertEqual(self._planned(), 700)
