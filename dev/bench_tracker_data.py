"""The data of ``bench-tracker``: a company that billed its projects for two years.

One record of each kind is made by Odoo, the rest are its copies by SQL, so a million
time entries with their items, requests and invoices take a few minutes.  What the
copies hold is planned in temporary tables first (see ``bench_tracker_plan``), by
arithmetic on numbers alone: two runs build the same.  Runs inside Odoo's own Python.
"""

from odoo import fields
from odoo.modules.migration import load_script
from odoo.tools import SQL

from . import bench_data, bench_tracker_fill, bench_tracker_plan as plan, paths

MIGRATIONS = paths.ROOT / paths.ADDON / "migrations" / "19.0.4.0.0"
MANAGERS = 40
PEOPLE = 300
CUSTOMERS = 500
#: Sees everything that there is to see.
CONTROLLER = (
    "project_invoice_tracker.group_billing_manager",
    "project_invoice_tracker.group_billing_approver",
    "account.group_account_invoice",
    "hr.group_hr_manager",
    "hr_timesheet.group_timesheet_manager",
)
ABROAD = 5  # every fifth project is billed in the other currency


def build(env, *, entries, projects):
    """Build the whole database; return its sizes by table."""
    ids = _create_patterns(env)
    ids |= _create_projects(env, projects)
    env.flush_all()
    if env.execute_query(SQL("SHOW is_superuser"))[0][0] == "on":
        # neither foreign keys nor triggers: the rows are known to fit
        env.cr.execute("SET LOCAL session_replication_role = replica")
    today = fields.Date.today()
    ids |= {
        "entries": entries,
        "projects": projects,
        "people": PEOPLE,
        "today": today,
        "first": fields.Date.subtract(
            today.replace(day=1), months=plan.BILLED_MONTHS + 1
        ),
    }
    plan.prepare(env.cr, ids)
    bench_tracker_fill.fill(env.cr, ids)
    env.invalidate_all()
    return plan.sizes(env.cr)


def finish(env):
    """Fill the computed tables of the add-on, as an update from an old version does."""
    for file in sorted(MIGRATIONS.glob("post-*.py")):
        load_script(str(file), file.stem).migrate(env.cr, "19.0.3.0.0")
    env.invalidate_all()


def _create_projects(env, count):
    """Copy projects with five tasks each, their customers, managers and rules."""
    pattern = {
        name: env[model].search([("name", "=", title)], limit=1)
        for name, model, title in (
            ("partner", "res.partner", "Customer"),
            ("account", "account.analytic.account", "Project"),
            ("project", "project.project", "Project"),
            ("task", "project.task", "Task"),
        )
    }
    rows = bench_data._copy_projects(env, pattern, count)
    for name, ids in rows.items():
        assert ids == list(range(ids[0], ids[0] + len(ids))), name
    for table in ("project_project", "account_analytic_account", "project_task"):
        env.cr.execute(
            SQL(
                "UPDATE %(table)s SET partner_id = %(first)s + (partner_id - %(first)s)"
                " %% %(count)s WHERE partner_id >= %(first)s",
                table=SQL.identifier(table),
                first=rows["partner"][0],
                count=CUSTOMERS,
            )
        )
    _give_managers(env, rows["project"])
    return {
        **{f"{name}_id": ids[0] for name, ids in rows.items()},
        **_create_rules(env, rows["project"]),
        **_create_people(env),
    }


def _give_managers(env, project_ids):
    """Share the projects out among the managers."""
    others = [f"manager_{number}" for number in range(1, MANAGERS)]
    users = bench_data._users(env, dict.fromkeys(others, bench_data.USERS["manager"]))
    first = env["res.users"].search([("login", "=", "bench_manager")])
    controller = bench_data._users(env, {"controller": CONTROLLER[0]})["controller"]
    controller.group_ids |= env["res.groups"].browse(
        env.ref(group).id for group in CONTROLLER
    )
    env.cr.execute(
        SQL(
            "UPDATE project_project SET user_id = (%s::int[])[1 + (id - %s) %% %s]"
            " WHERE id = ANY(%s)",
            [first.id, *(user.id for user in users.values())],
            project_ids[0],
            MANAGERS,
            project_ids,
        )
    )
    env.invalidate_all()
    bench_data._compute_owners(env, project_ids)


def _create_rules(env, project_ids):
    """Give each project a time rule, and some projects a rule of another kind."""
    pattern = env["project.project"].search([("name", "=", "Project")])
    other = env.ref("base.EUR")
    other.active = True
    env["res.currency.rate"].create(
        {"currency_id": other.id, "name": "2020-01-01", "rate": 0.8}
    )
    first = {}
    for kind, values in (
        ("time", {"detail": "task", "date_start": "2020-01-01"}),
        ("milestone", {"price_unit": 0}),
        ("recurring", {"price_unit": 0, "recurring_price": 1000.0}),
        ("cost", {"price_unit": 0}),
    ):
        rules = bench_data.make_rules(env, pattern.ids, kind=kind, **values)
        rows = bench_data._copy(
            env,
            rules,
            len(project_ids),
            project_id=SQL("%s + n", project_ids[0]),
            currency_id=SQL(
                "CASE WHEN n %% %s = 0 THEN %s ELSE currency_id END", ABROAD, other.id
            ),
        )
        first[f"{kind}_rule_id"] = rows[0]
        env.invalidate_all()
    return {**first, "abroad": ABROAD, "other_id": other.id, "other_rate": 1.25}


