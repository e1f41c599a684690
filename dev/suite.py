"""``test``: all checks and tests but the long ones, with one last line.

A step that fails does not hide the next ones.  ``--fast`` takes the daily loop only:
checks, rules, and the add-on's tests on a database where it is installed already;
``--tags`` narrows these to one class or method.
"""

import argparse
import concurrent.futures
import subprocess
import time

from . import chaos, databases, lifecycle, lint, paths, runs, setup, upgrade
from .console import Problem, say
from .outcomes import Outcome

KEPT_SECONDS = 24 * 3600  # logs
LANES = 2  # steps at a time; Odoo's tests keep a core busy
PARTS = 4  # the tests of the main add-on, on a database each
QUICK = ("Format and style", "Rules", "Packaging")
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
    for title, outcome, spent in _results(options):
        seconds[title] = spent
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
    # what takes longest begins first
    heaps = runs.parts(paths.ADDON, PARTS)
    for number, tags in enumerate(heaps, 1):
        title = f"Tests of {paths.ADDON}, part {number} of {len(heaps)}"
        yield title, lambda t=tags, n=number: runs.odoo_tests(paths.ADDON, t, f"_{n}")
    for name in sorted(paths.addon_names(), key=len):
        yield f"Installation of {name}", lambda n=name: runs.installation(n)
        if name != paths.ADDON:
            yield f"Tests of {name}", lambda n=name: _tests(n)
    for name in runs.with_concurrency():
        title = f"Tests with two connections of {name}"
        yield title, lambda n=name: runs.concurrency(n)
    if (paths.ROOT / "tests" / "scenarios").is_dir():
        yield "Scenarios", lambda: runs.scenarios("scenarios")
        yield "Scenarios beside sales and add-ons of others", runs.scenarios_beside
    yield "Attacks on the served demo", runs.attack
    yield "Uninstallation", runs.uninstall
    released = ", ".join(upgrade.versions())
    yield f"Upgrade with data from {released}", upgrade.run
    yield "Leaving and coming back, a duplicate, a backup", lifecycle.test
    yield "Chaos, short", chaos.short


def _results(options):
    """Yield title, outcome and seconds of each step, as they end.

    What takes a second or a core alone comes first; the rest runs in lanes, since each
    step has a database of its own.
    """
    steps = list(_steps(options))
    alone = [each for each in steps if each[0] in QUICK] or steps[:1]
    lanes = [each for each in steps if each not in alone]
    for each in alone:
        yield _run(*each)
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        running = [pool.submit(_run, *each) for each in lanes]
        for future in concurrent.futures.as_completed(running):
            yield future.result()


def _run(title, function):
    """Run one step and show what it found; return title, outcome and seconds."""
    say(f"{title} ...")
    start = time.monotonic()
    try:
        outcome = function()
    except (Problem, subprocess.TimeoutExpired) as problem:
        outcome = Outcome(problems=[str(problem)])
    spent = time.monotonic() - start
    lines = [
        f"{title}: {spent:.0f} s",
        f"  {outcome.passed} passed, {outcome.failed} failed, "
        f"{outcome.skipped} skipped",
    ]
    for problem in outcome.problems:
        found = str(problem).splitlines()
        lines += [f"  | {line}" for line in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"  | … {len(found) - SHOWN} more lines")
    # in one go: two lanes share the screen
    say("\n".join(lines))
    return title, outcome, spent


def _lint():
    return Outcome(problems=lint.run())


def _addon(tags=None):
    return runs.odoo_tests(paths.ADDON, tags)


def _tests(name):
    if not (paths.ROOT / name / "tests").is_dir():
        return Outcome(problems=[f"{name} has no tests"])
    return runs.odoo_tests(name)
