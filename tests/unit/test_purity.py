"""The billing rules know nothing of Odoo: they take values and give values."""

import ast
from pathlib import Path

import pytest

BILLING = Path(__file__).resolve().parents[2] / "project_invoice_tracker" / "billing"
MODULES = sorted(BILLING.rglob("*.py"))
# what a rule of arithmetic may need; anything else is worth a second thought
ALLOWED = {
    "__future__", "bisect", "calendar", "collections", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "itertools",
    "json", "math", "operator", "re", "typing",
}  # fmt: skip


def imported_names(source):
    """Yield the top-level name of every absolute import, and '..' for escapes.

    >>> sorted(imported_names("import odoo.api, json\\nfrom . import rates"))
    ['json', 'odoo']
    >>> list(imported_names("def f():\\n    from ..models import x"))
    ['..']
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level > 1:
            yield ".."
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def test_there_are_rules():
    assert MODULES


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_imports_only_plain_python(module):
    assert set(imported_names(module.read_text())) <= ALLOWED


@pytest.mark.parametrize(
    "source",
    ["import odoo", "from odoo import fields", "from ..models import x", "import os"],
)
def test_the_check_can_fail(source):
    assert not set(imported_names(source)) <= ALLOWED
