"""An Odoo of its own process that serves one database on the loopback interface.

It is started on a free port and ended by its number.
"""

import contextlib
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import odoo, outcomes, paths, runs
from .console import Problem

START_SECONDS = 120
STOP_SECONDS = 20


class Site:
    """A served database: its address, and the complaints in its server's log."""

    def __init__(self, database, port, log):
        self.database = database
        self.url = f"http://127.0.0.1:{port}"
        self.log = log

    def errors(self):
        """Return the errors in the server's log: of the database, or in our code.

        Odoo also logs an error when a caller asks for something that does not exist;
        these are left out.
        """
        text = self.log.read_text(errors="replace")
        return [
            f"{record.level} {record.logger}: {record.text.strip()}"
            for record in outcomes.records(text)
            if record.level in ("ERROR", "CRITICAL") and _is_wrong(record)
        ]


def _is_wrong(record):
    """Tell whether the database complains, or code of ours failed by itself."""
    frames = re.findall(r'^  File "([^"]+)"', record.text, re.MULTILINE)
    failed = bool(frames) and any(
        Path(frames[-1]).is_relative_to(folder) for folder in paths.addon_folders()
    )
    words = record.text.rstrip().splitlines()[-1]
    refused = words.startswith(("odoo.exceptions.", "odoo.addons."))
    return record.logger == "odoo.sql_db" or failed and not refused


@contextlib.contextmanager
def serve(database, *arguments):
    """Serve a database for the length of a block; return the :class:`Site`."""
    port = runs.free_port()
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    site = Site(database, port, paths.LOGS / f"{database}-served.log")
    line = ["-d", database, "--db-filter", f"^{database}$", "--max-cron-threads", 0]
    line += ["--http-port", port, *arguments]
    with site.log.open("w") as stream:
        process = subprocess.Popen(
            odoo.command(*line),
            cwd=paths.ROOT,
            env=odoo.environment(),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(site, process)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(site, process):
    """Return as soon as the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{site.url}/web/health", timeout=30):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    tail = site.log.read_text(errors="replace")[-3000:]
    raise Problem(f"Odoo does not serve {site.database}:\n{tail}")
