"""One step of ``bench-tracker`` in a process of its own; see ``bench_worker``."""

import json
import sys
import time

from odoo.service.model import call_kw
from odoo.sql_db import db_connect

from . import bench_tracker_data, bench_tracker_pages, bench_worker

ROUNDS = 4  # the first one warms the caches, as those of a server are
SLOW = 0.05  # seconds from which a statement has its plan kept


def build(database, options):
    """Build the data, and update PostgreSQL's statistics."""
    with database.env() as env:
        sizes = bench_tracker_data.build(env, **options)
    _vacuum(env.cr.dbname)
    with database.env() as env:
        bench_tracker_data.finish(env)
    _vacuum(env.cr.dbname)
    return sizes


def _vacuum(name):
    """Update the statistics and visibility maps, as autovacuum does in time."""
    with db_connect(name).cursor() as cursor:
        cursor.commit()
        cursor._cnx.autocommit = True
        cursor.execute("VACUUM ANALYZE")
        cursor._cnx.autocommit = False


def measure(database, options):
    """Open every page as a user does; return the seconds of each."""
    results = []
    for login in options["logins"]:
        with database.env(login) as env:
            pages = bench_tracker_pages.pages(env)
        for page in pages:
            results.append({"login": login, **_measure(database, login, page)})
    return results


def _measure(database, login, page):
    """Return the best and the worst time of a page, and its slow statements."""
    seconds, queries, slow = [], 0, {}
    for _round in range(ROUNDS):
        with database.env(login) as env:
            statements = bench_tracker_pages.record(env.cr)
            start = time.perf_counter()
            rows = [
                call_kw(env[call["model"]], call["method"], call["args"], call["kw"])
                for call in page["calls"]
            ]
            seconds.append(time.perf_counter() - start)
            queries = len(statements)
            for spent, statement in statements:
                if spent > SLOW:
                    slow[statement] = spent
            assert rows
    slowest = sorted(slow, key=slow.get, reverse=True)[:2]
    with database.env() as env:
        plans = [bench_tracker_pages.explain(env, statement) for statement in slowest]
    return {
        "name": page["name"],
        "kind": page["kind"],
        "seconds": round(min(seconds[1:]), 3),
        "worst": round(max(seconds[1:]), 3),
        "queries": queries,
        "plans": plans,
    }


def main(argv):
    """Run one step and print its result."""
    what, name, options = argv
    database = bench_worker.Database(name)
    result = {"build": build, "measure": measure}[what](database, json.loads(options))
    sys.stdout.write(f"\n{json.dumps(result)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
