"""Window to assign leaks to somebody."""

from odoo import fields, models


class ProjectBillingLeakAssign(models.TransientModel):
    """Who has to resolve some leaks, and by when."""

    _name = "project.billing.leak.assign"
    _inherit = ["project.billing.input"]
    _description = "Assign a Leak"

    leak_ids = fields.Json(required=True, export_string_translation=False)
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        required=True,
        domain="[('share', '=', False)]",
        help="Has to see the billing of the project: its manager, a deputy, or "
        "somebody who approves, posts or configures.",
    )
    date_deadline = fields.Date(
        string="Until",
        required=True,
        default=lambda self: self.env.company._billing_today(),
    )
    note = fields.Text(string="Message")

    def action_apply(self):
        """Create the activities, with the rights of the user who presses the button."""
        self.ensure_one()
        ids = [leak_id for leak_id in self.leak_ids or () if isinstance(leak_id, int)]
        leaks = self.env["project.billing.leak"].browse(ids)
        leaks.assign(self.user_id.id, self.date_deadline, self.note or "")
        return {"type": "ir.actions.act_window_close"}
