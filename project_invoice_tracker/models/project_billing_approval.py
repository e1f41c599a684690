"""The log of a request: every step, who, when, why and on which content."""

from odoo import fields, models

from ..const import APPROVAL_DECISIONS


class ProjectBillingApproval(models.Model):
    """One step in the life of a request. Written once, never changed."""

    _name = "project.billing.approval"
    _inherit = ["project.billing.guard"]
    _description = "Billing Approval"
    _order = "id desc"
    _engine_owned = True

    request_id = fields.Many2one(
        "project.billing.request",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    project_id = fields.Many2one(related="request_id.project_id", store=True)
    currency_id = fields.Many2one(related="request_id.currency_id")
    decision = fields.Selection(APPROVAL_DECISIONS, required=True, readonly=True)
    user_id = fields.Many2one("res.users", "By", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    comment = fields.Text(readonly=True)
    amount = fields.Monetary(string="Untaxed Amount", readonly=True)
    fingerprint = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="Of the content the step was taken on.",
    )
    valid = fields.Boolean(
        readonly=True, help="The approval still counts for the current content."
    )
