"""The small commands: databases, shells, serving, cleaning."""

import argparse
import os
import shutil
import subprocess

from . import databases, odoo, paths, postgres, setup
from .console import Problem, say, step

SERVED = "pit_demo"  # what `demo` fills; `serve`, `update` and `shell` take it


def newdb(argv):
    """Create a database from a template."""
    parser = argparse.ArgumentParser(prog="dev newdb")
    parser.add_argument("name")
    parser.add_argument("--template", default="addon")
    options = parser.parse_args(argv)
    setup.ensure()
    databases.create(options.name, options.template)
    say(f"Database {options.name} is ready.")
    return 0


def dropdb(argv):
    """Drop a database."""
    for name in argv:
        setup.ensure()
        databases.drop(name)
    return 0


def run_odoo(argv):
    """Run Odoo's own command line."""
    setup.ensure()
    return odoo.call(*(argv[1:] if argv[:1] == ["--"] else argv))


def shell(argv):
    """Open Odoo's Python prompt."""
    setup.ensure()
    return odoo.call("shell", "-d", _existing(argv), "--no-http", *argv[1:])


def psql(argv):
    """Open the SQL prompt."""
    setup.ensure()
    line = [str(postgres.client("psql")), *(argv or ["-d", SERVED])]
    return subprocess.run(line, env=postgres.environment(), check=False).returncode


def serve(argv):
    """Serve a database until interrupted."""
    setup.ensure(programs=True)
    name = _database(argv)
    if not databases.exists(name):
        databases.create(name, "addon")
    say(f"Serving {name} at http://127.0.0.1:{odoo.HTTP_PORT} (admin / admin).")
    return odoo.call("-d", name, "--db-filter", f"^{name}$", "--max-cron-threads", 1)


def update(argv):
    """Reload our add-ons in the served database."""
    setup.ensure()
    name = _existing(argv)
    names = ",".join(paths.addon_names())
    with step(f"Updating {name}"):
        line = ["-d", name, "-u", names, "--stop-after-init", "--no-http"]
        code = odoo.call(*line, log="update.log")
    if code:
        raise Problem((paths.LOGS / "update.log").read_text()[-3000:])
    return 0


def pot(_argv):
    """Write each add-on's template of terms to translate."""
    setup.ensure()
    extra = [name for name in paths.addon_names() if name != paths.ADDON]
    name = "pit_pot"
    databases.create(name, "+".join(["addon", *extra]))
    for folder in paths.addon_folders():
        target = folder / "i18n" / f"{folder.name}.pot"
        target.parent.mkdir(exist_ok=True)
        line = ["i18n", "export", "-c", paths.CONF, "-d", name, "-l", "pot"]
        if odoo.call(*line, "-o", target, folder.name, log="pot.log"):
            raise Problem((paths.LOGS / "pot.log").read_text()[-3000:])
    databases.drop(name)
    return 0


def stop(_argv):
    """Stop the embedded database server."""
    if paths.PYTHON.exists():
        postgres.stop()
    return 0


def clean(_argv):
    """Remove all that the tooling made; keep what git knows."""
    if paths.PYTHON.exists():
        if postgres.is_external():
            databases.drop_all()
        postgres.remove()
    for folder in (paths.RUN, paths.VENV, paths.HOST):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _database(argv):
    """Return the database a command is about."""
    return argv[0] if argv else os.environ.get("DB", SERVED)


def _existing(argv):
    """Return the database a command is about; Odoo would create a missing one."""
    name = _database(argv)
    if not databases.exists(name):
        raise Problem(f"There is no database {name}; `make demo` makes {SERVED}.")
    return name
