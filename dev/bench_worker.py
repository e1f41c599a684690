"""One measurement in a process of its own: ``python -m dev.bench_worker``.

Arguments: what to do, a database, options as JSON.  The last line of the output is
the result as JSON.  Runs in the environment's Python, which finds ``odoo``.
"""

import contextlib
import json
import os
import resource
import sys
import time
from pathlib import Path

import odoo.sql_db
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import SQL, config

from . import bench_data, paths

MEBIBYTE = 1024  # ru_maxrss counts in KiB

#: What a request is made of, for whoever writes the same invoices by hand.
WORK = """
    SELECT project.id, project.partner_id, project.account_id::text,
           task.name || ', ' || person.name, sum(line.unit_amount)
      FROM account_analytic_line line
      JOIN project_project project ON project.id = line.project_id
      JOIN project_task task ON task.id = line.task_id
      JOIN hr_employee person ON person.id = line.employee_id
     WHERE line.project_id = ANY(%s) AND line.date >= %s
     GROUP BY project.id, task.id, task.name, person.id, person.name
     ORDER BY project.id, min((line.date, line.id))
"""
#: Everything that is booked, without what counts the order of posting.
BOOKED = """
    SELECT line.partner_id, move.move_type, move.state, move.payment_state,
           move.invoice_date, move.amount_untaxed, move.amount_tax, move.amount_total,
           move.amount_residual, line.display_type, line.account_id,
           CASE WHEN line.display_type <> 'payment_term' THEN line.name END AS name,
           line.balance, line.amount_currency, line.currency_id, line.quantity,
           line.price_unit, line.discount, line.price_subtotal, line.price_total,
           line.product_id, line.product_uom_id, line.tax_line_id,
           line.tax_repartition_line_id, line.tax_base_amount, line.date_maturity,
           line.analytic_distribution, line.amount_residual AS line_residual,
           (SELECT array_agg(account_tax_id ORDER BY account_tax_id)
              FROM account_move_line_account_tax_rel
             WHERE account_move_line_id = line.id) AS taxes,
           (SELECT array_agg(account_account_tag_id ORDER BY account_account_tag_id)
              FROM account_account_tag_account_move_line_rel
             WHERE account_move_line_id = line.id) AS tags
      FROM account_move_line line JOIN account_move move ON move.id = line.move_id
"""
ANALYTIC = """
    SELECT line.partner_id, line.account_id, line.amount, line.unit_amount,
           line.product_id, line.product_uom_id, line.general_account_id, line.name,
           line.date, line.project_id, line.task_id, line.employee_id
      FROM account_analytic_line line WHERE line.move_line_id IS NOT NULL
"""


