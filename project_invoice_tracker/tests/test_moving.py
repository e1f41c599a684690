"""Who moves, reaches and deletes what is billed; what a used rule stays (I1, I16)."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..exceptions import SourceClosed
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestUsedRules(BillingCommon):
    def test_kind_and_project_of_a_rule_with_items(self):
        """They stay, also when nothing is in a request, and for administrators."""
        other = self._create_project(name="Other")
        self._log(2)
        rule = self.rule.with_user(self.admin)
        for vals in ({"kind": "milestone"}, {"project_id": other.id}):
            with self.subTest(vals), self.assertRaises(UserError) as caught:
                rule.write(vals)
            self.assertIn(self.rule.name, str(caught.exception))
            with self.subTest(vals), self.assertRaises(UserError):
                rule.sudo().write(vals)
        rule.write({"kind": "time", "project_id": self.project.id, "name": "Same"})
        self.assertEqual(self.rule.name, "Same")

    def test_rule_without_items_changes(self):
        rule = self._create_rule(self._create_project(name="New"))
        rule.kind = "milestone"
        self.assertEqual(rule.kind, "milestone")

    def test_guard_asks_the_items(self):
        """What is billed is closed, also when a hand in the database moved the rule."""
        entry = self._log(2)
        self._post()
        other = self._create_project(name="Other")
        for column, value in (("kind", "manual"), ("project_id", other.id)):
            with self.subTest(column):
                savepoint = self.env.cr.savepoint()
                self.env.cr.execute(
                    f"UPDATE project_billing_rule SET {column} = %s WHERE id = %s",
                    (value, self.rule.id),
                )
                self.env.invalidate_all()
                self.env.registry.clear_cache()
                with self.assertRaises(SourceClosed):
                    entry.unit_amount = 7
                with self.assertRaises(SourceClosed):
                    entry.unlink()
                savepoint.close(rollback=True)
                self.env.invalidate_all()
                self.env.registry.clear_cache()


@tagged("post_install", "-at_install")
class TestMoving(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_rule(kind="milestone", price_unit=0, contract_amount=1000)
        cls.other = cls._create_project(
            name="Other", user_id=cls.other_pm.id, privacy_visibility="employees"
        )
        cls.project.privacy_visibility = "employees"
        cls.clerk = cls._create_user("clerk_test", "project.group_project_manager")
        cls.milestone = cls._create_milestones(40)
        cls.task, cls.sub = cls.env["project.task"].create(
            [
                {"name": name, "project_id": cls.project.id}
                for name in ("Hardening", "Part")
            ]
        )
        cls.sub.parent_id = cls.task

    # === MILESTONES ===

    def test_priced_milestone_is_not_anybodys(self):
        """Reached, deleted, moved: by who manages the project, or may bill it."""
        mine = self.milestone.with_user(self.clerk)
        for change in (
            lambda: mine.write({"is_reached": True}),
            lambda: mine.toggle_is_reached(True),
            lambda: mine.write({"project_id": self.other.id}),
            mine.unlink,
            lambda: self.project.with_user(self.clerk).write(
                {"milestone_ids": [Command.update(mine.id, {"is_reached": True})]}
            ),
        ):
            with self.assertRaises(AccessError) as caught:
                change()
            self.assertIn(self.milestone.name, str(caught.exception))
        self.assertFalse(self.milestone.is_reached)
        mine.name = "Renamed"
        self.milestone.with_user(self.pm).is_reached = True
        self.milestone.with_user(self.admin).is_reached = False
        with self.assertRaises(AccessError):
            self.milestone.with_user(self.pm).project_id = self.other

    def test_milestone_without_a_price_is_as_ever(self):
        plain = self.env["project.milestone"].create(
            {"name": "Plain", "project_id": self.project.id}
        )
        mine = plain.with_user(self.clerk)
        mine.is_reached = True
        mine.project_id = self.other
        mine.unlink()
        self.assertFalse(plain.exists())

    # === WORK ===

    def _refused(self, change, *entries):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            change()
        self.env.invalidate_all()
        for entry in entries:
            self.assertEqual(entry.project_id, self.project)

    def test_time_is_moved_by_who_manages_both(self):
        entry = self._log(2, task_id=self.task.id)
        deputy = self._create_user("mover_test", "group_billing_user")
        deputy.group_ids |= self.env.ref("hr_timesheet.group_timesheet_manager")
        for user in (self.worker, self.clerk, self.pm, deputy):
            user.group_ids |= self.env.ref("hr_timesheet.group_hr_timesheet_approver")
            mine = entry.with_user(user)
            vals = {"project_id": self.other.id, "task_id": False}
            self._refused(lambda mine=mine, vals=vals: mine.write(vals), entry)
        self.project.billing_deputy_ids = self.other.billing_deputy_ids = deputy
        entry.with_user(deputy).write({"project_id": self.other.id, "task_id": False})
        self.assertEqual(entry.project_id, self.other)

    def test_tasks_are_moved_by_who_manages_both(self):
        """A task takes its time along, and that of its subtasks."""
        entries = self._log(2, task_id=self.task.id), self._log(1, task_id=self.sub.id)
        self._refused(
            lambda: self.task.with_user(self.clerk).write(
                {"project_id": self.other.id}
            ),
            *entries,
        )
        self._refused(
            lambda: self.sub.with_user(self.clerk).write(
                {"project_id": self.other.id, "parent_id": False}
            ),
            *entries,
        )
        self.task.with_user(self.admin).sudo(False).project_id = self.other

    def test_work_that_nobody_bills_moves(self):
        """Without an open item it is as ever."""
        free = self._create_project(name="Free", privacy_visibility="employees")
        task = self.env["project.task"].create({"name": "T", "project_id": free.id})
        entry = self._log(2, project_id=free.id, task_id=task.id)
        task.with_user(self.clerk).project_id = self.other
        self.assertEqual(entry.project_id, self.other)
