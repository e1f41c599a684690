"""Actions of a project's manager on an invoice of the project."""

from odoo import api, fields, models

from ..exceptions import BillingError
from .phrases import for_days


class ProjectBillingInvoice(models.Model):
    """An invoice of a project, which its manager opens and sends."""

    _inherit = "project.billing.invoice"

    situation = fields.Char(
        string="In Words",
        compute="_compute_situation",
        help="What is the matter with the invoice, and what comes next.",
    )

    @api.depends(
        "state",
        "payment_state",
        "sent",
        "amount_overdue",
        "amount_residual",
        "amount_questioned",
    )
    @api.depends_context("lang")
    def _compute_situation(self):
        for row in self:
            row.situation = row._situation()

    def _situation(self):
        """Return one sentence about the state of the invoice."""
        self.ensure_one()
        if self.state == "draft":
            return self.env._("Accounting has not posted it yet.")
        if self.credit:
            return self.env._("Takes back what was billed.")
        if self.currency_id.is_zero(self.amount_residual):
            return self.env._("Nothing is left to pay.")
        if not self.sent:
            return self.env._("The customer was not sent it yet.")
        if self.currency_id.compare_amounts(self.amount_overdue, 0) > 0:
            return self.env._("Overdue %s.", for_days(self.env, self.days_late))
        return self.env._("Waits for the customer to pay.")

    # === ACTIONS ===

    def action_open_request(self):
        """Open the request that the invoice was made from."""
        self._check_some()
        requests = self.request_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_request_action"
        )
        action["domain"] = [("id", "in", requests.ids)]
        if len(requests) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=requests.id)
        return action

    def action_open_move(self):
        """Open the document itself, for users who may read it in accounting."""
        self._check_some()
        self.ensure_one()
        self.move_id.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_send(self):
        """Open the window that sends the invoice to the customer.

        :returns: the action of the window
        :raises AccessError: when the user does not manage the project now
        :raises BillingError: for a credit note or its reversal, and for what is not
            posted
        """
        self._check_some()
        if not self.request_id or any(self.mapped("credit")):
            raise BillingError(
                self.env._(
                    "Accounting sends credit notes and what reverses them; choose an "
                    "invoice that was made from a request."
                )
            )
        return self.request_id.action_send()

    def _check_some(self):
        """Refuse an empty selection, and rows that the user may not read."""
        if not self:
            raise BillingError(self.env._("Choose at least one invoice."))
        self.check_access("read")


class ProjectProject(models.Model):
    """A project with its invoices."""

    _inherit = "project.project"

    def action_billing_open_invoices(self):
        """Open the invoices and credit notes of this project."""
        action = self._billing_open("project_billing_invoice_action")
        action["context"] = {}
        return action
