"""Which test guards which invariant: the table in doc/invariants.md.

A test names the invariants it guards in its docstring (``I15: …``), or its class or its
module does.  Checks of the whole installation live in ``dev`` and do the same.
"""

import ast
import re

from . import paths
from .console import say

DOCUMENT = paths.ROOT / "doc" / "invariants.md"
BEGIN, END = "<!-- tests: begin -->", "<!-- tests: end -->"

#: What must always hold, in a few words; the numbers are those of the threat model.
INVARIANTS = {
    1: "no more of a source is billed than there is, and each part once",
    2: "quantity, price, slices, totals and what is printed agree",
    3: "a request is approved by an allowed approver, by no other route",
    4: "managers see and bill the projects they manage now, and no others",
    5: "no answer tells what a person costs, or a foreign figure",
    6: "an approval holds for exactly the content it was given for",
    7: "this add-on posts for nobody who may not, unless the company said so",
    8: "a crash leaves nothing or a whole draft; a repeat ends in the same state",
    9: "the portal shows no more of billing than the customer's own invoice",
    10: "an uninstall leaves invoices as they are; a new install bills nothing again",
    11: "one bad project stops no other; its error is said, retries end",
    12: "the same step again changes nothing",
    13: "a credit note releases exactly what it names",
    14: "a removed line or a deleted draft frees exactly its sources",
    15: "what is billed stays as it was, by every route",
    16: "all of an invoice is of the project's company, whoever presses",
    17: "one currency per invoice; conversions once, kept with rate and day",
    18: "days are the company's; periods follow each other without gaps",
    19: "parts sum to the whole, to the cent",
    20: "a cap is never exceeded, also by two at once",
    21: "included hours are counted once and never below nothing",
    22: "a rate that was used stays; changes are for open work",
    23: "nothing negative or of zero is invoiced silently",
    24: "who asked, edited, or changed a rate of it does not approve",
    25: "one reminder for each document, level, person and day",
    26: "every step is in a log that nobody edits",
    27: "free text is never run",
    28: "ids from outside are looked at as who sent them, before anything else",
    29: "Odoo's own suites pass with this add-on as without",
    30: "what is to bill is what an independent query finds",
    31: "archived, merged or renamed records change no issued line, block nobody else",
    32: "a request bills everybody's work, whatever its manager may read",
}
#: Those that another issue is about.
LATER = set()


def _files():
    for name in paths.addon_names():
        yield from sorted((paths.ROOT / name / "tests").rglob("*.py"))
    yield from sorted((paths.ROOT / "tests").rglob("*.py"))
    yield from sorted((paths.ROOT / "dev").rglob("*.py"))


def named():
    """Return ``{invariant: [where]}``: tests, by file and name."""
    found = {number: [] for number in INVARIANTS}
    for file in _files():
        if file.name == "invariants.py":
            continue
        where = file.relative_to(paths.ROOT).as_posix()
        tree = ast.parse(file.read_text())
        for title, text in _docstrings(tree):
            for number in _numbers(text):
                found.setdefault(number, []).append(f"{where}{title}")
    return found


def _docstrings(tree):
    """Yield ``("::Class.test", docstring)`` of a module and all in it.

    >>> list(_docstrings(ast.parse('"I1"\\nclass A:\\n  def test_b(self):\\n    "I2"')))
    [('', 'I1'), ('::A.test_b', 'I2')]
    """
    if text := ast.get_docstring(tree):
        yield "", text
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            if text := ast.get_docstring(node):
                yield f"::{node.name}", text
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    if text := ast.get_docstring(inner):
                        yield f"::{node.name}.{inner.name}", text
        elif isinstance(node, ast.FunctionDef):
            if text := ast.get_docstring(node):
                yield f"::{node.name}", text


def _numbers(text):
    """Return the invariants that a docstring names.

    >>> sorted(_numbers("I1, I26: so; I3 to I5 is no way to name what is between"))
    [1, 3, 5, 26]
    """
    return {int(n) for n in re.findall(r"\bI(\d{1,2})\b", text)}


def missing():
    """Return the invariants that no test names."""
    return sorted(n for n, tests in named().items() if not tests and n not in LATER)


def table():
    """Return the index as a table in Markdown: at most four tests for each."""
    rows = ["| invariant | what always holds | tests |", "| --- | --- | --- |"]
    tests = named()
    for number, text in INVARIANTS.items():
        where = [f"`{place}`" for place in tests[number][:4]]
        more = len(tests[number]) - len(where)
        if more > 0:
            where.append(f"and {more} more")
        rows.append(f"| I{number} | {text} | {'<br>'.join(where) or 'later'} |")
    return "\n".join(rows)


def main(_argv):
    """Write the index into doc/invariants.md; say what no test names."""
    text = DOCUMENT.read_text()
    head, _begin, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    DOCUMENT.write_text(f"{head}{BEGIN}\n{table()}\n{END}{tail}")
    for number in missing():
        say(f"No test names I{number}: {INVARIANTS[number]}.")
    return 0
