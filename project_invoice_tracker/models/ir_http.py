"""Addresses: an id in one of ours is a number that a record may have."""

import werkzeug.routing

from odoo import models

from ..billing.rounding import LARGEST_ID


class RecordIdConverter(werkzeug.routing.BaseConverter):
    """The id of a record; any longer number is an address that is not there.

    Odoo's own converter hands numbers of any length to Python and to PostgreSQL, which
    both end in an error page.
    """

    regex = r"\d{1,10}"

    def to_python(self, value):
        """Return the id, or say that there is no such page."""
        number = int(value)
        if number > LARGEST_ID:
            raise werkzeug.routing.ValidationError
        return number

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
