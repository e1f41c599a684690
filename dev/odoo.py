"""Running Odoo: its configuration file, its command line, its environment."""

import os
import subprocess

from . import host, paths, postgres
from .console import Problem

HTTP_PORT = os.environ.get("HTTP_PORT", "8069")


def write_conf():
    """Write the configuration that every command and every test uses."""
    own = [paths.ROOT] if paths.addon_names() else []
    options = {
        "addons_path": ",".join(map(str, [*host.addons_path(), *own])),
        "data_dir": paths.DATA_DIR,
        "http_interface": "127.0.0.1",
        "http_port": HTTP_PORT,
        "max_cron_threads": "0",
        "limit_time_cpu": "0",
        "limit_time_real": "0",
        "log_level": "info",
    }
    if not postgres.is_external():
        address = postgres.environment()
        options["db_host"] = address["PGHOST"]
        options["db_port"] = address["PGPORT"]
        options["db_user"] = address["PGUSER"]
    lines = [f"{name} = {value}\n" for name, value in options.items()]
    text = "".join(["[options]\n", *lines])
    if not paths.CONF.exists() or paths.CONF.read_text() != text:
        paths.DATA_DIR.mkdir(parents=True, exist_ok=True)
        paths.CONF.write_text(text)


def environment():
    """Return the variables Odoo and pytest run with."""
    variables = postgres.environment() | {"ODOO_RC": str(paths.CONF)}
    variables["PATH"] = f"{paths.PYTHON.parent}:{variables.get('PATH', os.defpath)}"
    variables.setdefault("TZ", "UTC")
    return variables


def command(*arguments):
    """Return the command line of an Odoo command."""
    return [str(paths.PYTHON), "-m", "odoo", *map(str, arguments)]


def call(*arguments, log=None, **kwargs):
    """Run Odoo; return its exit code.

    With ``log`` (a file name) the output goes into the log folder, else to the screen.
    """
    line = command(*arguments)
    options = {"cwd": paths.ROOT, "env": environment(), "check": False} | kwargs
    if log is None:
        return subprocess.run(line, **options).returncode
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    with (paths.LOGS / log).open("w") as stream:
        options |= {"stdout": stream, "stderr": subprocess.STDOUT}
        return subprocess.run(line, stdin=subprocess.DEVNULL, **options).returncode


def script(database, code):
    """Run some lines in Odoo's Python on a database."""
    line = command("shell", "-c", paths.CONF, "-d", database, "--no-http")
    options = {"cwd": paths.ROOT, "env": environment(), "check": False, "text": True}
    result = subprocess.run(
        [*line, "--log-level", "warn"],
        input=code,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )
    if result.returncode or "Traceback" in result.stdout:
        raise Problem(f"A script failed on {database}:\n{result.stdout[-3000:]}")


def install(database, modules, *, log):
    """Install modules in a database, which is created if need be."""
    names = ",".join(modules)
    # --no-http: two of these may run at once
    code = call("-d", database, "-i", names, "--stop-after-init", "--no-http", log=log)
    text = (paths.LOGS / log).read_text(errors="replace")
    if code or " CRITICAL " in text or "Failed to initialize database" in text:
        tail = "\n".join(text.splitlines()[-30:])
        raise Problem(f"Odoo could not install {names}:\n{tail}")
