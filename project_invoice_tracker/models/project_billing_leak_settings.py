"""Settings of missed billing alerts, and the activities that assign them."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

DAYS = (
    "billing_leak_work_days",
    "billing_leak_milestone_days",
    "billing_leak_request_days",
    "billing_leak_invoice_days",
)


class ResCompany(models.Model):
    """A company with the number of days after which billing counts as missed."""

    _inherit = "res.company"

    billing_leak_work_days = fields.Integer(
        string="Unbilled Work Is Old After",
        default=30,
        help="Days since the oldest of it; work, costs and periods that are ready.",
    )
    billing_leak_milestone_days = fields.Integer(
        string="Milestones Are Overdue After",
        default=3,
        help="Days since a milestone was reached, or signed off where that is needed.",
    )
    billing_leak_request_days = fields.Integer(
        string="Requests Wait Too Long After",
        default=7,
        help="Days since anybody did anything with a request that is no invoice yet.",
    )
    billing_leak_invoice_days = fields.Integer(
        string="Invoices Lie Too Long After",
        default=5,
        help="Days that an invoice is a draft, or posted without being sent.",
    )

    @api.constrains(*DAYS)
    def _check_billing_leak_days(self):
        for company in self:
            for name in DAYS:
                if not 0 <= company[name] <= 3650:
                    raise ValidationError(
                        self.env._(
                            "%(company)s: “%(setting)s” is 0 to 3650 days.",
                            company=company.name,
                            setting=self._fields[name]._description_string(self.env),
                        )
                    )


class ResConfigSettings(models.TransientModel):
    """The same number of days on the settings page."""

    _inherit = "res.config.settings"

    billing_leak_work_days = fields.Integer(
        related="company_id.billing_leak_work_days", readonly=False
    )
    billing_leak_milestone_days = fields.Integer(
        related="company_id.billing_leak_milestone_days", readonly=False
    )
    billing_leak_request_days = fields.Integer(
        related="company_id.billing_leak_request_days", readonly=False
    )
    billing_leak_invoice_days = fields.Integer(
        related="company_id.billing_leak_invoice_days", readonly=False
    )


class AccountAnalyticLine(models.Model):
    """Time entries, with an index that counts them against items."""

    _inherit = "account.analytic.line"

    _billing_project_index = models.Index(
        "(project_id, date) WHERE project_id IS NOT NULL"
    )


class ProjectBillingItem(models.Model):
    """Items, with an index that counts them against time entries."""

    _inherit = "project.billing.item"

    _entry_index = models.Index(
        "(project_id, date) WHERE analytic_line_id IS NOT NULL AND part = 0"
    )


class MailActivity(models.Model):
    """An activity that assigns a missed billing alert."""

    _inherit = "mail.activity"

    billing_leak = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        export_string_translation=False,
        help="The id of the leak.",
    )

    @api.model
    def _billing_close_leaks(self):
        """Mark activities as done whose alerts are resolved."""
        # sudo: activities of everybody, by the leaks of all companies
        asked = self.sudo().search([("billing_leak", "!=", False)])
        leaks = asked.env["project.billing.leak"]
        # whoever may change an activity could have written anything into it
        marks = {mark for mark in asked.mapped("billing_leak") if mark.isdecimal()}
        still = leaks.browse({int(mark) for mark in marks if len(mark) < 19})
        open_ids = {str(leak_id) for leak_id in still.exists().ids}
        asked.filtered(lambda a: a.billing_leak not in open_ids).action_feedback(
            feedback=self.env._("Seen to.")
        )
