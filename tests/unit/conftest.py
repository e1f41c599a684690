"""Make the checkout's add-ons importable without a database.

``odoo.addons`` is a namespace package: with the checkout on its path,
``odoo.addons.project_invoice_tracker.billing`` imports the pure rules alone.
"""

import sys
import types
from pathlib import Path

import odoo.addons

ROOT = Path(__file__).resolve().parents[2]
ADDON = "project_invoice_tracker"

if str(ROOT) not in odoo.addons.__path__:
    odoo.addons.__path__.append(str(ROOT))

# A stand-in for the add-on's own __init__, which would import its models, and these
# may only be imported while Odoo loads a database.
_package = types.ModuleType(f"odoo.addons.{ADDON}")
_package.__path__ = [str(ROOT / ADDON)]
sys.modules.setdefault(_package.__name__, _package)
