"""Companies: choices about billing."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import fields, models

from ..billing.periods import local_day

#: Choices by which documents are approved otherwise: each change is logged.
SWITCHES = (
    "billing_allow_self_approval",
    "billing_invoice_on_approval",
    "billing_post_on_approval",
)


class ResCompany(models.Model):
    """What a company decided about the way from approval to invoice."""

    _inherit = "res.company"

    billing_invoice_on_approval = fields.Boolean(
        string="Create Invoice on Approval",
        help="The last approval creates the draft invoice. Otherwise the project's "
        "manager does, with a button.",
    )
    billing_allow_self_approval = fields.Boolean(
        string="Allow Self-Approval",
        help="For small companies: who asked for a request, edited it or changed a "
        "price in it may approve it as well. Every document says so.",
    )

    def _billing_today(self):
        """Return the day it is where the company is, whoever asks and when.

        A company has the time zone of its address; without one, the user's.
        """
        return self._billing_day(fields.Datetime.now())

    def _billing_day(self, moment):
        """Return the day of a moment (UTC, naive) where the company is."""
        return local_day(moment, self._billing_zone())

    def _billing_zone(self):
        """Return the time zone in which the days of this company begin and end."""
        self.ensure_one()
        # sudo: the time zone of the own company
        name = self.sudo().partner_id.tz or self.env.user.tz or "UTC"
        try:
            return ZoneInfo(name)
        except ZoneInfoNotFoundError:
            return ZoneInfo("UTC")

    def write(self, vals):
        """Override: what is decided about approval goes into the journal."""
        before = {
            (company.id, name): company[name] for company in self for name in SWITCHES
        }
        rounding = "tax_calculation_rounding_method" in vals
        result = super().write(vals)
        rows = [
            {
                "company_id": company.id,
                "document": company.name,
                "model": company._name,
                "res_id": company.id,
                "reason": company._fields[name].string,
                "before": {name: before[company.id, name]},
                "after": {name: company[name]},
            }
            for company in self
            for name in SWITCHES
            if company[name] != before[company.id, name]
        ]
        if rows:
            self.env["project.billing.journal"]._record("switch_changed", rows)
        if rounding:
            self.env["project.billing.request"]._verify_of_companies(
                self, self.env._("The rounding of taxes changed.")
            )
        return result
