"""Prepaid hours: packs of hours that are sold up front and used by time."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing.periods import DAY, add_months
from ..billing.rounding import exact, minutes_from_hours
from ..const import ADVANCE_TYPES, OVERAGE_POLICIES

#: A pack of less than half a minute is taken for a typing error.
LEAST = exact(0.5)


class ProjectBillingRule(models.Model):
    """Rules of kind "advance" that sell hours instead of an amount."""

    _inherit = "project.billing.rule"

    advance_type = fields.Selection(
        ADVANCE_TYPES, string="Advance of", required=True, default="money"
    )
    pack_hours = fields.Float(string="Hours per Pack")
    pack_price = fields.Monetary(string="Price per Pack")
    pack_count = fields.Integer(
        string="Packs Sold",
        default=1,
        help="How many packs the customer ordered; each is billed once.",
    )
    pack_expiry_months = fields.Integer(
        string="Expiry in Months",
        help="The hours of a pack may be used for so many months from its sale on. "
        "0: they never expire.",
    )
    pack_warning_percent = fields.Float(
        string="Warn Below (%)",
        default=20.0,
        help="The manager of the project is told, once per pack, when less than this "
        "share of a pack is left.",
    )
    overage_policy = fields.Selection(
        OVERAGE_POLICIES,
        string="Beyond the Packs",
        default="rate",
        help="Time that no pack covers is billed by its own rule, or by the next "
        "pack, which then becomes ready to bill by itself.",
    )

    _pack_not_negative = models.Constraint(
        "CHECK (coalesce(pack_hours, 0) >= 0 AND coalesce(pack_price, 0) >= 0"
        " AND coalesce(pack_count, 0) BETWEEN 0 AND 1000"
        " AND coalesce(pack_expiry_months, 0) BETWEEN 0 AND 600)",
        "Hours, price, number and expiry of packs cannot be negative; at most 1000 "
        "packs and 600 months.",
    )
    _pack_warning_percent = models.Constraint(
        "CHECK (coalesce(pack_warning_percent, 0) BETWEEN 0 AND 100)",
        "The warning is a percentage between 0 and 100.",
    )

    @api.constrains("kind", "active", "advance_type", "pack_hours", "pack_price")
    def _check_pack_complete(self):
        for rule in self.filtered(lambda rule: rule._sells_hours() and rule.active):
            if minutes_from_hours(rule.pack_hours) < LEAST or not rule.pack_price:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: set the hours and the price of a pack.",
                        rule=rule.display_name,
                    )
                )

    def _sells_hours(self):
        """Tell whether the rule sells packs of hours."""
        self.ensure_one()
        return self.kind == "advance" and self.advance_type == "hours"

    def _pack_end(self, sold_on):
        """Return the last day on which a pack sold on a day may be used, or none."""
        self.ensure_one()
        months = self.pack_expiry_months
        return add_months(sold_on, months) - DAY if months else None

    def _included_in_pack(self):
        """Return the minutes of a pack."""
        self.ensure_one()
        return minutes_from_hours(self.pack_hours)
