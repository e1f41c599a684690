"""Units of lines: how minutes and pieces of the ledger read on a line.

Only this file knows whether a line of time shows hours or days, and how long a day is.
The ledger counts minutes, and items are priced per hour, whatever lines show.
"""

from odoo import api, fields, models

from ..billing.allocation import meant, reads_as
from ..billing.rounding import (
    MINUTES_PER_HOUR,
    day_price,
    exact,
    hours_from_minutes,
    ledger_quantity,
    line_quantity,
)


class ProjectBillingLine(models.Model):
    """A line that keeps its own unit, even when its rule has another one by now."""

    _inherit = "project.billing.line"

    day_minutes = fields.Float(
        string="Minutes of a Day",
        digits=(16, 6),
        readonly=True,
        help="Where the line shows days of work instead of hours: how long one is.",
    )

    def _day(self):
        """Return the minutes of a day, where this line counts days; None for hours."""
        self.ensure_one()
        return exact(self.day_minutes) if self.day_minutes else None

    def _per(self):
        """Return the minutes of one unit (hour or day) of this line of time."""
        return self._day() or exact(MINUTES_PER_HOUR)

    @api.model
    def _readable(self, quantity, unit, day=None):
        """Return a ledger quantity as the customer reads it: hours, days, or pieces.

        Rounded half up, once, to the precision of units of measure.

        :param day: minutes of a day, where days are read; none for hours
        """
        precision = self.env["decimal.precision"].precision_get("Product Unit")
        return line_quantity(quantity, unit, precision, day)

    def _reads(self, quantity):
        """Return a ledger quantity as this line shows it."""
        self.ensure_one()
        return self._readable(quantity, self.unit, self._day())

    def _to_ledger(self, quantity):
        """Return the ledger quantity of a quantity in the unit of this line.

        :raises ValueError: when it is not a finite number, or too large
        """
        self.ensure_one()
        return ledger_quantity(quantity, self.unit, self._day())

    def _to_give_back(self, slices, quantity, keep=False):
        """Return the ledger quantity that a person means by a typed quantity.

        :param slices: what there is, see :func:`billing.allocation.meant`
        :param quantity: as it was typed
        :param keep: what stays was typed, not what goes
        """
        self.ensure_one()
        if self.unit == "minute":
            precision = self.env["decimal.precision"].precision_get("Product Unit")
            return meant(slices, quantity, precision, keep, self._per())
        held = sum((part.quantity for part in slices), exact(0))
        named = exact(quantity)
        if named == self._reads(held):
            named = held
        return held - named if keep else named

    def _reads_as(self, quantity, typed):
        """Tell whether a ledger quantity displays as the quantity that was typed."""
        self.ensure_one()
        if self.unit != "minute":
            return exact(quantity) == exact(typed)
        precision = self.env["decimal.precision"].precision_get("Product Unit")
        return reads_as(quantity, typed, precision, self._per())

    def _price_on_line(self, price):
        """Return the price of one unit of this line, from that of an hour or piece."""
        day = self._day()
        return day_price(price, day) if day else price

    def _hours(self):
        """Return the hours of work that the quantity of this line stands for."""
        self.ensure_one()
        day = self._day()
        if not day:
            return self.quantity
        return float(hours_from_minutes(exact(self.quantity) * day))

    def _exact_hours(self):
        """Return the exact hours of the work, which decide on prices by volume."""
        self.ensure_one()
        if not self.day_minutes:
            return exact(self.quantity)
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        slices = ledger._slices(self).get(self.id, [])
        return hours_from_minutes(sum((p.quantity for p in slices), exact(0)))

    # === OTHER UNITS ON DOCUMENTS ===

    def _own_uom(self):
        """Return the unit of measure of this line."""
        return self.product_uom_id or self.product_id.uom_id

    def _quantity_in_own(self, quantity, uom):
        """Return a quantity of a document in the unit of this line.

        A day has the length of this line's day, not that of Odoo's unit of measure.

        :param uom: the unit of the document
        """
        own, hour = self._own_uom(), self.env.ref("uom.product_uom_hour")
        if not uom or uom == own:
            return quantity
        if not self.day_minutes or not uom._has_common_reference(hour):
            return uom._compute_quantity(quantity, own, round=False)
        hours = exact(uom._compute_quantity(quantity, hour, round=False))
        return float(exact(hours * MINUTES_PER_HOUR / self._day()))

    def _price_in_own(self, price, uom):
        """Return a price of a document in the unit of this line.

        A price per hour that displays like that of this line's day is taken as it.

        :param uom: the unit of the document
        """
        own, hour = self._own_uom(), self.env.ref("uom.product_uom_hour")
        if not uom or uom == own:
            return price
        if not self.day_minutes or not uom._has_common_reference(hour):
            return uom._compute_price(price, own)
        hours = exact(uom._compute_price(price, hour), 12)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        agreed = exact(self.price_unit) * MINUTES_PER_HOUR / self._day()
        if exact(hours, digits) == exact(agreed, digits):
            return self.price_unit
        return float(exact(hours * self._day() / MINUTES_PER_HOUR))
