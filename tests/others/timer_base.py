"""A worker with a timer of OCA's ``hr_timesheet_time_control``."""

from datetime import date

from odoo.tests import freeze_time

from odoo.addons.project_invoice_tracker.tests.common import BillingCommon

MONDAY = date(2026, 3, 2)


class TimerCommon(BillingCommon):
    """The add-on's own wizard and buttons are used, as people use them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker.tz = "Europe/Berlin"
        cls.project.message_subscribe(cls.worker.partner_id.ids)
        cls.task, cls.other_task = cls.env["project.task"].create(
            [
                {"name": name, "project_id": cls.project.id}
                for name in ("Design", "Build")
            ]
        )

    def _start(self, moment, task=None, name="Timed"):
        """Start a timer on a task (and stop the one that runs); returns its entry."""
        lines = self.env["account.analytic.line"].with_user(self.worker)
        with freeze_time(moment):
            task = task or self.task
            wizard = self.env["hr.timesheet.switch"].with_user(self.worker)
            values = {
                "name": name,
                "task_id": task.id,
                "project_id": task.project_id.id,
            }
            wizard.create(values).action_switch()
            return lines.search(
                [("project_id", "=", task.project_id.id), ("unit_amount", "=", 0)],
                order="id desc",
                limit=1,
            )

    def _stop(self, entry, moment):
        with freeze_time(moment):
            entry.button_end_work()
        return entry

    def _resume(self, entry, moment):
        """Resume an entry from its own button; returns the new one."""
        with freeze_time(moment):
            wizard = self.env["hr.timesheet.switch"].with_user(self.worker)
            wizard = wizard.with_context(
                active_model=entry._name, active_id=entry.id, active_ids=entry.ids
            )
            wizard.create({}).action_switch()
        return entry.search([("id", ">", entry.id)], order="id desc", limit=1)

    def _items_of(self, entry):
        return self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )
