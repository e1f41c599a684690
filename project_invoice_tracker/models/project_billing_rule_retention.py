"""Retention rules: the percentage withheld, of what, and when it is released."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tools import format_date

from ..billing.allocation import share_error
from ..billing.rounding import exact
from ..const import KINDS, SHARE_DIGITS
from .phrases import number

#: Kinds that a retention may withhold from; other kinds only shift amounts in time.
HELD_KINDS = tuple(k for k, _label in KINDS if k not in ("advance", "retention"))


class ProjectBillingRule(models.Model):
    """Withhold a percentage of what is billed, and release it later."""

    _inherit = "project.billing.rule"

    retention_percentage = fields.Float(
        string="Held Back (%)", digits=SHARE_DIGITS, default=10.0
    )
    retention_on_time = fields.Boolean(string="Time", default=True)
    retention_on_cost = fields.Boolean(string="Costs")
    retention_on_milestone = fields.Boolean(string="Milestones", default=True)
    retention_on_progress = fields.Boolean(string="Progress", default=True)
    retention_on_recurring = fields.Boolean(string="Retainers")
    retention_on_manual = fields.Boolean(string="Lines Added by Hand")
    retention_release_ids = fields.One2many(
        "project.billing.retention.release", "rule_id", string="Releases"
    )
    retention_held = fields.Monetary(
        string="Retained",
        compute="_compute_retention",
        help="Held back on posted invoices, as it was typed on them.",
    )
    retention_released = fields.Monetary(
        string="Released",
        compute="_compute_retention",
        help="Billed again with posted invoices.",
    )
    retention_left = fields.Monetary(
        string="Still Retained", compute="_compute_retention"
    )

    _retention_share = models.Constraint(
        "CHECK (kind <> 'retention' OR retention_percentage > 0"
        " AND retention_percentage <= 100)",
        "A retention holds back more than 0 and at most 100 %.",
    )

    # === COMPUTE ===

    def _compute_retention(self):
        rules = self.filtered(lambda rule: rule.kind == "retention")
        # no elevation: whoever sees the rule may see its items, or sees zero
        items = self.env["project.billing.item"].search(
            [("rule_id", "in", rules.ids), ("kind", "=", "retention")]
        )
        for rule in self:
            own = items.filtered(lambda item, rule=rule: item.rule_id == rule)
            amounts = [exact(i.quantity_billed) * exact(i.price_unit) for i in own]
            held = -sum((a for a in amounts if a < 0), exact(0))
            released = sum((a for a in amounts if a > 0), exact(0))
            rule.retention_held = float(held)
            rule.retention_released = float(released)
            left = held - released - own._amount_written_off()
            rule.retention_left = float(left)

    @api.onchange("kind")
    def _onchange_kind_retention(self):
        if self.kind == "retention" and not self.retention_release_ids:
            self.retention_release_ids = [
                Command.create(values) for values in self._default_releases()
            ]

    # === CONSTRAINTS ===

    @api.constrains("retention_release_ids", "kind")
    def _check_releases(self):
        for rule in self.filtered(lambda rule: rule.kind == "retention"):
            releases = rule.retention_release_ids
            share = sum((exact(r.percentage) for r in releases), exact(0))
            if abs(share - 100) > share_error(len(releases)):
                raise ValidationError(
                    self.env._(
                        "The releases of %(rule)s total %(share)s %%. They have to "
                        "give back 100 %%.",
                        rule=rule.display_name,
                        share=number(self.env, share.normalize()),
                    )
                )

    @api.constrains("kind", *(f"retention_on_{kind}" for kind in HELD_KINDS))
    def _check_held_kinds(self):
        for rule in self.filtered(lambda rule: rule.kind == "retention"):
            if not rule._held_kinds():
                raise ValidationError(
                    self.env._("Choose what %s is held back of.", rule.display_name)
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("kind") == "retention" and not vals.get(
                "retention_release_ids"
            ):
                given = self.new({key: vals.get(key) for key in ("date_end",)})
                vals["retention_release_ids"] = [
                    Command.create(values) for values in given._default_releases()
                ]
        return super().create(vals_list)

    # === BUSINESS ===

    def _default_releases(self):
        """Return the values of the one release that a new rule starts with."""
        last = self.date_end or self._retention_today() + timedelta(days=365)
        return [{"percentage": 100.0, "date": last}]

    def _retention_today(self):
        """Return today's date of the company, or of the user without a company."""
        return (self.company_id or self.env.company)._billing_today()

    def _held_kinds(self):
        """Return the kinds of lines from which this rule withholds."""
        self.ensure_one()
        return {kind for kind in HELD_KINDS if self[f"retention_on_{kind}"]}


