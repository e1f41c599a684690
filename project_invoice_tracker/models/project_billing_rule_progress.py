"""Progress rules: a contract amount that is billed by the completed percentage."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing.rounding import exact
from ..const import SHARE_DIGITS
from ..exceptions import BillingError


class ProjectBillingRule(models.Model):
    """Contracts billed by reported progress, of a project or of each milestone."""

    _inherit = "project.billing.rule"

    progress_by = fields.Selection(
        [("project", "Whole project"), ("milestone", "Each milestone")],
        string="Progress Of",
        required=True,
        default="project",
        help="One percentage of the contract amount, or one of the price of each "
        "milestone.",
    )
    progress_ids = fields.One2many(
        "project.billing.progress", "rule_id", string="Reports of Progress"
    )
    progress_percentage = fields.Float(
        string="Completed (%)",
        digits=SHARE_DIGITS,
        compute="_compute_progress_percentage",
        help="The latest report; of several milestones, weighed by their prices.",
    )

    # === COMPUTE ===

    @api.depends(
        "kind",
        "contract_amount",
        "progress_by",
        "progress_ids.percentage",
        "progress_ids.date",
        "progress_ids.milestone_id",
    )
    def _compute_progress_percentage(self):
        for rule in self:
            # sudo: prices of milestones, of which only a percentage leaves
            scopes = rule.sudo()._progress_scopes()
            whole = sum(contract for _milestone, contract, _reports in scopes)
            done = sum(
                contract * exact(reports[-1:].percentage)
                for _milestone, contract, reports in scopes
            )
            rule.progress_percentage = float(done / whole) if whole else 0.0

    # === CONSTRAINTS ===

    @api.constrains("progress_by", "project_id", "kind")
    def _check_progress_reports(self):
        self.sudo().progress_ids._check_scope()  # sudo: reports of the rule

    @api.constrains("kind", "progress_by", "active", "project_id")
    def _check_milestones_billed_once(self):
        """Refuse two rules that would both bill the milestones of a project."""
        for project in self.project_id:
            # sudo: rules of other companies count as well
            rules_sudo = project.sudo().billing_rule_ids
            by_milestone = rules_sudo.filtered(
                lambda rule: rule.kind == "progress" and rule.progress_by == "milestone"
            )
            if (
                by_milestone
                and len(
                    by_milestone | rules_sudo.filtered(lambda r: r.kind == "milestone")
                )
                > 1
            ):
                raise ValidationError(
                    self.env._(
                        "The milestones of %s are billed by one rule: either once "
                        "they are reached, or by their progress. Archive the other.",
                        project.display_name,
                    )
                )

    def _bills_milestones(self):
        """Override: a progress rule may bill milestones as well."""
        by_milestone = self.kind == "progress" and self.progress_by == "milestone"
        return by_milestone or super()._bills_milestones()

    def _contracts_held(self):
        """Override to refuse a contract below what is held of its reports."""
        if self.kind != "progress":
            return super()._contracts_held()
        # sudo: all that the ledger holds counts, whoever may see it
        rule_sudo = self.sudo()
        held = rule_sudo._progress_held()
        return [
            (
                contract,
                sum(held.get(report.id, exact(0)) for report in reports)
                - reports._written_off(),
                (milestone or rule_sudo.project_id).display_name,
            )
            for milestone, contract, reports in rule_sudo._progress_scopes()
        ]

    # === BUSINESS ===

    def report_progress(self, percentage, date=None, milestone=None):
        """Report how much of the contract is completed.

        :param float percentage: completed by then, from 0 to 100
        :param date: the day of the report, today by default
        :param milestone: the ``project.milestone`` (or its id) it is about, when the
            rule is billed by the progress of each milestone
        :returns: the ``project.billing.progress``
        :raises AccessError: when the user does not manage the project
        :raises BillingError: when the percentage or the day is none, or the rule is
            not billed by progress
        """
        if len(self) != 1:
            raise BillingError(self.env._("Choose one billing rule."))
        self.check_access("read")
        self.project_id._billing_check_manager()
        if self.kind != "progress":
            raise BillingError(
                self.env._("%s is not billed by progress.", self.display_name)
            )
        share, day = self._check_progress(percentage, date)
        if isinstance(milestone, models.BaseModel):
            milestone = milestone.id
        # sudo: the project of a milestone that the user named
        named_sudo = self.env["project.milestone"].sudo().browse(milestone or [])
        if named_sudo.exists().project_id - self.project_id:
            raise ValidationError(self._other_project_message())
        return self.env["project.billing.progress"].create(
            {
                "rule_id": self.id,
                "percentage": float(share),
                "date": day,
                "milestone_id": milestone,
            }
        )

    def _other_project_message(self):
        """Return that a milestone is not of this rule's project, in words."""
        return self.env._(
            "This milestone belongs to another project than %s.", self.display_name
        )

    def _check_progress(self, percentage, date):
        """Return the percentage and day of a report, or raise what is wrong."""
        try:
            share = exact(percentage)
            day = fields.Date.to_date(date) or self._billing_today()
        except (ValueError, TypeError):
            share = None
        if share is None or not 0 <= share <= 100:
            raise BillingError(
                self.env._(
                    "Progress is a percentage from 0 to 100, on a day like 2026-03-31."
                )
            )
        return share, day

    def _progress_scopes(self):
        """Return ``[(milestone, contract, reports)]`` of this rule (elevated).

        An empty milestone stands for the project as a whole; reports are in order of
        their days.
        """
        self.ensure_one()
        milestones = self.env["project.milestone"]
        reports = self.progress_ids.sorted(lambda report: (report.date, report.id))
        if self.kind != "progress":
            return []
        if self.progress_by == "project":
            contract = self._billing_agreed(self.contract_amount)
            return [(milestones, contract, reports)]
        prices = self._milestone_prices()
        return [
            (milestone, prices.get(milestone, exact(0)), own)
            for milestone in self.project_id.milestone_ids.sorted("sequence")
            if (own := reports.filtered(lambda r, m=milestone: r.milestone_id == m))
            or milestone in prices
        ]

    def _progress_held(self):
        """Return ``{report id: amount}`` of what requests and invoices hold."""
        return self.env["project.billing.item"]._held_amounts(
            [("rule_id", "in", self.ids)], "progress_id"
        )
