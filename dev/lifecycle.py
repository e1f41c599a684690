"""Uninstallation with data, installation again, and copies of a database (I10)."""

import shutil

from . import chaos_checks, databases, paths, postgres, runs, schema, upgrade
from .console import run
from .outcomes import Outcome


def uninstall():
    """Uninstall from a database full of requests; install it again; bill again.

    Invoices stay as they are, and what they bill is not offered again.
    """
    with databases.scratch("leave") as name:
        upgrade.work("play", name)
        before = upgrade.work("documents", name)
        expected = upgrade.work("unbilled", name)
        line = ["module", "uninstall", "-c", paths.CONF, "-d", name, paths.ADDON]
        outcome = runs.quiet(f"{name}-1", *line)
        problems = _changed(before, upgrade.work("documents", name), "uninstallation")
        again = ["-d", name, "-i", paths.ADDON, "--stop-after-init", "--no-http"]
        outcome += runs.quiet(f"{name}-2", *again)
        problems += _changed(before, upgrade.work("documents", name), "installation")
        offered = upgrade.work("offer_again", name)
        problems += [
            f"{each}: {offered.get(each)} offered again, {expected.get(each)} unbilled"
            for each in sorted(offered.keys() | expected.keys())
            if offered.get(each) != expected.get(each)
        ]
    outcome.problems += problems
    return _counted(outcome)


def copies():
    """Duplicate a database, and restore a backup of it; bill in both."""
    outcome = Outcome()
    with databases.scratch("origin") as origin:
        upgrade.work("play", origin)
        wanted = schema.names(origin)
        for how, make in (("duplicate", databases.copy), ("backup", _restore)):
            name = f"{origin}_{how}"
            try:
                make(origin, name)
                found = schema.names(name)
                lost = sorted(wanted - found)
                outcome.problems += [f"{how}: {each} is not there" for each in lost]
                wrong = [*upgrade.work("complaints", name)]
                wrong += upgrade.work("finish", name)
                outcome.problems += [f"{how}: {each}" for each in wrong]
            finally:
                databases.drop(name)
    return _counted(outcome)


def _restore(origin, name):
    """Restore a backup of a database, and its files, under another name."""
    backup = paths.RUN / f"{name}.dump"
    line = [postgres.client("pg_dump"), "-Fc", "-f", backup, origin]
    try:
        run(line, env=postgres.environment())
        postgres.sql(f'CREATE DATABASE "{name}"')
        line = [postgres.client("pg_restore"), "--exit-on-error", "-d", name, backup]
        run(line, env=postgres.environment())
    finally:
        backup.unlink(missing_ok=True)
    folder = paths.DATA_DIR / "filestore"
    if (folder / origin).exists():
        shutil.copytree(folder / origin, folder / name, dirs_exist_ok=True)


def _changed(before, after, when):
    found = chaos_checks.differences(before, after)
    return [f"{when}: {each}" for each in found]


def _counted(outcome):
    """Return an outcome as one test."""
    good = outcome.is_good
    return outcome + Outcome(passed=int(good), failed=int(not good))
