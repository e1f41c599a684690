"""Addresses: a number in one of ours is one that Python and PostgreSQL can read."""

import werkzeug.routing

from odoo import models


class RecordIdConverter(werkzeug.routing.BaseConverter):
    """The id of a record; a number without an end is an address that is not there.

    Odoo's own converter hands thousands of digits to Python, which refuses them with an
    error page.
    """

    regex = r"\d{1,300}"

    def to_python(self, value):
        """Return the id that an address names."""
        return int(value)

    def to_url(self, value):
        """Return the id as it stands in the address."""
        return str(int(value))


class IrHttp(models.AbstractModel):
    """Know ids in addresses of ours: ``<billing_id:move_id>``."""

    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        """Override to add the converter."""
        return {**super()._get_converters(), "billing_id": RecordIdConverter}
