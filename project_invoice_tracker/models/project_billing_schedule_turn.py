"""Turns: the occasions on which a schedule is due, each processed exactly once."""

import logging
from datetime import timedelta

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, format_date

from ..const import TURN_STATES
from ..exceptions import NothingToBill

_logger = logging.getLogger(__name__)

ACTIVITY = "project_invoice_tracker.mail_activity_type_automatic"
#: Attempts of a turn that ends the process, or fails for an unknown reason.
ATTEMPTS = 3
#: Minutes until a turn that ended the process is tried again.
DELAY = timedelta(minutes=10)
#: Turns that a person has to correct something for are retried once a day.
TOMORROW = timedelta(days=1)
CLAIM = """
    SELECT id FROM project_billing_schedule_turn
     WHERE state IN ('waiting', 'failed') AND %s
     ORDER BY next_try, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""


class ProjectBillingScheduleTurn(models.Model):
    """One occasion of automatic billing of a project, and its result."""

    _name = "project.billing.schedule.turn"
    _inherit = ["project.billing.guard"]
    _description = "Turn of a Billing Schedule"
    _order = "id desc"
    _rec_name = "key"
    _engine_owned = True

    schedule_id = fields.Many2one(
        "project.billing.schedule",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    project_id = fields.Many2one(
        "project.project", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    key = fields.Char(
        required=True,
        readonly=True,
        export_string_translation=False,
        help="What it is the turn of: a day or a milestone.",
    )
    date = fields.Date(string="Due", required=True, readonly=True)
    date_to = fields.Date(string="Work Until", required=True, readonly=True)
    milestone_id = fields.Many2one(
        "project.milestone", readonly=True, ondelete="set null"
    )
    state = fields.Selection(
        TURN_STATES, required=True, readonly=True, default="waiting"
    )
    note = fields.Char(string="Remark", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Prepared By", readonly=True, ondelete="set null"
    )
    request_id = fields.Many2one(
        "project.billing.request",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    attempts = fields.Integer(readonly=True, default=0)
    next_try = fields.Datetime(readonly=True)

    _key_uniq = models.UniqueIndex("(schedule_id, key)")
    _due_index = models.Index("(next_try) WHERE next_try IS NOT NULL")

    def _sentence(self):
        """Return the day on which this turn was due and its result, in words."""
        self.ensure_one()
        labels = dict(self._fields["state"]._description_selection(self.env))
        words = [format_date(self.env, self.date), labels[self.state]]
        if self.request_id:
            words.append(self.request_id.sudo().name)  # sudo: the number only
        sentence = " · ".join(words)
        return f"{sentence}: {self.note}" if self.note else sentence

    # === QUEUE ===

    @api.model
    def _cron_work(self):
        """Add what is due and process it, each turn in a transaction of its own."""
        cron = self.env["ir.cron"]
        self.env["project.billing.schedule"]._note_due()
        cron._commit_progress(remaining=self.search_count(self._due_domain()))
        while turn := self._claim(SQL("next_try <= %s", fields.Datetime.now())):
            turn._attempt()
            if cron._commit_progress(1) <= 0:
                self.env["project.billing.schedule"]._wake()
                break

    @api.model
    def _due_domain(self):
        return [
            ("state", "in", ("waiting", "failed")),
            ("next_try", "<=", fields.Datetime.now()),
        ]

    @api.model
    def _claim(self, condition):
        """Lock and return one turn that nobody else works on, or none."""
        self.flush_model(["state", "next_try"])
        found = self.env.execute_query(SQL(CLAIM, condition))
        return self.browse(found[0] if found else [])._engine()

    def _attempt(self):
        """Bill the project of a turn that was claimed (engine only).

        The attempt is counted and committed before it starts: a turn that ends the
        process each time is given up, and does not block the turns after it.
        """
        cron, turn_id, attempts = self.env["ir.cron"], self.id, self.attempts
        if attempts >= ATTEMPTS:
            self._give_up(
                self.env._(
                    "The server stopped each time it billed this project. Bill it by "
                    "itself, or ask an administrator to look at the server's log."
                )
            )
            return
        now = fields.Datetime.now()
        self.write({"attempts": attempts + 1, "next_try": now + DELAY})
        cron._commit_progress()
        for _repetition in range(ATTEMPTS):
            turn = self._claim(SQL("id = %s AND attempts = %s", turn_id, attempts + 1))
            if not turn:
                return  # another session was quicker, or it is gone
            try:
                turn._work()
                self.env.flush_all()
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # somebody bills the project at this moment: look at what is left
                self.env.cr.rollback()
                self.env.transaction.reset()

    def _work(self):
        """Bill the project, and store the result (engine only)."""
        try:
            with self.env.cr.savepoint():
                request, note = self._bill()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except NothingToBill as error:
            self._done("nothing", str(error))
        except UserError as error:
            self._fail(str(error))
        except Exception:
            # whatever it is, the other projects are billed
            _logger.exception("Billing schedule of project %s", self.project_id.id)
            sentence = self.env._(
                "Something unexpected went wrong. An administrator finds the details "
                "in the server's log."
            )
            if self.attempts < ATTEMPTS:
                self.write({"state": "failed", "note": sentence})
            else:
                self._give_up(sentence)
        else:
            if request:
                self._done("prepared", note, request)

    # === BILLING ===

    def _bill(self):
        """Prepare the request of this turn, and submit it if that is allowed.

        :returns: the request, and what its manager has to know
        """
        milestone = self.milestone_id
        if milestone and not milestone._billing_is_ready():
            # taken back meanwhile: its turn comes when it is ready again
            self.unlink()
            return None, ""
        if not self.schedule_id.active or not self.project_id.active:
            raise NothingToBill(self.env._("The project is not billed by itself now."))
        env = self._manager_env()
        requests = env["project.billing.request"]
        self.user_id = env.user
        drafts = requests.search(
            [("project_id", "=", self.project_id.id), ("state", "=", "draft")]
        )
        request = requests.prepare(self.project_id.ids, self.date_to)
        # before it is submitted: that may post the invoice, which asks for its turn
        self.request_id = request
        words = self.schedule_id.with_env(env).in_words
        # sudo: a note on the request just made
        request.sudo()._message_log(body=env._("Billed by the schedule: %s", words))
        if not self.schedule_id.may_submit:
            request._ask_to_look()
            return request, ""
        return request, self._submit(request, extended=request in drafts)

    @api.model
    def _submit(self, request, extended):
        """Submit the request, or return why its manager has to.

        :param extended: it was a draft before, which its manager may be working on
        """
        reason = ""
        if extended:
            reason = request.env._(
                "It was a draft before, so it is left to its manager to submit it."
            )
        elif not request._is_worth_invoicing():
            reason = request.env._("There is no amount to invoice.")
        else:
            try:
                with self.env.cr.savepoint():
                    request.action_submit()
            except UserError as error:
                reason = str(error)
        if reason:
            request._ask_to_look(reason)
        return reason

    def _manager_env(self):
        """Return an environment of the project's manager of today.

        :raises AccessError: when nobody is the manager, or may bill it no more
        """
        project, company = self.project_id, self.company_id
        user = project.user_id
        may = (
            user.active
            and company in user.company_ids
            and project.with_user(user)._billing_is_manager()
        )
        if not may:
            name = user.name or self.env._("Nobody")
            raise AccessError(
                self.env._(
                    "%(user)s, the manager of %(project)s, may not bill it. Choose a "
                    "manager who has the right to bill own projects in %(company)s.",
                    user=name,
                    project=project.name,
                    company=company.name,
                )
            )
        context = {"allowed_company_ids": company.ids, "lang": user.lang, "tz": user.tz}
        return self.env(user=user.id, su=False, context=context)

    # === RESULTS ===

    def _done(self, state, note="", request=None):
        """Store the result of a finished turn (engine only)."""
        self.write(
            {
                "state": state,
                "note": note or False,
                "request_id": request and request.id,
                "next_try": False,
                "attempts": 0,
            }
        )
        self.project_id.activity_unlink([ACTIVITY])

    def _fail(self, sentence):
        """Store what somebody must correct, and tell who can; retried daily."""
        tomorrow = fields.Datetime.now() + TOMORROW
        self._tell(sentence)
        self.write(
            {"state": "failed", "note": sentence, "next_try": tomorrow, "attempts": 0}
        )

    def _give_up(self, sentence):
        """Stop retrying this turn until somebody does it by hand."""
        self._tell(sentence, again=True)
        self.write({"state": "failed", "note": sentence, "next_try": False})

    def _tell(self, sentence, again=False):
        """Give the manager an activity on the project, once for each reason."""
        if self.note == sentence and not again:
            return
        project = self.project_id
        project.activity_unlink([ACTIVITY])
        for user in project._billing_accountable(self.company_id)[:1]:
            project.with_context(mail_activity_quick_update=True).activity_schedule(
                ACTIVITY, user_id=user.id, note=escape(sentence)
            )
