"""The log of acceptances: the customer's decisions on milestones."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import SHARE_DIGITS
from ..const_client import ACCEPTANCE_DECISIONS
from .acceptance_sql import ACCEPTED


class ProjectBillingAcceptance(models.Model):
    """One decision of a customer on a milestone. Written once, never changed.

    Only people who manage the project, approve or configure billing may read it.
    """

    _name = "project.billing.acceptance"
    _inherit = ["project.billing.guard"]
    _description = "Acceptance of a Milestone"
    _order = "id desc"
    _engine_owned = True

    milestone_id = fields.Many2one(
        "project.milestone",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    project_id = fields.Many2one(
        "project.project",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    decision = fields.Selection(ACCEPTANCE_DECISIONS, required=True, readonly=True)
    percent = fields.Float(
        string="Accepted (%)",
        digits=SHARE_DIGITS,
        readonly=True,
        aggregator=None,
        help="Of the milestone's amount, accepted by this decision.",
    )
    amount = fields.Monetary(
        readonly=True, help="What was accepted, at the price of that time."
    )
    name = fields.Char(string="By", readonly=True, help="Who decided at the client.")
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Who was logged in, or whom the link was sent to.",
    )
    email = fields.Char(
        string="Link Sent To",
        readonly=True,
        help="The e-mail address that the link went to by which it was decided; empty "
        "for a login, and for what was noted inside.",
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    day = fields.Date(
        required=True,
        readonly=True,
        help="The day of the decision, where the company is; of one that was noted "
        "later, the day it was taken.",
    )
    signature = fields.Binary(readonly=True, attachment=True)
    reason = fields.Text(
        string="Reason or Question",
        readonly=True,
        help="In the client's words, or why it was revoked.",
    )
    ask_number = fields.Integer(
        string="Request No.",
        readonly=True,
        default=0,
        aggregator=None,
        help="Which request for sign-off it answers; 0 for none.",
    )

    # two tabs, two people or two connections: one answer
    _answer_uniq = models.UniqueIndex(
        "(milestone_id, ask_number) WHERE ask_number > 0"
        " AND decision IN ('accepted', 'part', 'refused', 'deemed')",
        "This request for sign-off has been answered already.",
    )

    @api.private
    def init(self):
        """Create the trigger that logs every decision in the audit log."""
        self.env.cr.execute(SQL(ACCEPTED))

    @api.depends("milestone_id")
    def _compute_display_name(self):
        for row in self._named():
            # sudo: name of the milestone of a row that was checked
            row.display_name = row.sudo().milestone_id.name or ""

    def _title(self):
        """Return in words which milestone, or part of it, was decided on."""
        labels = dict(self._fields["decision"]._description_selection(self.env))
        # sudo: name of the milestone of a row that was checked
        name = self.sudo().milestone_id.name or ""
        return f"{name}: {labels.get(self.decision, '')}"
