"""Reports of progress: how much of a contract is completed, day by day."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..const import BILLING_STATES, SHARE_DIGITS
from ..exceptions import SourceClosed
from .closed_fields import would_change
from .phrases import number

#: Closed once a request or an invoice holds what the report is worth.
CLOSED_FIELDS = {"rule_id", "milestone_id", "date", "percentage"}


class ProjectBillingProgress(models.Model):
    """The completed percentage on a day; bills its growth since the last report."""

    _name = "project.billing.progress"
    _inherit = ["project.billing.guard"]
    _description = "Progress Report"
    _order = "date desc, id desc"
    _engine_fields = frozenset({"user_id"})

    rule_id = fields.Many2one(
        "project.billing.rule",
        string="Billing Rule",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('kind', '=', 'progress')]",
    )
    project_id = fields.Many2one(related="rule_id.project_id", store=True, index=True)
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    progress_by = fields.Selection(related="rule_id.progress_by")
    milestone_id = fields.Many2one(
        "project.milestone",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('project_id', '=', project_id)]",
        help="When each milestone has a progress of its own.",
    )
    date = fields.Date(
        required=True, default=lambda self: self.env.company._billing_today()
    )
    percentage = fields.Float(
        string="Completed (%)",
        digits=SHARE_DIGITS,
        required=True,
        help="Of the whole, not since the last report.",
    )
    note = fields.Char()
    user_id = fields.Many2one(
        "res.users",
        string="Reported By",
        readonly=True,
        required=True,
        default=lambda self: self.env.user,
    )
    amount = fields.Monetary(
        compute="_compute_billing", help="What the report adds to earlier ones."
    )
    billing_state = fields.Selection(
        BILLING_STATES, string="Billing", compute="_compute_billing"
    )

    _percentage_range = models.Constraint(
        "CHECK (percentage BETWEEN 0 AND 100)",
        "Progress is a percentage from 0 to 100.",
    )

    # === COMPUTE ===

    @api.depends("date", "milestone_id", "rule_id")
    def _compute_display_name(self):
        for report in self._named():
            what = report.milestone_id.name or report.rule_id.name
            day = report.date and format_date(self.env, report.date)
            report.display_name = ", ".join(part for part in (what, day) if part)

    def _title(self):
        """Return in words what was reported."""
        what = self.milestone_id.name or self.rule_id.name
        return f"{what}: {number(self.env, self.percentage)} %"

    @api.depends_context("uid")
    @api.depends("rule_id", "milestone_id", "date", "percentage")
    def _compute_billing(self):
        items = self.env["project.billing.item"].search_fetch(
            [("progress_id", "in", self.ids)], ["progress_id", "amount", "state"]
        )
        by_report = {item.progress_id.id: item for item in items}
        for report in self:
            item = by_report.get(report._origin.id)
            report.amount = item.amount if item else 0.0
            report.billing_state = item.state if item else False

    # === CONSTRAINTS ===

    @api.constrains("rule_id", "milestone_id")
    def _check_scope(self):
        for report in self:
            rule, milestone = report.rule_id, report.milestone_id
            if rule.kind != "progress":
                message = self.env._("%s is not billed by progress.", rule.display_name)
            elif rule.progress_by == "milestone" and not milestone:
                message = self.env._(
                    "%s is billed by the progress of each milestone. Choose the "
                    "milestone that is reported.",
                    rule.display_name,
                )
            elif rule.progress_by == "project" and milestone:
                message = self.env._(
                    "%s is billed by the progress of the whole project. Report it "
                    "without a milestone, or make another rule.",
                    rule.display_name,
                )
            # sudo: the project of a milestone that the user named
            elif milestone and milestone.sudo().project_id != rule.project_id:
                message = rule._other_project_message()
            else:
                continue
            raise ValidationError(message)

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        reports = super().create(vals_list)
        reports.rule_id.project_id._billing_check_manager()
        reports._billing_sync()
        return reports

    def write(self, vals):
        if not vals.keys() & CLOSED_FIELDS:
            return super().write(vals)
        self._check_open(
            self.filtered(
                lambda report: any(
                    would_change(report, name, vals[name])
                    for name in vals.keys() & CLOSED_FIELDS
                )
            )
        )
        projects = self.project_id
        result = super().write(vals)
        self.project_id._billing_check_manager()
        self._billing_sync(projects)
        return result

    def unlink(self):
        self.check_access("unlink")
        self._check_open(self)
        self.env["project.billing.item"]._drop_items_of("progress_id", self.ids)
        projects = self.project_id
        result = super().unlink()
        self.browse()._billing_sync(projects)
        return result

    # === BUSINESS ===

    def _billing_sync(self, projects=None):
        """Bring the items of all reports of these projects up to date."""
        projects = self.project_id | (projects or self.project_id)
        self.flush_model()
        self.env["project.billing.rule"].invalidate_model(["progress_ids"])
        kind = self.env["project.billing.kind"]._get("progress")
        kind.sudo()._sync_items(projects.sudo())  # sudo: items follow their reports

    def _written_off(self):
        """Return the amount written off of what these reports bill (elevated)."""
        items = self.env["project.billing.item"].search(
            [("progress_id", "in", self.ids), ("quantity_written_off", "!=", 0)]
        )
        return items._amount_written_off()

    def _check_open(self, reports):
        """Refuse to change what a request or an invoice holds already."""
        closed = self.env["project.billing.item"]._closed_by("progress_id", reports.ids)
        for report_id, holder in closed.items():
            raise SourceClosed(
                self.env._(
                    "The progress “%(report)s” is in %(holder)s and stays as it is. "
                    "Report the right percentage as a new one: it bills, or takes "
                    "back, the difference.",
                    report=self.browse(report_id)._title(),
                    holder=holder,
                )
            )


class ProjectBillingItem(models.Model):
    """Items of progress reports: one for what each report adds."""

    _inherit = "project.billing.item"

    progress_id = fields.Many2one(
        "project.billing.progress", readonly=True, ondelete="restrict"
    )

    _progress_uniq = models.UniqueIndex(
        "(progress_id) WHERE (progress_id IS NOT NULL)",
        "A report of progress is billed once.",
    )

    @api.model
    def _source_columns(self):
        return (*super()._source_columns(), "progress_id")

    @api.model
    def _source_links(self):
        return (*super()._source_links(), "progress_id")

    @api.model
    def _invalidate(self):
        result = super()._invalidate()
        self.env["project.billing.progress"].invalidate_model(
            ["amount", "billing_state"]
        )
        return result
