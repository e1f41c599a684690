"""``lint``: format, style and the project's own gate; all run, then the verdict."""

import subprocess

from . import gate, paths, python_env
from .console import say

OWN_PYTHON = ("dev", "tests", "bench", "setup.py")
NOT_FOR_US = (
    "missing-readme",  # the README is at the root
    "consider-merging-classes-inherited",  # models are split over files on purpose
)


def main(_argv):
    """Run all checks; return 1 if one of them complains."""
    python_env.ensure()
    complaints = run()
    for complaint in complaints:
        say(f"{complaint}\n")
    say(f"{len(complaints)} checks complain" if complaints else "All checks pass.")
    return 1 if complaints else 0


def fix(_argv):
    """Let the tools correct what they can; `lint` reports the rest."""
    python_env.ensure()
    programs = paths.PYTHON.parent
    addons = paths.addon_folders()
    for command in (
        [programs / "ruff", "check", "-q", "--fix", "--exit-zero", *folders()],
        [programs / "ruff", "format", "-q", *folders()],
        [programs / "oca-checks-odoo-module", "--fix", "--no-exit", *addons],
    ):
        line = [str(part) for part in command]
        subprocess.run(line, cwd=paths.ROOT, capture_output=True, check=False)
    return 0


def folders():
    """Return everything with Python in it."""
    own = [path for name in OWN_PYTHON if (path := paths.ROOT / name).exists()]
    return [*own, *paths.addon_folders()]


def run():
    """Run all checks; return what the failing ones say."""
    complaints = []
    for name, command in _commands():
        result = subprocess.run(
            [str(part) for part in command],
            cwd=paths.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if result.returncode:
            complaints.append(f"{name}:\n{result.stdout.strip()}")
    found = gate.findings()
    if found:
        complaints.append("\n".join(["gate:", *found]))
    return complaints


def _commands():
    """Yield the name and command line of each tool that has something to read."""
    programs = paths.PYTHON.parent
    addons = paths.addon_folders()
    yield "ruff check", [programs / "ruff", "check", "-q", *folders()]
    yield "ruff format", [programs / "ruff", "format", "--check", *folders()]
    if addons:
        off = f"--disable={','.join(NOT_FOR_US)}"
        yield "pylint-odoo", [programs / "pylint", off, *addons]
        yield "oca-checks-odoo-module", [programs / "oca-checks-odoo-module", *addons]
    terms = [path for folder in addons for path in sorted(folder.glob("i18n/*.po*"))]
    if terms:
        yield "oca-checks-po", [programs / "oca-checks-po", *terms]
