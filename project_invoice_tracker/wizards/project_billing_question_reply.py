"""Window to answer a customer's question: by a text, or by a credit note."""

from odoo import api, fields, models
from odoo.fields import Command

from ..models.project_billing_question import CREDIT_POLICIES


class ProjectBillingQuestionReply(models.TransientModel):
    """The answer for the customer, and what happens to the questioned part."""

    _name = "project.billing.question.reply"
    _inherit = ["project.billing.input"]
    _description = "Answer to a Question about an Invoice Line"

    question_id = fields.Many2one(
        "project.billing.question", required=True, ondelete="cascade"
    )
    mode = fields.Selection(
        [("answer", "The line is right"), ("credit", "Credit the questioned part")],
        string="What Now",
        required=True,
        default="answer",
    )
    # as the user: the question may be named by its id alone
    asked = fields.Text(
        related="question_id.text", related_sudo=False, string="The Client Asks"
    )
    asked_by = fields.Char(related="question_id.name", related_sudo=False, string="By")
    line_name = fields.Text(
        related="question_id.line_id.name", related_sudo=False, string="About"
    )
    currency_id = fields.Many2one(related="question_id.currency_id", related_sudo=False)
    amount = fields.Monetary(
        related="question_id.amount", related_sudo=False, string="In Question"
    )
    text = fields.Text(
        string="Your Answer",
        required=True,
        help="What the client reads, in a mail and in the portal; plain text.",
    )
    quantity = fields.Float(
        string="Quantity to Credit",
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
        help="In the unit of the line.",
    )
    billed_item_ids = fields.Many2many(
        "project.billing.item", compute="_compute_billed_item_ids"
    )
    item_ids = fields.Many2many(
        "project.billing.item",
        "project_billing_question_reply_item_rel",
        string="Only This Work",
        help="What is credited is this work. Leave empty for the latest work of the "
        "line.",
    )
    policy = fields.Selection(
        CREDIT_POLICIES,
        string="The Work",
        required=True,
        default="bill_later",
        help="What becomes of the credited work.",
    )
    reason = fields.Char(
        string="Reason of the Write-off",
        help="For your reports; not for the client.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        # not a constraint: Odoo runs those with elevated rights
        wizards.question_id.check_access("read")
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self.question_id.check_access("read")
        return result

    @api.depends("question_id")
    def _compute_quantity(self):
        for wizard in self:
            wizard.quantity = wizard.question_id.quantity

    @api.depends("question_id")
    def _compute_billed_item_ids(self):
        for wizard in self:
            slices = wizard.question_id.line_id.allocation_ids.filtered(
                lambda slice_: slice_.state == "billed" and slice_.action == "bill"
            )
            wizard.billed_item_ids = [Command.set(slices.item_id.ids)]

    def action_apply(self):
        """Answer or credit the question; its methods check everything."""
        self.ensure_one()
        if self.mode == "answer":
            self.question_id.action_answer(self.text)
        else:
            self.question_id.action_credit(
                self.policy,
                self.text,
                quantity=self.quantity,
                item_ids=self.item_ids.ids,
                reason=self.reason or None,
            )
        return {"type": "ir.actions.act_window_close"}
