"""Checking time before it is billed: chosen by the company or the project."""

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..const import BILLING_GROUPS, TIME_CHECKS


class ProjectProject(models.Model):
    """Projects that differ from their company in checking time."""

    _inherit = "project.project"

    billing_check_time = fields.Selection(
        TIME_CHECKS,
        string="Check Time First",
        groups=BILLING_GROUPS,
        copy=False,
        tracking=True,
        help="Whether time is billed only after the manager has checked it. Empty: as "
        "the company says.",
    )
    billing_hours_to_check = fields.Float(
        string="Hours to Check",
        compute="_compute_billing_hours_to_check",
        groups=BILLING_GROUPS,
        help="Time that waits for the check of the manager, and is not billed before.",
    )

    @api.model
    @tools.ormcache()
    def _billing_checks(self):
        """Return the ids of companies that check, and of projects that do or do not.

        Cached, so that logging time costs nothing where no check is required.
        """
        # sudo: asked while any user logs time; only ids leave
        every_sudo = self.sudo().with_context(active_test=False)
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        asking = companies.search([("billing_check_time", "=", True)])
        choices = dict(
            every_sudo._read_group(
                [("billing_check_time", "!=", False)],
                ["billing_check_time"],
                ["id:array_agg"],
            )
        )
        return (
            frozenset(asking.ids),
            frozenset(choices.get("yes", ())),
            frozenset(choices.get("no", ())),
        )

    def _compute_billing_hours_to_check(self):
        items = self.env["project.billing.item"]
        waiting = {}
        companies, always, _never = self._billing_checks()
        if (companies or always) and items.has_access("read"):
            groups = items._read_group(
                self._billing_to_check_domain(), ["project_id"], ["hours_open:sum"]
            )
            waiting = dict(groups)
        for project in self:
            project.billing_hours_to_check = waiting.get(project, 0.0)

    def _billing_to_check_domain(self):
        return [
            ("project_id", "in", self.ids),
            ("kind", "=", "time"),
            ("ready", "=", False),
            ("quantity_open", "!=", 0),
            ("analytic_line_id", "!=", False),
        ]

    def _compute_billing_amounts(self):
        """Override: time that waits for a check is not counted as planned."""
        super()._compute_billing_amounts()
        companies, always, _never = self._billing_checks()
        items = self.env["project.billing.item"]
        if not (companies or always) or not items.has_access("read"):
            return
        waiting = dict(
            items._read_group(
                self._billing_to_check_domain(), ["project_id"], ["amount_open:sum"]
            )
        )
        for project in self:
            project.billing_amount_planned -= waiting.get(project, 0.0)

    @api.model_create_multi
    def create(self, vals_list):
        projects = super().create(vals_list)
        # sudo: a choice that was made by whoever created the project
        if any(project.sudo().billing_check_time for project in projects):
            self.env.registry.clear_cache()
        return projects

    def write(self, vals):
        if "billing_check_time" not in vals:
            return super().write(vals)
        before = {project.id: project.billing_check_time for project in self}
        result = super().write(vals)
        changed = self.filtered(lambda p: p.billing_check_time != before[p.id])
        if changed:
            changed._billing_record_check(before)
            self.env.registry.clear_cache()
            self.env["account.analytic.line"]._billing_follow_check(
                SQL("line.project_id IN %s", tuple(changed.ids))
            )
        return result

    def _billing_record_check(self, before):
        """Write the changed choice of these projects into the journal."""
        field = "billing_check_time"
        self.env["project.billing.journal"]._record(
            "switch_changed",
            [
                {
                    # sudo: the company whose work the project bills
                    "company_id": (
                        project.sudo().billing_rule_ids.company_id[:1]
                        or project.company_id
                        or self.env.company
                    ).id,
                    "project_id": project.id,
                    "document": project.name,
                    "model": project._name,
                    "res_id": project.id,
                    "reason": self._fields[field].string,
                    "before": {field: before[project.id]},
                    "after": {field: project[field]},
                }
                for project in self
            ],
        )


class ResCompany(models.Model):
    """The default of a company; changes are noted in the journal."""

    _inherit = "res.company"

    billing_check_time = fields.Boolean(
        string="Check Time First",
        help="Time is billed only after the manager of its project has checked it. "
        "Projects may differ.",
    )

    @api.model
    def _billing_switches(self):
        return [*super()._billing_switches(), "billing_check_time"]

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        if any(companies.mapped("billing_check_time")):
            self.env.registry.clear_cache()
        return companies

    def write(self, vals):
        if "billing_check_time" not in vals:
            return super().write(vals)
        before = {company.id: company.billing_check_time for company in self}
        result = super().write(vals)
        changed = self.filtered(lambda c: c.billing_check_time != before[c.id])
        if changed:
            self.env.registry.clear_cache()
            self.env["account.analytic.line"]._billing_follow_check(
                SQL("line.company_id IN %s", tuple(changed.ids))
            )
        return result


class ResConfigSettings(models.TransientModel):
    """Whether time is checked, on the settings page."""

    _inherit = "res.config.settings"

    billing_check_time = fields.Boolean(
        related="company_id.billing_check_time", readonly=False
    )