def _create_people(env):
    """Create the people, and their days off."""
    people = env["hr.employee"].create(
        [{"name": f"Consultant {n}", "hourly_cost": 40} for n in range(PEOPLE)]
    )
    today = fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    env["resource.calendar.leaves"].create(
        [
            {
                "name": "Vacation",
                "calendar_id": person.resource_id.calendar_id.id,
                "resource_id": person.resource_id.id,
                "date_from": fields.Date.add(today, days=first),
                "date_to": fields.Date.add(today, days=first + 7),
            }
            for number, person in enumerate(people)
            for first in (number % 40, -30 - number % 300, -400 - number % 300)
        ]
    )
    assert people.ids == list(range(people[0].id, people[0].id + PEOPLE))
    return {"person_id": people[0].id}


def _create_patterns(env):
    """Take one project from its time entry to the paid invoice, and credit another."""
    users = bench_data._users(env, bench_data.USERS)
    bench_data._create_product(env)
    pattern = bench_data._pattern(env, users["manager"])
    env.flush_all()
    bench_data.make_rules(env, pattern["project"].ids, detail="task")
    requests = [_bill(env, pattern, users, day) for day in ("2026-01-05", "2026-01-06")]
    paid, credited = (request.invoice_id for request in requests)
    refund = credited._reverse_moves([{"invoice_date": credited.invoice_date}])
    refund.action_post()
    bank = _pay(env, paid)
    request = requests[0]
    item = request.line_ids.allocation_ids.item_id
    milestone = env["project.milestone"].create(
        {"name": "Milestone", "project_id": pattern["project"].id}
    )
    bill = _buy(env, pattern["partner"])
    rate = request.amount_tax / request.amount_untaxed
    env.flush_all()
    log = {row.decision: row.id for row in request.approval_ids}
    return {
        "pattern_entry": pattern["entry"].id,
        "pattern_item": item.id,
        "pattern_request": request.id,
        "pattern_line": request.line_ids.id,
        "pattern_allocation": request.line_ids.allocation_ids.id,
        **{f"pattern_{step}": log[step] for step in ("submit", "approve", "invoice")},
        "pattern_milestone": milestone.id,
        "internal_id": env.company.internal_project_id.id,
        "tax_rate": round(rate, 6),
        "home_id": env.company.currency_id.id,
        **_parts("invoice", paid),
        **_parts("refund", refund),
        **_parts("bank", bank),
        **_parts("bill", bill),
        **_matching(paid),
    }


def _bill(env, pattern, users, day):
    """Log an hour and take it to a posted invoice."""
    env["account.analytic.line"].create(
        {
            "name": "Work",
            "project_id": pattern["project"].id,
            "task_id": pattern["task"].id,
            "employee_id": pattern["people"][0].id,
            "date": day,
            "unit_amount": 1.0,
        }
    )
    Request = env["project.billing.request"].with_user(users["manager"])
    request = Request.prepare(pattern["project"].ids, "2026-12-31")
    request.action_submit()
    request.with_user(users["approver"]).action_approve()
    if request.state == "approved":
        request.action_create_invoice()
    request = request.sudo()
    request.invoice_id.action_post()
    return request


def _pay(env, invoice):
    """Pay an invoice by an entry of the bank journal; return the entry."""
    receivable = invoice.line_ids.filtered(lambda x: x.display_type == "payment_term")
    journal = env["account.journal"].search([("type", "=", "bank")], limit=1)
    entry = env["account.move"].create(
        {
            "journal_id": journal.id,
            "date": invoice.invoice_date,
            "line_ids": [
                (0, 0, {"account_id": account.id, "partner_id": invoice.partner_id.id,
                        "debit": debit, "credit": invoice.amount_total - debit})
                for account, debit in (
                    (journal.default_account_id, invoice.amount_total),
                    (receivable.account_id, 0.0),
                )
            ],
        }
    )  # fmt: skip
    entry.action_post()
    _reconcile(entry, invoice)
    assert invoice.payment_state in ("paid", "in_payment")
    return entry


def _buy(env, partner):
    """Post a vendor bill; return it."""
    bill = env["account.move"].create(
        {
            "move_type": "in_invoice",
            "partner_id": partner.id,
            "invoice_date": "2026-01-05",
            "invoice_line_ids": [(0, 0, {"name": "Licence", "price_unit": 100.0})],
        }
    )
    bill.action_post()
    return bill


def _reconcile(*moves):
    lines = moves[0].line_ids | moves[1].line_ids
    lines.filtered(
        lambda line: line.account_id.account_type == "asset_receivable"
    ).reconcile()


def _parts(name, move):
    """Return the ids of a move and of its lines, by the role of each line."""
    by_type = move.line_ids.grouped("display_type")
    rows = {f"{name}_move": move.id}
    if move.move_type == "entry":
        return rows | {
            f"{name}_debit": move.line_ids.filtered("debit").id,
            f"{name}_credit": move.line_ids.filtered("credit").id,
        }
    return rows | {f"{name}_{part}": lines[:1].id for part, lines in by_type.items()}


def _matching(invoice):
    """Return the ids of the records that reconcile an invoice with its payment."""
    receivable = invoice.line_ids.filtered("matched_credit_ids")
    return {
        "pattern_partial": receivable.matched_credit_ids.id,
        "pattern_full": receivable.full_reconcile_id.id,
    }
