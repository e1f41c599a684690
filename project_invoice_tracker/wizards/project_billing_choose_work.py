"""Window to choose which work is billed under a cap."""

from odoo import api, fields, models


class ProjectBillingChooseWork(models.TransientModel):
    """The manager ticks the work that uses what is left of a cap."""

    _name = "project.billing.choose.work"
    _inherit = ["project.billing.input"]
    _description = "Choose the Work to Bill"

    request_id = fields.Many2one(
        "project.billing.request", required=True, readonly=True, ondelete="cascade"
    )
    cap_note = fields.Char(compute="_compute_cap_note")
    choosable_ids = fields.Many2many(
        "project.billing.item", compute="_compute_choosable_ids"
    )
    item_ids = fields.Many2many(
        "project.billing.item",
        string="Work",
        compute="_compute_item_ids",
        store=True,
        readonly=False,
        domain="[('id', 'in', choosable_ids)]",
    )

    @api.depends("request_id")
    def _compute_cap_note(self):
        for wizard in self:
            wizard.cap_note = wizard._readable_request().cap_note

    @api.depends("request_id")
    def _compute_choosable_ids(self):
        for wizard in self:
            wizard.choosable_ids = wizard._readable_request()._choosable_items().ids

    @api.depends("request_id")
    def _compute_item_ids(self):
        for wizard in self:
            wizard.item_ids = wizard._readable_request()._chosen_items().ids

    def _readable_request(self):
        """Return the request if the user may read it: a caller can send any id."""
        # sudo: taken away, since stored fields are computed with it
        return self.request_id.sudo(False)._filtered_access("read")

    def action_apply(self):
        """Bill the ticked work, in the order it was done, as far as the cap goes."""
        self.ensure_one()
        self.request_id._choose_items(self.item_ids)
        return {"type": "ir.actions.act_window_close"}
