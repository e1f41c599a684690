"""Retention: held back per request, released in full (I19, I23)."""

from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..exceptions import BillingError
from .test_advance import AdvanceCommon

RELEASE_DAY = date(2027, 3, 1)
HELD_ON = ("retention_on_time", "retention_on_milestone", "retention_on_progress")


@tagged("post_install", "-at_install")
class TestRetention(AdvanceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.retention_service = cls.env["product.product"].create(
            {"name": "Retention", "type": "service", "taxes_id": [Command.clear()]}
        )

    @classmethod
    def _create_retention(cls, releases=None, **values):
        releases = releases or [{"percentage": 100, "date": RELEASE_DAY}]
        return cls._create_rule(
            **{
                "kind": "retention",
                "name": "Retention",
                "product_id": cls.retention_service.id,
                "retention_percentage": 10,
                "retention_on_milestone": False,
                "retention_on_progress": False,
                "retention_release_ids": [Command.create(r) for r in releases],
                **values,
            }
        )

    def assertRetained(self, rule, held, released, left):
        self.env.flush_all()
        rule.invalidate_recordset()
        self.assertEqual(
            (rule.retention_held, rule.retention_released, rule.retention_left),
            (held, released, left),
        )

    def _on_day(self, day):
        """Let the daily job look at the calendar on a day to come."""
        with freeze_time(day):
            self.env["project.billing.rule"]._cron_follow_calendar()

    def _create_contract(self):
        """Have a milestone, and a retention released half by another one."""
        handover = self.env["project.milestone"].create(
            {"name": "Handover", "project_id": self.project.id}
        )
        self._create_rule(
            kind="milestone", product_id=self.service.id, contract_amount=500.0
        )
        design = self._create_milestones(100)
        rule = self._create_retention(
            [
                {"percentage": 50, "milestone_id": handover.id},
                {"percentage": 50, "date": RELEASE_DAY},
            ]
        )
        return rule, handover, design

    def test_half_at_a_milestone_half_on_a_date(self):
        """I19: 10 % of time only, beside a milestone; nothing is left at the end."""
        rule, handover, design = self._create_contract()
        # 10 % of 333.33 is 33.33; the milestone is billed in full
        self.rule.price_unit = 111.11
        self._log(3)
        design.is_reached = True
        first = self._prepare()
        self.assertEqual(self._deductions(first), [-33.33])
        self.assertEqual(self._amounts(first), (800, 152, 952))
        self.assertRetained(rule, 0, 0, 0)
        self._post(first)
        self.assertEqual(self._amounts(first), (800, 152, 952))
        self.assertRetained(rule, 33.33, 0, 33.33)
        # 10 % of 111.11 is 11.11
        self._log(1)
        second = self._prepare()
        self.assertEqual(self._amounts(second), (100, 19, 119))
        self._post(second)
        self.assertRetained(rule, 44.44, 0, 44.44)
        self.assertEqual(self._planned(rule), [(22.22, False), (22.22, False)])
        # the handover releases half of it, with the taxes that were held back
        handover.is_reached = True
        self.assertEqual(self._planned(rule), [(22.22, True), (22.22, False)])
        third = self._prepare()
        self.assertEqual(self._amounts(third), (22.22, 4.22, 26.44))
        self._post(third)
        self.assertRetained(rule, 44.44, 22.22, 22.22)
        # more work: what it holds back comes with the last release
        self._log(1)
        fourth = self._post()
        self.assertEqual(fourth.amount_untaxed, 100)
        self.assertRetained(rule, 55.55, 22.22, 33.33)
        self._on_day(date(2027, 2, 28))
        self.assertEqual(self._planned(rule), [(33.33, False)])
        self._on_day(RELEASE_DAY)
        self.assertEqual(self._planned(rule), [(33.33, True)])
        with freeze_time(RELEASE_DAY):
            last = self._prepare(date_to=RELEASE_DAY)
            self.assertEqual(last.amount_untaxed, 33.33)
            self._post(last)
        self.assertRetained(rule, 55.55, 55.55, 0)
        # 5 hours at 111.11, the milestone: nothing was lost, nothing is left
        requests = self.env["project.billing.request"].search(
            [("project_id", "=", self.project.id)]
        )
        self.assertEqual(round(sum(requests.mapped("amount_untaxed")), 2), 1055.55)

    def _planned(self, rule):
        """Return (price, ready) of the releases that are open."""
        items = self.env["project.billing.item"].search(
            [
                ("rule_id", "=", rule.id),
                ("is_adjustment", "=", False),
                ("quantity_open", ">", 0),
            ],
            order="id",
        )
        return [(item.price_unit, item.ready) for item in items]

    def test_by_tax_set(self):
        """What is held back comes back with the same taxes, and no cent more."""
        free = self.env["product.product"].create(
            {"name": "Tax free", "type": "service", "taxes_id": [Command.clear()]}
        )
        bob_rule = self._create_rule(
            product_id=free.id, employee_ids=[Command.set(self.bob.ids)], sequence=1
        )
        rule = self._create_retention()
        self._log(1)
        self._log(2, employee_id=self.bob.id)
        request = self._prepare()
        holds = request.line_ids.filtered("adjusts")
        self.assertEqual(sorted(holds.mapped("price_subtotal")), [-20, -10])
        self.assertEqual(sorted(holds.mapped("price_total")), [-20, -11.9])
        self.assertEqual(self._amounts(request), (270, 17.1, 287.1))
        self._post(request)
        self.assertTrue(bob_rule)
        self.assertEqual(sorted(self._planned(rule)), [(10, False), (20, False)])
        self.assertEqual(self.project.billing_retention_left, 30)
        self.assertEqual(self.project.billing_amount_ready, 0)

    def test_before_the_deposit(self):
        """I23: the deposit is deducted from what the retention leaves."""
        rule = self._create_deposit(advance_amount=95.0)
        self._post()
        self._create_retention()
        self._log(1)
        request = self._prepare()
        self.assertEqual(sorted(self._deductions(request)), [-90, -10])
        self.assertEqual(self._amounts(request), (0, 0, 0))
        self._post(request)
        self.assertBalance(rule, 95, 90, 5)

    def test_steps_and_back(self):
        """I13: the retention goes where its request goes."""
        rule = self._create_retention()
        self._log(1)
        request = self._prepare()
        holds = request.line_ids.filtered("adjusts")
        with self.assertRaisesRegex(BillingError, "by itself"):
            holds.change_quantity(0)
        move = self._invoice(request)
        move.action_billing_send_back("Please wait")
        self.assertEqual(request.line_ids.filtered("adjusts"), holds)
        self._log(1)
        request.collect("2026-12-31")
        self.assertEqual(self._deductions(request), [-20])
        # taken off and sent back, it is held anew
        move = self._invoice(request)
        move.invoice_line_ids.filtered(lambda line: line.quantity < 0).unlink()
        move.action_billing_send_back("Please hold it back")
        self.assertEqual(self._amounts(request), (180, 34.2, 214.2))
        move = self._post(request)
        self.assertRetained(rule, 20, 0, 20)
        move.button_draft()
        self.assertRetained(rule, 0, 0, 0)
        move.button_cancel()
        move.button_draft()
        move.action_post()
        self.assertRetained(rule, 20, 0, 20)
        credit = self._credit(move)
        self.assertRetained(rule, 0, 0, 0)
        credit.button_draft()
        self.assertRetained(rule, 20, 0, 20)
        credit.action_post()
        again = self._prepare()
        self.assertEqual(self._amounts(again), (180, 34.2, 214.2))
        again.action_cancel()
        self.assertEqual(self._prepare().amount_untaxed, 180)

    def test_a_released_hold_is_not_credited(self):
        """I19: the release is credited first; the sentence names it."""
        handover = self.env["project.milestone"].create(
            {"name": "Handover", "project_id": self.project.id}
        )
        rule = self._create_retention(
            [{"percentage": 100, "milestone_id": handover.id}]
        )
        self._log(1)
        work = self._post()
        handover.is_reached = True
        release = self._post()
        self.assertRetained(rule, 10, 10, 0)
        for step in (work.button_draft, lambda: self._credit(work)):
            with (
                self.assertRaisesRegex(BillingError, release.name),
                self.cr.savepoint(),
            ):
                step()
        self.env.invalidate_all()
        self._credit(release)
        self._credit(work)
        self.assertRetained(rule, 0, 0, 0)
        self.assertFalse(self._planned(rule))

    def test_part_of_a_hold_is_credited(self):
        rule = self._create_retention()
        self._log(4)
        move = self._post()

        def edit(lines):
            held = lines.filtered(lambda line: line.quantity < 0)
            held.price_unit = 10.0
            (lines - held).quantity = 1.0

        self._credit(move, edit)
        self.assertRetained(rule, 30, 0, 30)
        self.assertEqual(self._planned(rule), [(30, False)])

    def test_terms(self):
        rule = self._create_rule(kind="retention", product_id=self.service.id)
        self.assertEqual(rule.retention_release_ids.mapped("percentage"), [100])
        other = self.env["project.milestone"].create(
            {"name": "Elsewhere", "project_id": self._create_project().id}
        )
        own = self._create_milestones(0)
        release = rule.retention_release_ids
        lower = [Command.update(release.id, {"percentage": 60})]
        for error, change in (
            (IntegrityError, lambda: rule.write({"retention_percentage": 0})),
            (IntegrityError, lambda: rule.write({"retention_percentage": 101})),
            (ValidationError, lambda: rule.write(dict.fromkeys(HELD_ON, False))),
            (ValidationError, lambda: rule.write({"retention_release_ids": lower})),
            (IntegrityError, lambda: release.write({"milestone_id": own.id})),
            (IntegrityError, lambda: release.write({"date": False})),
            (
                ValidationError,
                lambda: release.write({"milestone_id": other.id, "date": False}),
            ),
        ):
            with (
                self.assertRaises(error),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                change()
                self.env.flush_all()
            self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestMinimumFee(AdvanceCommon):
    def test_what_is_missing_is_a_line(self):
        """A request with 1 h at 100.00 bills at least 250.00."""
        self.rule.minimum_fee = 250
        self._log(1)
        request = self._prepare()
        line = request.line_ids.filtered("adjusts")
        self.assertEqual(line.name, f"Minimum fee, {self.rule.name}")
        self.assertEqual(line.product_uom_id, line.product_id.uom_id, "a piece")
        self.assertEqual(line.tax_ids, self.tax)
        self.assertEqual(self._deductions(request), [150])
        self.assertEqual(self._amounts(request), (250, 47.5, 297.5))
        self.assertEqual(request.hours, 1)
        self._log(1)
        request.collect("2026-12-31")
        self.assertEqual(self._deductions(request), [50])
        self._log(1)
        request.collect("2026-12-31")
        self.assertFalse(self._deductions(request))
        work = request.line_ids
        work.change_quantity(1)
        self.assertEqual(self._deductions(request), [150])
        move = self._post(request)
        self.assertEqual(self._amounts(request), (250, 47.5, 297.5))
        self._credit(move)
        again = self._prepare()
        # three hours are open again
        self.assertEqual(self._amounts(again), (300, 57, 357))

    def test_none_without_work(self):
        self.rule.minimum_fee = 250
        self._create_deposit()
        request = self._prepare()
        self.assertEqual(self._amounts(request), (1000, 190, 1190))
        self._log(1)
        request.collect("2026-12-31")
        self.assertEqual(request.amount_untaxed, 1250)
        request.line_ids.filtered(
            lambda line: line.kind == "time" and not line.adjusts
        ).unlink()
        self.assertEqual(request.amount_untaxed, 1000)

    def test_a_deposit_covers_it_too(self):
        """The minimum fee comes first, then the retention, then the deposit."""
        rule = self._create_deposit()
        self._post()
        self.rule.minimum_fee = 250
        self._log(1)
        request = self._prepare()
        self.assertEqual(sorted(self._deductions(request)), [-250, 150])
        self.assertBalance(rule, 1000, 250, 750)

    def test_others_pay_nothing_for_it(self):
        """Drafts of projects without such rules cost no query each."""
        self._create_retention_elsewhere()
        counts = []
        for number in (2, 6):
            requests = self.env["project.billing.request"]
            for _project in range(number):
                project = self._create_project()
                self._create_rule(project)
                self._log(1, project_id=project.id)
                requests |= self._prepare(project)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            requests._adjust_lines()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def _create_retention_elsewhere(self):
        """Have a project with all of these rules, so that the kinds are asked."""
        self._create_rule(kind="retention", product_id=self.service.id)
        self._create_deposit()
        self.rule.minimum_fee = 10
