"""The job that is disturbed: bill every project completely, one step at a time.

Each step is a transaction of its own, as on a server, under Odoo's own retries. The
next step is read from the database within that transaction and never kept in memory:
after a kill the job continues from the state of the database.
"""

import collections
import random
import time

import psycopg2

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import UserError
from odoo.service.model import retrying

from .chaos_world import UNTIL

MAX_PASSES = 60  # over all projects; an undisturbed run needs about twelve
WAIT = 0.2  # seconds, until somebody tries again after an error


class Stuck(Exception):
    """The job cannot continue, although it is not finished."""


def is_passing(error):
    """Tell whether an error is temporary: a lost connection or a conflict."""
    # the bare class is what a connection says that ended while it lay in the pool
    kinds = (psycopg2.OperationalError, psycopg2.InterfaceError)
    return isinstance(error, kinds) or type(error) is psycopg2.DatabaseError


class Plot:
    """The next step of one project, read from the database."""

    def __init__(self, env, project):
        self.env, self.project, self.name = env, project, project.name
        self.users = {
            user.login.removeprefix("chaos_"): user
            for user in env["res.users"].search([("login", "=like", "chaos%")])
        }
        self.requests = env["project.billing.request"].search(
            [("project_id", "=", project.id)], order="id"
        )
        self.gone = self.requests.filtered(lambda r: r.state == "cancelled")
        self.request = (self.requests - self.gone)[-1:]
        self.move = self.request.invoice_id

    def next_step(self):
        """Return a title and a function to call, or nothing when all is done."""
        if not self.request:
            return "prepare", self._prepare
        state = self.request.state
        step = getattr(self, f"_when_{state}")()
        return step

    def _by(self, who, records):
        return records.with_env(self.env(user=self.users[who].id, su=False))

    def _happened(self, decision):
        logs = self.requests.approval_ids.filtered(lambda a: a.decision == decision)
        return bool(logs)

    def _prepare(self):
        requests = self._by("manager", self.env["project.billing.request"])
        requests.prepare(self.project.ids, UNTIL)

    def _call(self, who, method, *arguments):
        return method, lambda: getattr(self._by(who, self.request), method)(*arguments)

    # === BY STATE ===

    def _when_draft(self):
        if self.name == "cancelled" and not self.gone:
            return self._call("manager", "action_cancel")
        if self.name == "lowered" and not self._written_off():
            return "write off", self._lower
        return self._call("manager", "action_submit")

    def _when_submitted(self):
        if self.name == "rejected" and not self._happened("reject"):
            return self._call("approver", "action_reject", "Please check")
        if self.name == "lowered" and not self._happened("withdraw"):
            return self._call("manager", "action_withdraw")
        return self._call("approver", "action_approve")

    def _when_approved(self):
        return self._call("manager", "action_create_invoice")

    def _when_invoiced(self):
        move = self._by("accountant", self.move)
        if move.state == "draft":
            return self._with_draft(move)
        notes = move.reversal_move_ids
        if self.name in ("credited", "partly_credited") and len(self.requests) == 1:
            if not notes:
                return "credit", self._credit
            if notes.state == "draft":
                return "post credit", notes.action_post
            if self._open():
                return "prepare", self._prepare
        return self._to_the_customer()

    def _to_the_customer(self):
        """Have the manager send the invoice, then deliver what is queued."""
        sending = self.move._billing_sendings()
        if not sending:
            return self._call("manager", "action_send", [])
        if sending.state == "waiting":
            return "deliver", lambda: self._deliver(sending)
        return None

    def _with_draft(self, move):
        if self.name == "sent_back" and not self._happened("send_back"):
            return "send back", lambda: move.action_billing_send_back("Wrong text")
        if self.name == "invoice_cancelled" and not self.gone:
            return "cancel invoice", move.button_cancel
        if self.name.startswith("shared") and not self._all_invoiced():
            return None
        return "post", move.action_post

    # === READING ===

    def _open(self):
        items = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id), ("ready", "=", True)]
        )
        return any(items.mapped("quantity_open"))

    def _written_off(self):
        slices = self.request.line_ids.allocation_ids
        return bool(slices.filtered(lambda a: a.action == "write_off"))

    def _all_invoiced(self):
        """Tell whether all requests that share an invoice are on it."""
        partner = self.project.partner_id
        siblings = self.env["project.project"].search([("partner_id", "=", partner.id)])
        requests = self.env["project.billing.request"].search(
            [("project_id", "in", siblings.ids), ("state", "=", "invoiced")]
        )
        return requests.project_id == siblings

    # === STEPS THAT ARE MORE THAN A CALL ===

    def _lower(self):
        line = self._by("manager", self.request).line_ids.sorted("id")[0]
        line.change_quantity(line.quantity - 0.5, "write_off", "Goodwill")

    def _credit(self):
        move = self._by("accountant", self.move)
        wizard = move.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard = wizard.create({"journal_id": move.journal_id.id})
        wizard.reverse_moves()
        if self.name == "partly_credited":
            lines = wizard.new_move_ids.invoice_line_ids.sorted("name")
            lines[0].quantity = 1

    def _deliver(self, row):
        """Deliver a message, as the scheduled job does some minutes later.

        However often it was tried: that it is given up in the end is tested elsewhere.
        """
        row._engine().write({"attempts": 0, "next_try": fields.Datetime.now()})
        claimed = row._claim(row.id)
        if claimed:
            claimed._attempt()


class Job:
    """Take steps until there are none left."""

    def __init__(self, registry, seed=0, alone=True):
        """Prepare a session.

        :param alone: nobody else works here, so that any refusal is a mistake
        """
        self.registry, self.alone = registry, alone
        self.random = random.Random(seed)
        self.taken = collections.Counter()
        self.refused = collections.Counter()
        self.broken = collections.Counter()

    def play(self):
        """Bill everything; return what was done, refused and broken off."""
        project_ids = self._projects()
        for _number in range(MAX_PASSES):
            self.random.shuffle(project_ids)
            outcomes = [self.step(project_id) for project_id in project_ids]
            if not any(outcomes):
                return self.result()
        raise Stuck(f"not done after {MAX_PASSES} passes: {self.result()}")

    def result(self):
        """Return what was done, refused and broken off, as plain counts."""
        return {
            "taken": dict(self.taken),
            "refused": dict(self.refused),
            "broken": dict(self.broken),
        }

    def _projects(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            manager = env["res.users"].search([("login", "=", "chaos_manager")])
            return env["project.project"].search([("user_id", "=", manager.id)]).ids

    def step(self, project_id):
        """Take the next step of a project; tell whether there was one."""
        title = None

        def take():
            nonlocal title
            plot = Plot(env, env["project.project"].browse(project_id))
            step = plot.next_step()
            title = step and f"{plot.name}: {step[0]}"
            if step:
                step[1]()

        try:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                retrying(take, env)
        except UserError as error:
            if self.alone:
                raise Stuck(f"{title} was refused: {error}") from error
            self.refused[f"{title}: {type(error).__name__}"] += 1
            return True
        except psycopg2.Error as error:
            if not is_passing(error):
                raise
            self.broken[type(error).__name__] += 1
            time.sleep(WAIT)
            return True
        if title:
            self.taken[title] += 1
        return bool(title)
