"""Data of an older version, created with that version's own code.

One project for each state that an upgrade may meet. Runs inside Odoo's own Python, with
the released add-on; so it uses what every version has, and asks before it uses what
only later ones have.
"""

from odoo import Command

from .chaos_world import START, UNTIL, _log, _people, _project, _service

#: How far each project is billed: the steps after the request was prepared.
STEPS = {
    "unbilled": None,
    "draft": (),
    "submitted": ("submit",),
    "approved": ("submit", "approve"),
    "invoiced": ("submit", "approve", "invoice"),
    "posted": ("submit", "approve", "invoice", "post"),
    "credited": ("submit", "approve", "invoice", "post", "credit"),
    "partly": ("submit", "approve", "invoice", "post", "credit_part"),
    "lowered": ("write_off", "submit", "approve", "invoice", "post"),
    "cancelled": ("cancel",),
    "sent_back": ("submit", "approve", "invoice", "send_back"),
    "rejected": ("submit", "reject"),
    "rated": ("submit", "approve", "invoice", "post"),
    "rated_draft": (),
    "milestones": ("submit", "approve", "invoice", "post"),
    "milestones_draft": (),
}
LATER_STEPS = {
    "capped": ("submit", "approve", "invoice", "post"),
    "capped_draft": (),
    "deposit": ("submit", "approve", "invoice", "post"),
    "deposit_draft": (),
    "retainer": ("submit", "approve", "invoice", "post"),
    "retainer_draft": ("submit",),
    "retention": ("submit", "approve", "invoice", "post"),
    "retention_approved": ("submit", "approve"),
    "shared_one": ("submit", "approve", "invoice"),
    "shared_two": ("submit", "approve", "invoice"),
    "cost": ("submit", "approve", "invoice", "post"),
}


class Story:
    """One database, and the people who work in it."""

    def __init__(self, env):
        self.env = env
        self.later = "project.billing.cap" in env
        company = env.ref("base.main_company")
        if not company.chart_template:
            chart = env["account.chart.template"]
            chart.try_loading("generic_coa", company, install_demo=False)
        if "billing_approval" in company:
            company.billing_approval = "levels"
        self.company = company
        self.users, self.service = _people(env), _service(env)
        self.workers = env["hr.employee"].create([{"name": n} for n in ("Ann", "Bob")])

    def play(self):
        """Bring each project into the state that its name says."""
        steps = {**STEPS, **(LATER_STEPS if self.later else {})}
        for name, taken in steps.items():
            project = self._create(name)
            if taken is None:
                continue
            self._bill(project, taken)
            # what is there for the next request, in every state
            _log_later(self.env, project, self.workers[0])
        self.env.flush_all()

    def _create(self, name):
        values = {"name": f"Customer {name}", "email": f"{name}@c.example"}
        if name.startswith("shared"):
            partner = self.env["res.partner"].search([("name", "=", "Together")])
            values = {"name": "Together", "billing_one_invoice": True}
            partner = partner or self.env["res.partner"].create(values)
        else:
            partner = self.env["res.partner"].create(values)
        project = _project(self.env, name, partner, self.users["manager"], self.service)
        family = name.partition("_")[0]
        getattr(self, f"_add_{family}", lambda _project: None)(project)
        _log(self.env, project, self.workers)
        return project

    # === TERMS ===

    def _rule(self, project, **values):
        base = {
            "project_id": project.id,
            "product_id": self.service.id,
            "date_start": START,
        }
        return self.env["project.billing.rule"].create({**base, **values})

    def _add_rated(self, project):
        project.billing_rule_ids.rate_ids = [
            Command.create(
                {
                    "employee_id": self.workers[0].id,
                    "price_unit": price,
                    "date_from": first,
                    "date_to": last,
                }
            )
            for price, first, last in (
                (80, "2026-03-01", "2026-03-02"),
                (88.5, "2026-03-03", False),
            )
        ]

    def _add_milestones(self, project):
        self._rule(project, kind="milestone", contract_amount=999.99)
        self.env["project.milestone"].create(
            [
                {
                    "name": f"Part {position}",
                    "project_id": project.id,
                    "sequence": position,
                    "billing_basis": "percentage",
                    "billing_percentage": share,
                    "is_reached": position < 3,
                }
                for position, share in enumerate((33.333, 33.333, 33.334), 1)
            ]
        )

    def _add_capped(self, project):
        rule = project.billing_rule_ids
        self.env["project.billing.cap"].create(
            {
                "name": f"Order {project.name}",
                "company_id": self.company.id,
                "currency_id": rule.currency_id.id,
                "limit_amount": 700,
                "rule_ids": [Command.set(rule.ids)],
            }
        )

    def _add_deposit(self, project):
        self._rule(
            project,
            kind="advance",
            name="Deposit",
            advance_amount=900,
            advance_consumption="at_once",
        )

    def _add_retainer(self, project):
        retainer = self._rule(
            project,
            kind="recurring",
            name="Retainer",
            recurring_price=300,
            included_hours=3,
            date_end="2026-03-31",
        )
        rule = project.billing_rule_ids.filtered(lambda r: r.kind == "time")
        rule.allowance_rule_id = retainer

    def _add_retention(self, project):
        self._rule(
            project,
            kind="retention",
            name="Retention",
            retention_percentage=10,
            retention_release_ids=[
                Command.create({"percentage": 100, "date": "2027-06-30"})
            ],
        )

    def _add_cost(self, project):
        self._rule(project, kind="cost", name="Costs")
        vendor = self.env["res.partner"].create({"name": "Vendor"})
        if not project.account_id:
            project._create_analytic_account()
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": vendor.id,
                "invoice_date": "2026-03-04",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Hotel",
                            "price_unit": 120,
                            "tax_ids": [],
                            "analytic_distribution": {str(project.account_id.id): 100},
                        }
                    )
                ],
            }
        )
        bill.action_post()

    # === STEPS ===

    def _by(self, who, records):
        return records.with_env(self.env(user=self.users[who].id, su=False))

    def _bill(self, project, steps):
        requests = self._by("manager", self.env["project.billing.request"])
        request = requests.prepare(project.ids, UNTIL)
        for step in steps:
            STEP[step](self, request.with_env(self.env))
            self.env.flush_all()

    def _write_off(self, request):
        line = self._by("manager", request).line_ids.sorted("id")[0]
        line.change_quantity(line.quantity - 0.5, "write_off", "Goodwill")

    def _credit(self, request, part=False):
        move = self._by("accountant", request.invoice_id)
        wizard = move.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard = wizard.create({"journal_id": move.journal_id.id})
        wizard.reverse_moves()
        if part:
            wizard.new_move_ids.invoice_line_ids.sorted("name")[0].quantity = 1
        wizard.new_move_ids.action_post()


