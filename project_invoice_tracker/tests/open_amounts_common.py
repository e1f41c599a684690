"""Generated projects with open work, and what each screen says of it."""

from datetime import date, timedelta
from random import Random

from odoo import Command

from ..exceptions import NothingToBill
from .common import DAY
from .cost_common import CostCommon

DETAILS = ("project", "task", "person", "task_person", "day", "entry")
#: What kinds of work a project may have beside time.
KINDS = ("milestone", "cost", "progress", "recurring")
LAST = date(2026, 12, 31)


class OpenAmountsCommon(CostCommon):
    """Projects with all that decides what a line comes to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        currencies = cls.env.ref("base.JPY") | cls.env.ref("base.KWD")
        currencies.active = True
        cls.currencies = cls.company.currency_id | currencies
        for currency, rate in zip(currencies, (150.0, 0.31), strict=True):
            cls.env["res.currency.rate"].create(
                {
                    "name": date(2026, 1, 1),
                    "currency_id": currency.id,
                    "company_id": cls.company.id,
                    "rate": rate,
                }
            )
        cls.services = {
            name: cls.env["product.product"].create(
                {
                    "name": f"Service {name}",
                    "type": "service",
                    "uom_id": cls.env.ref("uom.product_uom_hour").id,
                    "property_account_income_id": (
                        cls.company_data["default_account_revenue"].id
                    ),
                    "taxes_id": [Command.set(taxes.ids)],
                }
            )
            for name, taxes in cls._create_taxes().items()
        }
        cls.pm.group_ids += cls.env.ref("analytic.group_analytic_accounting")

    @classmethod
    def _create_taxes(cls):
        """Return services' taxes by a name: excluded, included, several, fixed."""

        def tax(name, amount, how="percent", included=True, **values):
            return cls.env["account.tax"].create(
                {
                    "name": name,
                    "amount": amount,
                    "amount_type": how,
                    "price_include_override": (
                        "tax_included" if included else "tax_excluded"
                    ),
                    "company_id": cls.company.id,
                    **values,
                }
            )

        vat, duty = tax("VAT 21", 21), tax("Duty 3", 3)
        children = tax("In 10", 10) | tax("In 5", 5)
        group = tax("Group", 0, "group", children_tax_ids=[Command.set(children.ids)])
        return {
            "excluded": tax("VAT 19", 19, included=False),
            "none": cls.env["account.tax"],
            "included": vat,
            "two": vat | duty,
            "group": group,
            "division": tax("Inside 20", 20, "division"),
            "fixed": tax("Levy", 0.05, "fixed") | tax("VAT 7", 7),
        }

    # === PROJECTS ===

    def _generate(self, seed, **options):
        """Return a project with open work that follows from the seed."""
        chance = Random(seed)
        currency = chance.choice(self.currencies)
        small = currency.decimal_places == 0
        tasks = options.get("taxes", ("excluded", "none"))
        project = self._create_project(name=f"Case {seed}")
        prices = (100, 33, 7) if small else (100, 33.33, 77.77, 0.07, 120.5)
        rule = self._create_rule(
            project,
            currency_id=currency.id,
            product_id=self.services[chance.choice(tasks)].id,
            price_unit=chance.choice(prices),
            discount=chance.choice((0, 0, 12.5, 33.33)),
            detail=chance.choice(DETAILS),
            increment_minutes=chance.choice((0, 0, 15, 6)),
            increment_scope=chance.choice(("entry", "line"))
            if options.get("lines")
            else "entry",
        )
        if options.get("days"):
            self._show_days(chance, rule)
        for kind in chance.sample(KINDS, chance.randint(0, 2)):
            getattr(self, f"_add_{kind}")(chance, project, rule, tasks)
        self._add_time(chance, project, options.get("corrections"))
        if options.get("caps") and chance.random() < 0.7:
            self._add_cap(chance, rule)
        if options.get("parts") and chance.random() < 0.7:
            self._bill_a_part(chance, project)
        return project

    def _show_days(self, chance, rule):
        """Let lines show days, of another length where there is a rate per day."""
        rule.write({"line_unit": "days", "day_hours": chance.choice((8, 7.5, 7.7, 1))})
        if chance.random() < 0.5:
            self.env["project.billing.rate"].create(
                {
                    "rule_id": rule.id,
                    "employee_id": self.bob.id,
                    "price_unit": chance.choice((1000, 777)),
                    "unit": "day",
                    "hours_per_day": chance.choice((7.5, 7, 2)),
                }
            )

    def _add_time(self, chance, project, corrections):
        names = self.env["project.task"].create(
            [{"name": f"Task {n}", "project_id": project.id} for n in range(2)]
        )
        minutes = [5, 7, 10, 13, 20, 20, 20, 25, 50, 61, 90]
        if corrections:
            minutes += [-5, -10, -20, -60]
        self.env["account.analytic.line"].create(
            [
                {
                    "name": "Work",
                    "project_id": project.id,
                    "task_id": chance.choice((False, *names.ids)),
                    "employee_id": chance.choice((self.ann.id, self.bob.id)),
                    "date": DAY + timedelta(days=chance.randint(0, 3)),
                    "unit_amount": chance.choice(minutes) / 60,
                }
                for _n in range(chance.randint(1, 9))
            ]
        )

    def _add_milestone(self, chance, project, rule, taxes):
        self._create_rule(
            project,
            kind="milestone",
            currency_id=rule.currency_id.id,
            product_id=self.services[chance.choice(taxes)].id,
            contract_amount=1000,
        )
        milestones = self._create_milestones(33.33, 33.33, 33.34, project=project)
        milestones[: chance.randint(1, 3)].is_reached = True

    def _add_cost(self, chance, project, rule, taxes):
        project.account_id = self.account.copy({"name": project.name})
        self._create_cost_rule(
            project,
            currency_id=rule.currency_id.id,
            product_id=self.services[chance.choice(taxes)].id,
        )
        self._create_bill(
            *(chance.choice((10, 19.99, 3.33)) for _n in range(chance.randint(1, 3))),
            distribution={str(project.account_id.id): 100},
        )

    def _add_progress(self, chance, project, rule, taxes):
        progress = self._create_rule(
            project,
            kind="progress",
            currency_id=rule.currency_id.id,
            product_id=self.services[chance.choice(taxes)].id,
            contract_amount=1000,
        )
        progress.with_user(self.pm).report_progress(
            chance.choice((33.33, 50, 12.5)), DAY
        )

    def _add_recurring(self, chance, project, rule, taxes):
        self._create_rule(
            project,
            kind="recurring",
            currency_id=rule.currency_id.id,
            product_id=self.services[chance.choice(taxes)].id,
            price_unit=0,
            recurring_price=chance.choice((99, 1000)),
            recurring_interval="month",
            date_start=date(2026, 3, 15),
        )

    def _add_cap(self, chance, rule):
        self.env["project.billing.cap"].create(
            {
                "name": "Order",
                "company_id": self.company.id,
                "currency_id": rule.currency_id.id,
                "rule_ids": [Command.set(rule.ids)],
                **chance.choice(
                    ({"limit_amount": 50}, {"limit_hours": 1}, {"limit_amount": 100000})
                ),
            }
        )

    def _bill_a_part(self, chance, project):
        """Take a part of the work into a request, which may go on to be posted."""
        try:
            request = self._prepare(project, DAY + timedelta(days=1))
        except NothingToBill:
            return
        line = chance.choice(request.line_ids)
        if line.quantity > 0.02:
            line.with_user(self.pm).change_quantity(
                round(line.quantity * 0.6, 2), "bill_later"
            )
        if chance.random() < 0.6:
            self._post(request)

    # === FIGURES ===

    def _to_bill(self, project):
        """Return what is to bill of a project, on each screen that shows one."""
        project = project.with_user(self.pm)
        domain = [
            ("project_id", "=", project.id),
            ("ready", "=", True),
            ("quantity_open", "!=", 0),
            ("is_adjustment", "=", False),
        ]
        items = self.env["project.billing.item"].with_user(self.pm)
        rows = items.search_read(domain, ["amount_open", "date"])
        wip = self.env["project.billing.report.wip"].with_user(self.pm)
        of_wip = [("project_id", "=", project.id), ("stage", "=", "ready")]
        digits = project.billing_currency_id.decimal_places
        found = {
            "project": project.billing_amount_ready,
            "items": sum(row["amount_open"] for row in rows),
            "list": items._read_group(domain, [], ["amount_open:sum"])[0][0],
            "board": project.web_read({"billing_amount_ready": {}})[0][
                "billing_amount_ready"
            ],
            "by person": sum(
                amount
                for _person, amount in wip._read_group(
                    of_wip, ["employee_id"], ["amount:sum"]
                )
            ),
            "by age": sum(
                amount
                for _age, amount in wip._read_group(of_wip, ["bucket"], ["amount:sum"])
            ),
        }
        return {name: round(amount or 0.0, digits) for name, amount in found.items()}

    def _asked(self, project):
        """Return what a request asks for now that it did not ask for before."""
        requests = self.env["project.billing.request"]
        draft = requests.search(
            [("project_id", "=", project.id), ("state", "=", "draft")], limit=1
        )
        before = draft.amount_untaxed
        try:
            request = self._prepare(project)
        except NothingToBill:
            return 0.0
        return round(
            request.amount_untaxed - before, project.billing_currency_id.decimal_places
        )

    def _check_cases(self, seeds, **options):
        """Generate projects, read what is to bill, and bill them."""
        projects = {seed: self._generate(seed, **options) for seed in seeds}
        self.env.flush_all()
        self.env.invalidate_all()
        shown = {seed: self._to_bill(project) for seed, project in projects.items()}
        for currency in self.currencies:
            self._check_cockpit(currency, projects, shown)
        for seed, project in projects.items():
            with self.subTest(seed=seed):
                asked = self._asked(project)
                found = shown[seed]
                self.assertEqual(found, dict.fromkeys(found, asked))

    def _check_cockpit(self, currency, projects, shown):
        """Compare the cockpit with the sums of the projects."""
        cockpit = self.env["project.billing.cockpit"].with_user(self.pm)
        figures = cockpit.figures({"currency_id": currency.id})
        if figures["currency_id"] != currency.id or "ready" not in figures:
            return
        expected = sum(
            shown[seed]["project"]
            for seed, project in projects.items()
            if project.billing_currency_id == currency
        )
        self.assertAlmostEqual(figures["ready"]["amount"], expected)
        self.assertAlmostEqual(
            sum(age["amount"] for age in figures["work_ages"]), expected
        )
