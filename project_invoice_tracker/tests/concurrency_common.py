"""Two sessions at once, with committed data and two real connections.

What is built on this commits, so it runs on a database of its own; see
``dev/runs.py``.
"""

import threading
from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import new_test_user, tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import SQL, mute_logger

from .common import ORACLE

DAY = date(2026, 3, 2)
UNTIL = date(2026, 12, 31)
PATIENCE = 30  # seconds until a race counts as a deadlock
OVERLAP = 0.4  # seconds that the second session runs into the first's locks


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class ConcurrencyCase(BaseCase):
    """Committed actors and a project, and races of two sessions over it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            cls._create_actors(api.Environment(cr, SUPERUSER_ID, {}))

    @classmethod
    def _create_actors(cls, env):
        company = env.ref("base.main_company")
        if not company.chart_template:
            env["account.chart.template"].try_loading(
                "generic_coa", company, install_demo=False
            )
        company.billing_approval = "levels"
        billing = "project_invoice_tracker.group_billing_"
        cls.users = {}
        for name, groups in (
            ("pm", f"{billing}user"),
            ("boss", f"{billing}manager,project.group_project_manager"),
            ("approver", f"{billing}approver"),
            ("second_approver", f"{billing}approver"),
            (
                "accountant",
                "account.group_account_invoice,hr_timesheet.group_timesheet_manager",
            ),
        ):
            login = f"race_{name}"
            user = env["res.users"].search([("login", "=", login)])
            user = user or new_test_user(
                env, login, groups=groups, name=name.replace("_", " ").title()
            )
            cls.users[name] = user.id
        cls.employee_id = env["hr.employee"].create({"name": "Ann"}).id
        cls.partner_id = env["res.partner"].create({"name": "Customer"}).id

    def setUp(self):
        super().setUp()
        # the runner holds this lock while it runs the tests; other threads need it
        self.startPatcher(patch.object(Registry, "_lock", DummyRLock()))
        # the waits between retries are Odoo's business, not this test's
        self.startPatcher(patch("odoo.service.model.random.uniform", return_value=0.1))
        muted = mute_logger("odoo.sql_db", "odoo.service.model")
        muted.__enter__()
        self.addCleanup(muted.__exit__, None, None, None)
        with self._session() as env:
            project = env["project.project"].create(
                {
                    "name": self._testMethodName,
                    "partner_id": self.partner_id,
                    "user_id": self.users["pm"],
                    "allow_timesheets": True,
                }
            )
            service = env.ref("project_invoice_tracker.product_time")
            env["project.billing.rule"].create(
                {
                    "project_id": project.id,
                    "kind": "time",
                    "price_unit": 100,
                    "product_id": service.id,
                    "date_start": date(2026, 1, 1),
                }
            )
            self.project_id = project.id
        self.entry_id = self._log(2)

    # === SESSIONS ===

    @contextmanager
    def _session(self, user=None):
        """Have an environment of a user on a connection of its own; commit."""
        with self.registry.cursor() as cr:
            uid = self.users[user] if user else SUPERUSER_ID
            yield api.Environment(cr, uid, {})

    def _race(self, first, second):
        """Run two steps at once; the first one commits while the second runs.

        :param first: ``(user, function of an environment)``; no user for the system
        :param second: the same; runs under Odoo's own retries, as a request does,
            with a snapshot from before the first one committed
        :returns: what each returned, or the error of the second
        """
        outcome = {}
        ready, started = threading.Event(), threading.Event()

        def run_second():
            with self.registry.cursor() as cr:
                uid = self.users[second[0]] if second[0] else SUPERUSER_ID
                env = api.Environment(cr, uid, {})
                cr.execute("SELECT count(*) FROM project_billing_item")
                ready.set()
                started.wait(PATIENCE)

                def attempt():
                    cr.execute(SQL("SET LOCAL lock_timeout = %s", f"{PATIENCE}s"))
                    return second[1](env)

                try:
                    outcome["second"] = retrying(attempt, env)
                except Exception as error:
                    cr.rollback()
                    outcome["second"] = error

        thread = threading.Thread(target=run_second, daemon=True)
        thread.start()
        self.assertTrue(ready.wait(PATIENCE))
        with self._session(first[0]) as env:
            outcome["first"] = first[1](env)
            env.flush_all()
            started.set()
            thread.join(OVERLAP)
        thread.join(PATIENCE)
        self.assertFalse(thread.is_alive(), "the second session never ended")
        self._assert_ledger()
        return outcome["first"], outcome["second"]

    def _assert_ledger(self):
        with self._session() as env:
            self.assertFalse(env.execute_query(SQL(ORACLE)))

    def _minutes(self):
        """Return (open, reserved, billed) minutes of the project."""
        with self._session() as env:
            items = env["project.billing.item"].search(
                [("project_id", "=", self.project_id)]
            )
            return tuple(
                int(sum(items.mapped(f"quantity_{counter}")))
                for counter in ("open", "reserved", "billed")
            )

    # === STEPS ===

    def _log(self, hours):
        with self._session() as env:
            values = {
                "name": "Work",
                "project_id": self.project_id,
                "employee_id": self.employee_id,
                "date": DAY,
                "unit_amount": hours,
            }
            return env["account.analytic.line"].create(values).id

    def _prepare(self, env):
        requests = env["project.billing.request"]
        return requests.prepare([self.project_id], UNTIL).id

    def _step(self, request_id, method, *arguments):
        """Return a function that takes a step with a request."""

        def take(env):
            request = env["project.billing.request"].browse(request_id)
            return getattr(request, method)(*arguments)

        return take

    def _request(self, state="draft"):
        """Have a committed request in a state."""
        with self._session("pm") as env:
            request_id = self._prepare(env)
        steps = [
            ("submitted", "pm", "action_submit"),
            ("approved", "approver", "action_approve"),
            ("invoiced", "pm", "action_create_invoice"),
        ]
        names = [name for name, _user, _method in steps]
        count = names.index(state) + 1 if state in names else 0
        for _name, user, method in steps[:count]:
            with self._session(user) as env:
                self._step(request_id, method)(env)
        return request_id

    def _posted(self):
        request_id = self._request("invoiced")
        with self._session("accountant") as env:
            request = env["project.billing.request"].browse(request_id)
            request.invoice_id.action_post()
            return request.invoice_id.id

    def _credit(self, env, move_id):
        move = env["account.move"].browse(move_id)
        wizard = env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard = wizard.create({"journal_id": move.journal_id.id})
        wizard.reverse_moves()
        wizard.new_move_ids.action_post()
        return wizard.new_move_ids.id
