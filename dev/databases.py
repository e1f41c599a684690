"""Databases: templates that are installed once, and copies that take seconds.

A template is named by what goes into it: ``host`` (the Odoo modules we build on),
``addon`` (the same with our add-on), ``world`` (besides, the company and the people
that most tests begin with), ``demo`` (besides, the story of the demo), each with
``+module`` for more modules.  Its name in PostgreSQL carries a hash of the host and,
for the others, of our sources, so a change builds a new one and drops the old.
"""

import contextlib
import fcntl
import os
import re
import shutil
from datetime import UTC, datetime

from . import host, odoo, paths, postgres, stamps
from .console import Problem, run, step

# what we depend on, and what the demo and the tests use of Odoo besides
BASE_MODULES = (
    "account_payment",
    "base_automation",
    "hr_timesheet",
    "payment_demo",
    "portal",
    "project",
)
PREFIX = "pit_tpl"
# what the world of the tests is made by, in Odoo's Python
WORLD = """
from odoo.addons.project_invoice_tracker.tests.common import BillingCommon
BillingCommon.create_world(env)
env.cr.commit()
"""
# pages and browsers of the main add-on's tests find their scripts made
ASSETS = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""
# parts of an add-on that do not reach the database
NOT_INSTALLED = ("tests", "static/tests", "readme", "README.rst")


def template(spec):
    """Return the name of the template database for a spec, building it if needed."""
    with _lock():
        return _template(spec)


def create(name, spec="addon"):
    """Create a database as a copy of a template, replacing one of that name."""
    # within the lock: another process may replace the template by a newer one
    with _lock():
        source = _template(spec)
        drop(name)
        copy(source, name)


@contextlib.contextmanager
def scratch(purpose, spec="addon"):
    """Have a database for the length of a block; its name is this process's own."""
    name = f"pit_test_{purpose}_{os.getpid()}"
    create(name, spec)
    try:
        yield name
    finally:
        drop(name)


def drop_abandoned():
    """Drop what interrupted processes left."""
    for name in _ours():
        match = re.fullmatch(r"pit_test_\w+_(\d+)", name)
        if match and not os.path.exists(f"/proc/{match[1]}"):
            drop(name)


def copy(source, target):
    """Copy a database and its files."""
    postgres.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}" {_strategy()}')
    files = _filestore(source)
    shutil.rmtree(_filestore(target), ignore_errors=True)
    if files.exists():
        # attachments are never changed in place, so a hard link is a copy
        shutil.copytree(files, _filestore(target), copy_function=_link)


def drop(name):
    """Drop a database and its files, if there."""
    if exists(name):
        postgres.sql(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
        postgres.sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    drop_files(name)


def drop_files(name):
    """Delete the files of a database that is gone."""
    shutil.rmtree(_filestore(name), ignore_errors=True)


def exists(name):
    """Tell whether there is a database of that name."""
    return bool(postgres.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def drop_all():
    """Drop every database of this checkout; for a server that is not ours."""
    for name in _ours():
        drop(name)


def _ours():
    """Return the databases whose files lie in this checkout.

    A server may be shared with other checkouts, and with anything else.
    """
    rows = postgres.sql("SELECT datname FROM pg_database")
    return [name for (name,) in rows if _filestore(name).is_dir()]


@contextlib.contextmanager
def _lock():
    """Let one process at a time build templates."""
    paths.RUN.mkdir(exist_ok=True)
    with (paths.RUN / "templates.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _template(spec):
    kind, _plus, extra = spec.partition("+")
    modules = sorted({name for name in extra.split("+") if name})
    if kind == "host":
        return _host_template(modules)
    if kind == "addon":
        return _addon_template(modules)
    if kind == "world":
        return _world_template(modules)
    if kind == "demo":
        return _demo_template(modules)
    kinds = "host, addon, world or demo"
    raise Problem(f"Unknown template {spec!r}: {kinds}, with +module.")


def _host_template(modules):
    wanted = sorted({*BASE_MODULES, *modules})
    mark = stamps.digest(host.version(), *wanted)
    family = _family("host", wanted)
    return _build(family, mark, None, wanted)


def _addon_template(modules):
    own = set(paths.addon_names())
    if paths.ADDON not in own:
        raise Problem(f"There is no {paths.ADDON} in this checkout yet.")
    base = _host_template([name for name in modules if name not in own])
    install = sorted({paths.ADDON, *own.intersection(modules)})
    mark = stamps.digest(base, *install, _sources())
    family = _family("addon", modules)
    return _build(family, mark, base, install)


def _world_template(modules):
    base = _addon_template(modules)
    common = paths.ROOT / paths.ADDON / "tests" / "common.py"
    # the browser tests are those of the main add-on
    code = WORLD if modules else WORLD + ASSETS
    mark = stamps.digest(base, code, common)
    family = _family("world", modules)
    return _build(family, mark, base, (), lambda draft: odoo.script(draft, code))


def _demo_template(modules):
    base = _addon_template(modules)
    story = sorted((paths.ROOT / "dev").glob("demo_*.py"))
    # the story ends today
    mark = stamps.digest(base, *story, str(datetime.now(UTC).date()))
    return _build(_family("demo", modules), mark, base, (), _play_demo)


def _play_demo(draft):
    """Play the story of the demo in a database; nothing is printed."""
    log = paths.LOGS / f"{draft}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    line = [paths.PYTHON, "-m", "dev.demo_story", draft, "--logfile", log]
    run([*line, "--port", odoo.HTTP_PORT], env=odoo.environment())


def _family(kind, modules):
    """Return what the names of a template and of its successors begin with."""
    mark = stamps.digest(str(paths.DATA_DIR), *modules)
    return f"{PREFIX}_{kind}_{mark[:6]}"


def _sources():
    """Return a hash of all our add-ons, since one may pull in another."""
    folders = paths.addon_folders()
    pots = {folder: [f"i18n/{folder.name}.pot"] for folder in folders}
    hashes = (stamps.folder_digest(f, skip=[*NOT_INSTALLED, *pots[f]]) for f in folders)
    return stamps.digest(*hashes)


def _build(family, mark, base, modules, fill=None):
    """Return the template of a family for these inputs; drop the others.

    :param fill: what is called with its name, once the modules are there
    """
    name = f"{family}_{mark}"
    if exists(name) and _filestore(name).exists():
        return name
    pattern = family.replace("_", r"\_")
    query = f"SELECT datname FROM pg_database WHERE datname LIKE '{pattern}\\_%'"
    for (old,) in postgres.sql(query):
        drop(old)
    draft = f"{family}_new"
    drop(draft)
    title = f"Installing {', '.join(modules)}" if modules else "Preparing the tests"
    with step(title):
        if base:
            copy(base, draft)
        if modules:
            odoo.install(draft, modules, log=f"{family}.log")
        if fill:
            fill(draft)
        _seal(draft, name)
    return name


def _seal(draft, name):
    """Make a finished database a template that nobody can connect to."""
    _filestore(draft).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(_filestore(name), ignore_errors=True)
    _filestore(draft).rename(_filestore(name))
    postgres.sql(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    postgres.sql(f'ALTER DATABASE "{name}" IS_TEMPLATE true ALLOW_CONNECTIONS false')


def _filestore(name):
    return paths.DATA_DIR / "filestore" / name


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _strategy():
    """Return the faster way to copy; PostgreSQL knows a choice since version 15."""
    number = int(postgres.sql("SHOW server_version_num")[0][0])
    return "STRATEGY FILE_COPY" if number >= 150000 else ""
