"""Sources keep their items true until they are in use; then they are closed."""

from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..exceptions import NothingToBill, SourceClosed
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestTimeSource(BillingCommon):
    def _item(self, entry):
        return self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )

    def test_item_follows_the_entry(self):
        entry = self._log(2)
        item = self._item(entry)
        self.assertRecordValues(
            item,
            [
                {
                    "quantity": 120,
                    "quantity_open": 120,
                    "price_unit": 100,
                    "amount_open": 200,
                    "state": "open",
                    "ready": True,
                    "hours_open": 2.0,
                }
            ],
        )
        entry.unit_amount = 1.5
        self.assertEqual(item.quantity, 90)
        entry.date = date(2025, 12, 31)
        self.assertFalse(item.exists(), "before the rule starts")
        entry.date = date(2026, 1, 1)
        self.assertTrue(self._item(entry))
        item_id = self._item(entry).id
        entry.unlink()
        self.assertFalse(self.env["project.billing.item"].browse(item_id).exists())

    def test_entry_moves_to_another_project(self):
        other = self._create_project(name="Unbilled")
        entry = self._log(2)
        entry.project_id = other
        self.assertFalse(self._item(entry))
        entry.project_id = self.project
        self.assertTrue(self._item(entry))

    def test_condition_of_add_ons(self):
        """What another biller owns makes no item; what is in use stays (I1)."""
        ours = self._log(2, name="Ours")
        held = self._log(1, name="Ours, too")
        kind = self.env.registry["project.billing.kind.time"]
        self._prepare()
        later = self._log(3, name="Ours")
        foreign = SQL("TRUE AND line.name NOT LIKE 'Foreign%%'")
        with patch.object(kind, "_entry_condition", return_value=foreign):
            later.name = "Foreign"
            self.assertFalse(self._item(later))
            self.assertFalse(self._item(self._log(4, name="Foreign")))
            # by another route than the ORM's, found before work is collected
            fresh = self._log(5, name="Ours")
            self.env.cr.execute(
                SQL(
                    "UPDATE account_analytic_line SET name = 'Foreign' WHERE id IN %s",
                    (fresh.id, held.id),
                )
            )
            self.env.invalidate_all()
            self.env["project.billing.kind.time"].sudo()._sync_stale(self.project)
            self.assertFalse(self._item(fresh))
            with self.assertRaises(NothingToBill):
                self._prepare()
            self.assertMinutes((0, 180, 0, 0), ours | held)
        later.name = "Ours again"
        self.assertTrue(self._item(later))

    def test_analysis_of_timesheets(self):
        """Odoo's report takes over the filters and groups of the list."""
        entry = self._log(2)
        self.env.flush_all()
        rows = self.env["timesheets.analysis.report"]
        found = rows.search(
            [("billing_state", "=", "open"), ("project_id", "=", self.project.id)]
        )
        self.assertEqual((found.id, found.billing_state), (entry.id, "open"))
        groups = rows._read_group(
            [("project_id", "=", self.project.id)], ["billing_state"], ["__count"]
        )
        self.assertEqual(groups, [("open", 1)])
        view = self.env.ref("hr_timesheet.hr_timesheet_report_search")
        rows.get_view(view.id, "search")
        view._check_xml()

    def test_task_moves_to_another_project(self):
        other = self._create_project(name="Shop")
        self._create_rule(other, price_unit=50)
        task = self.env["project.task"].create(
            {"name": "Design", "project_id": self.project.id}
        )
        billed = self._log(2, task_id=task.id)
        request = self._prepare()
        unbilled = self._log(3, task_id=task.id)
        task.project_id = other
        self.assertEqual(billed.project_id, self.project)
        self.assertEqual(unbilled.project_id, other)
        self.assertRecordValues(
            self._item(unbilled), [{"project_id": other.id, "price_unit": 50}]
        )
        self.assertEqual(request.hours, 2)

    def test_subtasks_move_with_their_task(self):
        other = self._create_project(name="Shop")
        self._create_rule(other, price_unit=50)
        task, child = self.env["project.task"].create(
            [{"name": name, "project_id": self.project.id} for name in ("A", "B")]
        )
        child.parent_id = task
        entry = self._log(3, task_id=child.id)
        task.project_id = other
        self.assertEqual(entry.project_id, other)
        self.assertRecordValues(
            self._item(entry), [{"project_id": other.id, "price_unit": 50}]
        )

    def test_entry_in_days(self):
        entry = self._log(1)
        entry.product_uom_id = self.env.ref("uom.product_uom_day")
        self.assertEqual(self._prepare().hours, 8)

    def test_closed_while_in_use(self):
        """I15: closed in a request and on an invoice; the sentence names it."""
        entry = self._log(2)
        request = self._prepare()
        changes = {
            "unit_amount": 3,
            "date": date(2026, 1, 5),
            "employee_id": self.bob.id,
            "project_id": self._create_project(name="Other").id,
            "name": "Other text",
        }
        for name, value in changes.items():
            with (
                self.subTest(field=name),
                self.assertRaisesRegex(SourceClosed, request.name),
            ):
                entry.write({name: value})
        with self.assertRaisesRegex(SourceClosed, request.name):
            entry.unlink()
        move = self._post(request)
        with self.assertRaisesRegex(SourceClosed, move.name):
            entry.unit_amount = 9
        entry.write({"unit_amount": 2.0, "amount": -99})
        self.assertTrue(entry.readonly_timesheet)

    def test_free_again_after_cancelling(self):
        entry = self._log(2)
        self._prepare().action_cancel()
        entry.unit_amount = 3
        self.assertMinutes((180, 0, 0, 0))
        entry.unlink()
        self.assertMinutes((0, 0, 0, 0))

    def test_rates(self):
        self.env["project.billing.rate"].create(
            [
                {
                    "rule_id": self.rule.id,
                    "employee_id": self.ann.id,
                    "price_unit": 120,
                },
                {"rule_id": self.rule.id, "date_from": "2026-04-01", "price_unit": 110},
            ]
        )
        entries = [
            (self._log(1), 120),
            (self._log(1, employee_id=self.bob.id), 100),
            (self._log(1, employee_id=self.bob.id, day=date(2026, 4, 1)), 110),
        ]
        for entry, price in entries:
            self.assertEqual(self._item(entry).price_unit, price)
            self.assertTrue(self._item(entry).explanation)

    def test_rate_is_frozen_when_reserved(self):
        """I22: a later rate changes only what nothing holds."""
        reserved = self._log(1)
        request = self._prepare()
        free = self._log(1)
        self.rule.price_unit = 150
        self.assertEqual(self._item(reserved).price_unit, 100)
        self.assertEqual(self._item(free).price_unit, 150)
        self.assertEqual(request.amount_untaxed, 100)

    def test_overlapping_rates_are_refused(self):
        values = {"rule_id": self.rule.id, "employee_id": self.ann.id, "price_unit": 1}
        self.env["project.billing.rate"].create({**values, "date_to": "2026-03-31"})
        with self.assertRaisesRegex(ValidationError, "same days"):
            self.env["project.billing.rate"].create(values)

    def test_increment(self):
        self.rule.increment_minutes = 15
        entry = self._log(20 / 60)
        self.assertRecordValues(
            self._item(entry), [{"quantity": 30, "quantity_recorded": 20}]
        )
        self.assertAlmostEqual(entry.unit_amount, 1 / 3)

    def test_first_matching_rule_wins(self):
        task = self.env["project.task"].create(
            {"name": "Support", "project_id": self.project.id}
        )
        self._create_rule(price_unit=80, sequence=1, task_ids=[Command.set(task.ids)])
        self.assertEqual(self._item(self._log(1, task_id=task.id)).price_unit, 80)
        self.assertEqual(self._item(self._log(1)).price_unit, 100)

    def test_archived_rule_drops_open_items(self):
        self._log(1)
        self._prepare()
        self._log(2)
        self.rule.active = False
        self.assertMinutes((0, 60, 0, 0))

    def test_billing_state_groups_time(self):
        billed, free = self._log(1), None
        self._post()
        free = self._log(2)
        outside = self._log(3, day=date(2025, 1, 1))
        self.assertEqual(billed.billing_state, "billed")
        lines = self.env["account.analytic.line"]
        domain = [("id", "in", (billed + free + outside).ids)]
        groups = dict(lines._read_group(domain, ["billing_state"], ["unit_amount:sum"]))
        self.assertEqual(groups, {"billed": 1.0, "open": 2.0, False: 3.0})
        found = lines.search([*domain, ("billing_state", "=", "billed")])
        self.assertEqual(found.ids, billed.ids)
        self.assertEqual(
            lines.search([*domain, ("billing_state", "=", False)]).ids, outside.ids
        )

    def test_changed_behind_the_orm(self):
        """I30: collecting catches up with changes that no override saw."""
        entry = self._log(2)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_analytic_line SET unit_amount = 3 WHERE id = %s", [entry.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self._prepare().hours, 3)

    def test_bad_hours(self):
        with self.assertRaises(Exception):  # noqa: B017 - any refusal will do
            self._log(float("nan"))


