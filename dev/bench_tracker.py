"""``bench-tracker``: how long the pages of the tracker take in a large company.

A million time entries with their items, 2,000 projects and 50,000 invoices are built
by SQL; then every page of the menu is opened as a manager (who sees own projects) and
as a controller (who sees everything), in transactions of their own, as over RPC.
"""

import argparse
import json

from . import bench, databases, paths, setup
from .console import say, step

ENTRIES = 1_000_000
PROJECTS = 2_000
LOGINS = ("controller", "manager")
#: Seconds on the clock, the best of three: of the cockpit, and of every other page.
TARGETS = {"cockpit": 1.0}
TARGET = 2.0
RESULT = paths.RUN / "bench-tracker.json"
PLANS = paths.RUN / "bench-tracker-plans.txt"


def main(argv):
    """Measure, print the table, keep the plans; return 1 when a page is too slow."""
    parser = argparse.ArgumentParser(prog="dev bench-tracker")
    parser.add_argument("--keep", metavar="DB", help="build (or use) this database")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--projects", type=int, default=PROJECTS)
    options = parser.parse_args(argv)
    setup.ensure()
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    databases.drop_abandoned()
    sizes = {"entries": options.entries, "projects": options.projects}
    if options.keep:
        if not databases.exists(options.keep):
            databases.create(options.keep)
            _build(options.keep, sizes)
        pages = _measure(options.keep)
    else:
        with databases.scratch("tracker") as name:
            _build(name, sizes)
            pages = _measure(name)
    return _report(pages)


def _build(name, sizes):
    with step("Building {entries:,} entries on {projects:,} projects".format(**sizes)):
        built = work("build", name, **sizes)
    say(", ".join(f"{count:,} {what}" for what, count in built.items()))


def _measure(name):
    with step("Opening every page"):
        return work("measure", name, logins=LOGINS)


def _report(pages):
    """Print the pages, the slowest last, and write down everything."""
    plans = [
        f"=== {page['name']} as {page['login']}: {page['seconds']} s\n\n{plan}\n"
        for page in pages
        for plan in page["plans"]
    ]
    PLANS.write_text("\n".join(plans))
    RESULT.write_text(json.dumps(pages, indent=1) + "\n")
    say(f"{'page':<28} {'as':<12} {'view':<8} {'seconds':>8} {'worst':>8} queries")
    late = []
    for page in sorted(pages, key=lambda page: page["seconds"]):
        target = TARGETS.get(page["kind"], TARGET)
        if page["seconds"] > target:
            late.append(f"{page['name']} as {page['login']}: not within {target} s.")
        say(
            "{name:<28} {login:<12} {kind:<8} {seconds:>8.2f} {worst:>8.2f} {queries}"
            "".format(**page)
        )
    for sentence in late:
        say(f"Missed: {sentence}")
    say(f"Query plans are in {PLANS.relative_to(paths.ROOT)}.")
    return 1 if late else 0


def work(what, database, **options):
    """Run the tracker's worker in a process of its own, see ``bench``."""
    return bench.work(what, database, worker="dev.bench_tracker_worker", **options)
