"""A separate PostgreSQL for the run that restarts it; no other server is touched.

Unlike the server of the tests it waits until a commit is written: what it has
acknowledged must be there after an immediate restart.
"""

import shutil
import time
from pathlib import Path

from . import odoo, paths, postgres
from .console import Problem, run

SETTINGS = {
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "max_connections": "40",
}
START_SECONDS = 60


class PrivateServer:
    """A PostgreSQL server, started for the length of a block and deleted after it."""

    def __init__(self):
        self.home = Path(f"{postgres._home()}-chaos")
        self.socket = Path(f"{postgres.socket_folder()}-chaos")
        self.conf = paths.RUN / "chaos-server.conf"

    def __enter__(self):
        self.remove()
        for folder in (self.home, self.socket):
            postgres._own_folder(folder)
        postgres._initialise(self.home)
        with (self.home / "data" / "postgresql.conf").open("a") as stream:
            stream.writelines(f"{key} = '{value}'\n" for key, value in SETTINGS.items())
        self._control("start", "-o", f"-k {self.socket}")
        self._write_conf()
        return self

    def __exit__(self, *_error):
        self.remove()

    def environment(self):
        """Return the variables with which every client finds this server."""
        address = {"PGHOST": str(self.socket), "PGPORT": "5432"}
        user = {"PGUSER": postgres.DATABASE_USER}
        return odoo.environment() | address | user | {"ODOO_RC": str(self.conf)}

    def restart(self):
        """Restart as a crash does: every session ends at once, the log is replayed."""
        self._control("restart", "-m", "immediate", "-o", f"-k {self.socket}")

    def restore(self, database):
        """Bring a database here by a backup; its files are where they were."""
        backup = paths.RUN / f"{database}.dump"
        try:
            line = [postgres.client("pg_dump"), "-Fc", "-f", backup, database]
            run(line, env=postgres.environment())
            here = self.environment()
            line = [postgres.client("psql"), "-qd", "postgres", "-c"]
            run([*line, f'CREATE DATABASE "{database}"'], env=here)
            line = [postgres.client("pg_restore"), "--exit-on-error", "-d", database]
            run([*line, backup], env=here)
        finally:
            backup.unlink(missing_ok=True)

    def remove(self):
        """Stop this server, if it runs, and delete its files."""
        if (self.home / "data" / "postmaster.pid").exists():
            self._control("stop", "-m", "immediate")
        for folder in (self.home, self.socket):
            shutil.rmtree(folder, ignore_errors=True)
        self.conf.unlink(missing_ok=True)

    def _control(self, *arguments):
        program = postgres._programs(postgres._home()) / "pg_ctl"
        log = self.home / "data" / "server.log"
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                line = [program, *arguments, "-w", "-l", log]
                return postgres._as_owner(line, self.home)
            except Problem:
                if arguments[0] == "start" or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _write_conf(self):
        """Write the configuration of an Odoo on this server."""
        lines = paths.CONF.read_text().splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(("db_host", "db_port"))]
        kept += [f"db_host = {self.socket}\n", "db_port = 5432\n"]
        kept += [f"db_user = {postgres.DATABASE_USER}\n"]
        self.conf.write_text("".join(dict.fromkeys(kept)))
