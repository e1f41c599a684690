"""The runs that need Odoo: each on a copy of a template, each with its verdict."""

import ast
import socket
import subprocess

from . import databases, odoo, outcomes, paths, postgres
from .outcomes import Outcome

CONCURRENCY = "pit_concurrency"  # tag of tests that commit, with two connections


def pytest(name, *arguments, env=None):
    """Run pytest; return its outcome."""
    report = paths.LOGS / f"{name}.xml"
    report.unlink(missing_ok=True)
    options = ["-q", "-rs", "-p", "no:cacheprovider", f"--junitxml={report}"]
    result = subprocess.run(
        [str(paths.PYTHON), "-m", "pytest", *options, *map(str, arguments)],
        cwd=paths.ROOT,
        env=env or odoo.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    (paths.LOGS / f"{name}.log").write_text(result.stdout)
    outcome = outcomes.from_junit(report) if report.exists() else Outcome()
    if result.returncode and outcome.is_good:
        outcome.problems.append(result.stdout[-4000:])
    return outcome


def scenarios():
    """Run the stories on a database with the add-on."""
    database = "pit_test_scenarios"
    databases.create(database, "addon")
    options = [f"--odoo-config={paths.CONF}", f"--odoo-database={database}"]
    try:
        return pytest("scenarios", *options, "--odoo-http", "tests/scenarios")
    finally:
        databases.drop(database)


def odoo_tests(addon, tags=None, *, installed=False):
    """Run an add-on's own tests with Odoo's runner, on a fresh installation.

    With ``installed`` take a copy that has the add-on already: quicker, but tests
    that run at installation are left out.
    """
    database = f"pit_test_{addon}"
    external = _external_modules(addon)
    databases.create(database, "+".join(["addon" if installed else "host", *external]))
    line = [] if installed else ["-i", addon]
    try:
        return _call(f"test-{addon}", database, *line, tags=tags or f"/{addon}")
    finally:
        databases.drop(database)


def concurrency():
    """Run the tests that commit, on a database of their own."""
    database = "pit_test_concurrency"
    databases.create(database, "addon")
    tags = f"{CONCURRENCY}/{paths.ADDON}"
    try:
        return _call("test-concurrency", database, tags=tags)
    finally:
        databases.drop(database)


def has_concurrency():
    """Tell whether there are such tests."""
    files = (paths.ROOT / paths.ADDON / "tests").glob("test_*.py")
    return any(CONCURRENCY in file.read_text() for file in files)


def uninstall():
    """Uninstall leaves nothing behind, and the add-on installs again."""
    database = "pit_test_uninstall"
    try:
        databases.create(database, "host")
        before = _schema(database)
        databases.create(database, "addon")
        line = ["module", "uninstall", "-c", paths.CONF, "-d", database, paths.ADDON]
        outcome = _quiet("uninstall", *line)
        outcome.problems += [f"{each} is left" for each in _schema(database) - before]
        again = ["-d", database, "-i", paths.ADDON, "--stop-after-init", "--no-http"]
        outcome += _quiet("reinstall", *again)
    finally:
        databases.drop(database)
    good = outcome.is_good
    return outcome + Outcome(passed=int(good), failed=int(not good))


def _schema(database):
    """Return names of columns, constraints and records that an add-on may leave."""
    queries = (
        "SELECT table_name || '.' || column_name FROM information_schema.columns "
        "WHERE table_schema = 'public'",
        "SELECT conrelid::regclass || ' ' || conname FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT model || ' ' || module || '.' || name FROM ir_model_data "
        f"WHERE module LIKE '{paths.ADDON}%'",
        "SELECT 'ir_config_parameter ' || key FROM ir_config_parameter",
        "SELECT 'ir_cron ' || cron_name FROM ir_cron",
    )
    return {row[0] for query in queries for row in postgres.sql(query, database)}


def _quiet(name, *arguments):
    """Run an Odoo command that must not complain."""
    code = odoo.call(*arguments, log=f"{name}.log")
    text = (paths.LOGS / f"{name}.log").read_text(errors="replace")
    outcome = outcomes.from_log(text, expects_tests=False)
    if code and outcome.is_good:
        outcome.problems.append(f"{name} ended with {code}:\n{text[-3000:]}")
    return outcome


def _call(name, database, *arguments, tags):
    """Run Odoo's runner on a database."""
    line = ["-d", database, *arguments, "--test-tags", tags, "--stop-after-init"]
    code = odoo.call(*line, "--http-port", free_port(), log=f"{name}.log")
    text = (paths.LOGS / f"{name}.log").read_text(errors="replace")
    outcome = outcomes.from_log(text)
    if code and outcome.is_good:
        outcome.problems.append(f"Odoo ended with {code}:\n{text[-3000:]}")
    return outcome


def free_port():
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _external_modules(addon):
    """Return the modules an add-on needs that are neither ours nor in the template."""
    manifest = (paths.ROOT / addon / "__manifest__.py").read_text()
    known = {*paths.addon_names(), *databases.BASE_MODULES}
    return [name for name in ast.literal_eval(manifest)["depends"] if name not in known]
