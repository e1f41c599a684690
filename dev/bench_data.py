"""The data of the benchmarks: one pattern row by the ORM, its copies by SQL.

A copied row has every column that Odoo requires, whatever the version adds, and a
hundred thousand time entries take seconds.  Runs inside Odoo's own Python.
"""

from odoo import fields
from odoo.tools import SQL

LINES_PER_PROJECT = 5  # pairs of a task and a person, so lines of an invoice
PRICE = 90.0
FIRST_DAY = "2026-01-05"
ACCOUNTANT = "account.group_account_invoice"
USERS = {
    "manager": "project_invoice_tracker.group_billing_user",
    "approver": "project_invoice_tracker.group_billing_approver",
    "accountant": ACCOUNTANT,
}


def build(env, *, entries, projects, billed=True, rated=False):
    """Build customers, projects, tasks, people and time entries.

    :param billed: with actors and a rule for each project; else only what a
        database without the add-on has
    :param rated: with three rules per project and ten dated rates per person
    """
    users = _users(env, USERS if billed else {"accountant": ACCOUNTANT})
    if billed:
        env.company.billing_approval = "levels"
    _create_product(env)
    pattern = _pattern(env, users.get("manager") or users["accountant"])
    env.flush_all()
    rows = _copy_projects(env, pattern, projects)
    _copy_entries(env, pattern, rows, entries)
    env.invalidate_all()
    _compute_owners(env, rows["project"])
    if rated:
        make_rates(env, pattern["people"])
        make_rules(env, rows["project"], price_unit=0)
        make_narrow_rules(env, rows)
    elif billed:
        make_rules(env, rows["project"])
    return rows


def make_rates(env, people):
    """Give each person ten rates, one after the other, at the same price."""
    weeks = [
        fields.Date.add(fields.Date.to_date(FIRST_DAY), weeks=n) for n in range(10)
    ]
    ends = [fields.Date.subtract(week, days=1) for week in weeks[1:]]
    env["project.billing.rate"].create(
        [
            {
                "employee_id": person.id,
                "price_unit": PRICE,
                "date_from": start,
                "date_to": end,
            }
            for person in people
            for start, end in zip(weeks, [*ends, False], strict=True)
        ]
    )


def make_narrow_rules(env, rows):
    """Give each project two more rules, of one task each, that come first."""
    tasks = env["project.task"].browse(rows["task"]).grouped("project_id")
    for position in range(2):
        rules = make_rules(env, rows["project"], price_unit=0, sequence=position)
        for rule in rules:
            rule.task_ids = tasks[rule.project_id][position]


def make_rules(env, project_ids, **values):
    """Give each project a rule that bills its time by task and person."""
    product = env["product.product"].search([("default_code", "=", "BENCH")])
    return env["project.billing.rule"].create(
        [
            {
                "project_id": project_id,
                "kind": "time",
                "product_id": product.id,
                "price_unit": PRICE,
                "detail": "task_person",
                "date_start": FIRST_DAY,
                **values,
            }
            for project_id in project_ids
        ]
    )


def _users(env, groups):
    internal = env.ref("base.group_user")
    return {
        login: env["res.users"].create(
            {
                "name": login.title(),
                "login": f"bench_{login}",
                "group_ids": [(6, 0, [internal.id, env.ref(group).id])],
            }
        )
        for login, group in groups.items()
    }


def _create_product(env):
    """Create the service that all time is billed as, with one tax."""
    tax = env["account.tax"].search(
        [("type_tax_use", "=", "sale"), ("amount", ">", 0)], limit=1
    )
    hour = env.ref("uom.product_uom_hour")
    env["product.product"].create(
        {
            "name": "Consulting",
            "default_code": "BENCH",
            "type": "service",
            "uom_id": hour.id,
            "taxes_id": [(6, 0, tax.ids)],
        }
    )


def _pattern(env, manager):
    """Create one record of each kind, for SQL to copy."""
    partner = env["res.partner"].create({"name": "Customer", "is_company": True})
    account = env["account.analytic.account"].create(
        {"name": "Project", "plan_id": _project_plan(env).id, "partner_id": partner.id}
    )
    project = env["project.project"].create(
        {
            "name": "Project",
            "partner_id": partner.id,
            "company_id": env.company.id,
            "account_id": account.id,
            "user_id": manager.id,
            "allow_timesheets": True,
        }
    )
    people = env["hr.employee"].create(
        [{"name": f"Person {n}", "hourly_cost": 40} for n in range(LINES_PER_PROJECT)]
    )
    task = env["project.task"].create({"name": "Task", "project_id": project.id})
    entry = env["account.analytic.line"].create(
        {
            "name": "Work",
            "project_id": project.id,
            "task_id": task.id,
            "employee_id": people[0].id,
            "date": "2025-12-31",  # before any rule, so the pattern is not billed
            "unit_amount": 1.0,
        }
    )
    records = (partner, account, project, people, task, entry)
    names = ("partner", "account", "project", "people", "task", "entry")
    return dict(zip(names, records, strict=True))


