"""Companies: choices about billing."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import fields, models

from ..billing.periods import local_day


class ResCompany(models.Model):
    """What a company decided about the way from approval to invoice."""

    _inherit = "res.company"

    billing_invoice_on_approval = fields.Boolean(
        string="Create Invoice on Approval",
        help="The last approval creates the draft invoice. Otherwise the project's "
        "manager does, with a button.",
    )

    def _billing_today(self):
        """Return the day it is where the company is, whoever asks and when.

        A company has the time zone of its address; without one, the user's.
        """
        self.ensure_one()
        # sudo: the time zone of the own company
        name = self.sudo().partner_id.tz or self.env.user.tz or "UTC"
        try:
            zone = ZoneInfo(name)
        except ZoneInfoNotFoundError:
            zone = ZoneInfo("UTC")
        return local_day(fields.Datetime.now(), zone)
