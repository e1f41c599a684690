"""Upgrades of databases with data, from every released version to today's code.

The releases are small archives in the repository.  Each is installed from its own
code, a story is played with it (``upgrade_story``), and then today's code takes over:
no complaint in the log, not a figure moved, a schema like that of a fresh
installation, and everything that was open can be finished and is billed once.
"""

import json
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor

from . import chaos_checks, databases, odoo, paths, runs, schema, setup
from .console import Problem, say, step
from .outcomes import Outcome

RELEASES = paths.ROOT / "tests" / "lifecycle" / "releases"


def versions():
    """Return the released versions, oldest first."""
    archives = sorted(RELEASES.glob(f"{paths.ADDON}-*.zip"))
    return [file.stem.removeprefix(f"{paths.ADDON}-") for file in archives]


def main(_argv):
    """Upgrade from every release; return 1 when anything is wrong."""
    setup.ensure()
    databases.drop_abandoned()
    with step("Upgrading"):
        outcome = run()
    for problem in outcome.problems:
        say(f"  | {problem}")
    return 0 if outcome.is_good else 1


def run():
    """Upgrade from every release, all at once; return the outcome."""
    databases.template("addon")
    with ThreadPoolExecutor() as pool:
        return sum(pool.map(_upgrade, versions()), Outcome())


def _upgrade(version):
    """Return the problems of the upgrade from one version."""
    purpose = f"upgrade_{version.replace('.', '_')}"
    conf = _unpack(version)
    with databases.scratch(purpose, "host") as name:
        line = ["-d", name, "-i", paths.ADDON, "--stop-after-init", "--no-http"]
        code = odoo.call(*line, log=f"{name}-old.log", env=_environment(conf))
        if code:
            return Outcome(failed=1, problems=[f"{version} does not install: {code}"])
        before = work("play", name, conf)
        outcome = quiet_update(name)
        problems = [
            *chaos_checks.differences(before, work("figures", name)),
            *work("complaints", name),
            *_schema_differences(name),
            *work("finish", name),
        ]
    outcome.problems += problems
    outcome.problems = [f"from {version}: {each}" for each in outcome.problems]
    good = outcome.is_good
    return outcome + Outcome(passed=int(good), failed=int(not good))


def quiet_update(name):
    """Let today's code take over a database; return what its log complains of."""
    line = ["-d", name, "-u", paths.ADDON, "--stop-after-init", "--no-http"]
    return runs.quiet(f"{name}-new", *line)


def _unpack(version):
    """Unpack a release; return the name of a configuration that uses it."""
    folder = paths.RUN / "releases" / version
    with zipfile.ZipFile(RELEASES / f"{paths.ADDON}-{version}.zip") as archive:
        archive.extractall(folder)
    conf = folder / "odoo.conf"
    text = paths.CONF.read_text()
    old = text.replace(f",{paths.ROOT}\n", f",{folder}\n")
    if old == text:
        # today's code would be upgraded to today's code, and nothing shown
        raise Problem(f"{paths.CONF} does not name the add-ons in {paths.ROOT}.")
    conf.write_text(old)
    return conf


def _environment(conf):
    return odoo.environment() | {"ODOO_RC": str(conf)}


def work(what, database, conf=paths.CONF):
    """Run a worker in a process of its own; return its result."""
    line = [paths.PYTHON, "-W", "ignore", "-m", "dev.upgrade_worker", what, database]
    result = subprocess.run(
        [*map(str, line), str(conf)],
        cwd=paths.ROOT,
        env=_environment(conf),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if result.returncode:
        raise Problem(f"{what} on {database} failed:\n{result.stderr[-3000:]}")
    return json.loads(result.stdout.splitlines()[-1])


def _schema_differences(name):
    """Return where an upgraded database differs from a fresh installation."""
    with databases.scratch(f"fresh_{name.rpartition('_upgrade_')[2]}") as fresh:
        wanted, found = schema.names(fresh), schema.names(name)
    return [
        *(f"{each} is not there after the upgrade" for each in sorted(wanted - found)),
        *(f"{each} is left by the old version" for each in sorted(found - wanted)),
    ]
