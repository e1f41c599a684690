"""Which included or prepaid hours the time of a rule uses, and their balance."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing.rounding import hours_from_minutes


class ProjectBillingRule(models.Model):
    """Rules that grant hours, and time rules that use them."""

    _inherit = "project.billing.rule"

    allowance_rule_id = fields.Many2one(
        "project.billing.rule",
        string="Draws on",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('project_id', '=', project_id), '|', "
        "'&', ('kind', '=', 'recurring'), ('included_hours', '>', 0), "
        "'&', ('kind', '=', 'advance'), ('advance_type', '=', 'hours')]",
        help="A retainer with included hours or a prepaid pack: the time of this rule "
        "uses its hours first and is charged beyond them only.",
    )
    allowance_ids = fields.One2many(
        "project.billing.allowance", "rule_id", string="Hours Account", readonly=True
    )
    grants_hours = fields.Boolean(compute="_compute_grants_hours")
    allowance_hours_left = fields.Float(
        string="Hours Left", compute="_compute_allowance"
    )
    allowance_balance = fields.Char(string="Balance", compute="_compute_allowance")

    # === COMPUTE ===

    @api.depends("kind", "included_hours", "advance_type")
    def _compute_grants_hours(self):
        for rule in self:
            rule.grants_hours = rule._sells_hours() or (
                rule.kind == "recurring" and rule.included_hours > 0
            )

    @api.depends(
        "allowance_ids.minutes_balance",
        "allowance_ids.minutes_granted",
        "allowance_ids.minutes_rolled_in",
    )
    def _compute_allowance(self):
        for rule in self:
            rows = rule.allowance_ids._current()
            left = hours_from_minutes(sum(rows.mapped("minutes_balance")))
            granted = hours_from_minutes(
                sum(rows.mapped("minutes_granted"))
                + sum(rows.mapped("minutes_rolled_in"))
            )
            rule.allowance_hours_left = left
            rule.allowance_balance = rows and self.env._(
                "%(left)g of %(granted)g h", left=left, granted=granted
            )

    # === CONSTRAINTS ===

    @api.constrains("allowance_rule_id", "kind", "project_id")
    def _check_allowance_rule(self):
        for rule in self.filtered("allowance_rule_id"):
            source = rule.allowance_rule_id
            if (
                rule.kind != "time"
                or source.project_id != rule.project_id
                or not (source._sells_hours() or source.kind == "recurring")
            ):
                raise ValidationError(
                    self.env._(
                        "%(rule)s can only draw on a retainer or on prepaid hours of "
                        "its own project, and only for time.",
                        rule=rule.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_drawn_on(self):
        # sudo: hours are used whoever may see the time
        drawing = self.sudo().search([("allowance_rule_id", "in", self.ids)], limit=1)
        items_sudo = self.env["project.billing.item"].sudo()
        covered = items_sudo.search(
            [("allowance_id.rule_id", "in", self.ids)], limit=1
        ).rule_id
        if drawing or covered:
            raise ValidationError(
                self.env._(
                    "%(time)s draws on the hours of %(rule)s. Archive it instead of "
                    "deleting it.",
                    time=(drawing or covered).display_name,
                    rule=", ".join(self.mapped("name")),
                )
            )

    # === ACTIONS ===

    def action_open_allowances(self):
        """Open the balances of the hours that this rule grants."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_allowance_action"
        )
        action["domain"] = [("rule_id", "=", self.id)]
        return action