def set_up_again(env):
    """Give the projects of the story, after a new installation, the same terms."""
    story = Story.__new__(Story)
    story.env, story.later = env, True
    story.service = env["product.product"].search([("name", "=", "Consulting")])
    story.workers = env["hr.employee"].search([("name", "in", ("Ann", "Bob"))])
    names = [*STEPS, *LATER_STEPS]
    for project in env["project.project"].search([("name", "in", names)]):
        story._rule(project, kind="time", price_unit=97.5, detail="person")
        if project.name.startswith("retainer"):
            story._add_retainer(project)
        elif project.name == "cost":
            story._rule(project, kind="cost", name="Costs")
        elif project.milestone_ids:
            shares = (33.333, 33.333, 33.334)
            for milestone, share in zip(project.milestone_ids, shares, strict=True):
                milestone.write(
                    {"billing_basis": "percentage", "billing_percentage": share}
                )
            story._rule(project, kind="milestone", contract_amount=999.99)
    env.flush_all()


def _log_later(env, project, worker):
    env["account.analytic.line"].create(
        {
            "name": "Later",
            "project_id": project.id,
            "employee_id": worker.id,
            "date": "2026-03-20",
            "unit_amount": 2,
        }
    )


STEP = {
    "submit": lambda story, r: story._by("manager", r).action_submit(),
    "approve": lambda story, r: story._by("approver", r).action_approve(),
    "reject": lambda story, r: story._by("approver", r).action_reject("Check it"),
    "cancel": lambda story, r: story._by("manager", r).action_cancel(),
    "invoice": lambda story, r: story._by("manager", r).action_create_invoice(),
    "post": lambda story, r: story._by("accountant", r.invoice_id).action_post(),
    "send_back": lambda story, r: story._by(
        "accountant", r.invoice_id
    ).action_billing_send_back("Wrong text"),
    "write_off": Story._write_off,
    "credit": Story._credit,
    "credit_part": lambda story, r: story._credit(r, part=True),
}
