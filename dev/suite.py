"""``test``: every check and every test, in one go and with one last line.

A step that fails does not hide the next ones.  ``--fast`` takes the daily loop only:
checks, rules, and the add-on's tests on a database where it is installed already;
``--tags`` narrows these to one class or method.
"""

import argparse
import time

from . import chaos, databases, lifecycle, lint, paths, runs, setup, upgrade
from .console import Problem, say, step
from .outcomes import Outcome

KEPT_SECONDS = 24 * 3600  # logs
SHOWN = 60  # lines of each problem on the screen; all are in the log folder


def main(argv):
    """Run the suite; return 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="dev test")
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--tags", help="Odoo's test tags, such as /module:Class.method")
    options = parser.parse_args(argv)
    lacking = setup.ensure(programs=True)
    _tidy()
    total = Outcome()
    failed, seconds = [], {}
    for title, function in _steps(options):
        start = time.monotonic()
        outcome = _run(title, function)
        seconds[title] = time.monotonic() - start
        if not outcome.is_good:
            failed.append(title)
        # a step that is wrong without a failed test counts as one
        outcome.failed = outcome.failed or int(bool(outcome.problems))
        total += outcome
    _tell_durations(seconds)
    for sentence in lacking:
        say(sentence)
    if failed:
        logs = paths.LOGS.relative_to(paths.ROOT)
        say(f"Failed: {', '.join(failed)}. The logs are in {logs}.")
    say(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if failed else 0


def _tell_durations(seconds):
    """Print how long each step took, and all of them."""
    say()
    for title, spent in [*seconds.items(), ("All", sum(seconds.values()))]:
        say(f"{spent // 60:3.0f} min {spent % 60:2.0f} s  {title}")


def _tidy():
    """Remove databases and logs that earlier runs left."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    databases.drop_abandoned()
    for log in paths.LOGS.glob("*"):
        if time.time() - log.stat().st_mtime > KEPT_SECONDS:
            log.unlink(missing_ok=True)


def _steps(options):
    """Yield title and function of each step."""
    if options.tags:
        yield f"Tests {options.tags}", lambda: _addon(options.tags)
        return
    yield "Format and style", _lint
    yield "Rules", lambda: runs.pytest("unit", "-p", "no:odoo", "tests/unit")
    if options.fast:
        yield f"Tests of {paths.ADDON}", _addon
        return
    wheel = ["-p", "no:odoo", "tests/packaging"]
    yield "Packaging", lambda: runs.pytest("packaging", *wheel)
    for name in sorted(paths.addon_names(), key=len):
        yield f"Fresh installation and tests of {name}", lambda n=name: _fresh(n)
    for name in runs.with_concurrency():
        title = f"Tests with two connections of {name}"
        yield title, lambda n=name: runs.concurrency(n)
    if (paths.ROOT / "tests" / "scenarios").is_dir():
        yield "Scenarios", runs.scenarios
    if (paths.ROOT / "tests" / "sales").is_dir():
        yield "Scenarios beside sales orders", runs.scenarios_of_sales
    yield "Uninstallation", runs.uninstall
    released = ", ".join(upgrade.versions())
    yield f"Upgrade with data from {released}", upgrade.run
    yield "Leaving and coming back, a duplicate, a backup", lifecycle.test
    yield "Chaos, short", chaos.short


def _run(title, function):
    """Run one step and show what it found."""
    try:
        with step(title):
            outcome = function()
    except Problem as problem:
        outcome = Outcome(problems=[str(problem)])
    counts = f"{outcome.passed} passed, {outcome.failed} failed"
    say(f"  {counts}, {outcome.skipped} skipped")
    for problem in outcome.problems:
        lines = str(problem).splitlines()
        say("\n".join(f"  | {line}" for line in lines[:SHOWN]))
        if len(lines) > SHOWN:
            say(f"  | … {len(lines) - SHOWN} more lines")
    return outcome


def _lint():
    return Outcome(problems=lint.run())


def _addon(tags=None):
    return runs.odoo_tests(paths.ADDON, tags, installed=True)


def _fresh(name):
    if not (paths.ROOT / name / "tests").is_dir():
        return Outcome(problems=[f"{name} has no tests"])
    return runs.odoo_tests(name)
