"""Companies: invoicing and posting on approval, and reminders to approvers."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """What a company allows to happen automatically after an approval."""

    _inherit = "res.company"

    billing_post_on_approval = fields.Boolean(
        string="Post on Approval",
        help="The last approval creates the invoice and posts it, without anybody in "
        "accounting. Whatever keeps it from being posted leaves a draft, and is told.",
    )
    billing_remind_days = fields.Integer(
        string="Remind Approvers After",
        default=3,
        help="Days that a request waits until its approvers are reminded, and again "
        "until the next time. 0: never.",
    )

    @api.model
    def _billing_switches(self):
        return [*super()._billing_switches(), "billing_post_on_approval"]

    @api.constrains("billing_remind_days")
    def _check_billing_remind_days(self):
        for company in self:
            if not 0 <= company.billing_remind_days <= 365:
                raise ValidationError(
                    self.env._(
                        "%s: remind approvers after 0 (never) to 365 days.",
                        company.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._billing_imply(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._billing_imply(vals))

    @api.model
    def _billing_imply(self, vals):
        """Return the values with what they imply: posting requires creating."""
        if vals.get("billing_post_on_approval"):
            return {**vals, "billing_invoice_on_approval": True}
        if vals.get("billing_invoice_on_approval") is False:
            return {**vals, "billing_post_on_approval": False}
        return vals

    def _billing_accountants(self):
        """Return the people who post invoices in this company."""
        self.ensure_one()
        # sudo: the members of a group, of whom somebody is asked to help
        group = self.env.ref("account.group_account_invoice").sudo()
        return group.all_user_ids.filtered(
            lambda user: user.active and not user.share and self in user.company_ids
        ).sorted("id")


class ResConfigSettings(models.TransientModel):
    """Posting on approval and reminders, on the settings page."""

    _inherit = "res.config.settings"

    billing_post_on_approval = fields.Boolean(
        related="company_id.billing_post_on_approval", readonly=False
    )
    billing_remind_days = fields.Integer(
        related="company_id.billing_remind_days", readonly=False
    )

    @api.onchange("billing_post_on_approval")
    def _onchange_billing_post_on_approval(self):
        if self.billing_post_on_approval:
            self.billing_invoice_on_approval = True

    @api.onchange("billing_invoice_on_approval")
    def _onchange_billing_invoice_on_approval(self):
        if not self.billing_invoice_on_approval:
            self.billing_post_on_approval = False


class AccountMove(models.Model):
    """Notes about posting on approval, in the journal and on the invoice."""

    _inherit = "account.move"

    def _billing_record_posting(self, uid):
        """Write in the journal whose approval posted these invoices."""
        self.env["project.billing.journal"]._record(
            "posted",
            [
                {
                    "user_id": uid,
                    "company_id": request.company_id.id,
                    "project_id": request.project_id.id,
                    "request_id": request.id,
                    "invoice_id": move.id,
                    "document": move.name,
                    "after": {
                        "amount": request.amount_total,
                        "currency": request.currency_id.name,
                    },
                }
                for move in self
                for request in move.billing_request_ids
            ],
        )

    def _billing_ask_to_post(self, message):
        """Tell accounting that a draft waits for them, and why."""
        # a note is no change by hand: later requests may still join the draft
        for move in self.with_context(skip_is_manually_modified=True):
            move._message_log(body=message)
            for user in move.company_id._billing_accountants()[:1]:
                move.activity_schedule(
                    "mail.mail_activity_data_todo", user_id=user.id, summary=message
                )
