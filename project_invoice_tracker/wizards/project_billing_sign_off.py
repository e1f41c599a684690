"""Window that asks who accepted milestones, or why an acceptance is revoked."""

from odoo import fields, models


class ProjectBillingSignOff(models.TransientModel):
    """Name and day, or reason, which are passed on to the milestones."""

    _name = "project.billing.sign.off"
    _inherit = ["project.billing.input"]
    _description = "Sign-Off of Milestones"

    milestone_ids = fields.Many2many("project.milestone", required=True)
    step = fields.Selection(
        [("sign_off", "Sign off"), ("revoke", "Revoke")],
        required=True,
        default="sign_off",
    )
    name = fields.Char(string="Accepted By")
    date = fields.Date(default=lambda self: self.env.company._billing_today())
    reason = fields.Text()

    def action_apply(self):
        """Record or revoke the acceptance of the milestones."""
        self.ensure_one()
        if self.step == "revoke":
            self.milestone_ids.action_billing_revoke_sign_off(self.reason or "")
        else:
            self.milestone_ids.action_billing_sign_off(self.name or "", self.date)
        return {"type": "ir.actions.act_window_close"}
