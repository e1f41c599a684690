"""Fixtures and facts shared by all tests outside the add-ons."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root():
    """Return the folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def addon_folders():
    """Return the add-ons of the checkout."""
    return sorted(path.parent for path in ROOT.glob("*/__manifest__.py"))
