"""``lint``: format, style and the project's own gate; all run, then the verdict."""

import subprocess

from . import gate, paths, python_env
from .console import say

OWN_PYTHON = ("dev", "tests", "bench", "setup.py")


def main(_argv):
    """Run all checks; return 1 if one of them complains."""
    python_env.ensure()
    return 1 if run() else 0


def run():
    """Run all checks and print what they find; return the names of those that fail."""
    failed = []
    for name, command in _commands():
        result = subprocess.run(
            [str(part) for part in command],
            cwd=paths.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        _report(name, result.stdout.strip(), bool(result.returncode), failed)
    found = gate.findings()
    _report("gate", "\n".join(found), bool(found), failed)
    return failed


def _report(name, text, is_failed, failed):
    say(f"  {name}: {'FAILED' if is_failed else 'ok'}")
    if is_failed:
        say(text)
        failed.append(name)


def _commands():
    """Yield the name and command line of each tool that has something to read."""
    programs = paths.PYTHON.parent
    addons = paths.addon_folders()
    folders = [path for name in OWN_PYTHON if (path := paths.ROOT / name).exists()]
    yield "ruff check", [programs / "ruff", "check", "-q", *folders, *addons]
    yield "ruff format", [programs / "ruff", "format", "--check", *folders, *addons]
    if addons:
        yield "pylint-odoo", [programs / "pylint", *addons]
        yield "oca-checks-odoo-module", [programs / "oca-checks-odoo-module", *addons]
    terms = [path for folder in addons for path in sorted(folder.glob("i18n/*.po*"))]
    if terms:
        yield "oca-checks-po", [programs / "oca-checks-po", *terms]
