"""The wheel holds all that the add-ons need on another machine."""

import ast
import email
import shutil
import subprocess
import sys
import zipfile

import pytest


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """Build the wheel from a copy of the sources; return it opened."""
    target = tmp_path_factory.mktemp("wheel")
    sources = tmp_path_factory.mktemp("sources") / "checkout"
    copy_sources(root, sources)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run([*command, "-w", str(target), str(sources)], check=True)
    (file,) = target.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        yield archive


def copy_sources(root, target):
    """Copy what a wheel is made of, so that no build folder is left in the checkout."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for folder in (path.parent for path in root.glob("*/__manifest__.py")):
        shutil.copytree(folder, target / folder.name, ignore=ignore)
    for name in ("setup.py", "pyproject.toml", "LICENSE", "README.md"):
        if (root / name).exists():
            shutil.copy2(root / name, target / name)


def manifest(folder):
    """Return an add-on's manifest."""
    return ast.literal_eval((folder / "__manifest__.py").read_text())


def test_data_files_are_in(wheel, addon_folders):
    names = set(wheel.namelist())
    assert len(addon_folders) >= 3
    for folder in addon_folders:
        keys = manifest(folder)
        declared = [*keys.get("data", []), *keys.get("demo", [])]
        wanted = {f"odoo/addons/{folder.name}/{name}" for name in declared}
        assert wanted <= names


def test_every_file_is_in(wheel, addon_folders):
    """Nothing of an add-on is left behind: code, static files, translations."""
    names = set(wheel.namelist())
    assert len(addon_folders) >= 3
    for folder in addon_folders:
        files = (path for path in folder.rglob("*") if path.is_file())
        wanted = {
            f"odoo/addons/{path.relative_to(folder.parent).as_posix()}"
            for path in files
            if "__pycache__" not in path.parts and not path.name.startswith(".")
        }
        assert wanted <= names


def test_namespaces_stay_open(wheel):
    """A file here would hide Odoo's own package or its add-ons."""
    assert not {"odoo/__init__.py", "odoo/addons/__init__.py"}.intersection(
        wheel.namelist()
    )


def test_nothing_else_is_in(wheel, addon_folders):
    ours = tuple(f"odoo/addons/{folder.name}/" for folder in addon_folders)
    others = [name for name in wheel.namelist() if not name.startswith(ours)]
    assert all(".dist-info/" in name for name in others)


def test_metadata(wheel, root):
    (name,) = (n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(wheel.read(name))
    assert metadata["Name"] == "odoo-addon-project-invoice-tracker"
    version = manifest(root / "project_invoice_tracker")["version"]
    assert metadata["Version"] == version
    assert metadata.get_all("Requires-Dist") == ["odoo==19.0.*"]
