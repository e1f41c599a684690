"""Where the add-ons work with elevated rights, and why: the list in doc/elevated.md."""

import ast
import re
from pathlib import Path

from . import paths
from .console import say

DOCUMENT = paths.ROOT / "doc" / "elevated.md"
BEGIN, END = "<!-- elevated: begin -->", "<!-- elevated: end -->"
#: A comment says why, at most so many lines above (the gate asks for it as well).
ABOVE = 6


def places(root=paths.ROOT):
    """Return ``{(file, function): [reasons]}`` of every elevated step.

    Tests and migrations elevate as they like.
    """
    found = {}
    for name in paths.addon_names():
        for file in sorted((root / name).rglob("*.py")):
            inside = file.relative_to(root / name).parts
            if inside[0] not in ("tests", "migrations"):
                where = str(file.relative_to(root))
                for function, reason in _steps(file.read_text()):
                    reasons = found.setdefault((where, function), [])
                    if reason and reason not in reasons:
                        reasons.append(reason)
    return found


def _steps(source):
    """Yield ``(function, reason)`` of each elevated call of a file.

    >>> text = "class A:\\n    def f(self):\\n        # sudo: a name\\n"
    >>> list(_steps(text + "        return self.sudo().name"))
    [('A.f', 'a name')]
    """
    lines = source.splitlines()
    owners = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            owners += [
                (f"{node.name}.{inner.name}", inner)
                for inner in node.body
                if isinstance(inner, ast.FunctionDef)
            ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _elevates(node):
            line = getattr(node.func, "end_lineno", node.lineno)
            inside = [
                name
                for name, inner in owners
                if inner.lineno <= line <= inner.end_lineno
            ]
            yield (inside or ["(module)"])[0], _reason(lines, line)


def _elevates(call):
    """Tell whether a call gives more rights than its caller has."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "sudo":
        return not call.args
    return any(
        keyword.arg == "su" and getattr(keyword.value, "value", False) is True
        for keyword in call.keywords
    )


def _reason(lines, number):
    """Return the comment "sudo: …" of a line, or of the nearest lines above it."""
    for position in range(number - 1, max(number - 1 - ABOVE, -1), -1):
        match = re.search(r"# (?:sudo:|elevated) ?(.*)", lines[position])
        if match:
            text = [match.group(1)]
            if lines[position].lstrip().startswith("#"):
                for line in lines[position + 1 : number]:
                    if not line.lstrip().startswith("#"):
                        break
                    text.append(line.strip().lstrip("# "))
            return " ".join(text).strip()
    return ""


def table():
    """Return the list as a table in Markdown, by file and function."""
    rows = ["| file | function | why it is safe |", "| --- | --- | --- |"]
    for (where, function), reasons in sorted(places().items()):
        short = Path(where).as_posix().replace("project_invoice_tracker", "…", 1)
        reason = "; ".join(reasons).replace("|", "\\|")
        rows.append(f"| `{short}` | `{function}` | {reason} |")
    return "\n".join(rows)


def documented(text):
    """Return the ``(file, function)`` pairs of a list in Markdown."""
    part = text.partition(BEGIN)[2].partition(END)[0]
    return {
        (where.replace("…", "project_invoice_tracker", 1), function)
        for where, function in re.findall(r"\| `([^`]+)` \| `([^`]+)` \|", part)
    }


def main(_argv):
    """Write the list of elevated steps into doc/elevated.md."""
    text = DOCUMENT.read_text()
    head, _begin, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    DOCUMENT.write_text(f"{head}{BEGIN}\n{table()}\n{END}{tail}")
    say(f"{len(places())} functions are listed in {DOCUMENT.name}.")
    return 0
