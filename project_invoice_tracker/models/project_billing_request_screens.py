"""Further values that the screens of a request show."""

from odoo import api, fields, models

from ..billing.wording import within_sentence


class ProjectBillingRequest(models.Model):
    """Payment state, discounts, write-offs, and why a request was sent back."""

    _inherit = "project.billing.request"

    allocation_ids = fields.One2many(
        "project.billing.allocation",
        "request_id",
        string="Work Behind",
        readonly=True,
    )
    has_write_off = fields.Boolean(compute="_compute_has_write_off")
    has_discount = fields.Boolean(compute="_compute_has_discount")
    has_removed = fields.Boolean(compute="_compute_has_removed")
    amount_residual = fields.Monetary(
        string="Amount Due",
        compute="_compute_amount_residual",
        compute_sudo=True,
        help="What is still to be paid; of an invoice for several projects, its share.",
    )
    invoice_number = fields.Char(related="invoice_id.name", string="Invoice Number")
    sent_back_note = fields.Char(
        compute="_compute_sent_back_note",
        help="Who sent the draft back, and why.",
    )

    @api.depends("invoice_id.amount_residual", "amount_total")
    def _compute_amount_residual(self):
        for request in self:
            invoice = request.invoice_id
            due, shared = invoice.amount_residual, len(invoice.billing_request_ids) > 1
            if shared and invoice.amount_total:
                # the other projects of the invoice are other managers' business
                due *= request.amount_total / invoice.amount_total
            request.amount_residual = due

    @api.depends("line_ids.discount", "line_ids.removed")
    def _compute_has_discount(self):
        for request in self:
            request.has_discount = any(request.line_ids._live().mapped("discount"))

    @api.depends("allocation_ids.action", "allocation_ids.state")
    def _compute_has_write_off(self):
        for request in self:
            request.has_write_off = bool(
                request.allocation_ids.filtered(
                    lambda a: a.action == "write_off" and a.state != "released"
                )
            )

    @api.depends("line_ids.removed")
    def _compute_has_removed(self):
        for request in self:
            request.has_removed = any(request.line_ids.mapped("removed"))

    @api.depends("state", "approval_ids.decision")
    def _compute_sent_back_note(self):
        sentences = {
            "reject": self.env._("Rejected by %(who)s: %(why)s"),
            "send_back": self.env._("Sent back by %(who)s: %(why)s"),
        }
        for request in self:
            last = request.approval_ids[:1]
            sentence = request.state == "draft" and sentences.get(last.decision)
            request.sent_back_note = sentence and sentence % {
                # sudo: the name of who decided
                "who": last.user_id.sudo().name,
                "why": last.comment or "",
            }

    def _group_expand_states(self, states, domain):
        """Return the kanban columns in order; cancelled only when asked for."""
        return [
            state
            for state, _label in self._fields["state"].selection
            if state != "cancelled" or state in states
        ]

    def action_open_project(self):
        """Open the project, for those who may read it."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "project.project",
            "res_id": self.project_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _state_label(self):
        """Return the state as the user reads it within a sentence."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        return within_sentence(labels[self.state], self.env.lang)
