"""Every example in the docstrings of the billing rules holds."""

import doctest
import importlib
import pkgutil

import pytest

import odoo.addons.project_invoice_tracker.billing as billing

BELOW = pkgutil.walk_packages(billing.__path__, f"{billing.__name__}.")
MODULES = [billing.__name__, *(info.name for info in BELOW)]
# the rules may be imported from the add-on's folder too, with a shorter name
FLAGS = doctest.IGNORE_EXCEPTION_DETAIL


@pytest.mark.parametrize("name", MODULES, ids=lambda name: name.rpartition(".")[2])
def test_docstring_examples(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert not result.failed


def test_there_are_examples():
    modules = map(importlib.import_module, MODULES)
    assert sum(doctest.testmod(module).attempted for module in modules)
