"""Paths: every folder and file name that the tooling uses, in one place."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ADDON = "project_invoice_tracker"

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
HOST = ROOT / ".odoo"
RUN = ROOT / ".run"
LOGS = RUN / "log"
DATA_DIR = RUN / "data"
CONF = RUN / "odoo.conf"
READY = RUN / "READY"


def addon_folders():
    """Return the add-ons of this checkout: top-level folders with a manifest."""
    return sorted(path.parent for path in ROOT.glob("*/__manifest__.py"))


def addon_names():
    """Return the technical names of the add-ons of this checkout."""
    return [folder.name for folder in addon_folders()]


def is_root():
    """Tell whether we may install system packages and must not run PostgreSQL."""
    return os.geteuid() == 0
