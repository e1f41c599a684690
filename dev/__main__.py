"""Entry point: ``python3 -m dev <command> [arguments]``."""

import importlib
import os
import sys

from .console import Problem, say

# command -> (module, function, help); modules are imported when used
COMMANDS = {
    "setup": ("setup", "main", "prepare the environment (others do it if needed)"),
    "newdb": ("commands", "newdb", "NAME [--template host|addon|addon+MODULE…]"),
    "dropdb": ("commands", "dropdb", "NAME"),
    "odoo": ("commands", "run_odoo", "-- ARGUMENTS of Odoo's own command"),
    "shell": ("commands", "shell", "[DATABASE] [ARGUMENTS]: Odoo's Python prompt"),
    "psql": ("commands", "psql", "[ARGUMENTS]: SQL prompt of the database server"),
    "serve": ("commands", "serve", "[DATABASE]: Odoo on 127.0.0.1:$HTTP_PORT (8069)"),
    "update": ("commands", "update", "[DATABASE]: reload our add-ons in it"),
    "pot": ("commands", "pot", "export the translation templates"),
    "demo": ("demo", "main", "a database with a story, ready to click through"),
    "screenshots": ("screenshots", "main", "the pictures of the README and doc/"),
    "elevated": ("elevated", "main", "list the elevated steps in doc/elevated.md"),
    "invariants": ("invariants", "main", "write the index of invariants and tests"),
    "bench": ("bench", "main", "measure the performance figures"),
    "bench-tracker": ("bench_tracker", "main", "measure pages with a million entries"),
    "chaos": ("chaos", "main", "[--short] [--seed N]: the job under kill -9 and more"),
    "machines": ("machines", "main", "[NAME…] [--examples N]: the state machines"),
    "lint": ("lint", "main", "format and style checks, and the project's own gate"),
    "fix": ("lint", "fix", "let the tools mend format and style"),
    "test": ("suite", "main", "[--fast]: all checks and tests but the long ones"),
    "core-tests": ("core_tests", "main", "Odoo's own suites with and without us"),
    "stop": ("commands", "stop", "stop the embedded PostgreSQL"),
    "clean": ("commands", "clean", "remove databases and environment"),
}


def main(argv):
    """Run a command; print a problem as a sentence and return the exit code."""
    if not argv or argv[0] not in COMMANDS:
        width = max(map(len, COMMANDS))
        say("python3 -m dev <command>")
        for name, (_module, _function, text) in COMMANDS.items():
            say(f"  {name:<{width}}  {text}")
        return 0 if not argv or argv[0] in ("help", "-h", "--help") else 2
    # useradd and its like are not on every root's path
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    module, function, _text = COMMANDS[argv[0]]
    try:
        target = importlib.import_module(f"dev.{module}")
        return getattr(target, function)(argv[1:])
    except Problem as problem:
        say(f"\n{problem}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
