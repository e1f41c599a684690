"""The demo, continued: automatic billing, checking of time, and a timer.

A part of :class:`dev.demo_story.Story`, which knows the people and the calendar.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields

#: The wizard that starts a timer, where OCA's add-on is installed.
TIMER = "hr.timesheet.switch"


class Time:
    """A schedule, time that waits for its check, and a running timer."""

    def time(self):
        """Play all of it."""
        self.schedule()
        self.check()
        self.timer()

    def schedule(self):
        """Bill the service desk automatically on the first of every month."""
        project = self.ref("project_desk")
        company = project.company_id or self.env.company
        company.billing_auto_submit = True
        self.done("admin", "lets schedules submit")
        login = project.user_id.login
        schedules = self.as_user(login, self.env["project.billing.schedule"])
        today = fields.Date.context_today(schedules)
        schedule = schedules.create(
            {
                "project_id": project.id,
                "date_start": today + relativedelta(months=1, day=1),
                "submit": True,
            }
        )
        self.shown["schedule"] = schedule.id
        self.done(login, f"sets up a schedule: {schedule.display_name}")

    def check(self):
        """On the museum's guide, the manager looks at time before it is billed."""
        project = self.ref("project_museum")
        project.billing_check_time = "yes"
        self.done("admin", f"has the time of {project.name} checked")
        project.message_subscribe(self.ref("user_consultant").partner_id.ids)
        lines = self.as_user("consultant", self.env["account.analytic.line"])
        start = self.sunday(3) + timedelta(days=1)
        lines.create(
            [
                {
                    "name": name,
                    "project_id": project.id,
                    "task_id": self.ref(f"task_museum_{task}").id,
                    "date": start + timedelta(days=days),
                    "unit_amount": hours,
                }
                for days, task, hours, name in (
                    (0, "audio", 3.5, "Scripts of rooms 4 to 7"),
                    (0, "floor", 2.0, "Floor plan of the annex"),
                    (1, "audio", 6.25, "Recordings with the curator"),
                    (2, "audio", 4.0, "Cutting and levels"),
                )
            ]
        )
        self.done("consultant", f"logs time on {project.name}")

    def timer(self):
        """Start the consultant's timer; nothing of it is billed yet."""
        if TIMER not in self.env:
            return
        task = self.ref("task_museum_floor")
        wizard = self.as_user("consultant", self.env[TIMER])
        wizard.create(
            {
                "name": "Floor plan of the garden",
                "project_id": task.project_id.id,
                "task_id": task.id,
                "date_time": fields.Datetime.now() - timedelta(minutes=47),
            }
        ).action_switch()
        self.done("consultant", f"starts a timer on {task.name}")
