"""Projects with everything that a price may hang on, and what bends the price."""

from datetime import timedelta

from .bait import DAY, FIRST, link

REQUEST = "project.billing.request"
RATE = "project.billing.rate"
RULE = "project.billing.rule"
TIER = "project.billing.tier"
ENTRY = "account.analytic.line"


class Priced:
    """A project of the demo's manager, and work done under its rates."""

    #: How many there were, as their names differ.
    made = 0

    @classmethod
    def make(cls, admin, number=1):
        """Make some of them at once, which takes a fraction of the time."""
        baits = [cls() for _each in range(number)]
        for bait in baits:
            cls.made += 1
            bait.admin = admin
            bait.name = f"Priced {cls.made}"
            bait.manager = admin.ref("user_pm")
            bait.customer = admin.ref("partner_granite")
        for attribute, model, values in STEPS:
            ids = admin.call(model, "create", [values(bait) for bait in baits])
            for bait, record in zip(baits, ids, strict=True):
                setattr(bait, attribute, record)
        return baits

    def entry_of(self, person, task, hours):
        """Return the values of time that a person logged."""
        return {
            "name": "Work",
            "project_id": self.project,
            "task_id": task,
            "employee_id": person,
            "unit_amount": hours,
            "date": DAY.isoformat(),
        }

    def state(self, request):
        """Return the state of a request."""
        return self.admin.read(REQUEST, request, "state")[0]["state"]


#: How one is made: what it is called here, its model, its values.
STEPS = (
    (
        "project",
        "project.project",
        lambda b: {
            "name": b.name,
            "user_id": b.manager,
            "partner_id": b.customer,
            "company_id": 1,
            "privacy_visibility": "followers",
            "allow_timesheets": True,
        },
    ),
    ("tag", "project.tags", lambda b: {"name": f"{b.name}: night"}),
    ("other_tag", "project.tags", lambda b: {"name": f"{b.name}: day"}),
    ("job", "hr.job", lambda b: {"name": f"{b.name}: architect"}),
    ("other_job", "hr.job", lambda b: {"name": f"{b.name}: gardener"}),
    ("paula", "hr.employee", lambda b: {"name": f"{b.name}: Paula"}),
    ("nora", "hr.employee", lambda b: {"name": f"{b.name}: Nora"}),
    (
        "jo",
        "hr.employee",
        lambda b: {"name": f"{b.name}: Jo", "job_id": b.job},
    ),
    (
        "work",
        "project.task",
        lambda b: {
            "name": "Work",
            "project_id": b.project,
            "tag_ids": link(b.tag),
        },
    ),
    ("other", "project.task", lambda b: {"name": "Other", "project_id": b.project}),
    (
        "hours",
        RULE,
        lambda b: {
            "name": "Hours",
            "project_id": b.project,
            "kind": "time",
            "price_unit": 100.0,
            "date_start": FIRST,
        },
    ),
    ("tier", TIER, lambda b: {"rule_id": b.hours, "hours_from": 1, "discount": 10}),
    (
        "rate",
        RATE,
        lambda b: {"rule_id": b.hours, "price_unit": 130, "employee_id": b.paula},
    ),
    (
        "rate_of_tag",
        RATE,
        lambda b: {"rule_id": b.hours, "price_unit": 120, "tag_id": b.tag},
    ),
    (
        "rate_of_job",
        RATE,
        lambda b: {"rule_id": b.hours, "price_unit": 140, "job_id": b.job},
    ),
    ("entry", ENTRY, lambda b: b.entry_of(b.paula, b.other, 4)),
    ("tagged_entry", ENTRY, lambda b: b.entry_of(b.nora, b.work, 1)),
    ("entry_of_job", ENTRY, lambda b: b.entry_of(b.jo, b.other, 1)),
)


def submit_all(manager, baits):
    """Let the manager bill some of these projects; return a request for each."""
    projects = [bait.project for bait in baits]
    manager.call(REQUEST, "prepare", projects)
    rows = manager.find(
        REQUEST,
        [("project_id", "in", projects), ("state", "=", "draft")],
        "project_id",
    )
    found = {row["project_id"][0]: row["id"] for row in rows}
    manager.call(REQUEST, "action_submit", list(found.values()))
    return [found[project] for project in projects]


def _shifted(days):
    return (DAY + timedelta(days=days)).isoformat()


#: What is changed: model, what it is called here, values; None deletes.
CHANGES = {
    "person of a rate": (RATE, "rate", lambda b: {"employee_id": b.nora}),
    "nobody of a rate": (RATE, "rate", lambda _b: {"employee_id": False}),
    "first day of a rate": (RATE, "rate", lambda _b: {"date_from": _shifted(1)}),
    "last day of a rate": (RATE, "rate", lambda _b: {"date_to": _shifted(-1)}),
    "task of a rate": (RATE, "rate", lambda b: {"task_id": b.work}),
    "job of a rate": (RATE, "rate_of_job", lambda b: {"job_id": b.other_job}),
    "tag of a rate": (RATE, "rate_of_tag", lambda b: {"tag_id": b.other_tag}),
    "price of a rate": (RATE, "rate", lambda _b: {"price_unit": 131}),
    "unit of a rate": (RATE, "rate", lambda _b: {"unit": "day"}),
    "customer of a rate": (
        RATE,
        "rate",
        lambda b: {"rule_id": False, "project_id": False, "partner_id": b.customer + 1},
    ),
    "deleted rate": (RATE, "rate", None),
    "deleted tier": (TIER, "tier", None),
    "start of a tier": (TIER, "tier", lambda _b: {"hours_from": 2}),
    "discount of a tier": (TIER, "tier", lambda _b: {"discount": 11}),
    "increment of a rule": (RULE, "hours", lambda _b: {"increment_minutes": 300}),
    "filter of a rule": (RULE, "hours", lambda b: {"task_ids": link(b.other)}),
    "deleted from the rule": (RULE, "hours", lambda b: {"rate_ids": [[2, b.rate]]}),
    "changed from the rule": (
        RULE,
        "hours",
        lambda b: {"rate_ids": [[1, b.rate, {"price_unit": 134}]]},
    ),
    "tags of a task": ("project.task", "work", lambda _b: {"tag_ids": [[5]]}),
    "tasks of a tag": ("project.tags", "tag", lambda _b: {"task_ids": [[5]]}),
    "hours of an entry": (ENTRY, "entry", lambda _b: {"unit_amount": 5}),
    "hours from the task": (
        "project.task",
        "other",
        lambda b: {"timesheet_ids": [[1, b.entry, {"unit_amount": 6}]]},
    ),
    "person of an entry": (ENTRY, "entry", lambda b: {"employee_id": b.nora}),
    "task of an entry": (ENTRY, "tagged_entry", lambda b: {"task_id": b.other}),
    "job of a person": ("hr.employee", "jo", lambda b: {"job_id": b.other_job}),
}


def change(person, bait, what):
    """Make one of the changes, as a person."""
    model, name, values = CHANGES[what]
    if values is None:
        person.unlink(model, getattr(bait, name))
    else:
        person.call(model, "write", [getattr(bait, name)], values(bait))