class Meter:
    """Counts queries, and seconds of processor time.

    The process and its database session take turns, so on an idle machine their
    processor time together is the time that passes; on a busy one it is still the
    same. A database on another machine is counted by the time it lets us wait.
    """

    def __init__(self):
        self.steps = {}
        self._waited = self._queries = 0
        self._sessions = set()
        original = odoo.sql_db.Cursor.execute

        def execute(cursor, *args, **kwargs):
            self._sessions.add(cursor.connection.get_backend_pid())
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return original(cursor, *args, **kwargs)
            finally:
                self._queries += 1
                spent = time.process_time() - cpu
                self._waited += time.perf_counter() - wall - spent

        odoo.sql_db.Cursor.execute = execute

    @contextlib.contextmanager
    def step(self, name):
        """Measure a block."""
        before = self._read()
        yield
        self.steps[name] = {
            figure: value - before[figure] for figure, value in self._read().items()
        }

    def _read(self):
        """Return all counters as they are now."""
        python, database = time.process_time(), self._session_seconds()
        return {
            "seconds": python + (self._waited if database is None else database),
            "python_seconds": python,
            "wall_seconds": time.perf_counter(),
            "queries": self._queries,
        }

    def _session_seconds(self):
        """Return the processor time of our database sessions, if on this machine."""
        ticks = 0
        for session in self._sessions:
            try:
                fields = Path(f"/proc/{session}/stat").read_text()
            except OSError:
                return None
            ticks += sum(map(int, fields.rpartition(")")[2].split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def result(self):
        """Return the figures of the steps and of all together."""
        figures = ("seconds", "python_seconds", "wall_seconds", "queries")
        total = {
            figure: sum(step[figure] for step in self.steps.values())
            for figure in figures
        }
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
        return {**total, "steps": self.steps, "memory_mib": peak}


class Database:
    """A database where every call is a transaction of its own, as over RPC."""

    def __init__(self, name):
        config.parse_config(["-c", str(paths.CONF), "-d", name, "--log-level=warn"])
        self._registry = Registry(name)
        with self.env() as env:
            logins = {user.login: user.id for user in env["res.users"].search([])}
        self._logins = logins

    @contextlib.contextmanager
    def env(self, login=None):
        """Yield an environment; its changes are committed at the end."""
        uid = self._logins[f"bench_{login}"] if login else SUPERUSER_ID
        with self._registry.cursor() as cursor:
            env = api.Environment(cursor, uid, {})
            context = dict(env["res.users"].context_get()) if login else {}
            yield env(context=context)
            env.flush_all()

    @contextlib.contextmanager
    def measured(self, meter, step, login):
        """Yield an environment; measure everything up to its commit."""
        with self.env(login) as env, meter.step(step):
            yield env
            env.cr.commit()


def build(database, _meter, options):
    """Build the data."""
    with database.env() as env:
        bench_data.build(env, **options)
    with database.env() as env:
        env.cr.execute("ANALYZE")
    return {}


def ours(database, meter, _options):
    """Bill all projects by requests, each step as the person who may take it."""
    first, *projects = _projects(database)
    _bill(database, meter, [first])
    meter.steps.clear()
    _bill(database, meter, projects)
    return {**meter.result(), **_contents(database)}


def _bill(database, meter, projects):
    with database.measured(meter, "collect", "manager") as env:
        requests = env["project.billing.request"].prepare(projects, "2026-12-31").ids
    with database.measured(meter, "submit", "manager") as env:
        env["project.billing.request"].browse(requests).action_submit()
    with database.measured(meter, "approve", "approver") as env:
        env["project.billing.request"].browse(requests).action_approve()
    with database.measured(meter, "draft", "manager") as env:
        env["project.billing.request"].browse(requests).action_create_invoice()
    with database.measured(meter, "post", "accountant") as env:
        env["account.move"].search([("state", "=", "draft")]).action_post()


def floor(database, meter, _options):
    """Create and post the same invoices without requests, as a user's code would."""
    first, *projects = _projects(database)
    _write(database, meter, [first])
    meter.steps.clear()
    _write(database, meter, projects)
    return {**meter.result(), **_contents(database)}


def _write(database, meter, projects):
    with database.env("accountant") as env:
        values = _invoices(env, projects)
    with database.measured(meter, "draft", "accountant") as env:
        moves = env["account.move"].create(values).ids
    with database.measured(meter, "post", "accountant") as env:
        env["account.move"].browse(moves).action_post()


def _projects(database):
    """Return the projects to bill; the first warms the caches, unmeasured."""
    with database.env() as env:
        return sorted(env["project.billing.rule"].search([]).project_id.ids)


def first_rule(database, meter, options):
    """Give one project its first rule; tell how long it took and what it made."""
    with database.env() as env:
        project = env["project.project"].search([("name", "=", "Project 0")])
        start = time.perf_counter()
        with meter.step("rule"):
            rule = bench_data.make_rules(env, project.ids, date_start=options["start"])
            env.flush_all()
        seconds = time.perf_counter() - start
        entries = env["account.analytic.line"].search_count(
            [("project_id", "=", project.id), ("date", ">=", options["start"])]
        )
        before = env["account.analytic.line"].search_count(
            [("project_id", "=", project.id), ("date", "<", options["start"])]
        )
        items = env["project.billing.item"].search([])
        return {
            "seconds": seconds,
            "queries": meter.steps["rule"]["queries"],
            "items": len(items),
            "entries": entries,
            "entries_before": before,
            "only_rule": items.rule_id == rule,
            "first_day": str(min(items.mapped("date"))),
        }


def _invoices(env, projects):
    """Return the values of the invoices that the entries of projects amount to."""
    product = env["product.product"].search([("default_code", "=", "BENCH")])
    invoices = {}
    work = env.execute_query(SQL(WORK, projects, bench_data.FIRST_DAY))
    for project_id, partner_id, account, name, hours in work:
        invoice = invoices.setdefault(
            project_id,
            {
                "move_type": "out_invoice",
                "partner_id": partner_id,
                "invoice_line_ids": [],
            },
        )
        line = {
            "name": name,
            "product_id": product.id,
            "quantity": float(hours),
            "price_unit": bench_data.PRICE,
            "tax_ids": [(6, 0, product.taxes_id.ids)],
            "analytic_distribution": {account: 100},
        }
        invoice["invoice_line_ids"].append((0, 0, line))
    return list(invoices.values())


def _contents(database):
    """Return all that was booked, as sorted texts, and the measured numbers of it."""
    with database.env() as env:
        booked = env.execute_query_dict(SQL(BOOKED))
        analytic = env.execute_query_dict(SQL(ANALYTIC))
    rows = [json.dumps(row, default=str) for row in [*booked, *analytic]]
    invoices = sum(row["display_type"] == "payment_term" for row in booked) - 1
    lines = invoices * bench_data.LINES_PER_PROJECT
    return {"contents": sorted(rows), "lines": lines, "invoices": invoices}


def main(argv):
    """Run one measurement and print its result."""
    what, name, options = argv
    steps = {"build": build, "ours": ours, "floor": floor, "first_rule": first_rule}
    meter = Meter()  # before the first session is opened, to know them all
    result = steps[what](Database(name), meter, json.loads(options))
    sys.stdout.write(f"\n{json.dumps(result)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