class ProjectBillingRetentionRelease(models.Model):
    """A date or milestone at which a part of a retention is billed."""

    _name = "project.billing.retention.release"
    _inherit = ["project.billing.input"]
    _description = "Release of a Retention"
    _order = "rule_id, sequence, id"

    rule_id = fields.Many2one(
        "project.billing.rule", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    project_id = fields.Many2one(related="rule_id.project_id", store=True)
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    percentage = fields.Float(
        string="Share (%)",
        digits=SHARE_DIGITS,
        required=True,
        help="Of all that is held back. The last release gives back the rest.",
    )
    date = fields.Date(string="On")
    milestone_id = fields.Many2one(
        "project.milestone",
        string="When Reached",
        domain="[('project_id', '=', project_id)]",
        ondelete="restrict",
        index="btree_not_null",
    )

    _share_in_range = models.Constraint(
        "CHECK (percentage > 0 AND percentage <= 100)",
        "A release gives back more than 0 and at most 100 %.",
    )
    _one_event = models.Constraint(
        "CHECK ((date IS NULL) <> (milestone_id IS NULL))",
        "A release happens either on a date or when a milestone is reached.",
    )

    # === COMPUTE ===

    @api.depends("date", "milestone_id")
    def _compute_display_name(self):
        for release in self._named():
            release.display_name = release._event()

    def _event(self):
        """Return when it is released, in words."""
        day = self.date and format_date(self.env, self.date)
        return day or self.milestone_id.name or ""

    def _title(self):
        """Return how much is released and when, in words."""
        return f"{number(self.env, self.percentage)} %, {self._event()}"

    # === CONSTRAINTS ===

    @api.constrains("milestone_id", "rule_id")
    def _check_milestone(self):
        for release in self.filtered("milestone_id"):
            if release.milestone_id.project_id != release.project_id:
                raise ValidationError(
                    self.env._(
                        "%(milestone)s is a milestone of another project.",
                        milestone=release.milestone_id.name,
                    )
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        releases = super().create(vals_list)
        releases._billing_sync()
        return releases

    def write(self, vals):
        result = super().write(vals)
        self._billing_sync()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for release in self:
            # sudo: a release is in use whoever may see the items
            items_sudo = self.env["project.billing.item"].sudo()
            key = f"{release.rule_id.id}/release/{release.id}/%"
            domain = [("source_key", "=like", key), ("allocation_ids", "!=", False)]
            if items_sudo.search_count(domain, limit=1):
                raise ValidationError(
                    self.env._(
                        "%s has been billed already and cannot be deleted.",
                        release._title(),
                    )
                )

    def unlink(self):
        projects = self.project_id
        result = super().unlink()
        self._billing_sync(projects)
        return result

    # === BUSINESS ===

    def _is_due(self, day):
        """Tell whether this part may be billed on ``day``."""
        self.ensure_one()
        if self.milestone_id:
            return self.milestone_id.is_reached
        return self.date <= day

    def _due_date(self):
        """Return the day on which this part was, or should be, released."""
        milestone = self.milestone_id
        if milestone:
            reached = milestone.is_reached and milestone.reached_date
            return reached or milestone.deadline or None
        return self.date

    def _billing_sync(self, projects=None):
        """Bring the items of these releases, and of their siblings, up to date."""
        projects = projects or self.project_id
        self.flush_model()
        # sudo: items follow their rules, whoever configures them
        kind_sudo = self.env["project.billing.kind"].sudo()._get("retention")
        kind_sudo._sync_items(projects.sudo())  # sudo: as above
