"""One wheel with every add-on of this repository, as parts of ``odoo.addons``.

There is no ``odoo/__init__.py`` in it: ``odoo`` and ``odoo.addons`` are namespace
packages, and Odoo finds the add-ons without an ``addons_path`` entry.
"""

import ast
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).resolve().parent
MAIN = "project_invoice_tracker"
DATA = (
    "*.xml", "*.csv", "*.po", "*.pot", "*.md", "*.rst", "*.html",
    "*.svg", "*.png", "*.gif", "*.jpg", "*.ico", "*.js", "*.scss", "*.css",
    "*.woff", "*.woff2", "*.ttf", "*.json", "*.txt",
    "*/*.py",  # of migrations, whose folders are versions and no packages
)  # fmt: skip


def manifest(folder):
    """Return an add-on's manifest."""
    return ast.literal_eval((folder / "__manifest__.py").read_text())


def packages(folder):
    """Yield package name and folder of an add-on and of all folders below it."""
    for path in sorted([folder, *folder.rglob("*")]):
        if path.is_dir() and path.name.isidentifier() and path.name != "__pycache__":
            parts = path.relative_to(ROOT).parts
            yield ".".join(["odoo", "addons", *parts]), "/".join(parts)


ADDONS = sorted(path.parent for path in ROOT.glob("*/__manifest__.py"))
PACKAGES = dict(item for folder in ADDONS for item in packages(folder))
README = ROOT / "README.md"

setup(
    name="odoo-addon-project-invoice-tracker",
    version=manifest(ROOT / MAIN)["version"],
    description=manifest(ROOT / MAIN)["summary"],
    long_description=README.read_text() if README.exists() else "",
    long_description_content_type="text/markdown",
    author=manifest(ROOT / MAIN)["author"],
    license="LGPL-3.0-only",
    license_files=["LICENSE"],
    classifiers=[
        "Framework :: Odoo",
        "Framework :: Odoo :: 19.0",
        "Programming Language :: Python :: 3",
    ],
    python_requires=">=3.10",
    install_requires=["odoo==19.0.*"],
    packages=list(PACKAGES),
    package_dir=PACKAGES,
    package_data={"": list(DATA)},
    include_package_data=False,
    zip_safe=False,
)
