"""Processing a run: one project per transaction, and no project stops another."""

import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..exceptions import NothingToBill

_logger = logging.getLogger(__name__)

#: Attempts after which a project that fails for an unknown reason is not tried again.
MAX_ATTEMPTS = 3
#: The project that waits longest; those that failed before come last.
CLAIM = """
    UPDATE project_billing_run_line SET attempts = attempts + 1 WHERE id = (
        SELECT line.id FROM project_billing_run_line line
          JOIN project_billing_run run ON run.id = line.run_id
         WHERE run.state = 'running' AND line.state = 'waiting'
         ORDER BY line.attempts, line.id LIMIT 1
           FOR UPDATE OF line SKIP LOCKED)
    RETURNING id
"""
#: Projects during which the process ended several times: memory, a kill, a restart.
INTERRUPTED = """
    SELECT line.id FROM project_billing_run_line line
      JOIN project_billing_run run ON run.id = line.run_id
     WHERE run.state = 'running' AND line.state = 'waiting'
       AND line.attempts >= %s
"""


class ProjectBillingRun(models.Model):
    """Bill the projects of runs, by the cron job or at once."""

    _inherit = "project.billing.run"

    @api.model
    def _cron_work(self):
        """Bill the projects of all runs, one after the other (cron).

        Every attempt is counted and committed before it starts, every result before the
        next one. If the process ends at any time, the next one continues with the rest.
        """
        cron = self.env["ir.cron"]
        lines = self.env["project.billing.run.line"]._engine()
        while line := lines._claim():
            cron._commit_progress()
            line._attempt(alone=True)
            line.run_id._finish()
            remaining = lines.search_count(
                [("state", "=", "waiting"), ("run_id.state", "=", "running")]
            )
            if not cron._commit_progress(1, remaining=remaining):
                break

    def _work_at_once(self, lines):
        """Bill a few projects in this transaction (engine only)."""
        for line in lines:
            line.attempts += 1
            line._attempt()
        self._finish()

    @api.model
    def _call_cron(self):
        # sudo: whoever starts a run may not see scheduled actions
        cron_sudo = self.env.ref("project_invoice_tracker.ir_cron_billing_run").sudo()
        cron_sudo._trigger()

    def _finish(self):
        """Close runs that have no waiting project any more (engine only)."""
        for run in self:
            lines = run.line_ids
            if run.state == "running" and "waiting" not in lines.mapped("state"):
                run.write({"state": "done", "date_done": self.env.cr.now()})


class ProjectBillingRunLine(models.Model):
    """Billing one project of a run."""

    _inherit = "project.billing.run.line"

    @api.model
    def _claim(self):
        """Return the next waiting project, with its attempt counted (engine only)."""
        self.flush_model()
        self.env["project.billing.run"].flush_model(["state"])
        rows = self.env.execute_query(SQL(INTERRUPTED, MAX_ATTEMPTS))
        for line in self.browse(line_id for (line_id,) in rows):
            line._note("failed", self._interrupted_message())
            line.run_id._finish()
        self.flush_model()
        rows = self.env.execute_query(SQL(CLAIM))
        self.invalidate_model(["attempts"])
        return self.browse(line_id for (line_id,) in rows)

    def _attempt(self, alone=False):
        """Bill this project with the rights of whoever started the run (engine only).

        :param alone: the transaction holds nothing else, and may be repeated
        """
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                with self.env.cr.savepoint():
                    request, note = self._bill_project()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not alone or attempt == MAX_ATTEMPTS:
                    # Odoo repeats the whole request, or the cron job does later
                    raise
                self.env.cr.rollback()
                self.env.transaction.reset()
                continue
            except NothingToBill as error:
                # what a run that was broken off had prepared is still its result
                self._note("prepared" if self.request_id else "nothing", str(error))
            except UserError as error:
                self._note("failed", str(error))
            except Exception:
                # whatever it is, the other projects are billed
                _logger.exception("%s: %s", self.run_id.name, self.project_id.id)
                again = self.attempts < MAX_ATTEMPTS and alone
                self._note("waiting" if again else "failed", self._unknown_message())
            else:
                self._note("prepared", note, request)
            return

    def _bill_project(self):
        """Prepare the request of this project, and submit it if the run says so.

        :returns: the request, and why it could not be submitted
        """
        run = self.run_id
        env = self._user_env()
        request = env["project.billing.request"].prepare(
            self.project_id.ids, run.date_to, run.date_from
        )
        # what the manager would read on the form
        waiting = request.waiting_note or ""
        if not run.submit or not request._is_worth_invoicing():
            return request, waiting
        try:
            with env.cr.savepoint():
                request.action_submit()
        except UserError as error:
            # the draft is good, and its manager reads what is missing
            return request, " ".join(filter(None, (str(error), waiting)))
        return request, waiting

    def _user_env(self):
        """Return an environment of who started the run, as if that person acted."""
        run = self.run_id
        run._check_user()
        user = run.user_id
        context = {
            "allowed_company_ids": run.company_id.ids,
            "lang": user.lang,
            "tz": user.tz,
        }
        return self.env(user=user.id, su=False, context=context)

    def _note(self, state, text, request=None):
        """Store the result of this project (engine only)."""
        values = {"state": state, "error": text or False}
        if request:
            values["request_id"] = request.id
        self.write(values)

    def _wait(self):
        """Put these projects on the list again (engine only)."""
        self.write({"state": "waiting", "attempts": 0, "error": False})

    @api.model
    def _interrupted_message(self):
        return self.env._(
            "The server stopped each time it billed this project. Bill it by itself, "
            "or ask an administrator to look at the server's log."
        )

    @api.model
    def _unknown_message(self):
        return self.env._(
            "Something unexpected went wrong with this project. An administrator "
            "finds the details in the server's log."
        )
