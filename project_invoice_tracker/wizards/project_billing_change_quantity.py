"""Window to lower the quantity of a line: write the rest off, or bill it later."""

from odoo import fields, models


class ProjectBillingChangeQuantity(models.TransientModel):
    """The new quantity of a line, and what happens to the rest."""

    _name = "project.billing.change.quantity"
    _inherit = ["project.billing.input"]
    _description = "Change the Quantity of a Billing Line"

    line_id = fields.Many2one("project.billing.line", required=True, readonly=True)
    # as the user: the line may be named by its id alone
    name = fields.Text(related="line_id.name", related_sudo=False)
    current_quantity = fields.Float(
        related="line_id.quantity", related_sudo=False, string="Quantity Now"
    )
    quantity = fields.Float(string="New Quantity", digits="Product Unit", required=True)
    policy = fields.Selection(
        [("bill_later", "Bill later"), ("write_off", "Write off")],
        string="The Rest",
        required=True,
        default="bill_later",
    )
    reason = fields.Char(help="Why it is never billed.")

    def action_apply(self):
        """Apply the new quantity to the line."""
        self.ensure_one()
        self.line_id.change_quantity(self.quantity, self.policy, self.reason or "")
        return {"type": "ir.actions.act_window_close"}
