"""Data for the disturbed job: people, customers, and projects with their plots.

Runs inside Odoo's own Python. All results follow from the names and figures here, so
two runs can be compared without ids and dates.
"""

from odoo import Command

START = "2026-01-01"
UNTIL = "2026-12-31"
ADDON = "project_invoice_tracker"
PEOPLE = {
    "manager": f"{ADDON}.group_billing_user",
    "approver": f"{ADDON}.group_billing_approver",
    "accountant": "account.group_account_invoice",
}
#: What becomes of each project before its last invoice is posted.
PLOTS = (
    "plain",
    "credited",
    "cancelled",
    "sent_back",
    "invoice_cancelled",
    "rejected",
    "shared_one",
    "shared_two",
    "partly_credited",
    "fixed",
    "capped_one",
    "capped_two",
    "lowered",
)


def build(env, plots=PLOTS):
    """Create the world in a database with the add-on."""
    company = env.ref("base.main_company")
    if not company.chart_template:
        chart = env["account.chart.template"]
        chart.try_loading("generic_coa", company, install_demo=False)
    company.billing_approval = "levels"
    users = _people(env)
    service = _service(env)
    workers = env["hr.employee"].create([{"name": name} for name in ("Ann", "Bob")])
    together = env["res.partner"].create(
        {"name": "Together", "email": "t@c.example", "billing_one_invoice": True}
    )
    projects = {}
    for plot in plots:
        partner = together
        if not plot.startswith("shared"):
            partner = env["res.partner"].create(
                {"name": f"Customer {plot}", "email": f"{plot}@c.example"}
            )
        projects[plot] = _project(env, plot, partner, users["manager"], service)
        _log(env, projects[plot], workers)
    if "fixed" in projects:
        _add_fixed(env, projects["fixed"], service)
    capped = [project for plot, project in projects.items() if "capped" in plot]
    if capped:
        _add_cap(env, capped, company)


def _people(env):
    internal = env.ref("base.group_user")
    return {
        name: env["res.users"].create(
            {
                "name": name.title(),
                "login": f"chaos_{name}",
                "email": f"{name}@us.example",
                "group_ids": [Command.set([internal.id, env.ref(group).id])],
            }
        )
        for name, group in PEOPLE.items()
    }


def _service(env):
    tax = env["account.tax"].search(
        [("type_tax_use", "=", "sale"), ("amount", ">", 0)], limit=1
    )
    return env["product.product"].create(
        {
            "name": "Consulting",
            "type": "service",
            "uom_id": env.ref("uom.product_uom_hour").id,
            "taxes_id": [Command.set(tax.ids)],
        }
    )


def _project(env, plot, partner, manager, service):
    project = env["project.project"].create(
        {
            "name": plot,
            "partner_id": partner.id,
            "user_id": manager.id,
            "allow_timesheets": True,
            "allow_milestones": True,
        }
    )
    env["project.billing.rule"].create(
        {
            "project_id": project.id,
            "kind": "time",
            "product_id": service.id,
            "price_unit": 97.5,
            "detail": "person",
            "date_start": START,
        }
    )
    return project


def _log(env, project, workers):
    env["account.analytic.line"].create(
        [
            {
                "name": f"Work {number}",
                "project_id": project.id,
                "employee_id": workers[number % 2].id,
                "date": f"2026-03-0{number + 1}",
                "unit_amount": 0.75 + number / 2,
            }
            for number in range(4)
        ]
    )


def _add_fixed(env, project, service):
    """Add a milestone that is reached, and rules of other kinds."""
    _add_fixed_rules(env, project, service)
    env["project.milestone"].create(
        {
            "name": "Concept",
            "project_id": project.id,
            "billing_basis": "percentage",
            "billing_percentage": 40,
            "is_reached": True,
            "reached_date": "2026-03-05",
        }
    )


def _add_fixed_rules(env, project, service):
    """Add a contract by milestones, a deposit, a retention and a monthly fee."""
    base = {"project_id": project.id, "product_id": service.id, "date_start": START}
    rules = env["project.billing.rule"]
    rules.create({**base, "kind": "milestone", "contract_amount": 1000})
    rules.create(
        {
            **base,
            "kind": "advance",
            "name": "Deposit",
            "advance_amount": 150,
            "advance_consumption": "at_once",
        }
    )
    rules.create(
        {
            **base,
            "kind": "retention",
            "name": "Retention",
            "retention_percentage": 10,
            "retention_release_ids": [
                Command.create({"percentage": 100, "date": "2027-01-31"})
            ],
        }
    )
    rules.create(
        {
            **base,
            "kind": "recurring",
            "name": "Hosting",
            "recurring_price": 80,
            "date_end": "2026-03-31",
        }
    )


def _add_cap(env, projects, company):
    rules = env["project.billing.rule"].search(
        [("project_id", "in", [project.id for project in projects])]
    )
    env["project.billing.cap"].create(
        {
            "name": "Order",
            "company_id": company.id,
            "currency_id": rules[0].currency_id.id,
            "limit_amount": 5000,
            "rule_ids": [Command.set(rules.ids)],
        }
    )
