"""Points at which a process is killed, and substitutes for mail server and printer.

Runs inside Odoo's own Python, in a process that was forked to be disturbed.
"""

import contextlib
import io
import os
import signal
import threading

import psycopg2
from reportlab.pdfgen.canvas import Canvas

import odoo.sql_db
from odoo.sql_db import Cursor, connection_info_for

from odoo.addons.base.models.ir_actions_report import IrActionsReport
from odoo.addons.base.models.ir_mail_server import IrMail_Server

#: name -> (model, method, whether the process dies after it)
METHODS = {
    "after the invoice was created": ("account.move", "_billing_log_origin", False),
    "after the allocations": ("project.billing.ledger", "_refresh", True),
    "before the state changes": ("project.billing.request", "_move", False),
    "after the state changed": ("project.billing.request", "_move", True),
    "while the invoice is posted": ("account.move", "_billing_post", True),
}
COMMITS = ("before commit", "after commit, before the mail")
MAIL, PRINTER = "after the mail was accepted", "during the PDF"
#: In the order in which a job that goes on after each of them comes by.
FAILPOINTS = (MAIL, *METHODS, *COMMITS, PRINTER)

_armed = {}  # name of a failpoint -> passages left until it kills


def die():
    """End this process at once without any cleaning up, as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


def passing(name):
    """Report that a failpoint is reached; kill the process if it is armed."""
    if name in _armed:
        _armed[name] -= 1
        if not _armed[name]:
            die()


def arm(registry, name, occurrence):
    """Kill the process when it passes a failpoint for the n-th time."""
    _armed[name] = occurrence
    if name in METHODS:
        _wrap_method(registry, name, *METHODS[name])
    elif name in COMMITS:
        _wrap_commit()


def _wrap_method(registry, name, model, method, after):
    cls = registry[model]
    original = getattr(cls, method)

    def wrapper(self, *args, **kwargs):
        if not after:
            passing(name)
        result = original(self, *args, **kwargs)
        if after:
            passing(name)
        return result

    setattr(cls, method, wrapper)


def _wrap_commit():
    original = Cursor.commit

    def commit(cursor):
        cursor.flush()
        passing(COMMITS[0])
        if cursor.postcommit:
            # the first of what follows the commit, so nothing of it has run
            cursor.postcommit._funcs.appendleft(lambda: passing(COMMITS[1]))
        return original(cursor)

    Cursor.commit = commit


class Statements:
    """Counts SQL statements and commits, and acts at the n-th."""

    def __init__(self, at=0, action=die):
        self.count, self.at, self.action = 0, at, action
        for name in ("execute", "commit"):
            self._wrap(name)

    def _wrap(self, name):
        original = getattr(Cursor, name)

        def counted(cursor, *args, **kwargs):
            self.count += 1
            # every other time after the statement instead of before it
            if self.count == self.at and self.at % 2:
                self._act(cursor)
            result = original(cursor, *args, **kwargs)
            if self.count == self.at and not self.at % 2:
                self._act(cursor)
            return result

        setattr(Cursor, name, counted)

    def _act(self, cursor):
        self.at = 0
        if self.action is die:
            die()
        self.action(cursor)


def terminate(cursor):
    """Let the server end the session of a cursor, as an administrator does."""
    pid = cursor.connection.get_backend_pid()
    with contextlib.closing(connect(cursor.dbname)) as other:
        other.autocommit = True
        with other.cursor() as query:
            query.execute("SELECT pg_terminate_backend(%s)", [pid])


def connect(database):
    """Return a plain connection, apart from Odoo's pool."""
    return psycopg2.connect(**connection_info_for(database)[1])


def forget_connections():
    """Drop the inherited connections, which the parent process still uses."""
    odoo.sql_db._Pool = odoo.sql_db._Pool_readonly = None


class Outside:
    """A mail server that notes what it accepts, and a printer of empty pages.

    For each mail one line: its id, its recipients, and whether the message was
    committed when it came.
    """

    smtp_from = from_filter = False

    def __init__(self, mailbox, database):
        self.mailbox, self.database = mailbox, database
        self._lock = threading.Lock()

    def install(self):
        """Replace Odoo's mail server and its printer."""
        IrMail_Server._connect__ = lambda *_args, **_kwargs: self
        IrActionsReport._run_wkhtmltopdf = self._print
        IrActionsReport.get_wkhtmltopdf_state = lambda _self: "ok"

    @staticmethod
    def _print(*_args, **_kwargs):
        passing(PRINTER)
        page = io.BytesIO()
        Canvas(page).save()
        return page.getvalue()

    def quit(self):
        """Close the session."""

    def send_message(self, message, _sender, recipients):
        """Accept a mail."""
        key = message["Message-Id"]
        with (
            contextlib.closing(connect(self.database)) as other,
            other.cursor() as query,
        ):
            query.execute("SELECT 1 FROM mail_message WHERE message_id = %s", [key])
            committed = "committed" if query.fetchone() else "early"
        line = "\t".join([key, ",".join(sorted(recipients)), committed])
        with self._lock, self.mailbox.open("a") as stream:
            stream.write(f"{line}\n")
        passing(MAIL)
