"""Questions on the screens of requests, of projects' invoices, and of invoices."""

from odoo import api, fields, models

from ..exceptions import BillingError

ACTION = "project_invoice_tracker.project_billing_question_action"


class ProjectBillingQuestion(models.Model):
    """The document and the situation of a question, for its screens."""

    _inherit = "project.billing.question"

    document = fields.Char(
        string="Invoice Number",
        compute="_compute_document",
        compute_sudo=True,
        help="Number of the invoice, also for who may not read invoices.",
    )
    line_name = fields.Text(related="line_id.name", string="Line Text")
    situation = fields.Char(
        string="In Words",
        compute="_compute_situation",
        compute_sudo=True,
        help="What the question waits for.",
    )
    credit_waiting = fields.Boolean(
        compute="_compute_situation",
        compute_sudo=True,
        help="A credit note for it waits for accounting.",
    )

    @api.depends("move_id.name")
    def _compute_document(self):
        for question in self:
            question.document = question.move_id.name

    @api.depends_context("lang")
    @api.depends("state", "credit_move_id.state", "outcome")
    def _compute_situation(self):
        for question in self:
            question.credit_waiting = bool(question._waiting_note())
            question.situation = question._situation()

    def _situation(self):
        """Return one sentence about the question (elevated)."""
        self.ensure_one()
        if self.state == "open" and self._waiting_note():
            return self.env._("Accounting has to post the credit note.")
        if self.state == "open":
            return self.env._("Waits for an answer.")
        if self.state == "answered":
            return self.env._("The client may ask again.")
        if self.state == "withdrawn":
            return self.env._("The client took it back.")
        if self.outcome == "credited":
            return self.env._("Credited by %s.", self.credit_move_id.name or "–")
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        return labels.get(self.outcome, "")

    def action_open_request(self):
        """Open the request that the questioned line was billed with."""
        if len(self) != 1:
            raise BillingError(self.env._("Choose one question."))
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "project.billing.request",
            "res_id": self.request_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _open_list(self, domain):
        """Return the action that lists questions, or shows the form of a single one."""
        action = self.env["ir.actions.act_window"]._for_xml_id(ACTION)
        action.update(domain=domain, context={})
        found = self.search(domain, limit=2)
        if len(found) == 1:
            action.update(views=[(False, "form")], res_id=found.id)
        return action


class ProjectBillingRequest(models.Model):
    """The questions about a request's invoice."""

    _inherit = "project.billing.request"

    question_ids = fields.One2many(
        "project.billing.question", "request_id", readonly=True
    )
    question_open_count = fields.Integer(
        string="Open Questions", compute="_compute_question_counts"
    )
    question_count = fields.Integer(
        string="Number of Questions", compute="_compute_question_counts"
    )

    @api.depends("question_ids.state")
    def _compute_question_counts(self):
        counts = {}
        for request, state, count in self.env["project.billing.question"]._read_group(
            [("request_id", "in", self.ids)], ["request_id", "state"], ["__count"]
        ):
            counts.setdefault(request.id, {})[state] = count
        for request in self:
            of_request = counts.get(request._origin.id, {})
            request.question_count = sum(of_request.values())
            request.question_open_count = of_request.get("open", 0)

    def action_open_questions(self):
        """Open the questions about the invoices of these requests."""
        self._check_not_empty()
        self.check_access("read")
        return self.env["project.billing.question"]._open_list(
            [("request_id", "in", self.ids)]
        )


class AccountMove(models.Model):
    """The questions about an invoice, for accounting."""

    _inherit = "account.move"

    billing_question_count = fields.Integer(
        string="Questions of the Client",
        compute="_compute_billing_question_count",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    def _compute_billing_question_count(self):
        counts = dict(
            self.env["project.billing.question"]._read_group(
                [("move_id", "in", self.ids)], ["move_id"], ["__count"]
            )
        )
        for move in self:
            move.billing_question_count = counts.get(move._origin, 0)

    def action_billing_open_questions(self):
        """Open the questions about these invoices."""
        if not self:
            raise BillingError(self.env._("Choose at least one invoice."))
        self.check_access("read")
        return self.env["project.billing.question"]._open_list(
            [("move_id", "in", self.ids)]
        )


class ProjectBillingInvoice(models.Model):
    """The disputed part of a project's invoice."""

    _inherit = "project.billing.invoice"

    def action_open_questions(self):
        """Open the questions about these invoices."""
        self._check_some()
        return self.env["project.billing.question"]._open_list(
            [("request_id", "in", self.request_id.ids)]
        )

    def _situation(self):
        """Override: an open question is named first, unless the invoice is paid."""
        sentence = super()._situation()
        if self.currency_id.compare_amounts(self.amount_questioned, 0) > 0:
            return self.env._("The client asks about a part of it. %s", sentence)
        return sentence