def _project_plan(env):
    plans, _others = env["account.analytic.plan"]._get_all_plans()
    return plans


def _compute_owners(env, project_ids):
    """Compute who bills the copied projects, where our add-on is installed."""
    projects = env["project.project"].browse(project_ids)
    field = projects._fields.get("billing_owner_ids")
    if field:
        env.add_to_compute(field, projects)
        env.flush_all()
        env.invalidate_all()


def _copy_projects(env, pattern, count):
    """Copy the pattern's customer, project and tasks; return the ids by kind."""
    project, task = pattern["project"], pattern["task"]
    named = SQL("'Customer ' || n")
    partners = _copy(env, pattern["partner"], count, name=named, complete_name=named)
    env.cr.execute(
        SQL(
            "UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)",
            partners,
        )
    )
    title = SQL("jsonb_build_object('en_US', 'Project ' || n)")
    customer = _nth(partners, SQL("n"))
    accounts = _copy(
        env, pattern["account"], count, name=title, partner_id=customer, code=SQL("n")
    )
    projects = _copy(
        env,
        project,
        count,
        name=title,
        partner_id=customer,
        account_id=_nth(accounts, SQL("n")),
        alias_id=_nth(_copy(env, project.alias_id, count), SQL("n")),
    )
    tasks = _copy(
        env,
        task,
        count * LINES_PER_PROJECT,
        name=SQL("'Task ' || n / %s", count),
        project_id=_nth(projects, SQL("n %% %s", count)),
        partner_id=_nth(partners, SQL("n %% %s", count)),
    )
    return {
        "partner": partners,
        "account": accounts,
        "project": projects,
        "task": tasks,
    }


def _copy_entries(env, pattern, rows, count):
    """Spread time entries evenly over the tasks, over twelve weeks of working days."""
    tasks, projects = len(rows["task"]), len(rows["project"])
    slot, hours = SQL("n %% %s", tasks), SQL("(1 + n / %s %% 12) * 0.25", tasks)
    place = SQL("n %% %s", projects)
    _copy(
        env,
        pattern["entry"],
        count,
        name=SQL("'Work ' || n"),
        project_id=_nth(rows["project"], place),
        task_id=_nth(rows["task"], slot),
        employee_id=_nth(
            pattern["people"].ids, SQL("n / %s %% %s", projects, LINES_PER_PROJECT)
        ),
        account_id=_nth(rows["account"], place),
        partner_id=_nth(rows["partner"], place),
        date=SQL(
            "%s::date + (n / %s %% 12) * 7 + (n %% 5)::int",
            FIRST_DAY,
            tasks,
        ),
        unit_amount=hours,
        amount=SQL("-40 * %s", hours),
    )


def _nth(ids, index):
    """Return SQL for the element of a list at an index from 0."""
    return SQL("(%s::int[])[1 + %s]", list(ids), index)


def _copy(env, record, count, **values):
    """Copy a row many times; return the new ids in order.

    :param values: SQL by column, in terms of ``n`` from 0
    """
    rows = env.execute_query(
        SQL(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
            "AND attnum > 0 AND NOT attisdropped AND attname <> 'id'",
            record._table,
        )
    )
    kept = [SQL.identifier(name) for (name,) in rows if name not in values]
    changed = [SQL.identifier(name) for name in values]
    created = env.execute_query(
        SQL(
            "INSERT INTO %(table)s (%(columns)s) SELECT %(source)s "
            "FROM %(table)s CROSS JOIN generate_series(0, %(last)s) AS n "
            "WHERE id = %(id)s ORDER BY n RETURNING id",
            table=SQL.identifier(record._table),
            columns=SQL(", ").join([*kept, *changed]),
            source=SQL(", ").join([*kept, *values.values()]),
            last=count - 1,
            id=record.id,
        )
    )
    return sorted(new_id for (new_id,) in created)