@tagged("post_install", "-at_install")
class TestMilestoneSource(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.milestone_rule = cls._create_rule(
            kind="milestone", product_id=cls.product_a.id, contract_amount=145.05
        )

    def test_last_takes_the_remainder(self):
        """I19: the parts sum to the contract, to the cent."""
        milestones = self._create_milestones(30, 70)
        self.assertEqual(milestones.mapped("billing_price"), [43.52, 101.53])
        milestones[0].billing_percentage = 20
        self.assertEqual(milestones.mapped("billing_price"), [29.01, 101.54])

    def test_billed_shares_count_as_they_were(self):
        """I19: reordering, or a new contract, never adds a cent to the sum."""
        self.milestone_rule.contract_amount = 100
        milestones = self._create_milestones(33.333, 33.333, 33.334)
        milestones[2].is_reached = True
        self._post()
        milestones[2].sequence = 0
        prices = milestones.mapped("billing_price")
        self.assertAlmostEqual(sum(prices), 100)
        self.milestone_rule.contract_amount = 200
        prices = milestones.mapped("billing_price")
        self.assertAlmostEqual(sum(prices), 200)

    def test_ready_when_reached(self):
        milestone = self._create_milestones(100)
        item = milestone.billing_item_ids
        self.assertFalse(item.ready)
        milestone.is_reached = True
        item.invalidate_recordset()
        self.assertTrue(item.ready)
        milestone.is_reached = False
        item.invalidate_recordset()
        self.assertFalse(item.ready)

    def test_closed_while_in_use(self):
        """I15: un-reaching, re-pricing and deleting are refused with a sentence."""
        milestone = self._create_milestones(100)
        milestone.is_reached = True
        request = self._prepare()
        for change in (
            lambda: milestone.write({"is_reached": False}),
            lambda: milestone.write({"billing_percentage": 50}),
            lambda: milestone.unlink(),
        ):
            with self.assertRaisesRegex(SourceClosed, request.name):
                change()
        milestone.name = "Better name"
        self.assertEqual(milestone.billing_state, "reserved")

    def test_more_than_the_contract_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "110"):
            self._create_milestones(60, 50)

    def test_amounts_above_the_contract_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "more than"):
            self._create_milestones(
                0, billing_basis="fixed", billing_fixed_price=145.06
            )

    def test_only_billing_managers_set_prices(self):
        milestone = self._create_milestones(50)
        with self.assertRaises(AccessError):
            milestone.with_user(self.pm).billing_percentage = 60
        with self.assertRaises(AccessError):
            self.env["project.milestone"].with_user(self.pm).create(
                {
                    "name": "Own price",
                    "project_id": self.project.id,
                    "billing_basis": "fixed",
                    "billing_fixed_price": 1,
                }
            )
        milestone.with_user(self.admin).billing_percentage = 60
        milestone.with_user(self.pm).is_reached = True

    def test_fixed_price(self):
        milestone = self._create_milestones(
            0, billing_basis="fixed", billing_fixed_price=99.99, is_reached=True
        )
        self.assertEqual(self._prepare().amount_untaxed, 99.99)
        self.assertEqual(milestone.billing_state, "reserved")
