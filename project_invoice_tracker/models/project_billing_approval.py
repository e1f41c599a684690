"""The approval history of a request: every step, who, when, why, on what content."""

from odoo import fields, models

from ..const import APPROVAL_DECISIONS


class ProjectBillingApproval(models.Model):
    """One step of a billing request. Written once, never changed."""

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
    step_id = fields.Many2one(
        "project.billing.step",
        "Level",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The level that this decision is about.",
    )
    for_user_id = fields.Many2one(
        "res.users",
        "In Place of",
        readonly=True,
        ondelete="restrict",
        help="Who was away, if a delegate decided.",
    )
    self_approved = fields.Boolean(
        readonly=True,
        default=False,
        help="Approved by somebody who asked for it, edited it or changed a price in "
        "it, as the company allows.",
    )
    kept_from_id = fields.Many2one(
        "project.billing.approval",
        "Carried over from",
        readonly=True,
        help="The earlier approval that still counts, because nothing changed of what "
        "its level answers for.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount_company = fields.Monetary(
        string="In Company Currency",
        currency_field="company_currency_id",
        readonly=True,
        help="The untaxed amount at the rate of the day it was submitted.",
    )
    content = fields.Json(
        readonly=True,
        export_string_translation=False,
        help="What the step was taken on, with the names of that time.",
    )
    parts = fields.Json(
        string="Fingerprints",
        readonly=True,
        export_string_translation=False,
        help="Of the terms, the work and the amounts that the step was taken on.",
    )

    def _who(self):
        """Return in words who decided, and in whose place."""
        self.ensure_one()
        # sudo: names of users
        row = self.sudo()
        if not row.for_user_id:
            return row.user_id.name
        return self.env._(
            "%(who)s for %(whom)s", who=row.user_id.name, whom=row.for_user_id.name
        )
