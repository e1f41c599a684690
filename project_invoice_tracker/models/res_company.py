"""Companies: settings for billing."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import api, fields, models

from ..billing.periods import local_day


class ResCompany(models.Model):
    """Settings for the steps from approval to invoice."""

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

    @api.model
    def _billing_switches(self):
        """Return the fields whose changes are noted in the journal and on the company.

        These are settings that change how documents are approved, posted or reminded
        of. Each concern adds its own.
        """
        return ["billing_allow_self_approval", "billing_invoice_on_approval"]

    def _billing_today(self):
        """Return today's date where the company is, whoever asks.

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

    @api.model_create_multi
    def create(self, vals_list):
        """Override: note the settings of a new company as well."""
        companies = super().create(vals_list)
        companies._billing_record_switches({})
        return companies

    def write(self, vals):
        """Override: note changed settings; verify requests after other tax rounding."""
        before = {
            (company.id, name): company[name]
            for company in self
            for name in self._billing_switches()
        }
        result = super().write(vals)
        self._billing_record_switches(before)
        if "tax_calculation_rounding_method" in vals:
            self.env["project.billing.request"]._verify_of_companies(
                self, self.env._("The rounding of taxes changed.")
            )
        return result

    def _billing_record_switches(self, before):
        """Write each changed switch into the journal, and on the company.

        :param dict before: ``{(company id, name): value}``; what is missing was off
        """
        changed = [
            (company, name, before.get((company.id, name), False))
            for company in self
            for name in self._billing_switches()
            if company[name] != before.get((company.id, name), False)
        ]
        if not changed:
            return
        self.env["project.billing.journal"]._record(
            "switch_changed",
            [
                {
                    "company_id": company.id,
                    "document": company.name,
                    "model": company._name,
                    "res_id": company.id,
                    "reason": company._fields[name].string,
                    "before": {name: old},
                    "after": {name: company[name]},
                }
                for company, name, old in changed
            ],
        )
        for company, name, _old in changed:
            # sudo: a note on the company, whoever may change its settings
            company.sudo()._message_log(
                body=self.env._(
                    "Project Billing: “%(setting)s” was switched to “%(value)s”.",
                    setting=self._fields[name]._description_string(self.env),
                    value=company._billing_switch_words(name),
                )
                if self._fields[name].type == "selection"
                else self.env._(
                    "Project Billing: “%(setting)s” was switched %(value)s.",
                    setting=self._fields[name]._description_string(self.env),
                    value=company._billing_switch_words(name),
                ),
                author_id=self.env.user.partner_id.id,
            )

    def _billing_switch_words(self, name):
        """Return the value of a switch in words."""
        self.ensure_one()
        if self._fields[name].type == "selection":
            labels = dict(self._fields[name]._description_selection(self.env))
            return labels.get(self[name], self.env._("not chosen"))
        return self.env._("on") if self[name] else self.env._("off")
