"""``bench``: speed of billing by requests, compared with the same invoices by hand.

Both sides start from copies of one database, each run in a fresh process, in turns.
Each side bills one project before it is measured, because a server has warm caches.
Both must book the same to the last digit, otherwise the comparison is void.
"""

import json
import statistics
import subprocess

from . import databases, odoo, paths, setup
from .console import Problem, say, step

CASES = ({"entries": 1000, "projects": 10}, {"entries": 10000, "projects": 100})
#: As many entries on a tenth of the lines, which shows what an entry costs. The bare
#: way knows no entries, so there is no target for the ratio.
DENSE_CASE = {"entries": 10000, "projects": 10}
#: The same work under three rules per project and ten dated rates per person.
RATED_CASE = {"entries": 10000, "projects": 100, "rated": True}
ROUNDS = 3
MAX_RATIO = 0.8
MAX_MEMORY = 512  # MiB
MAX_GROWTH = 1.1  # of queries, when the same lines have ten times the entries
MAX_RATED_GROWTH = 1.1  # of the ratio, with rules and rates to choose from
RESULT = paths.RUN / "bench.json"
COLUMNS = (
    ("entries", "{:,}"),
    ("invoices", "{}"),
    ("lines", "{}"),
    ("seconds", "{:.1f}"),
    ("queries", "{:,}"),
    ("floor_seconds", "{:.1f}"),
    ("floor_queries", "{:,}"),
    ("ratio", "{:.2f}"),
    ("memory_mib", "{:.0f}"),
)


def main(_argv):
    """Measure, print the table, write the result; return 1 when a target is missed."""
    setup.ensure()
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    databases.drop_abandoned()
    cases = [_measure(**case) for case in (*CASES, DENSE_CASE, RATED_CASE)]
    # the dense case shows growth and has no floor to be held against
    result = {"cases": cases[:2], "growth": cases[2:3], "rated": cases[3:]}
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    _print(cases)
    misses = _misses(cases)
    for sentence in misses:
        say(f"Missed: {sentence}")
    say(f"Details are in {RESULT.relative_to(paths.ROOT)}.")
    return 1 if misses else 0


def _measure(entries, projects, rated=False):
    """Return the figures of one case."""
    title = f"{entries:,} entries on {projects} projects"
    title += ", with rules and rates" * rated
    sides = {"ours": [], "floor": []}
    with databases.scratch("bench") as origin:
        with step(f"Building {title}"):
            _build(origin, entries, projects, rated)
        for number in range(1, ROUNDS + 1):
            for side, runs in sides.items():
                with step(f"{title}, {side}, {number} of {ROUNDS}"):
                    runs.append(_run(side, origin))
                _compare(sides["ours"][0], runs[-1], title)
    ours, floor = sides["ours"], sides["floor"]
    seconds, floor_seconds = _median(ours, "seconds"), _median(floor, "seconds")
    return {
        "name": title,
        "entries": entries,
        "invoices": ours[0]["invoices"],
        "lines": ours[0]["lines"],
        "seconds": round(seconds, 3),
        "queries": int(_median(ours, "queries")),
        "floor_seconds": round(floor_seconds, 3),
        "floor_queries": int(_median(floor, "queries")),
        "ratio": round(seconds / floor_seconds, 3),
        "memory_mib": round(max(run["memory_mib"] for run in ours), 1),
        "runs": {side: [_plain(run) for run in runs] for side, runs in sides.items()},
    }


def _build(database, entries, projects, rated):
    """Build the data, and one more project to warm the caches with."""
    extra = entries // projects
    work(
        "build",
        database,
        entries=entries + extra,
        projects=projects + 1,
        rated=rated,
    )


def _run(side, origin):
    """Measure one side on a copy of its own."""
    name = origin.replace("_bench_", "_bench_copy_")
    databases.drop(name)
    databases.copy(origin, name)
    try:
        return work(side, name)
    finally:
        databases.drop(name)


def work(what, database, worker="dev.bench_worker", **options):
    """Run a worker in a process of its own; return its result."""
    line = [paths.PYTHON, "-W", "ignore", "-m", worker, what, database]
    result = subprocess.run(
        [*map(str, line), json.dumps(options)],
        cwd=paths.ROOT,
        env=odoo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise Problem(f"{what} on {database} failed:\n{result.stderr[-3000:]}")
    return json.loads(result.stdout.splitlines()[-1])


def _compare(one, other, title):
    """Fail when two runs booked different things."""
    if one["contents"] == other["contents"]:
        return
    only_one = sorted(set(one["contents"]) - set(other["contents"]))[:1]
    only_other = sorted(set(other["contents"]) - set(one["contents"]))[:1]
    raise Problem(
        f"{title}: the two sides booked different things.\n"
        f"Only by requests: {only_one}\nOnly by hand: {only_other}"
    )


def _median(runs, figure):
    return statistics.median(run[figure] for run in runs)


def _plain(run):
    """Return the figures of a run without what it booked."""
    return {name: value for name, value in run.items() if name != "contents"}


def _print(cases):
    """Print the table, and the steps of each case."""
    say(" ".join(f"{name:>13}" for name, _form in COLUMNS))
    for case in cases:
        say(" ".join(f"{form.format(case[name]):>13}" for name, form in COLUMNS))
    for case in cases:
        for side, runs in case["runs"].items():
            parts = []
            for name in runs[0]["steps"]:
                median = _median([run["steps"][name] for run in runs], "seconds")
                parts.append(f"{name} {median:.1f}")
            say(f"{case['name']}, {side}: {', '.join(parts)}")


def _misses(cases):
    """Return a sentence for each target that was missed."""
    few, many_lines, dense, rated = cases
    missed = [
        f"{case['name']} took {case['ratio']} of the bare time, not {MAX_RATIO}."
        for case in cases
        if case is not dense and case["ratio"] > MAX_RATIO
    ]
    missed += [
        f"{case['name']} needed {case['memory_mib']} MiB, not {MAX_MEMORY}."
        for case in cases
        if case["memory_mib"] > MAX_MEMORY
    ]
    if rated["ratio"] > many_lines["ratio"] * MAX_RATED_GROWTH:
        missed.append(
            f"rules and rates raise the ratio from {many_lines['ratio']} to "
            f"{rated['ratio']}."
        )
    if dense["queries"] > few["queries"] * MAX_GROWTH:
        missed.append("queries grow with the entries, not with the invoices.")
    return missed
