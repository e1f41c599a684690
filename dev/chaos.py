"""``chaos``: the main job during kills, ended sessions, restarts and concurrency.

A fixed job (``chaos_job``) on a fixed world (``chaos_world``) is played once
undisturbed. Each disturbed run must arrive at the same end state, and the tables must
be consistent at every instant in between (``chaos_checks``).
"""

import argparse
import contextlib
import json
import subprocess
import time

from . import chaos_restart, databases, odoo, paths, setup
from .console import Problem, say, step
from .outcomes import Outcome

SECONDS = 600  # all of it, hard
SHORT_SECONDS = 300
SEED = 20260301
PARTS = (
    ("kills", 200),
    ("failpoints", (1, 5)),
    ("terminations", 20),
    ("sessions", 1),
)
SHORT_PARTS = (
    ("kills", 20),
    ("failpoints", (1,)),
    ("terminations", 4),
    ("sessions", 1),
)
SHORT_PLOTS = ("credited", "sent_back", "invoice_cancelled", "shared_one", "shared_two")


def main(argv):
    """Run it; return 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="dev chaos")
    parser.add_argument("--short", action="store_true", help="as `make test` does")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(argv)
    setup.ensure()
    databases.drop_abandoned()
    outcome = run(short=options.short, seed=options.seed)
    for problem in outcome.problems:
        say(f"  | {problem}")
    say("The end state is the same." if outcome.is_good else "There are differences.")
    return 0 if outcome.is_good else 1


def short():
    """Run the short form; return its outcome."""
    return run(short=True)


def run(*, short, seed=SEED):
    """Disturb the job; return what was found as an outcome."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + (SHORT_SECONDS if short else SECONDS)
    say(f"\n  seed {seed}")
    outcome = Outcome()
    with databases.scratch("chaos_origin") as origin, _dropped(origin) as play:
        options = {"what": "build"}
        if short:
            options["plots"] = SHORT_PLOTS
        work(origin, **options)
        result = work(
            play,
            what="disturb",
            origin=origin,
            seed=seed,
            seconds=end - time.monotonic(),
            mailbox=str(paths.RUN / f"{play}.mails"),
            parts=SHORT_PARTS if short else PARTS,
        )
        _tell(outcome, result)
        if not short:
            with step("Restarting PostgreSQL under the job"):
                result = chaos_restart.run(work, origin, seed, end)
            _tell(outcome, result)
    return outcome


@contextlib.contextmanager
def _dropped(origin):
    """Yield a name for copies of a database; drop the last copy at the end."""
    play = origin.replace("_origin_", "_play_")
    try:
        yield play
    finally:
        databases.drop(play)


def _tell(outcome, result):
    """Print a result, and add it to the outcome."""
    for name, text in result["report"].items():
        say(f"  {name}: {text}")
        outcome.passed += 1
    outcome.problems += result["problems"]
    outcome.failed += bool(result["problems"])


def work(database, environment=None, **options):
    """Run a worker in a process of its own; return its result."""
    line = [paths.PYTHON, "-W", "ignore", "-m", "dev.chaos_worker", database]
    log = paths.LOGS / f"{database}.log"
    with log.open("a") as errors:
        result = subprocess.run(
            [*map(str, line), json.dumps(options)],
            cwd=paths.ROOT,
            env=environment or odoo.environment(),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
            timeout=SECONDS + 60,
        )
    if result.returncode:
        raise Problem(f"The worker failed:\n{log.read_text()[-3000:]}")
    return json.loads(result.stdout.splitlines()[-1])
