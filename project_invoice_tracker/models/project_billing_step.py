"""Approval steps: what each level asks of one request, copied at submission."""

from odoo import api, fields, models
from odoo.tools import format_date

from ..billing import levels
from ..const import ACCOUNTING_GROUP, APPROVER_GROUP, LEVEL_COVERS, STEP_STATES


class ProjectBillingStep(models.Model):
    """One approval level of one request, copied when the request was submitted.

    Steps are filled one after another. When a request becomes a draft again, its steps
    are archived and stay on record; the next submission has steps of its own.
    """

    _name = "project.billing.step"
    _inherit = ["project.billing.guard"]
    _description = "Approval Step"
    _order = "request_id, sequence, id"
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
    level_id = fields.Many2one(
        "project.billing.level", "Made From", readonly=True, ondelete="set null"
    )
    active = fields.Boolean(default=True, readonly=True)
    name = fields.Char(string="Level", required=True, readonly=True)
    any_approver = fields.Boolean(
        readonly=True,
        default=False,
        help="No level applies: any billing approver of the company may decide.",
    )
    by_accounting = fields.Boolean(
        readonly=True,
        default=False,
        help="The company lets accounting approve: whoever posts invoices decides.",
    )
    sequence = fields.Integer(readonly=True, default=0)
    covers = fields.Selection(
        LEVEL_COVERS,
        string="Answers for",
        required=True,
        readonly=True,
        default="everything",
    )
    required = fields.Integer(
        string="How Many", required=True, readonly=True, default=1
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Approvers",
        readonly=True,
        help="Who could decide when the request was submitted.",
    )
    state = fields.Selection(
        STEP_STATES, required=True, readonly=True, default="waiting"
    )
    date_asked = fields.Datetime(readonly=True)
    approval_ids = fields.One2many("project.billing.approval", "step_id", readonly=True)
    decided_by = fields.Char(
        compute="_compute_decisions", help="Who approved, and when."
    )
    missing = fields.Char(
        string="Still Missing",
        compute="_compute_decisions",
        help="How many approvals are missing, and whose they may be.",
    )

    # === COMPUTE ===

    @api.depends("approval_ids.valid", "state", "request_id.state")
    def _compute_decisions(self):
        deciders = self.request_id._deciders()
        for step in self:
            given = step._given()
            step.decided_by = ", ".join(
                f"{row._who()} ({format_date(self.env, row.date)})"
                for row in given.sorted("id")
            )
            step.missing = step._missing_in_words(
                step.required - len(given), deciders[step.request_id]
            )

    def _missing_in_words(self, count, deciders):
        """Return how many approvals are missing, and who may give them."""
        if count <= 0 or self.state == "done" or self.request_id.state != "submitted":
            return False
        if self.state == "waiting":
            return self.env._("%s, after the levels before", count)
        # sudo: names only
        names = self.env["res.users"].sudo().browse(deciders).mapped("name")
        if not names:
            return self.request_id._no_approver_message()
        if count == len(names):
            return ", ".join(names)
        return self.env._("%(count)s of %(names)s", count=count, names=", ".join(names))

    # === BUSINESS ===

    def _given(self):
        """Return the approvals of these steps that count (elevated)."""
        # sudo: the request's own log
        return self.sudo().approval_ids.filtered("valid")

    def _is_full(self):
        """Tell whether as many people approved as the level asks for."""
        self.ensure_one()
        return len(self._given().user_id) >= self.required

    def _deciding_group(self):
        """Return the right that a decision on this step needs."""
        return ACCOUNTING_GROUP if self.by_accounting else APPROVER_GROUP

    def _key(self):
        """Return the key of this step's level and of the part that it reviews."""
        if self.by_accounting:
            return ("accounting", self.covers)
        if self.any_approver:
            return ("any", self.covers)
        # of a level that is deleted, nothing is carried over
        return (self.level_id.id or -self.id, self.covers)

    def _to_step(self):
        """Return the plain value that :mod:`billing.levels` works with."""
        self.ensure_one()
        return levels.Step(
            level_id=self._key(),
            covers=self.covers,
            required=self.required,
            user_ids=frozenset(self.user_ids.ids),
        )
