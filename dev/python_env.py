"""The virtual environment in ``.venv``: Odoo's Python packages and our tools."""

import platform
import shutil
import sys
import tempfile
import venv
from pathlib import Path

from . import paths, stamps
from .console import Problem, run, step
from .debian import Packages

STAMP = paths.VENV / ".stamp"
SUPPORTED = ((3, 10), (3, 13))


def check_version():
    """Refuse a Python that Odoo 19 does not run on."""
    if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        raise Problem(
            f"Python {platform.python_version()} is not supported: Odoo 19 needs 3.10 "
            "to 3.13. Name another one, for example `make test PYTHON=python3.12`."
        )


def requirement_files():
    """Return the pinned requirements for the running Python version."""
    version = "".join(map(str, sys.version_info[:2]))
    folder = paths.ROOT / "requirements"
    return [folder / f"odoo-py{version}.txt", folder / "tools.txt"]


def addons_file():
    """Return the pinned add-ons of others that ours are tested beside."""
    return paths.ROOT / "requirements" / "addons.txt"


def ensure():
    """Create the environment and install the pinned packages, when needed."""
    check_version()
    files = requirement_files()
    wanted = stamps.digest(platform.python_version(), *files, addons_file())
    if paths.PYTHON.exists() and stamps.is_fresh(STAMP, wanted):
        return
    with step("Installing Python packages"):
        if not _is_usable():
            _create()
        arguments = [part for file in files for part in ("-r", file)]
        pip = [paths.PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
        run([*pip, "--prefer-binary", *arguments], log="pip.log")
        # they name Odoo as a package, which is a folder here
        run([*pip, "--no-deps", "-r", addons_file()], log="pip-addons.log")
    stamps.mark(STAMP, wanted)


def _is_usable():
    """Tell whether there is an environment of this very Python, with pip."""
    if not paths.PYTHON.exists():
        return False
    code = "import pip, platform; print(platform.python_version())"
    try:
        return run([paths.PYTHON, "-c", code]).strip() == platform.python_version()
    except Problem:
        return False


def _create():
    """Create ``.venv``, also where Debian's ``python3-venv`` is not installed."""
    shutil.rmtree(paths.VENV, ignore_errors=True)
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        venv.create(paths.VENV, symlinks=True, with_pip=False)
        _bootstrap_pip()
    else:
        venv.create(paths.VENV, symlinks=True, with_pip=True)


def _bootstrap_pip():
    """Install pip from the wheel in Debian's ``python3-pip-whl``, without root."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        Packages(paths.RUN / "apt").unpack(["python3-pip-whl"], folder)
        wheel = next(folder.glob("usr/share/python-wheels/pip-*.whl"), None)
        if wheel is None:
            raise Problem("There is no pip in python3-pip-whl; install python3-venv.")
        run([paths.PYTHON, wheel / "pip", "install", "--no-index", wheel])
