"""Every role, and records of every owner, for the tests of rights."""

import csv
from datetime import date
from pathlib import Path

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import BillingCommon


class Undo(UserError):
    """Rolls back a step that was allowed, to try the next one on the same records."""


#: Groups of each role; groups add up, so some roles have several.
ROLES = {
    "pm": "project_invoice_tracker.group_billing_user",
    "other_pm": "project_invoice_tracker.group_billing_user",
    "deputy": "project_invoice_tracker.group_billing_user",
    "approver": "project_invoice_tracker.group_billing_approver",
    "billing_manager": "project_invoice_tracker.group_billing_manager",
    "accountant": "account.group_account_invoice",
    "auditor": "account.group_account_readonly",
    "pm_and_accountant": "project_invoice_tracker.group_billing_user,"
    "account.group_account_invoice",
    "pm_and_project_manager": "project_invoice_tracker.group_billing_user,"
    "project.group_project_manager",
    "project_manager": "project.group_project_manager",
    "project_user": "project.group_project_user",
    "timesheet_user": "hr_timesheet.group_hr_timesheet_user",
    "timesheet_manager": "hr_timesheet.group_timesheet_manager",
    "system": "base.group_system",
    "internal": "base.group_user",
    "portal": "base.group_portal",
    "public": "base.group_public",
    # groups add up
    "pm_and_approver": "project_invoice_tracker.group_billing_user,"
    "project_invoice_tracker.group_billing_approver",
    "approver_and_accountant": "project_invoice_tracker.group_billing_approver,"
    "account.group_account_invoice",
    "timesheet_approver_and_accountant": "hr_timesheet.group_hr_timesheet_approver,"
    "account.group_account_invoice",
    "project_and_billing_manager": "project.group_project_manager,"
    "project_invoice_tracker.group_billing_manager",
    # who may do much, elsewhere or before
    "billing_manager_abroad": "project_invoice_tracker.group_billing_manager",
    "ex_manager": "project_invoice_tracker.group_billing_user",
}
#: Whose record it is, as seen from the manager ``pm``.
OWNERS = ("own", "other", "company", "archived")
#: Columns of the matrix: these, and a project that every role sees in Odoo and follows
#: with all of its records, and that none of them manages.
COLUMNS = (*OWNERS, "sees_only")
MATRIX = Path(__file__).with_name("access_matrix.csv")
ADDON = "project_invoice_tracker"
#: What Ann costs an hour, and her 4.5 hours: neither may ever be seen.
CANARIES = ("41.37", "41,37", "186.17", "186.165")


def our_models(env):
    """Return the names of the models with rows that the add-on defines."""
    return sorted(
        name
        for name, model in env.registry.items()
        if model._original_module == ADDON and not model._abstract
    )


def our_tables(env):
    """Return the names of those that are kept, without wizards and what is computed."""
    return [
        name for name in our_models(env) if not env[name]._transient and env[name]._auto
    ]


def read_matrix():
    """Return ``{(model, role): {column: letters}}`` of the matrix."""
    with MATRIX.open(newline="") as stream:
        return {
            (row["model"], row["role"]): {owner: row[owner] for owner in COLUMNS}
            for row in csv.DictReader(stream)
        }


