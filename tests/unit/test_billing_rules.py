"""The examples of ``doc/billing-rules.md`` are tests, with the figures it says."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "project_invoice_tracker" / "tests", ROOT / "tests" / "scenarios")
RULE = re.compile(r"^### (.+?)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
REFERENCE = re.compile(r"`(test_\w+\.py)(?:::(\w+)\.(\w+))?`")
#: Figures that a reader would look for: those with three digits or decimals.
FIGURE = re.compile(r"\d[\d,]*\.\d+|\d[\d,]{2,}")

TEXT = (ROOT / "doc" / "billing-rules.md").read_text()
RULES = dict(RULE.findall(TEXT))


def source(name):
    """Return the test file of that name."""
    found = [folder / name for folder in FOLDERS if (folder / name).exists()]
    assert found, f"there is no {name}"
    return found[0].read_text()


def methods(text):
    """Return ``{(class, test)}`` of a test file."""
    return {
        (node.name, item.name)
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.FunctionDef)
    }


def spellings(figure):
    """Return how a figure may be written in Python."""
    plain = figure.replace(",", "")
    whole, _point, decimals = plain.partition(".")
    short = decimals.rstrip("0")
    return {plain, f"{whole}.{short}" if short else whole, figure}


def test_there_are_rules():
    assert len(RULES) > 30


@pytest.mark.parametrize("title", RULES)
def test_example(title):
    example = "".join(re.findall(r"^>.*\n?", RULES[title], re.MULTILINE))
    reference = REFERENCE.search(example)
    assert reference, "names no test"
    text = source(reference[1])
    if reference[3]:
        assert (reference[2], reference[3]) in methods(text)
    for figure in FIGURE.findall(REFERENCE.sub("", example)):
        assert any(
            re.search(rf"(?<![\d.]){re.escape(each)}(?:\.?0*)(?!\d)", text)
            for each in spellings(figure)
        ), f"{figure} is not in {reference[1]}"
