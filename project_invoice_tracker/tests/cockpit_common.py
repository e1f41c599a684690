"""A small company's billing, generated: several currencies, companies and endings."""

import itertools
import random
from datetime import date, timedelta

from odoo import Command
from odoo.tests import tagged

from .common import BillingCommon

TODAY = date(2026, 4, 15)
#: How far each generated request gets; drafts last, as they take what follows.
ENDINGS = (
    "submitted",
    "approved",
    "draft_invoice",
    "posted",
    "sent",
    "partly_paid",
    "paid",
    "credited",
    "partly_credited",
)
DRAFTS = ("draft", "written_off")


@tagged("post_install", "-at_install")
class CockpitCommon(BillingCommon):
    """Requests of every state on four projects, with planned work and open hours.

    Tests that inherit freeze the time on :data:`TODAY`.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(2026)
        cls.rule.date_start = date(2025, 1, 1)
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.euro.id,
                "company_id": cls.company.id,
                "name": date(2025, 1, 1),
                "rate": 0.9,
            }
        )
        cls.shop = cls._billed("Shop", partner_id=cls.partner_b.id)
        cls.paris = cls._billed("Paris", currency_id=cls.euro.id)
        cls.colleague = cls._billed("Colleague", user_id=cls.other_pm.id)
        cls._abroad()
        cls._plan()
        projects = itertools.cycle((cls.project, cls.shop, cls.paris, cls.colleague))
        for ending, project in zip(ENDINGS * 2 + DRAFTS * 2, projects, strict=False):
            cls._generate(ending, project)
        cls._leave_open()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _billed(cls, name, currency_id=None, **values):
        """Create a project with a rule for its time."""
        project = cls._create_project(name=name, **values)
        terms = {"currency_id": currency_id} if currency_id else {}
        cls._create_rule(
            project, price_unit=87.65, date_start=date(2025, 1, 1), **terms
        )
        return project

    @classmethod
    def _abroad(cls):
        """Have open work in a second company, of a manager with the same name."""
        abroad = cls.setup_other_company(name="Abroad")["company"]
        cls.env.user.company_ids |= abroad
        cls.abroad_pm = cls._create_user("abroad_pm", "group_billing_user")
        cls.abroad_pm.write(
            {"company_id": abroad.id, "company_ids": [Command.set(abroad.ids)]}
        )
        env = cls.env(context={"allowed_company_ids": abroad.ids})
        project = cls._create_project(
            name="Abroad", company_id=abroad.id, user_id=cls.abroad_pm.id
        ).with_env(env)
        product = env.ref("project_invoice_tracker.product_time")
        cls._create_rule(project, product_id=product.id, date_start=date(2025, 1, 1))
        person = env["hr.employee"].create(
            {"name": "Zoe", "company_id": abroad.id, "hourly_cost": 41.37}
        )
        cls._log(7, project_id=project.id, employee_id=person.id)
        cls.abroad = abroad

    @classmethod
    def _plan(cls):
        """Plan milestones (late, soon, far, without a day) and a retainer."""
        cls._create_rule(cls.project, kind="milestone", contract_amount=10000)
        deadlines = (
            TODAY - timedelta(9),
            TODAY + timedelta(3),
            date(2026, 6, 30),
            None,
        )
        for milestone, day in zip(
            cls._create_milestones(10, 20, 30, 40), deadlines, strict=True
        ):
            milestone.deadline = day
        cls._create_rule(
            cls.shop,
            kind="recurring",
            recurring_price=450,
            date_start=date(2026, 4, 1),
        )

    @classmethod
    def _leave_open(cls):
        """Leave work of every age unbilled, one entry of it without a price."""
        for age in (0, 12, 30, 31, 45, 60, 61, 90, 91, 200):
            project = cls.random.choice((cls.project, cls.shop, cls.paris))
            cls._log(cls._hours(), TODAY - timedelta(age), project_id=project.id)
        cls._log(2.25, TODAY - timedelta(40), project_id=cls.colleague.id)

    @classmethod
    def _hours(cls):
        return cls.random.randint(2, 36) / 4

    @classmethod
    def _generate(cls, ending, project):
        """Log hours on one day of the past, and bill them as far as the ending says."""
        day = TODAY - timedelta(cls.random.randint(20, 300))
        for _entry in range(2):
            cls._log(cls._hours(), day, project_id=project.id)
        manager = project.user_id
        request = (
            cls.env["project.billing.request"]
            .with_user(manager)
            .prepare(project, day, date_from=day)
        )
        if ending == "written_off":
            line = request.line_ids[0]
            line.change_quantity(line.quantity - 0.5, "write_off", "Our mistake")
        if ending in DRAFTS:
            return
        request.action_submit()
        if ending != "submitted":
            cls._invoice_of(request, ending, day + timedelta(7))

    @classmethod
    def _invoice_of(cls, request, ending, day):
        request.with_user(cls.approver).action_approve()
        if ending == "approved":
            return
        request.action_create_invoice()
        move = request.sudo().invoice_id.with_user(cls.accountant).sudo(False)
        if ending == "draft_invoice":
            return
        terms = cls.random.choice((cls.pay_terms_a, cls.pay_terms_b))
        move.write({"invoice_date": day, "invoice_payment_term_id": terms.id})
        move.action_post()
        if ending != "posted":
            move.is_move_sent = True
        if ending == "paid":
            cls._pay(move, day + timedelta(cls.random.randint(10, 60)))
        elif ending == "partly_paid":
            part = round(float(move.amount_total) * cls.random.uniform(0.2, 0.8), 2)
            cls._pay(move, day + timedelta(15), part)
        elif ending.endswith("credited"):
            cls._take_back(move, day + timedelta(3), ending == "partly_credited")

    @classmethod
    def _pay(cls, move, day, amount=None):
        values = {"payment_date": day, **({"amount": amount} if amount else {})}
        wizard = cls.env["account.payment.register"].with_user(cls.accountant)
        wizard.with_context(active_model="account.move", active_ids=move.ids).create(
            values
        )._create_payments()

    @classmethod
    def _take_back(cls, move, day, partly):
        """Credit an invoice, or a part of it, by Odoo's wizard."""
        wizard = (
            cls.env["account.move.reversal"]
            .with_user(cls.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "reason": "test", "date": day})
        )
        wizard.reverse_moves()
        credit = wizard.new_move_ids
        if partly:
            credit.invoice_line_ids[0].quantity -= 0.25
        credit.action_post()

    # === READING ===

    def _cockpit(self, user=None, **filters):
        self.env.flush_all()
        self.env.invalidate_all()
        cockpit = self.env["project.billing.cockpit"].with_user(user or self.pm)
        return cockpit.figures(filters)
