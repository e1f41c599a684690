"""Every invariant is named by a test; the index says which."""

import re

import pytest

from dev import core_tests, invariants
from dev.invariants import LATER


@pytest.mark.parametrize("number", sorted(set(invariants.INVARIANTS) - {*LATER}))
def test_a_test_names_it(number):
    assert invariants.named()[number], f"no docstring of a test names I{number}"


def test_no_unknown_number():
    assert set(invariants.named()) == set(invariants.INVARIANTS)


def test_the_index_names_tests_that_are_there():
    text = invariants.DOCUMENT.read_text()
    rows = dict(re.findall(r"^\| I(\d+) \|.*\| (.*) \|$", text, re.M))
    assert set(map(int, rows)) == set(invariants.INVARIANTS)
    found = invariants.named()
    for number, cell in rows.items():
        places = re.findall(r"`([^`]+)`", cell)
        assert set(places) <= set(found[int(number)]), f"I{number}: run dev invariants"


def test_core_suites():
    """I29: Odoo's own suites of what we extend are run with us and without."""
    assert {"account", "hr_timesheet", "project"} <= set(core_tests.SUITES)
    assert set(core_tests.SIDES) == {"with", "without"}
