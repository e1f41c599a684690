"""``machines``: the state machines with thousands of examples, in batches.

A machine rolls its examples back, which leaves dead rows: a fresh database for each
batch keeps it fast. ``make nightly`` runs all of them; names after the command choose
some. A failure prints the steps of its example and the number of examples before it.
"""

import argparse
import concurrent.futures
import itertools

from . import databases, odoo, paths, runs, setup
from .console import say

BATCH = 100  # examples on one database
LANES = 2  # batches at a time
SALES = "+".join(
    [
        "world",
        "sale_timesheet",
        "hr_expense",
        f"{paths.ADDON}_sale_timesheet",
        f"{paths.ADDON}_expense",
    ]
)
ORDERS = "tests/sales/test_sales_machine.py"
#: Each machine with its test and the template of its databases.
MACHINES = {
    "ledger": ("tests/scenarios/test_ledger_machine.py", "world"),
    "kinds": ("tests/scenarios/test_kinds_machine.py", "world"),
    "sales": (f"{ORDERS}::TestSalesMachine::test_any_order", SALES),
    "orders": (f"{ORDERS}::TestSalesMachine::test_what_orders_had", SALES),
    "handover": (f"{ORDERS}::TestSalesMachine::test_handed_over", SALES),
    "work": (f"{ORDERS}::TestWorkMachine::test_any_work", SALES),
}


def main(argv):
    """Run state machines; return 1 when one of them found anything."""
    parser = argparse.ArgumentParser(prog="dev machines")
    parser.add_argument("names", nargs="*", help=", ".join(MACHINES))
    parser.add_argument("--examples", type=int, default=2000, help="of each (2000)")
    options = parser.parse_args(argv)
    unknown = set(options.names) - MACHINES.keys()
    if unknown:
        parser.error(f"no machine {', '.join(sorted(unknown))}")
    setup.ensure()
    names = options.names or list(MACHINES)
    for spec in {MACHINES[name][1] for name in names}:
        databases.template(spec)
    good = [_run(name, options.examples) for name in names]
    return 0 if all(good) else 1


def _run(name, examples):
    """Run one machine in batches; stop at the first that fails."""
    sizes = [BATCH] * (examples // BATCH)
    sizes += [examples % BATCH] if examples % BATCH else []
    done = 0
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        batches = [
            pool.submit(_batch, name, number, size)
            for number, size in zip(itertools.count(1), sizes, strict=False)
        ]
        for batch in concurrent.futures.as_completed(batches):
            size, outcome = batch.result()
            if not outcome.is_good:
                pool.shutdown(cancel_futures=True)
                say(f"{name}: found something after {done} examples")
                for problem in outcome.problems:
                    say(problem)
                return False
            done += size
            say(f"{name}: {done} of {examples} examples")
    return True


def _batch(name, number, size):
    """Run some examples on a database of their own; return their number and verdict."""
    test, spec = MACHINES[name]
    with databases.scratch(f"machine_{name}_{number}", spec) as database:
        outcome = runs.pytest(
            f"machine-{name}-{number}",
            f"--odoo-config={paths.CONF}",
            f"--odoo-database={database}",
            "--odoo-http",
            test,
            env=odoo.environment() | {"PIT_EXAMPLES": str(size)},
        )
    return size, outcome
