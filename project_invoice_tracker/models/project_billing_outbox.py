"""Outbox: notifications that are sent once their transaction is committed."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import OUTBOX_KINDS, OUTBOX_STATES

_logger = logging.getLogger(__name__)

CRON = "project_invoice_tracker.ir_cron_outbox"
MAIL_QUEUE = "mail.ir_cron_mail_scheduler_action"
ATTEMPTS = 3
#: Minutes until the next attempt, after the first and the second one.
DELAYS = (5, 60)
#: Minutes after which the outbox looks whether the mail server took a mail.
CHECK_AFTER = 5


class ProjectBillingOutbox(models.Model):
    """One notification that is sent once, also after a repetition or restart.

    The business transaction only adds a row, under a key that PostgreSQL keeps unique:
    a transaction that is rolled back leaves no row, one that is repeated leaves one.
    After the commit a cron job delivers the rows, each in a transaction of its own,
    which creates Odoo's mail and marks the row at once. Odoo's mail queue sends the
    mail after that commit.
    """

    _name = "project.billing.outbox"
    _inherit = ["project.billing.guard"]
    _description = "Billing Outbox"
    _order = "id desc"
    _rec_name = "key"
    _engine_owned = True

    key = fields.Char(
        required=True,
        readonly=True,
        export_string_translation=False,
        help="What may happen once only.",
    )
    kind = fields.Selection(OUTBOX_KINDS, required=True, readonly=True)
    state = fields.Selection(
        OUTBOX_STATES, required=True, readonly=True, default="waiting"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    project_id = fields.Many2one("project.project", readonly=True, ondelete="cascade")
    request_id = fields.Many2one(
        "project.billing.request",
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    invoice_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users", "To", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    owner_id = fields.Many2one(
        "res.users",
        "Asked By",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="Who is told when it cannot be delivered.",
    )
    payload = fields.Json(readonly=True, help="Plain values: ids and texts.")
    attempts = fields.Integer(readonly=True)
    next_try = fields.Datetime(readonly=True)
    error = fields.Char(string="What Went Wrong", readonly=True)
    done_date = fields.Datetime(readonly=True)
    message_id = fields.Many2one("mail.message", readonly=True, ondelete="set null")
    mail_checked = fields.Boolean(
        readonly=True, help="The mail server took the mail, or nobody waits for it."
    )

    _key_unique = models.UniqueIndex("(key)")
    _due_index = models.Index("(next_try) WHERE state = 'waiting'")
    _unchecked_index = models.Index("(id) WHERE state = 'done' AND NOT mail_checked")

    # === QUEUE ===

    @api.model
    def _queue(self, rows):
        """Add messages to deliver after the commit; a known key adds nothing.

        :param list rows: dicts with ``key``, ``kind``, ``request_id`` (record), or
            instead of it ``company_id`` and perhaps ``project_id`` (records), and
            perhaps ``invoice_id``, ``user_id``, ``owner_id`` (records), ``payload``
        :returns: the keys that were new
        """
        if not rows:
            return []
        self.env.flush_all()
        # in the order of the key: two sessions wait for each other in one order
        values = [self._row_sql(row) for row in sorted(rows, key=lambda r: r["key"])]
        added = self.env.execute_query(
            SQL(
                """
                INSERT INTO project_billing_outbox (
                    key, kind, request_id, company_id, project_id, invoice_id, user_id,
                    owner_id, payload, state, attempts, next_try, mail_checked,
                    create_uid, create_date, write_uid, write_date)
                VALUES %s ON CONFLICT (key) DO NOTHING RETURNING key
                """,
                SQL(", ").join(values),
            )
        )
        if added:
            self.invalidate_model()
            self._wake()
        return [key for (key,) in added]

    @api.model
    def _row_sql(self, row):
        """Return the values of one new row as SQL."""
        # sudo: ids of the request queued for
        request_sudo = row.get("request_id", self.env["project.billing.request"]).sudo()
        company = row.get("company_id") or request_sudo.company_id
        project = row.get("project_id") or request_sudo.project_id
        field = self._fields["payload"]
        now, uid = fields.Datetime.now(), self.env.uid
        return SQL(
            "(%s, %s, %s, %s, %s, %s, %s, %s, %s, 'waiting', 0, %s, false,"
            " %s, %s, %s, %s)",
            row["key"],
            row["kind"],
            request_sudo.id or None,
            company.id,
            project.id or None,
            row["invoice_id"].id if row.get("invoice_id") else None,
            row["user_id"].id if row.get("user_id") else None,
            (row.get("owner_id") or self.env.user).id,
            field.convert_to_column(row.get("payload") or {}, self),
            now,
            uid,
            now,
            uid,
            now,
        )

    @api.model
    def _wake(self, minutes=0):
        """Have the cron deliver, now or some minutes later; after the commit only."""
        # sudo: whoever queues may start our own cron, nothing else
        cron_sudo = self.env.ref(CRON).sudo()
        cron_sudo._trigger(
            fields.Datetime.now() + timedelta(minutes=minutes) if minutes else None
        )

    # === DELIVER ===

    @api.model
    def _cron_deliver(self):
        """Deliver what is due, each row in a transaction of its own."""
        cron = self.env["ir.cron"]
        self._follow_mails()
        cron._commit_progress(remaining=self.search_count(self._due_domain()))
        while row := self._claim():
            row._attempt()
            if cron._commit_progress(1) <= 0:
                self._wake()
                break

    def _attempt(self):
        """Deliver a row that was claimed, and store the result.

        The attempt is counted and committed before it starts: a row that ends the
        process each time is given up, and does not block the rows after it.
        """
        failures = self.attempts
        if failures >= ATTEMPTS:
            self._note_failure(self._interrupted_message(), again=False)
            return
        # an id survives the rollback, a cached record does not
        row_id = self.id
        delay = timedelta(minutes=DELAYS[min(failures, len(DELAYS) - 1)])
        self.write(
            {"attempts": failures + 1, "next_try": fields.Datetime.now() + delay}
        )
        self.env["ir.cron"]._commit_progress()
        row = self._claim(row_id)
        try:
            if row:
                row._deliver()
                row.attempts = failures
                self.env.flush_all()
        except Exception as error:
            self.env.cr.rollback()
            row = self._claim(row_id)
            row.attempts = failures
            row._note_failure(self._sentence(error))

    @api.model
    def _interrupted_message(self):
        return self.env._(
            "The server stopped each time it delivered this message. Ask an "
            "administrator to look at the server's log before it is tried again."
        )

    @api.model
    def _due_domain(self):
        return [
            ("state", "=", "waiting"),
            ("next_try", "<=", fields.Datetime.now()),
        ]

    @api.model
    def _claim(self, row_id=None):
        """Lock and return one row to deliver that nobody else works on, or none."""
        found = self.env.execute_query(
            SQL(
                """
                SELECT id FROM project_billing_outbox
                 WHERE state = 'waiting' AND %s
                 ORDER BY next_try, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
                """,
                SQL("id = %s", row_id)
                if row_id
                else SQL("next_try <= %s", fields.Datetime.now()),
            )
        )
        return self.browse(found[0] if found else [])._engine()

    def _deliver(self):
        """Send the notification of this row and mark it, in one transaction."""
        self.ensure_one()
        if self.message_id:
            # made before; what the mail server did not take goes out again
            self._mails()._filter_refused().write(
                {"state": "outgoing", "failure_type": False}
            )
            message = self.message_id
        else:
            # in the words of who reads it, not of the cron; left to Odoo's queue,
            # which knows whether a mail went out already
            reader = self.user_id or self.owner_id
            row = self.with_context(
                lang=reader.lang, tz=reader.tz, mail_notify_force_send=False
            )
            message = getattr(row, f"_deliver_{self.kind}")()
        self.write(
            {
                "state": "done" if message else "skipped",
                "done_date": fields.Datetime.now(),
                "message_id": message and message.id,
                "mail_checked": not message,
                "error": False,
            }
        )
        if message:
            # sudo: Odoo's own queue sends the mail, from this commit on
            self.env.ref(MAIL_QUEUE).sudo()._trigger()
            self._wake(CHECK_AFTER)

    @api.model
    def _sentence(self, error):
        """Return what went wrong, in words for the person who reads it."""
        if isinstance(error, UserError):
            return str(error)
        _logger.warning("Billing outbox: a row could not be delivered", exc_info=error)
        return self.env._(
            "An unexpected error (%s). The server's log says more.",
            type(error).__name__,
        )

    def _note_failure(self, sentence, again=True):
        """Schedule another attempt; after the last one tell the owner of the row.

        :param bool again: whether repeating it can do no harm
        """
        for row in self:
            attempts = row.attempts + 1
            failed = attempts >= ATTEMPTS or not again
            values = {"attempts": attempts, "error": sentence, "state": "waiting"}
            if failed:
                values["state"] = "failed"
            else:
                delay = DELAYS[attempts - 1]
                values["next_try"] = fields.Datetime.now() + timedelta(minutes=delay)
                self._wake(delay)
            row.write(values)
            if failed:
                row._tell_owner()
