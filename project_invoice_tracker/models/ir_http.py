"""Web addresses: record ids that Python and PostgreSQL can read."""

import werkzeug.routing

from odoo import models


class RecordIdConverter(werkzeug.routing.BaseConverter):
    """A record id in an address; one that is too long is *not found*.

    Odoo's own converter passes thousands of digits to Python, which raises an error.
    """

    regex = r"\d{1,300}"

    def to_python(self, value):
        """Return the id in an address."""
        return int(value)

    def to_url(self, value):
        """Return the id as it is written in the address."""
        return str(int(value))


class IrHttp(models.AbstractModel):
    """Adds the converter for ids in our addresses: ``<billing_id:move_id>``."""

    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        """Override to add the converter."""
        return {**super()._get_converters(), "billing_id": RecordIdConverter}
