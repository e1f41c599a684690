"""Debian packages: download without root, unpack anywhere, install when root.

The mirror's address is that of the machine's own configuration; nothing here names
a host, and the system's own package lists are left alone.
"""

import os
import shutil
import subprocess
from pathlib import Path

from . import paths
from .console import Problem, run, step

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# program -> (Debian package, what is lost without it)
PROGRAMS = {
    "chromium": ("chromium", "browser tests are skipped"),
    "wkhtmltopdf": ("wkhtmltopdf", "PDFs cannot be printed, their tests are skipped"),
    "pdftotext": ("poppler-utils", "tests that read a PDF are skipped"),
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Packages:
    """A private view of Debian's package lists, in a folder of ours."""

    def __init__(self, folder, suites=("bookworm",)):
        self.folder = Path(folder).resolve()
        self.suites = suites
        self._ready = False

    def unpack(self, names, target):
        """Download packages and unpack them into a folder.

        A name may carry its suite: ``fonts-font-awesome/bookworm``.
        """
        for file in self.download(names):
            run(["dpkg", "-x", file, target])

    def download(self, names):
        """Download packages; return their files."""
        self._prepare()
        archive = self.folder / "debs"
        shutil.rmtree(archive, ignore_errors=True)
        archive.mkdir()
        self._apt("download", *names, cwd=archive)
        return sorted(archive.glob("*.deb"))

    def _prepare(self):
        if self._ready:
            return
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
        lines = (f"deb {signed}{mirror()} {suite} main" for suite in self.suites)
        (self.folder / "sources.list").write_text("\n".join(lines) + "\n")
        self._apt("update")
        self._ready = True

    def _apt(self, *arguments, cwd=paths.ROOT):
        options = {
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "APT::Sandbox::User": "root",
            "Acquire::Retries": 3,
            # a mirror may be a frozen one; what it signed then is still signed
            "Acquire::Check-Valid-Until": "false",
        }
        options = [f"-o{name}={value}" for name, value in options.items()]
        run(["apt-get", "-q", *options, *arguments], cwd=cwd)


def mirror():
    """Return the address of the Debian mirror this machine is configured for."""
    lists = paths.RUN / "apt" / "lists"
    # apt names only what it has downloaded; a bare container has nothing yet
    for options in ([], [f"-oDir::State::Lists={lists}", "-oDir::Cache=/dev/null"]):
        if options:
            (lists / "partial").mkdir(parents=True, exist_ok=True)
            run(["apt-get", "-q", *options, "update"])
        form = ["--format", "$(SITE) $(LABEL)"]
        targets = run(["apt-get", *options, "indextargets", *form])
        for line in targets.splitlines():
            site, _space, label = line.partition(" ")
            if label == "Debian":
                return site
    raise Problem("No Debian mirror in this machine's apt configuration.")


def find_browser():
    """Return the path of a Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def missing_programs():
    """Return the programs that this machine lacks."""
    return [
        name
        for name in PROGRAMS
        if not (find_browser() if name == "chromium" else shutil.which(name))
    ]


def ensure_programs():
    """Install browser and PDF tools if possible; otherwise report what is missing."""
    missing = missing_programs()
    if missing and paths.is_root():
        names = [PROGRAMS[name][0] for name in missing]
        with step(f"Installing {', '.join(names)}"):
            _install(names)
        missing = missing_programs()
    return [f"{name} is missing: {PROGRAMS[name][1]}." for name in missing]


def _install(names):
    """Install what can be installed; a package that does not exist is no failure."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["apt-get", "-q", "update"], check=False, **options)
    for name in names:
        subprocess.run(
            ["apt-get", "-qy", "--no-install-recommends", "install", name],
            env=environment,
            check=False,
            **options,
        )
