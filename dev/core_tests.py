"""``core-tests``: Odoo's own suites with and without our add-on.

What Odoo promises must hold with us installed: every test that passes on a database
without the add-on passes on one with it.  ``SUITES="project hr_timesheet"`` names the
suites, ``TAGS=/account:TestAccountMove`` a part of one.  The suites of sales run where
sales are installed, with and without our bridge to them.  Both databases run at once;
the result without us is kept until Odoo changes.
"""

import concurrent.futures
import json
import os

from . import databases, host, odoo, outcomes, paths, runs, setup, stamps
from .console import say, step

SUITES = ("project", "hr_timesheet", "account", "sale_project", "sale_timesheet")
RESULTS = paths.RUN / "core-tests"
SALES = "sale_timesheet"
#: What is installed on each side: for most suites, and for those of sales.
SIDES = {"without": "host", "with": "addon"}
SALES_SIDES = {
    "without": f"host+{SALES}",
    "with": f"addon+{SALES}+{paths.ADDON}_{SALES}",
}


def main(_argv):
    """Run the suites on both databases and compare; return 1 if they differ."""
    setup.ensure(programs=True)
    suites = os.environ.get("SUITES", " ".join(SUITES)).split()
    tags = (os.environ.get("TAGS") or ",".join(f"/{name}" for name in suites)).split(
        ","
    )
    of_sales = [tag for tag in tags if _module(tag).startswith("sale")]
    others = [tag for tag in tags if tag not in of_sales]
    verdicts = [
        _both(sides, ",".join(some))
        for sides, some in ((SIDES, others), (SALES_SIDES, of_sales))
        if some
    ]
    return max(verdicts)


def _both(sides, tags):
    """Run some tests on both sides at once; return 1 if the results differ."""
    pool = concurrent.futures.ThreadPoolExecutor(len(sides))
    with step(f"Odoo's own tests {tags}, without and with {paths.ADDON}"), pool:
        without, with_us = pool.map(
            lambda side: _result(side, sides[side], tags), sides
        )
    return _compare(without, with_us)


def _module(tag):
    """Return the module that a test tag names."""
    return tag.strip("/").split(":")[0]


def _result(side, spec, tags):
    """Return the result of one side; that without us is cached."""
    cache = RESULTS / f"{stamps.digest(host.version(), tags)}.json"
    if side == "without" and cache.exists():
        return json.loads(cache.read_text())
    result = _run(side, spec, tags)
    if side == "without" and result["run"]:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps(result))
    return result


def _run(side, spec, tags):
    """Run Odoo's tests on a copy of a template; return counts and names."""
    # updating every module runs the tests that belong to an installation too
    names = ",".join(sorted({_module(tag) for tag in tags.split(",")}))
    with databases.scratch(f"core_{side}", spec) as name:
        line = ["-d", name, "-u", names, "--test-tags", tags, "--stop-after-init"]
        odoo.call(*line, "--http-port", runs.free_port(), log=f"{name}.log")
    text = (paths.LOGS / f"{name}.log").read_text(errors="replace")
    totals = [outcomes.TOTAL.match(each.text) for each in outcomes.records(text)]
    failures, errors, run = next((map(int, m.groups()) for m in totals if m), (0, 0, 0))
    bad = sorted(outcomes.failed_tests(text))
    ran = sorted(outcomes.started_tests(text))
    return {"run": run, "failures": failures, "errors": errors, "bad": bad, "ran": ran}


def _compare(without, with_us):
    """Print both results and what differs; return 1 if anything does."""
    say(f"{'':<10}{'without':>10}{'with':>10}")
    for key in ("run", "failures", "errors"):
        say(f"{key:<10}{without[key]:>10}{with_us[key]:>10}")
    differences = [
        ("fails only with the add-on", set(with_us["bad"]) - set(without["bad"])),
        ("fails only without it", set(without["bad"]) - set(with_us["bad"])),
        ("does not run with the add-on", set(without["ran"]) - set(with_us["ran"])),
        ("runs only with the add-on", set(with_us["ran"]) - set(without["ran"])),
    ]
    for what, names in differences:
        for name in sorted(names):
            say(f"{what}: {name}")
    if not without["run"] or not with_us["run"]:
        say(
            f"A side ran no test; the logs are in {paths.LOGS.relative_to(paths.ROOT)}."
        )
        return 1
    return 1 if any(names for _what, names in differences) else 0
