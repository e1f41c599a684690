"""Test runs that need Odoo: each on a copy of a template, each with its outcome."""

import ast
import os
import socket
import subprocess

from . import databases, odoo, outcomes, paths, schema
from .outcomes import Outcome

CONCURRENCY = "pit_concurrency"  # tag of tests that commit, with two connections
# of Odoo and of the OCA: what does a part of the job as well, or bills beside us
BESIDE = (
    "sale_timesheet",
    "hr_expense",
    "purchase",
    "account_credit_control",
    "account_invoice_merge",
    "account_move_tier_validation",
    "contract",
    "hr_timesheet_time_control",
    "sale_timesheet_line_exclude",
)


def pytest(name, *arguments, env=None):
    """Run pytest; return its outcome."""
    name = f"{name}-{os.getpid()}"
    report = paths.LOGS / f"{name}.xml"
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


def scenarios(*folders, spec="world"):
    """Run the stories of folders on a database with the add-on."""
    with databases.scratch(folders[0], spec) as database:
        options = [f"--odoo-config={paths.CONF}", f"--odoo-database={database}"]
        tests = [f"tests/{folder}" for folder in folders]
        return pytest(folders[0], *options, "--odoo-http", *tests)


def scenarios_beside():
    """Run the stories beside sales orders and add-ons of others, on one database."""
    # expenses beside sales bring the link between both
    own = [f"{paths.ADDON}_{name}" for name in ("sale_timesheet", "expense")]
    return scenarios("sales", "others", spec="+".join(["world", *BESIDE, *own]))


def attack():
    """Attack a served copy of the demo from outside: RPC, pages, mails."""
    return pytest("attack", "-p", "no:odoo", "tests/attack")


def installation(addon):
    """Install an add-on on a database without it; any complaint is a failure."""
    purpose = f"install{addon.removeprefix(paths.ADDON)}"
    spec = "+".join(["host", *external_modules(addon)])
    with databases.scratch(purpose, spec) as name:
        line = ["-d", name, "-i", addon, "--stop-after-init", "--no-http"]
        outcome = quiet(name, *line)
    good = outcome.is_good
    return outcome + Outcome(passed=int(good), failed=int(not good))


def odoo_tests(addon, tags=None, part=""):
    """Run an add-on's own tests with Odoo's runner.

    :param tags: which tests, all by default
    :param part: what tells this run from others of the same add-on at the same time
    """
    own = [] if addon == paths.ADDON else [addon]
    spec = "+".join(["world", *external_modules(addon), *own])
    purpose = f"{addon.removeprefix(f'{paths.ADDON}_')}{part}"
    with databases.scratch(purpose, spec) as name:
        return _call(name, tags=tags or f"/{addon}")


def parts(addon, number):
    """Return the tests of an add-on as tags of about equal parts, by file.

    Classes weigh more than methods, since each has its own set-up, and a browser
    weighs more than both.
    """
    weights = {}
    for file in (paths.ROOT / addon / "tests").glob("test_*.py"):
        text = file.read_text()
        tests, classes = text.count("def test_"), text.count("\nclass Test")
        browser = "HttpCase" in text or "start_tour" in text or "browser_js" in text
        weight = (tests + 3 * classes) * (4 if browser else 1)
        weights[f"/{addon}/tests/{file.name}"] = weight
    heaps = [[] for _each in range(number)]
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        min(heaps, key=lambda heap: sum(weights[each] for each in heap)).append(name)
    return [",".join(sorted(heap)) for heap in heaps if heap]


def concurrency(addon=paths.ADDON):
    """Run the tests of an add-on that commit, on a database of their own."""
    own = [] if addon == paths.ADDON else [addon]
    spec = "+".join(["addon", *external_modules(addon), *own])
    purpose = "concurrency" + addon.removeprefix(paths.ADDON)
    with databases.scratch(purpose, spec) as name:
        return _call(name, tags=f"{CONCURRENCY}/{addon}")


def with_concurrency():
    """Return the add-ons that have such tests."""
    return [name for name in sorted(paths.addon_names(), key=len) if _commits(name)]


def _commits(addon):
    files = (paths.ROOT / addon / "tests").glob("test_concurrency*.py")
    return any(files)


def uninstall():
    """Check that uninstalling leaves nothing behind, and installing again works."""
    with databases.scratch("uninstall", "host") as name:
        before = schema.names(name)
    with databases.scratch("uninstall") as name:
        line = ["module", "uninstall", "-c", paths.CONF, "-d", name, paths.ADDON]
        outcome = quiet(f"{name}-1", *line)
        left = sorted(schema.names(name) - before)
        outcome.problems += [f"{each} is left" for each in left]
        again = ["-d", name, "-i", paths.ADDON, "--stop-after-init", "--no-http"]
        outcome += quiet(f"{name}-2", *again)
    good = outcome.is_good
    return outcome + Outcome(passed=int(good), failed=int(not good))


def quiet(name, *arguments):
    """Run an Odoo command that must not complain."""
    code = odoo.call(*arguments, log=f"{name}.log")
    text = (paths.LOGS / f"{name}.log").read_text(errors="replace")
    outcome = outcomes.from_log(text, expects_tests=False)
    if code and outcome.is_good:
        outcome.problems.append(f"{name} ended with {code}:\n{text[-3000:]}")
    return outcome


def _call(database, *arguments, tags):
    """Run Odoo's runner on a database; its log has the database's name."""
    line = ["-d", database, *arguments, "--test-tags", tags, "--stop-after-init"]
    code = odoo.call(*line, "--http-port", free_port(), log=f"{database}.log")
    text = (paths.LOGS / f"{database}.log").read_text(errors="replace")
    outcome = outcomes.from_log(text)
    if code and outcome.is_good:
        outcome.problems.append(f"Odoo ended with {code}:\n{text[-3000:]}")
    return outcome


def free_port():
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def external_modules(addon):
    """Return the modules an add-on needs that are neither ours nor in the template."""
    manifest = (paths.ROOT / addon / "__manifest__.py").read_text()
    known = {*paths.addon_names(), *databases.BASE_MODULES}
    return [name for name in ast.literal_eval(manifest)["depends"] if name not in known]
