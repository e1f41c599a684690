"""Tasks for another customer than the project's: their time waits (I2)."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..exceptions import NothingToBill
from .common import DAY, BillingCommon


@tagged("post_install", "-at_install")
class TestTaskCustomer(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls._task("Migration", partner_id=cls.partner_b.id)
        cls.own = cls._task("Own work")

    @classmethod
    def _task(cls, name, **values):
        return cls.env["project.task"].create(
            {"name": name, "project_id": cls.project.id, **values}
        )

    def _item(self, entry):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )

    def assertHeld(self, entry, held=True):
        item = self._item(entry)
        self.assertEqual(item.ready, not held)
        if held:
            self.assertIn("Migration", item.problem)
            self.assertIn(self.partner_b.name, item.problem)
            self.assertEqual(item.waits_for, item.problem)
        else:
            self.assertFalse(item.problem)
        return item

    def _leaks(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        leaks = self.env["project.billing.leak"].with_user(user or self.pm)
        return leaks.search(
            [("project_id", "=", self.project.id), ("code", "=", "customer")]
        )

    def test_time_of_a_task_of_another_customer_waits(self):
        """2 h are for another customer: 5 h are billed, and the rest is told."""
        entry = self._log(2, task_id=self.task.id)
        self._log(5, task_id=self.own.id)
        self.assertHeld(entry)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 500)
        self.assertIn("Migration", request.held_note)
        self.assertIn("2.00", request.held_note)
        self.assertMinutes((120, 300, 0, 0))
        self._post(request)
        with self.assertRaisesRegex(NothingToBill, "Migration"):
            self._prepare()

    def test_time_of_a_subtask_waits_like_its_parent(self):
        child = self._task("Step", parent_id=self.own.id)
        grandchild = self._task("Detail", parent_id=child.id)
        entry = self._log(1, task_id=grandchild.id)
        self.assertHeld(entry, held=False)
        self.own.name = "Migration"
        self.own.partner_id = self.partner_b
        self.assertHeld(entry)
        self.own.partner_id = self.partner_a
        self.assertHeld(entry, held=False)

    def test_new_subtask_of_a_task_of_another_customer(self):
        child = self._task("Step", parent_id=self.task.id)
        self.assertEqual(child.partner_id, self.partner_b)
        self.assertFalse(self._item(self._log(1, task_id=child.id)).ready)
        self.env.cr.execute(
            "UPDATE project_task SET partner_id = NULL WHERE id = %s", [child.id]
        )
        self.env.invalidate_all()
        self.assertHeld(self._log(1, task_id=child.id))

    def test_contacts_of_the_same_company_are_the_same_customer(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.partner_a.id}
        )
        self.task.partner_id = contact
        self.assertHeld(self._log(1, task_id=self.task.id), held=False)
        self.project.partner_id = contact
        self.task.partner_id = self.partner_a
        self.assertHeld(self._log(1, task_id=self.task.id), held=False)

    def test_task_without_a_customer_is_the_projects(self):
        self.task.partner_id = False
        self.env.cr.execute(
            "UPDATE project_task SET partner_id = NULL WHERE id = %s", [self.task.id]
        )
        self.env.invalidate_all()
        self.assertHeld(self._log(1, task_id=self.task.id), held=False)

    def test_who_gets_the_invoice_is_the_customer_as_well(self):
        """A project for one customer, billed to another: both are right on tasks."""
        entry = self._log(1, task_id=self.task.id)
        self.project.billing_partner_id = self.partner_b
        self.assertHeld(entry, held=False)
        other = self._log(1, task_id=self.own.id)
        self.assertHeld(other, held=False)

    def test_task_gets_the_right_customer(self):
        entry = self._log(2, task_id=self.task.id)
        self.task.partner_id = self.partner_a
        self.assertHeld(entry, held=False)
        self.assertEqual(self._prepare().amount_untaxed, 200)

    def test_rule_bills_all_to_the_customer_of_the_project(self):
        entry = self._log(2, task_id=self.task.id)
        self.assertHeld(entry)
        self.rule.bill_all_customers = True
        self.assertHeld(entry, held=False)
        self.assertFalse(self._leaks())
        self.assertEqual(self._prepare().amount_untaxed, 200)

    def test_what_is_in_a_request_stays(self):
        self.task.partner_id = self.partner_a
        entry = self._log(2, task_id=self.task.id)
        request = self._prepare()
        self.task.partner_id = self.partner_b
        self.assertEqual(request.amount_untaxed, 200)
        move = self._post(request)
        self.assertMinutes((0, 0, 120, 0), entry)
        # what is credited is looked at anew
        self._credit(move)
        with self.assertRaises(NothingToBill):
            self._prepare()
        self.assertHeld(entry)

    def test_changed_behind_the_orm(self):
        """A customer that gets another parent company is found when it is billed."""
        self._log(2, task_id=self.own.id)
        self.env.cr.execute(
            "UPDATE project_task SET partner_id = %s WHERE id = %s",
            [self.partner_b.id, self.own.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(NothingToBill, "Own work"):
            self._prepare()

    def test_project_gets_another_customer(self):
        """Its tasks stay with the former one: their time waits, and is told."""
        self._log(2, task_id=self.own.id)
        self._log(3)
        self.project.partner_id = self.partner_b
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 300)
        self.assertEqual(self._leaks().mapped("document"), ["Own work"])

    def test_leak_with_a_button(self):
        self._log(2, task_id=self.task.id)
        self._log(1.5, task_id=self.task.id)
        leak = self._leaks()
        self.assertEqual(
            (leak.hours, leak.document, leak.records), (3.5, "Migration", 2)
        )
        self.assertIn(self.partner_b.name, leak.name)
        action = leak.action_fix()
        tasks = self.env["project.task"].search(action["domain"])
        self.assertEqual(tasks, self.task)
        leak.action_open()
        self.assertFalse(self._leaks(self.other_pm))

    def test_held_time_is_no_leak_without_a_price(self):
        self.rule.price_unit = 0
        self._log(2, task_id=self.task.id)
        self._log(1, task_id=self.own.id)
        with self.assertRaisesRegex(UserError, "No hourly rate"):
            self._prepare()
        self.rule.price_unit = 90
        self.assertEqual(self._prepare().amount_untaxed, 90)

    def test_included_hours_are_not_used_up(self):
        pack = self._create_rule(
            kind="advance", advance_type="hours", pack_hours=10, pack_price=1000
        )
        self.rule.allowance_rule_id = pack
        entry = self._log(2, task_id=self.task.id)
        own = self._log(3, task_id=self.own.id)
        self.assertEqual(self._item(own).quantity_covered, 180)
        item = self.assertHeld(entry)
        self.assertEqual((item.quantity, item.quantity_covered or 0), (120, 0))
        self.task.partner_id = self.partner_a
        self.assertEqual(self._item(entry).quantity_covered, 120)

    def test_check_of_time_and_customer(self):
        """Time that was checked waits all the same, and the other way round."""
        self.project.billing_check_time = "yes"
        entry = self._log(2, task_id=self.task.id)
        item = self._item(entry)
        item.with_user(self.pm).action_check_time()
        self.assertHeld(entry)
        self.task.partner_id = self.partner_a
        self.assertHeld(entry, held=False)

    def test_set_up(self):
        project = self._create_project(name="Support")
        form = Form(
            self.env["project.billing.setup"]
            .with_user(self.admin)
            .with_context(default_project_id=project.id)
        )
        form.hourly_rate = 100
        form.bill_all_customers = True
        form.save().action_apply()
        rules = project.billing_rule_ids.filtered(lambda rule: rule.kind == "time")
        self.assertTrue(rules.bill_all_customers)
        task = self._task("Ticket", project_id=project.id, partner_id=self.partner_b.id)
        day = DAY.replace(year=2027)
        entry = self._log(1, day=day, project_id=project.id, task_id=task.id)
        self.assertTrue(self._item(entry).ready)
