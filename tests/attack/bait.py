"""Projects made for an attack, by the administrator, through the same doors."""

from datetime import date, timedelta

#: The day of all work: before today, so that it can be billed.
DAY = date.today() - timedelta(days=3)
FIRST = (DAY - timedelta(days=60)).isoformat()


class Bait:
    """A project of the demo's manager, with whatever an attack wants to bend."""

    def __init__(self, admin, name, **values):
        self.admin = admin
        self.name = name
        self.project = admin.create(
            "project.project",
            name=name,
            user_id=admin.ref("user_pm"),
            partner_id=admin.ref("partner_granite"),
            company_id=1,
            privacy_visibility="followers",
            allow_timesheets=True,
            allow_milestones=True,
            **values,
        )

    def rule(self, **values):
        """Create a rule; by default hours at 100."""
        values = {"kind": "time", "price_unit": 100.0, "date_start": FIRST, **values}
        return self.admin.create(
            "project.billing.rule", project_id=self.project, **values
        )

    def rate(self, rule, price, **values):
        """Create a rate of a rule."""
        return self.admin.create(
            "project.billing.rate", rule_id=rule, price_unit=price, **values
        )

    def task(self, name, **values):
        """Create a task."""
        return self.admin.create(
            "project.task", name=name, project_id=self.project, **values
        )

    def person(self, name, **values):
        """Create an employee."""
        return self.admin.create("hr.employee", name=name, **values)

    def log(self, task, employee, hours=1.0, day=DAY):
        """Log time; return the entry."""
        return self.admin.create(
            "account.analytic.line",
            name="Work",
            project_id=self.project,
            task_id=task,
            employee_id=employee,
            unit_amount=hours,
            date=day.isoformat(),
        )

    def open(self):
        """Return ``{item: amount}`` of what is open, as the administrator sees it."""
        rows = self.admin.find(
            "project.billing.item",
            [("project_id", "=", self.project), ("quantity_open", "!=", 0)],
            "amount_open",
        )
        return {row["id"]: round(row["amount_open"], 2) for row in rows}


def link(ids):
    """Return the command that sets the other side of a link."""
    return [[6, 0, [ids] if isinstance(ids, int) else list(ids)]]