@tagged("post_install", "-at_install")
class SecurityCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {"pm": cls.pm, "other_pm": cls.other_pm}
        for role, groups in ROLES.items():
            cls.roles.setdefault(
                role,
                new_test_user(
                    cls.env,
                    f"role_{role}",
                    groups=groups,
                    company_id=cls.company.id,
                    company_ids=[Command.set(cls.company.ids)],
                ),
            )
        for role in ("pm_and_accountant", "pm_and_project_manager", "pm_and_approver"):
            cls.env["project.project"].create(
                {"name": role, "user_id": cls.roles[role].id}
            )
        cls.project.billing_deputy_ids = cls.roles["deputy"]
        cls.second_company = cls.setup_other_company()["company"]
        cls.env.user.company_ids |= cls.second_company
        abroad = cls.roles["billing_manager_abroad"]
        abroad.write(
            {
                "company_id": cls.second_company.id,
                "company_ids": [Command.set(cls.second_company.ids)],
            }
        )
        cls.records = {
            "own": cls._create_chain(cls.project),
            # visible to everybody in Odoo, managed by somebody else
            "other": cls._create_chain(
                cls._create_project(
                    name="Colleague",
                    user_id=cls.other_pm.id,
                    privacy_visibility="employees",
                )
            ),
            # the manager's own project, in a company that is not the manager's
            "company": cls._create_chain(
                cls._create_project(name="Abroad", company_id=cls.second_company.id)
            ),
            "archived": cls._create_chain(cls._create_project(name="Archived")),
        }
        archived = cls.records["archived"]["project.billing.rule"].project_id
        archived.active = False
        # managed it once, and follows all of it still
        ex_manager = cls.roles["ex_manager"]
        cls.project.user_id = ex_manager
        cls.project.user_id = cls.pm
        for model in ("project.billing.request", "project.billing.rule"):
            record = cls.records["own"][model].sudo()
            record.message_subscribe(ex_manager.partner_id.ids)
        cls.project.message_subscribe(ex_manager.partner_id.ids)

    @classmethod
    def _create_chain(cls, project):
        """Create a record of each of our models for a project; ``{model: record}``."""
        company = project.company_id
        env = cls.env(context={"allowed_company_ids": company.ids})
        employee = cls.ann
        if company != cls.company:
            employee = env["hr.employee"].create(
                {"name": "Abroad", "company_id": company.id}
            )
        rule = project.billing_rule_ids[:1].with_env(env)
        if not rule:
            rule = env["project.billing.rule"].create(
                {
                    "project_id": project.id,
                    "kind": "time",
                    "price_unit": 100,
                    "detail": "project",
                    "product_id": env.ref(f"{ADDON}.product_time").id,
                    "date_start": date(2026, 1, 1),
                }
            )
        rate = env["project.billing.rate"].create(
            {"rule_id": rule.id, "employee_id": employee.id, "price_unit": 110}
        )
        tier = env["project.billing.tier"].create(
            {"rule_id": rule.id, "hours_from": 1000, "discount": 5}
        )
        cap = env["project.billing.cap"].create(
            {
                "name": "Order 1",
                "company_id": company.id,
                "currency_id": rule.currency_id.id,
                "limit_amount": 9000,
                "rule_ids": [Command.set(rule.ids)],
            }
        )
        release = env["project.billing.retention.release"].create(
            {"rule_id": rule.id, "percentage": 100, "date": date(2027, 3, 2)}
        )
        entry = env["account.analytic.line"].create(
            {
                "name": "Work",
                "project_id": project.id,
                "employee_id": employee.id,
                "date": date(2026, 3, 2),
                "unit_amount": 4.5,
            }
        )
        progress = cls._create_progress(env, project, rule)
        requests = env["project.billing.request"]
        request = requests.prepare(project.ids, date(2026, 12, 31))
        request._engine()._log("submit", "test")
        allowance = (
            env["project.billing.allowance"]
            ._engine()
            .create(
                {
                    "rule_id": rule.id,
                    "project_id": project.id,
                    "company_id": company.id,
                    "period_start": date(2026, 3, 1),
                    "minutes_granted": 60,
                    "minutes_rolled_in": 0,
                    "minutes_used": 0,
                    "minutes_rolled_out": 0,
                    "minutes_expired": 0,
                    "minutes_balance": 60,
                }
            )
        )
        journal = env["project.billing.journal"]._record(
            "sent",
            [
                {
                    "company_id": company.id,
                    "project_id": project.id,
                    "request_id": request.id,
                    "document": request.name,
                }
            ],
        )
        request.line_ids.action_comment("Why so much?")
        outbox = env["project.billing.outbox"]
        outbox._queue(
            [
                {
                    "key": f"test/{request.id}",
                    "kind": "approval",
                    "request_id": request,
                    "user_id": cls.approver,
                }
            ]
        )
        by_itself = env["project.billing.schedule"].create({"project_id": project.id})
        turn = {"schedule": by_itself, "key": "test", "date": date(2026, 3, 31)}
        by_itself._add_turns([turn])
        run = env["project.billing.run"]._engine().create(cls._run_values(project))
        line = {"run_id": run.id, "project_id": project.id, "state": "nothing"}
        schedule = {"name": "Month end", **cls._run_values(project)}
        health = cls._create_health(env, company)
        step = (
            env["project.billing.step"]
            ._engine()
            .create({"request_id": request.id, "name": "Test", "active": False})
        )
        level = env["project.billing.level"].create(
            {
                "name": "Head office",
                "company_id": company.id,
                "active": False,
                "approver_ids": [Command.set(cls.approver.ids)],
            }
        )
        limits, owner = env["project.billing.limit"], project.user_id
        values = {"user_id": owner.id, "company_id": company.id}
        # one for each user and company, whatever projects they have
        limit = limits.search(
            [("user_id", "=", owner.id), ("company_id", "=", company.id)]
        ) or limits.create({**values, "amount": 0.01, "amount_month": 0.01})
        company.billing_leak_request_days = 0
        leaks = env["project.billing.leak"]
        return {
            **cls._reports(env, request),
            "project.billing.leak": leaks.search([("request_id", "=", request.id)]),
            **cls._create_accrual(env, project, rule),
            **cls._create_documents(env, request),
            "project.billing.level": level,
            "project.billing.delegation": cls._create_delegation(project),
            "project.billing.step": step,
            "project.billing.limit": limit,
            "project.billing.health": health,
            "project.billing.health.finding": health.finding_ids,
            "project.billing.run": run,
            "project.billing.run.line": run.line_ids.create(line),
            "project.billing.run.schedule": env["project.billing.run.schedule"]
            ._engine()
            .create(schedule),
            "project.billing.schedule": by_itself,
            "project.billing.schedule.turn": by_itself.turn_ids,
            "project.billing.comment": request.line_ids.sudo().comment_ids,
            "project.billing.outbox": outbox.sudo().search(
                [("request_id", "=", request.id)]
            ),
            "project.billing.journal": journal,
            "project.billing.allowance": allowance,
            "project.billing.rule": rule,
            "project.billing.retention.release": release,
            "project.billing.rate": rate,
            "project.billing.tier": tier,
            "project.billing.cap": cap,
            "project.billing.request": request,
            "project.billing.line": request.line_ids,
            "project.billing.allocation": request.line_ids.allocation_ids,
            "project.billing.item": request.line_ids.allocation_ids.item_id,
            "project.billing.approval": request.sudo().approval_ids,
            "project.billing.progress": progress,
            "project.billing.question": cls._create_question(env, request),
            **cls._create_reminder(env, request),
            **cls._find_times(env, request, entry),
            **cls._create_acceptance(env, rule),
            "account.analytic.line": entry,
        }

    @classmethod
    def _create_acceptance(cls, env, rule):
        """Return a milestone, and what the client said about it."""
        milestone = env["project.milestone"].create(
            {"name": "Go live", "project_id": rule.project_id.id, "is_reached": True}
        )
        row = milestone._billing_log_decision("refused", reason="Too slow")
        return {"project.milestone": milestone, "project.billing.acceptance": row}

    @classmethod
    def _reports(cls, env, request):
        """Return a row of a project in each report that has one.

        As if its request were posted; a report on bills has no row.
        """
        line = request.sudo().line_ids[0]
        share = (
            env["project.billing.share"]
            ._engine()
            .create(
                {
                    "line_id": line.id,
                    "project_id": request.project_id.id,
                    "company_id": request.company_id.id,
                    "currency_id": request.currency_id.id,
                    "date": date(2026, 3, 31),
                    "kind": line.kind,
                    "amount": line.price_subtotal,
                }
            )
        )
        env.flush_all()
        domain = [("project_id", "=", request.project_id.id)]
        rows = {
            name: env[name].search(domain, limit=1)
            for name in our_models(env)
            if name.startswith("project.billing.report.")
            and "project_id" in env[name]._fields
        }
        return {"project.billing.share": share, **rows}

    @classmethod
    def _create_question(cls, env, request):
        """Return a client's open question about a line of a request."""
        questions = env["project.billing.question"]._engine()
        return questions.create(
            {
                "line_id": request.line_ids[0].id,
                "partner_id": request.partner_id.id,
                "name": "Client",
                "quantity": 1,
                "amount": 77,
                "text": "Why?",
            }
        )

    @classmethod
    def _create_delegation(cls, project):
        """Have the approver away for the own project, two others for the rest."""
        away, stands_in = (
            new_test_user(
                cls.env,
                f"{name}_{project.id}",
                groups=ROLES["approver"],
                company_id=project.company_id.id,
                company_ids=[Command.set(project.company_id.ids)],
            )
            for name in ("away", "stands_in")
        )
        if project == cls.project:
            away = cls.roles["approver"]
        return cls.env["project.billing.delegation"].create(
            {
                "user_id": away.id,
                "delegate_id": stands_in.id,
                "company_id": project.company_id.id,
                "date_from": date(2026, 3, 1),
                "date_to": date(2026, 3, 31),
            }
        )

    @classmethod
    def _create_project_invoice(cls, env, request):
        """Return the row of a draft invoice of the request's project."""
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": request.partner_id.id,
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 77})],
            }
        )
        names = ("project_id", "partner_id", "company_id", "currency_id", "user_id")
        invoiced = request._engine().create(
            {
                **{name: request[name].id for name in names},
                "state": "invoiced",
                "invoice_id": move.id,
            }
        )
        found = env["project.billing.invoice"].search(
            [("request_id", "=", invoiced.id)]
        )
        assert len(found) == 1
        return found

    @classmethod
    def _create_reminder(cls, env, request):
        """Have an invoice of the request's project, and a reminder of it."""
        invoice = cls._create_project_invoice(env, request)
        level = env["project.billing.reminder.level"].create(
            {
                "name": "In a year",
                "company_id": request.company_id.id,
                "days": 365,
                "for_all": False,
                "mail_template_id": env.ref(f"{ADDON}.mail_template_reminder_last").id,
            }
        )
        reminder = {
            "move_id": invoice.move_id.id,
            "level_id": level.search([("company_id", "=", level.company_id.id)])[0].id,
            "partner_id": request.partner_id.id,
            "customer_id": request.partner_id.id,
            "company_id": request.company_id.id,
            "currency_id": request.currency_id.id,
            "day": date(2026, 4, 7),
            "date_due": date(2026, 3, 31),
        }
        return {
            "project.billing.invoice": invoice,
            "project.billing.reminder.level": level,
            "project.billing.reminder": env["project.billing.reminder"]
            ._engine()
            .create(reminder),
        }

    @classmethod
    def _find_times(cls, env, request, entry):
        """Return the rows of the reports on time, of a posted invoice as well."""
        domain = [("project_id", "=", request.project_id.id)]
        lines = cls._create_project_invoice(env, request)
        lines.request_id._engine()._log("submit", "test")
        lines.move_id.action_post()
        env.flush_all()
        domain += [("request_id", "=", lines.request_id.id)]
        return {
            "project.billing.utilisation": env["project.billing.utilisation"].search(
                [("kind", "=", "entry"), ("id", "=", 4 * entry.id)]
            ),
            "project.billing.lead.time": env["project.billing.lead.time"].search(
                [("id", "=", lines.request_id.id)]
            ),
            "project.billing.collection": env["project.billing.collection"].search(
                domain
            ),
        }

    @classmethod
    def _create_documents(cls, env, request):
        """Have a template of the company, and what a client got of the request."""
        templates, annexes = (
            env[name] for name in ("project.billing.template", "project.billing.annex")
        )
        company = {"company_id": request.company_id.id}
        values = {
            "request_id": request.id,
            "move_id": env["account.move"].create({"move_type": "out_invoice"}).id,
            "project_id": request.project_id.id,
            "content": {"version": 1},
            **company,
        }
        return {
            templates._name: templates.create({"name": "Short", **company}),
            annexes._name: annexes._engine().create(values),
        }

    @classmethod
    def _create_accrual(cls, env, project, rule):
        """Have an accrual of the project's company, with a line of the project."""
        accruals = env["project.billing.accrual"]
        account = env["account.account"].search(
            [("account_type", "=", "income"), ("company_ids", "in", env.company.ids)],
            limit=1,
        )
        accrual = accruals.search([("company_id", "=", env.company.id)])
        accrual = accrual or accruals.create({"date": date(2026, 2, 28)})
        line = {
            "accrual_id": accrual.id,
            "project_id": project.id,
            "rule_id": rule.id,
            "side": "unbilled",
            "currency_id": rule.currency_id.id,
            "account_id": account.id,
        }
        lines = env["project.billing.accrual.line"]._engine().create(line)
        return {accruals._name: accrual, lines._name: lines}

    @classmethod
    def _create_health(cls, env, company):
        """Have a check with a finding in the company of a project."""
        results = env["project.billing.health"]._engine()
        domain = [("code", "=", "runs"), ("company_id", "=", company.id)]
        found = results.search(domain)
        return found or results.create(
            {
                "code": "runs",
                "company_id": company.id,
                "count": 1,
                "finding_ids": [Command.create({"found": "1"})],
            }
        )

    @classmethod
    def _run_values(cls, project):
        """Return the values of a run of the manager of a project."""
        return {
            "user_id": project.user_id.id,
            "company_id": project.company_id.id,
            "scope": "projects",
            "project_ids": [Command.set(project.ids)],
        }

    @classmethod
    def _create_progress(cls, env, project, rule):
        """Report the progress of a contract that is worth nothing."""
        contract = env["project.billing.rule"].create(
            {
                "project_id": project.id,
                "kind": "progress",
                "product_id": rule.product_id.id,
                "date_start": date(2026, 1, 1),
            }
        )
        return env["project.billing.progress"].create(
            {"rule_id": contract.id, "percentage": 10, "date": date(2026, 3, 2)}
        )

    def _record(self, model, owner="own"):
        """Return a record of a model, or none for what has no owner (a wizard)."""
        found = self.records[owner].get(model, self.env[model])
        return self.env[model].browse(found.ids)

    def _image(self):
        """Return our tables and the moves as they are, to compare later."""
        self.env.flush_all()
        image = {}
        for name in (*our_tables(self.env), "account.move", "account.move.line"):
            self.env.cr.execute(
                SQL(
                    "SELECT id, md5((to_jsonb(t) - %s::text[])::text) FROM %s t",
                    ["write_date", "write_uid"],
                    SQL.identifier(self.env[name]._table),
                )
            )
            image[name] = dict(self.env.cr.fetchall())
        return image
