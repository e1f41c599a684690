"""A database with years of time entries takes the add-on as fast as an empty one."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dev import bench, databases, odoo, paths

pytestmark = pytest.mark.scenario

ENTRIES = 200_000
PROJECTS = 100
START = "2026-02-16"  # half of the twelve weeks over which the entries are spread
MAX_EXTRA = 5  # seconds
MAX_RULE = 10  # seconds
MAX_QUERIES = 80  # for the first rule, however many entries it finds


@pytest.fixture(scope="module")
def installed():
    """Install into a full and an empty database; return name and seconds of both.

    Both at the same time, so that whatever else the machine does weighs on both.
    """
    with (
        databases.scratch("full", "host") as full,
        databases.scratch("empty", "host") as empty,
        ThreadPoolExecutor(2) as pool,
    ):
        options = {"entries": ENTRIES, "projects": PROJECTS, "billed": False}
        bench.work("build", full, **options)
        seconds = list(pool.map(_install, (full, empty)))
        yield full, *seconds


def _install(database):
    start = time.monotonic()
    odoo.install(database, [paths.ADDON], log=f"{database}.log")
    return time.monotonic() - start


def test_old_entries_do_not_slow_the_installation(installed):
    _database, full, empty = installed
    assert full <= empty + MAX_EXTRA


def test_first_rule_makes_items_from_its_start_only(installed):
    database = installed[0]
    result = bench.work("first_rule", database, start=START)
    assert result["entries_before"] > 0
    assert result["items"] == result["entries"] > 0
    assert result["only_rule"]
    assert result["first_day"] >= START
    assert result["seconds"] < MAX_RULE
    assert result["queries"] < MAX_QUERIES
