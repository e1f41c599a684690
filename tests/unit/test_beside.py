"""Add-ons of others: pinned, there in the version that is pinned, and never needed."""

import ast
import re
from importlib import metadata

import pytest

from dev import host, paths, python_env, runs

PINNED = dict(
    re.findall(
        r"^odoo-addon-([\w-]+)==(\S+)$", python_env.addons_file().read_text(), re.M
    )
)
NAMES = {name.replace("-", "_"): name for name in PINNED}
#: What others of these need.
NEEDED = {"base_tier_validation"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_pinned_for_this_version_of_odoo(name):
    """An add-on that is not there for 19.0 could not be tested beside: it is named."""
    assert PINNED[NAMES[name]].startswith("19.0."), name
    found = metadata.version(f"odoo-addon-{NAMES[name]}")
    assert found == PINNED[NAMES[name]], f"{name} is there as {found}"


def test_each_is_run_beside():
    assert set(NAMES) - NEEDED == {name for name in runs.BESIDE if name in NAMES}


@pytest.mark.parametrize("name", sorted(set(runs.BESIDE) - set(NAMES)))
def test_others_are_of_odoo(name):
    folders = [path / name / "__manifest__.py" for path in host.addons_path()]
    assert any(file.exists() for file in folders), f"{name} is not there"


@pytest.mark.parametrize("folder", paths.addon_folders(), ids=lambda path: path.name)
def test_none_is_needed(folder):
    """They are tested beside, under a licence that ours is not."""
    manifest = ast.literal_eval((folder / "__manifest__.py").read_text())
    assert not set(manifest["depends"]) & set(NAMES)
