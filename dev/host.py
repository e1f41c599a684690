"""The host: Odoo 19 Community, unpacked from Debian's package or taken as source.

Order: ``ODOO_SOURCE`` (a source tree), ``ODOO_DEB`` (a file), download, and a copy
beside the checkout when the download fails.
"""

import os
import shutil
from pathlib import Path

from . import paths, stamps
from .console import Problem, run, say, step
from .debian import Packages

PACKAGE = "odoo-19"
# Debian replaced fonts and scripts in Odoo by links into these packages
COMPANIONS = (
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
ICONS = "fonts-font-awesome/bookworm"
STAMP = paths.HOST / ".stamp"
UNPACKED = paths.HOST / "usr" / "lib" / "python3" / "dist-packages"
# left out of the package for its licence; the browser reports its absence as an error
EMPTY_SCRIPT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def python_path():
    """Return the folder from which ``odoo`` is imported."""
    source = os.environ.get("ODOO_SOURCE")
    return Path(source).resolve() if source else UNPACKED


def addons_path():
    """Return Odoo's own add-on folders."""
    inner = python_path() / "odoo" / "addons"
    if (inner / "account" / "__manifest__.py").exists():
        return [inner]
    return [inner, python_path() / "addons"]


def version():
    """Return a text that changes with the host."""
    release = python_path() / "odoo" / "release.py"
    stamp = STAMP if python_path() == UNPACKED else release
    return stamps.digest(release, stamp)


def ensure():
    """Have an Odoo to run, and make the environment's Python find it."""
    if os.environ.get("ODOO_SOURCE"):
        if not (python_path() / "odoo" / "release.py").exists():
            raise Problem("ODOO_SOURCE does not point to an Odoo source tree.")
    else:
        _ensure_unpacked()
    _link_into_environment()


def _ensure_unpacked():
    wanted = stamps.digest(*COMPANIONS, ICONS, EMPTY_SCRIPT)
    if stamps.is_fresh(STAMP, wanted):
        return
    shutil.rmtree(paths.HOST, ignore_errors=True)
    paths.HOST.mkdir()
    # two suites: newer icon packages have other files and other icons
    packages = Packages(paths.RUN / "apt", suites=("sid", "bookworm"))
    with step("Fetching Odoo 19"):
        file, origin = _odoo_file(packages)
        run(["dpkg", "-x", file, paths.HOST])
    say(f"  Odoo from {origin}: {file.name}")
    with step("Fetching Odoo's fonts and scripts"):
        packages.unpack([*COMPANIONS, ICONS], paths.HOST)
    _check_links()
    script = UNPACKED / "odoo" / "addons" / EMPTY_SCRIPT
    script.parent.mkdir(parents=True, exist_ok=True)
    script.touch()
    stamps.mark(STAMP, wanted)


def _odoo_file(packages):
    """Return the package file and where it is from."""
    if os.environ.get("ODOO_DEB"):
        file = Path(os.environ["ODOO_DEB"]).resolve()
        if not file.is_file():
            raise Problem(f"ODOO_DEB names a file that is not there: {file}")
        return file, "ODOO_DEB"
    try:
        return packages.download([PACKAGE])[0], "the Debian mirror"
    except Problem as problem:
        vendored = sorted(paths.ROOT.parent.glob(f"shared/vendor/{PACKAGE}_*.deb"))
        if not vendored:
            raise Problem(
                "Odoo could not be downloaded. Set ODOO_DEB to a file of Debian's "
                f"odoo-19 or ODOO_SOURCE to a source tree.\n{problem}"
            ) from problem
        return vendored[-1], "a copy beside the checkout"


def _check_links():
    """Fail now when a font or script of the host is missing, not on a blank page."""
    root = UNPACKED / "odoo" / "addons" / "web"
    broken = [p for p in root.rglob("*") if p.is_symlink() and not p.exists()]
    if broken:
        names = "\n".join(str(path.relative_to(root)) for path in broken)
        raise Problem(f"These files of Odoo point to nothing:\n{names}")


def _link_into_environment():
    """Let every program of the environment import ``odoo``."""
    site = next((paths.VENV / "lib").glob("python3*/site-packages"))
    link = site / "odoo-host.pth"
    text = f"{python_path()}\n"
    if not link.exists() or link.read_text() != text:
        link.write_text(text)
