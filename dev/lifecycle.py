"""Uninstallation with data, installation again, and copies of a database (I10)."""

import contextlib
import shutil
from concurrent.futures import ThreadPoolExecutor

from . import chaos_checks, databases, paths, postgres, runs, schema, upgrade
from .console import run
from .outcomes import Outcome


def test():
    """Play the story once; do with two copies of it what may happen to a database."""
    outcome = Outcome()
    with databases.scratch("origin") as origin:
        upgrade.work("play", origin)
        with ThreadPoolExecutor() as pool:
            ways = ((_duplicate_and_leave, "duplicate"), (_restore_and_go_on, "backup"))
            running = [
                pool.submit(way, origin, f"{origin}_{name}") for way, name in ways
            ]
            for each in running:
                outcome += each.result()
    return outcome


def _duplicate_and_leave(origin, name):
    """Uninstall from a duplicate full of requests; install it again; bill again.

    Invoices stay as they are, and what they bill is not offered again.
    """
    with _made(databases.copy, origin, name):
        problems = _lost(origin, name)
        before = upgrade.work("documents", name)
        expected = upgrade.work("unbilled", name)
        line = ["module", "uninstall", "-c", paths.CONF, "-d", name, paths.ADDON]
        outcome = runs.quiet(f"{name}-1", *line)
        problems += _changed(before, upgrade.work("documents", name), "uninstallation")
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


def _restore_and_go_on(origin, name):
    """Restore a backup under another name, and finish there what was begun."""
    with _made(_restore, origin, name):
        problems = _lost(origin, name) + upgrade.work("complaints", name)
        problems += upgrade.work("finish", name)
    return _counted(Outcome(problems=[f"backup: {each}" for each in problems]))


@contextlib.contextmanager
def _made(make, origin, name):
    """Yield a copy of a database for the length of a block."""
    try:
        make(origin, name)
        yield
    finally:
        databases.drop(name)


def _lost(origin, name):
    """Return what is missing in a copy of a database."""
    lost = sorted(schema.names(origin) - schema.names(name))
    return [f"{each} is not in the copy" for each in lost]


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
