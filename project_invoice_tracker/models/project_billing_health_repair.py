"""Integrity checks: findings that need Python, repairs, and the alarm."""

import psycopg2

from odoo import api, models
from odoo.tools import SQL, format_amount

from ..const import BILLING_MANAGER
from ..exceptions import BillingError
from .acceptance_sql import ACCEPTED
from .guards_sql import functions_of, triggers_of
from .health_checks import CHECKS
from .journal_chain_sql import CHAIN_STATEMENTS, PAGES
from .journal_sql import approval_statements, ledger_statements
from .project_billing_journal import APPEND_ONLY

ACTIVITY = "project_invoice_tracker.mail_activity_type_health"
#: By these PostgreSQL keeps the ledger whatever our code does.
GUARDS = [
    "project_billing_item_counters_balance",
    "project_billing_item_counters_direction",
    "project_billing_item_analytic_line_uniq",
    "project_billing_item_milestone_uniq",
    "project_billing_item_source_key_uniq",
    "project_billing_allocation_slice_uniq",
    "project_billing_allocation_released_has_date",
    "project_billing_allocation_active_on_line",
    "project_billing_outbox_key_unique",
    "project_billing_run_schedule_uniq",
    "project_billing_run_line_project_uniq",
]


class ProjectBillingHealth(models.Model):
    """An integrity check that looks closer, and repairs with the engine's methods."""

    _inherit = "project.billing.health"

    def _query(self, check):
        """Return the query of a check, with its parameters."""
        administrators = self.env.ref(BILLING_MANAGER).all_user_ids
        asked = {
            "digits": lambda: self.env["decimal.precision"].precision_get(
                "Product Unit"
            ),
            "hour": lambda: self.env.ref("uom.product_uom_hour").id,
            "guards": self._guards,
            **self._guard_values(),
            "ours": self.env["project.billing.kind"]._get("time")._entry_condition,
            "administrators": lambda: administrators.ids or [0],
        }
        values = {
            name: value() for name, value in asked.items() if f"%({name})s" in check.sql
        }
        return SQL(check.sql, **values)

    @api.model
    def _guards(self):
        """Return the names of the triggers and constraints that must exist.

        Add-ons extend it with their own.
        """
        triggers = triggers_of(self._guard_statements())
        return [*(trigger.name for trigger in triggers), *GUARDS]

    @api.model
    def _guard_statements(self):
        """Return the statements that create our functions and triggers.

        Add-ons extend it with their own.
        """
        return [
            APPEND_ONLY,
            *CHAIN_STATEMENTS,
            *ledger_statements(),
            *approval_statements(),
            ACCEPTED,
        ]

    @api.model
    def _guard_values(self):
        """Return the parameters of the check of functions and triggers, by name."""
        statements = self._guard_statements()
        functions, triggers = functions_of(statements), triggers_of(statements)
        return {
            "functions": lambda: list(functions),
            "bodies": lambda: list(functions.values()),
            "triggers": lambda: [trigger.name for trigger in triggers],
            "tables": lambda: [trigger.table for trigger in triggers],
            "runs": lambda: [trigger.function for trigger in triggers],
            "types": lambda: [trigger.type for trigger in triggers],
            "whens": lambda: [trigger.when for trigger in triggers],
        }

    def _find_caps(self):
        """Return the caps whose counters differ from the sum of their lines."""
        caps = self.env["project.billing.cap"].with_context(active_test=False)
        caps = caps.search([("active", "in", (True, False))])
        found = []
        for cap_id, amount, minutes in (
            self.env.execute_query(caps._used_sql()) if caps else []
        ):
            cap = caps.browse(cap_id)
            if (
                cap.currency_id.compare_amounts(cap.amount_used, float(amount))
                or cap.minutes_used != minutes
            ):
                both = ((cap.amount_used, cap.minutes_used), (amount, minutes))
                figures = (self._cap_figures(cap, *each) for each in both)
                found.append((cap_id, cap.company_id.id, *figures))
        return found

    @api.model
    def _cap_figures(self, cap, amount, minutes):
        money = format_amount(self.env, float(amount), cap.currency_id)
        return f"{money}, {minutes / 60:.2f} h"

    def _find_without_approver(self):
        """Return the submitted requests on which nobody can decide."""
        waiting = self.env["project.billing.request"].search(
            [("state", "=", "submitted")]
        )
        return [
            (request.id, request.company_id.id, "", "")
            for request, deciders in waiting._deciders().items()
            if not deciders
        ]

    # === REPAIRS ===

    def _repair(self, check):
        """Repair what the check finds, log it in the audit log, and check again."""
        self.ensure_one()
        ids = self._found_ids(check)
        if ids:
            try:
                with self.env.cr.savepoint():
                    getattr(self, check.repair)(ids)
            except psycopg2.IntegrityError as error:
                surplus = CHECKS["more_than_there_is"]
                raise BillingError(
                    self.env._(
                        "“%(check)s” cannot be repaired: more would be billed than "
                        "there is. %(advice)s",
                        check=self.name,
                        advice=self.env._(surplus.advice),
                    )
                ) from error
            self._journal_repair(check, ids)
        self._run_checks([check.code], self.company_id)

    def _journal_repair(self, check, ids):
        """Log who repaired which records."""
        records = self.env[check.model or self._name].browse(
            ids if check.model else self.ids
        )
        self.env["project.billing.journal"]._record(
            "repaired",
            [
                {
                    "company_id": self.company_id.id,
                    "document": record.display_name,
                    "reason": self.name,
                    "model": record._name,
                    "res_id": record.id,
                }
                for record in records.exists()
            ],
        )

    def _repair_counters(self, ids):
        self.env["project.billing.ledger"]._engine_ledger()._refresh(ids)

    def _repair_guards(self, _ids):
        for model in ("journal", "allocation", "approval", "acceptance"):
            self.env[f"project.billing.{model}"].init()
            self._enable_triggers(f"project_billing_{model}")
        self._enable_triggers(PAGES)

    @api.model
    def _enable_triggers(self, table):
        self.env.cr.execute(
            SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(table))
        )

    def _repair_lines(self, ids):
        requests = self.env["project.billing.request"].browse(ids)
        drafts = requests.filtered(lambda request: request.state == "draft")
        drafts.line_ids.filtered(lambda line: line.unit != "amount")._recount()
        drafts._adjust_lines()

    def _repair_caps(self, ids):
        self.env["project.billing.cap"].browse(ids)._refresh_used()

    def _repair_items(self, ids):
        self.env["project.project"].browse(ids)._billing_sync_items()

    def _repair_owners(self, ids):
        projects = self.env["project.project"].browse(ids)
        self.env.add_to_compute(projects._fields["billing_owner_ids"], projects)
        self.env.flush_all()

    def _repair_dead(self, ids):
        requests = self.env["project.billing.request"].browse(ids)
        requests.line_ids._give_back("request_cancelled")

    def _repair_following(self, ids):
        requests = self.env["project.billing.request"].browse(ids)
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        posted = requests.filtered(lambda request: request.invoice_state == "posted")
        ledger._bill(posted.line_ids)
        ledger._unbill((requests - posted).line_ids)

    def _repair_unapproved(self, ids):
        self._void(ids, self.env._("There is no approval that counts."), "approved")

    def _repair_managers(self, ids):
        self._void(ids, self.env._("The project has another manager now."))

    def _void(self, ids, reason, state=None):
        requests = self.env["project.billing.request"].browse(ids)
        if state:
            requests = requests.filtered(lambda request: request.state == state)
        if requests:
            requests._void(reason, requests._contents())

    def _repair_credits(self, ids):
        notes = self.env["account.move"].browse(ids)
        self.env["project.billing.ledger"]._engine_ledger()._take_back(
            SQL("credit_line_id IN %s", tuple(notes.line_ids.ids)), "billed"
        )

    def _repair_runs(self, _ids):
        self.env["project.billing.run"]._call_cron()

    # === DAILY ===

    @api.model
    def _cron_check(self):
        """Run all checks for every company that bills, and raise the alarm (cron)."""
        # sudo: the checks look at everything, for the administrators of each company
        rules_sudo = self.env["project.billing.rule"].sudo()
        groups = rules_sudo.with_context(active_test=False)._read_group(
            [], ["company_id"]
        )
        companies = self.env["res.company"].union(*(company for (company,) in groups))
        if not companies:
            return
        engine = self._engine()
        engine._run_checks(CHECKS, companies)
        for company in companies:
            engine._raise_alarm(company)

    def _raise_alarm(self, company):
        """Create one activity for each billing administrator about failed checks.

        An activity that is still open is not repeated; when all checks pass, it is
        removed.
        """
        results = self.search([("company_id", "=", company.id)])
        bad = results.filtered(lambda health: health.state != "good")
        if not bad:
            results.activity_unlink([ACTIVITY])
            return
        open_for = results.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(ACTIVITY)
        ).user_id
        for user in self.env.ref(BILLING_MANAGER).all_user_ids - open_for:
            if user.active and not user.share and company in user.company_ids:
                bad[0].activity_schedule(
                    ACTIVITY,
                    user_id=user.id,
                    note=", ".join(bad.with_context(lang=user.lang).mapped("name")),
                )
