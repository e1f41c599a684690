"""Report rows given by their ids: read from their records, not from all rows."""

from odoo.fields import Domain
from odoo.orm.domains import DomainAnd
from odoo.tools import OrderedSet

#: Context key for the row ids that a domain asks for.
ROWS = "project_invoice_tracker_rows"


class Rows(frozenset):
    """The ids of some rows; a type that nobody can send over RPC in a context."""


def named_rows(model, domain):
    """Return the :class:`Rows` that a domain restricts the ids to; else None."""
    domain = Domain(domain).optimize(model)
    conditions = domain.children if isinstance(domain, DomainAnd) else [domain]
    for condition in conditions:
        if getattr(condition, "field_expr", None) == "id" and condition.operator in (
            "in",
            "=",
        ):
            value = condition.value
            if isinstance(value, (list, tuple, set, frozenset, OrderedSet)):
                return Rows(number for number in value if isinstance(number, int))
    return None
