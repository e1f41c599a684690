"""``demo``: a database with a story, printed as a table and served.

The database is made anew each time.  What happens in it is told in
``demo_story.py``, which runs inside Odoo.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import time
from pathlib import Path

from . import databases, odoo, paths, setup
from .commands import SERVED
from .console import Problem, run, say, step

RESULT = paths.RUN / "demo.json"
PID_FILE = paths.RUN / "demo.pid"
INVOICES = paths.RUN / "invoices"
LOG = paths.LOGS / "demo.log"
STOP_SECONDS = 20
#: Sales orders bill projects too, and one is handed over.
SALES = ("sale_timesheet", f"{paths.ADDON}_sale_timesheet")
#: Of the OCA: timers beside time by hand.
TIMER = "hr_timesheet_time_control"
LOGINS = (
    ("pm", "manages most projects, no right in accounting"),
    ("pm2", "manages three others, bills small requests without approval"),
    ("approver", "approves and rejects"),
    ("director", "approves what is worth 10,000 or more, sees costs and margins"),
    ("accountant", "posts, sends and registers payments"),
    ("consultant", "logs time, sees no price"),
    ("client", "signs off, asks and pays on the customer portal (/my)"),
    ("admin", "sees and configures everything"),
)


def main(argv):
    """Create the database, print its requests, and serve it until interrupted."""
    parser = argparse.ArgumentParser(prog="dev demo")
    parser.add_argument("--no-serve", action="store_true", help="stop after the table")
    options = parser.parse_args(argv)
    serves = not options.no_serve and os.environ.get("SERVE", "1") != "0"
    setup.ensure(programs=True)
    _stop_former_server()
    if serves:
        _check_port()
    RESULT.unlink(missing_ok=True)
    shutil.rmtree(INVOICES, ignore_errors=True)
    databases.create(SERVED, "+".join(["addon", *SALES, *_timers()]))
    with step("Four weeks in the life of a company"):
        _play()
    result = json.loads(RESULT.read_text())
    say(f"\n{table(result['requests'])}\n")
    for sentence in _about_files(result):
        say(sentence)
    return _serve() if serves else 0


def _timers():
    """Return the add-on with timers, if somebody installed it: it is optional."""
    pattern = f"lib/python*/site-packages/odoo/addons/{TIMER}"
    return [TIMER] if any(paths.VENV.glob(pattern)) else []


def _play():
    """Run the story inside Odoo; its log goes to a file."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.unlink(missing_ok=True)
    line = [paths.PYTHON, "-m", "dev.demo_story", SERVED, RESULT, INVOICES]
    line += ["--logfile", LOG, "--port", odoo.HTTP_PORT]
    try:
        run(line, env=odoo.environment())
    except Problem as problem:
        name = LOG.relative_to(paths.ROOT)
        raise Problem(f"The demo stopped. {name} has the log.\n{problem}") from problem
    if not RESULT.exists():
        raise Problem(f"The demo ended without writing {RESULT.name}.")


def table(rows):
    """Return the requests as an aligned table.

    >>> print(table([{"project": "App", "hours": 1.5, "lines": 1, "untaxed": 150.0,
    ...     "tax": 22.5, "total": 172.5, "currency": "USD", "state": "draft",
    ...     "number": None}]))
    Project  Hours  Lines     Net    Tax   Total  In   State  Invoice
    -------  -----  -----  ------  -----  ------  ---  -----  -------
    App       1.50      1  150.00  22.50  172.50  USD  draft
    """
    cells = [
        [
            row["project"],
            f"{row['hours']:.2f}",
            str(row["lines"]),
            *(f"{row[name]:,.2f}" for name in ("untaxed", "tax", "total")),
            row["currency"],
            _state(row),
            row["number"] or "",
        ]
        for row in rows
    ]
    heads = ["Project", "Hours", "Lines", "Net", "Tax", "Total", "In"]
    heads += ["State", "Invoice"]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(_row(line, widths) for line in [heads, rule, *cells])


def _state(row):
    """Return the state of a request, or of its invoice once there is one."""
    if row["state"] != "invoiced":
        return row["state"]
    if row["invoice_state"] != "posted":
        return f"invoice {row['invoice_state']}"
    return "posted, paid" if row["payment_state"] == "paid" else "posted"


def _row(cells, widths):
    """Return one line: numbers to the right, texts to the left."""
    numbers = range(1, 6)
    padded = (
        cell.rjust(width) if place in numbers else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(padded).rstrip()


def _about_files(result):
    """Yield sentences on what was written."""
    printed = [each["pdf"] for each in result["invoices"] if each["pdf"]]
    yield f"These figures are in {RESULT.relative_to(paths.ROOT)}."
    if printed:
        folder = INVOICES.relative_to(paths.ROOT)
        yield f"{len(printed)} invoices are printed in {folder}."
    else:
        yield "No PDF was printed, as wkhtmltopdf is not installed."


def _serve():
    """Replace this process by the server; a later run finds it by its number."""
    say(f"\nServing at http://127.0.0.1:{odoo.HTTP_PORT} (stop it with Ctrl-C)")
    say("Log in with one of these; the password is the login.")
    for login, text in LOGINS:
        say(f"  {login:<10}  {text}")
    line = ["-d", SERVED, "--db-filter", f"^{SERVED}$", "--max-cron-threads", 1]
    line += ["--http-port", odoo.HTTP_PORT, "--logfile", paths.LOGS / "serve.log"]
    line += ["--smtp="]  # mails stay in the database
    command = odoo.command(*line)
    PID_FILE.write_text(str(os.getpid()))
    os.chdir(paths.ROOT)
    os.execve(command[0], command, odoo.environment())


def _check_port():
    """Report early, before the long work, that the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(odoo.HTTP_PORT)))
        except OSError as error:
            raise Problem(
                f"Port {odoo.HTTP_PORT} is taken. Stop what listens there, or choose "
                "another one: `make demo HTTP_PORT=8070`."
            ) from error


def _stop_former_server():
    """Stop the server of an earlier run, if it is still there."""
    pid = _former_pid()
    PID_FILE.unlink(missing_ok=True)
    if pid is None:
        return
    with step("Stopping the demo server of an earlier run"):
        # a process that ends just now is what we want
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while _is_server(pid):
            if time.monotonic() > deadline:
                raise Problem(f"The demo server (process {pid}) does not stop.")
            time.sleep(0.2)


def _former_pid():
    """Return the process number of our running server, or None."""
    try:
        pid = int(PID_FILE.read_text())
    except (OSError, ValueError):
        return None
    return pid if _is_server(pid) else None


def _is_server(pid):
    """Tell whether a process is Odoo on the demo database, as its number is reused."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(paths.PYTHON).encode() in words and SERVED.encode() in words
