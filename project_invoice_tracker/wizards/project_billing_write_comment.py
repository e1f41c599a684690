"""Window with the comments on a billing line, to add one."""

from odoo import api, fields, models


class ProjectBillingWriteComment(models.TransientModel):
    """The comments on a line, and the text of a new one."""

    _name = "project.billing.write.comment"
    _inherit = ["project.billing.input"]
    _description = "Comment on a Line"

    line_id = fields.Many2one("project.billing.line", required=True, ondelete="cascade")
    comment_ids = fields.Many2many(
        "project.billing.comment", compute="_compute_comment_ids", string="So Far"
    )
    text = fields.Text(string="Your Comment", required=True)

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        # not a constraint: Odoo runs those with elevated rights
        wizards.line_id.check_access("read")
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self.line_id.check_access("read")
        return result

    @api.depends("line_id")
    def _compute_comment_ids(self):
        comments = self.env["project.billing.comment"]
        for wizard in self:
            # as the user: record rules decide which comments there are
            wizard.comment_ids = comments.search([("line_id", "=", wizard.line_id.id)])

    def action_apply(self):
        """Add the comment; its author is the user who presses the button."""
        self.ensure_one()
        self.line_id.action_comment(self.text)
        return {"type": "ir.actions.act_window_close"}
