"""Rules and caps: which caps a rule counts towards, and what they leave for it."""

from odoo import api, fields, models


class ProjectBillingRule(models.Model):
    """Rules bill together at most the amount or hours of their caps."""

    _inherit = "project.billing.rule"

    cap_ids = fields.Many2many(
        "project.billing.cap",
        "project_billing_cap_rule_rel",
        "rule_id",
        "cap_id",
        string="Caps",
        check_company=True,
        ondelete="restrict",
        groups="project_invoice_tracker.group_billing_user,"
        "project_invoice_tracker.group_billing_approver",
        help="Never more than these is billed, in all, under the rules they hold for.",
    )

    @api.constrains("cap_ids", "currency_id")
    def _check_caps(self):
        """Refuse caps that are below what is billed, or in another currency."""
        # sudo: all that counts towards a cap, whoever adds a rule to it
        caps_sudo = self.sudo().cap_ids
        caps_sudo._check_currency()
        caps_sudo._check_within()

    def write(self, vals):
        if "cap_ids" not in vals:
            return super().write(vals)
        before = self.cap_ids
        result = super().write(vals)
        # sudo: what is used of a cap is counted whoever adds or takes off a rule
        (before | self.cap_ids).sudo()._refresh_used()
        return result

    def _room_for(self, lines):
        """Override: what the caps leave, plus what the lines hold already."""
        room = super()._room_for(lines)
        if not self.cap_ids:
            return room
        left = self.cap_ids._room_for_amount(lines)
        return left if room is None else min(room, left)

    def _explain_limits(self):
        """Override: add ``caps``, the names of those that the rule counts towards."""
        # sudo: names of caps, also for accounting, which keeps none
        names = self.sudo().cap_ids.mapped("name")
        return {**super()._explain_limits(), "caps": names}

    @api.model
    def _cron_follow_calendar(self):
        result = super()._cron_follow_calendar()
        # sudo: open work counts as well, and grows without the ledger
        self.env["project.billing.cap"].sudo()._alert_all()
        return result


class ProjectBillingLedger(models.AbstractModel):
    """Update the counters of caps together with those of the items."""

    _inherit = "project.billing.ledger"

    @api.model
    def _tell_kinds(self, item_ids):
        result = super()._tell_kinds(item_ids)
        # sudo: caps follow the ledger, whoever moves it
        items_sudo = self.env["project.billing.item"].sudo().browse(item_ids)
        items_sudo.env["project.billing.cap"]._follow_ledger(items_sudo)
        return result
