"""``setup``: install the whole environment; takes seconds when it exists already."""

from . import debian, host, odoo, paths, postgres, python_env
from .console import say


def main(_argv):
    """Set up everything and say what this machine lacks."""
    for sentence in ensure(programs=True):
        say(sentence)
    return 0


def ensure(*, programs=False):
    """Have Python packages, Odoo, PostgreSQL and a configuration.

    With ``programs`` also browser and PDF tools; returns sentences on what is missing.
    """
    paths.RUN.mkdir(exist_ok=True)
    python_env.ensure()
    host.ensure()
    postgres.ensure()
    odoo.write_conf()
    return debian.ensure_programs() if programs else []
