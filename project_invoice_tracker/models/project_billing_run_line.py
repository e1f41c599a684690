"""Projects of a billing run, with their results."""

from odoo import fields, models

from ..const import RUN_LINE_STATES


class ProjectBillingRunLine(models.Model):
    """One project of a run: its request, or why there is none, in words."""

    _name = "project.billing.run.line"
    _inherit = ["project.billing.guard"]
    _description = "Billing Run Result"
    _order = "run_id desc, id"
    _rec_name = "project_id"
    _engine_owned = True

    run_id = fields.Many2one(
        "project.billing.run",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    user_id = fields.Many2one(related="run_id.user_id", store=True, string="Billed By")
    project_id = fields.Many2one(
        "project.project", required=True, readonly=True, ondelete="cascade"
    )
    state = fields.Selection(
        RUN_LINE_STATES, required=True, readonly=True, default="waiting"
    )
    attempts = fields.Integer(readonly=True, default=0)
    request_id = fields.Many2one(
        "project.billing.request",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    request_state = fields.Selection(
        related="request_id.state", string="State of the Request"
    )
    currency_id = fields.Many2one(related="request_id.currency_id")
    amount_untaxed = fields.Monetary(related="request_id.amount_untaxed")
    error = fields.Char(
        string="Remark",
        readonly=True,
        help="Why nothing was prepared, or not submitted.",
    )

    _project_uniq = models.Constraint(
        "UNIQUE (run_id, project_id)", "A run bills each project once."
    )
    _waiting_index = models.Index("(run_id) WHERE (state = 'waiting')")
