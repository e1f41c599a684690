"""Addresses: a number in one of ours is an id that a record may have."""

import werkzeug.routing

from odoo import models

from ..billing.rounding import LARGEST_ID, read_id


class NobodysId(int):
    """An id that no record has, for a number in an address that is none."""

    def __new__(cls, text):
        """Make it of the number as it stands in the address."""
        number = super().__new__(cls, LARGEST_ID)
        number.text = text
        return number


class RecordIdConverter(werkzeug.routing.BaseConverter):
    """The id of a record; any longer number is the last one, which is nobody's.

    Odoo's own converter hands numbers of any length to Python and to PostgreSQL, which
    both end in an error page. So whatever is not there gives one and the same page.
    """

    regex = r"\d+"

    def to_python(self, value):
        """Return the id that an address names."""
        return read_id(value) or NobodysId(value)

    def to_url(self, value):
        """Return the id as it stands in the address."""
        return value.text if isinstance(value, NobodysId) else str(int(value))


class IrHttp(models.AbstractModel):
    """Know ids in addresses of ours: ``<billing_id:move_id>``."""

    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        """Override to add the converter."""
        return {**super()._get_converters(), "billing_id": RecordIdConverter}
