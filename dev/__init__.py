"""Developer tooling: everything between a fresh clone and a running Odoo.

Only Python's standard library is used, because this code is what creates the
environment.  Run it as ``python3 -m dev <command>``; ``python3 -m dev`` lists the
commands.  The Makefile is a list of shortcuts to it.
"""
