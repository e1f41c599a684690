"""Generated data for the reports: currencies, companies, credit notes, write-offs."""

from datetime import date, timedelta
from random import Random

from freezegun import freeze_time

from .cost_common import CostCommon

TODAY = date(2026, 6, 30)


class ReportCommon(CostCommon):
    """Half a year of work on three projects, billed until the end of April."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(f"{TODAY} 12:00:00"))
        cls.random = Random(5)
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.euro.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.euro.id,
                "company_id": cls.company.id,
                "name": "2026-01-01",
                "rate": 0.8,
            }
        )
        cls.abroad_data = cls.setup_other_company(name="Abroad")
        cls.abroad = cls.abroad_data["company"]
        cls.env.user.company_ids |= cls.abroad
        for user in (cls.pm, cls.other_pm, cls.approver, cls.accountant):
            user.company_ids |= cls.abroad
        companies = (cls.company | cls.abroad).ids
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=companies))
        cls.rule.write({"detail": "person", "discount": 5, "increment_minutes": 15})
        cls.euro_project = cls._create_project(name="Euro", user_id=cls.other_pm.id)
        cls._create_rule(
            cls.euro_project, currency_id=cls.euro.id, price_unit=77.77, detail="task"
        )
        cls.away = cls.env["hr.employee"].create(
            {"name": "Eve", "company_id": cls.abroad.id, "hourly_cost": 11.0}
        )
        cls.abroad_project = cls._create_project(
            name="Abroad", company_id=cls.abroad.id
        )
        cls._create_rule(cls.abroad_project, price_unit=60)
        cls.projects = cls.project | cls.euro_project | cls.abroad_project
        cls._generate()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _generate(cls):
        cls._work(date(2026, 2, 1), date(2026, 4, 30), 18)
        cls._create_bill(120.0, 33.33)
        cls._create_bill(80.0, share=100)
        # of the project's account, and under no rule: before the first one
        cls._create_bill(50.0, share=100, invoice_date="2025-12-30", date="2025-12-30")
        moves = {project: cls._bill(project) for project in cls.projects}
        cls._reverse(moves[cls.project], lambda line: {"quantity": line.quantity / 2})
        cls._reverse(moves[cls.euro_project], lambda line: {"price_unit": 1.11})
        cls._work(date(2026, 3, 1), date(2026, 6, 30), 12)
        cls._create_bill(45.0, share=100, invoice_date="2026-06-15", date="2026-06-15")
        # one in preparation, one in approval, and one draft invoice
        cls._prepare(cls.project, date(2026, 5, 31)).line_ids[0].change_quantity(0.5)
        cls._as(cls.other_pm, cls.euro_project).action_submit()
        cls._bill(cls.abroad_project, date(2026, 5, 31), post=False)

    @classmethod
    def _work(cls, first, last, count):
        days = (last - first).days
        people = {
            cls.project: cls.ann | cls.bob,
            cls.euro_project: cls.ann | cls.bob,
            cls.abroad_project: cls.away,
        }
        for project in cls.projects:
            for _number in range(count):
                cls._log(
                    cls.random.choice((0.2, 0.5, 1.1, 2.75, 7)),
                    first + timedelta(days=cls.random.randint(0, days)),
                    project_id=project.id,
                    employee_id=cls.random.choice(people[project]).id,
                )

    @classmethod
    def _as(cls, user, project, date_to=date(2026, 5, 31)):
        requests = cls.env["project.billing.request"].with_user(user)
        return requests.prepare(project, date_to)

    @classmethod
    def _bill(cls, project, date_to=date(2026, 4, 30), post=True):
        """Bill a project, with something written off, and return its invoice."""
        manager = project.user_id
        request = cls._as(manager, project, date_to)
        line = request.line_ids[0]
        line.change_quantity(line.quantity - 0.25, "write_off", "Goodwill")
        request.action_submit()
        request.with_user(cls.approver).action_approve()
        request.with_user(manager).action_create_invoice()
        move = request.sudo().invoice_id.with_user(cls.accountant).sudo(False)
        if post:
            move.action_post()
        return move

    @classmethod
    def _reverse(cls, move, values):
        wizard = (
            cls.env["account.move.reversal"]
            .with_user(cls.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "reason": "test"})
        )
        wizard.reverse_moves()
        lines = wizard.new_move_ids.invoice_line_ids
        lines.filtered("billing_origin_line_id.rule_id.cost_markup").unlink()
        for line in lines.exists():
            line.write(values(line))
        wizard.new_move_ids.action_post()

    def _grouped(self, report, groupby, measures, user=None, domain=()):
        """Return what a pivot shows: ``{group: measures}``."""
        model = self.env[f"project.billing.report.{report}"]
        if user:
            model = model.with_user(user).with_context(
                allowed_company_ids=user.company_ids.ids
            )
        rows = model.formatted_read_group(
            list(domain), groupby, [f"{measure}:sum" for measure in measures]
        )
        return {
            tuple(
                row[group][0] if isinstance(row[group], tuple) else row[group]
                for group in groupby
            ): tuple(round(row[f"{measure}:sum"], 2) for measure in measures)
            for row in rows
        }
