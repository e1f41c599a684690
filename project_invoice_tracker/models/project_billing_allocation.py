"""Allocations: how much of which item each billing line uses. They are the ledger."""

from odoo import api, fields, models

from ..const import ALLOCATION_ACTIONS, ALLOCATION_STATES, RELEASE_CAUSES
from .sql_bulk import leave_room


class ProjectBillingAllocation(models.Model):
    """One allocation (slice): a line uses this quantity of an item.

    Rows are kept: a released one stays with its cause, and taking it back adds a new
    row and marks the released one as reverted.
    """

    _name = "project.billing.allocation"
    _inherit = ["project.billing.guard"]
    _description = "Billing Allocation"
    _order = "id desc"
    _engine_owned = True

    item_id = fields.Many2one(
        "project.billing.item",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    line_id = fields.Many2one(
        "project.billing.line", readonly=True, index=True, ondelete="set null"
    )
    request_id = fields.Many2one(
        "project.billing.request", readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="item_id.company_id")
    project_id = fields.Many2one(related="item_id.project_id")
    kind = fields.Selection(related="item_id.kind")
    date = fields.Date(related="item_id.date", string="Day of Work")
    employee_id = fields.Many2one(related="item_id.employee_id", string="Person")
    task_id = fields.Many2one(related="item_id.task_id")
    name = fields.Char(related="item_id.name", string="Description")
    price_unit = fields.Float(related="item_id.price_unit", string="Price")
    explanation = fields.Char(related="item_id.explanation", string="Price From")
    quantity = fields.Float(
        readonly=True, digits=0, required=True, help="Minutes for time."
    )
    quantity_surplus = fields.Float(
        readonly=True,
        digits=0,
        help="How much of what was released is no open work: the surplus of an "
        "increment. Below zero, when more work is open again than the slice held.",
    )
    hours = fields.Float(compute="_compute_hours")
    action = fields.Selection(ALLOCATION_ACTIONS, required=True, readonly=True)
    state = fields.Selection(ALLOCATION_STATES, required=True, readonly=True)
    reason = fields.Char(readonly=True, help="Why it was written off.")
    release_cause = fields.Selection(RELEASE_CAUSES, readonly=True)
    release_uid = fields.Many2one(
        "res.users", string="Released By", readonly=True, ondelete="restrict"
    )
    release_date = fields.Datetime(string="Released On", readonly=True)
    credit_line_id = fields.Many2one(
        "account.move.line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="account.group_account_invoice,account.group_account_readonly",
        help="The line of the credit note that gave this slice back.",
    )
    taken_line_id = fields.Many2one(
        "account.move.line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="account.group_account_invoice,account.group_account_readonly",
        help="The line of a reversed credit note that took this slice back.",
    )
    reverted = fields.Boolean(
        readonly=True, help="The release was taken back; the slice counts again."
    )

    # not by the state, which no index knows: billing a slice then touches none
    _slice_uniq = models.UniqueIndex(
        "(item_id, line_id, action) WHERE (release_date IS NULL)",
        "This work is on this line already.",
    )
    _released_has_date = models.Constraint(
        "CHECK ((state = 'released') = (release_date IS NOT NULL))",
        "What is released has a date, and nothing else.",
    )
    _active_on_line = models.Constraint(
        "CHECK (state = 'released' OR line_id IS NOT NULL)",
        "A line cannot go while it holds work.",
    )
    _quantity_not_zero = models.Constraint(
        "CHECK (quantity <> 0)", "A slice holds something."
    )

    @api.private
    def init(self):
        """Reserve space in the table's pages for later changes of the state."""
        leave_room(self)

    def _compute_hours(self):
        for allocation in self:
            is_time = allocation.item_id.unit == "minute"
            allocation.hours = allocation.quantity / 60 if is_time else 0.0
