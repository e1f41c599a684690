"""Questions of customers about single lines of an invoice, and their answers."""

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_date

from ..exceptions import BillingError

#: What became of a customer's question about a line; only an open one is disputed.
QUESTION_STATES = [
    ("open", "Unanswered"),
    ("answered", "Answered"),
    ("settled", "Settled"),
    ("withdrawn", "Withdrawn"),
]
#: Why nothing is left of a question that is settled.
QUESTION_OUTCOMES = [
    ("credited", "Credited"),
    ("invoice_gone", "The invoice was cancelled"),
    ("asked_anew", "Asked anew"),
]
#: What becomes of work that a line gives back.
CREDIT_POLICIES = [
    ("bill_later", "Bill it again later"),
    ("write_off", "Write it off"),
]
#: Whoever books invoices may answer for the project's manager.
ACCOUNTING = "account.group_account_invoice"


class ProjectBillingQuestion(models.Model):
    """A customer's question about one invoice line; the rest stays payable.

    It is open until the manager answers, a credit note takes the questioned part back,
    the customer withdraws it, or the invoice is cancelled or deleted. The amount of
    open questions counts as disputed. Only methods write the states; the definitions
    are in ``doc/questions.md``.
    """

    _name = "project.billing.question"
    _inherit = ["project.billing.guard"]
    _description = "Question about an Invoice Line"
    _order = "id desc"
    _engine_owned = True

    line_id = fields.Many2one(
        "project.billing.line",
        string="Invoice Line",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    request_id = fields.Many2one(related="line_id.request_id", store=True, index=True)
    project_id = fields.Many2one(related="line_id.project_id", store=True, index=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    currency_id = fields.Many2one(related="request_id.currency_id")
    user_id = fields.Many2one(
        related="project_id.user_id", string="Manager", help="Of the project, today."
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_line_id = fields.Many2one(
        "account.move.line", string="Booked Line", readonly=True, ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="Who gets the answer: the contact who asked, or that of the invoice.",
    )
    name = fields.Char(string="Asked By", required=True, readonly=True)
    by_link = fields.Boolean(
        readonly=True,
        help="Asked with the link of the invoice, without logging in: the name is what "
        "was typed.",
    )
    date = fields.Datetime(
        string="Asked On", required=True, readonly=True, default=fields.Datetime.now
    )
    quantity = fields.Float(
        string="Questioned Quantity",
        digits="Product Unit",
        required=True,
        readonly=True,
        help="In the unit of the line.",
    )
    amount = fields.Monetary(
        string="Questioned Amount",
        required=True,
        readonly=True,
        help="Of the questioned quantity, with taxes, in the invoice's currency.",
    )
    text = fields.Text(string="Question", required=True, readonly=True)
    state = fields.Selection(
        QUESTION_STATES, required=True, readonly=True, default="open"
    )
    answer = fields.Text(readonly=True)
    answer_user_id = fields.Many2one(
        "res.users", string="Answered By", readonly=True, ondelete="restrict"
    )
    answer_date = fields.Datetime(string="Answered On", readonly=True)
    outcome = fields.Selection(QUESTION_OUTCOMES, readonly=True)
    credit_move_id = fields.Many2one(
        "account.move",
        string="Credit Note",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    policy = fields.Selection(CREDIT_POLICIES, string="Credited Work", readonly=True)
    reason = fields.Char(readonly=True, help="Why the credited work is written off.")
    written_off = fields.Json(
        readonly=True,
        export_string_translation=False,
        help="How much of which item is written off for this question.",
    )

    _open_uniq = models.UniqueIndex(
        "(line_id) WHERE state = 'open'",
        "There is an open question about this line already.",
    )
    _open_index = models.Index("(move_id) WHERE state = 'open'")
    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "A question is about a quantity above zero."
    )

    def _compute_display_name(self):
        for question in self._named():
            question.display_name = question._title()

    def _title(self):
        """Return in words what the question is about."""
        # sudo: the number of the invoice that the question is about
        number = self.sudo().move_id.name or self.request_id.name
        text = (self.line_id.name or "").split("\n")[0]
        return f"{number}: {text}"

    # === ANSWERING ===

    def action_answer(self, text=None):
        """Answer the customer, who gets a mail and sees the answer in the portal.

        The line is not disputed any more; the customer may ask again.

        :param str text: plain text; without it the window that asks opens
        :returns: True, or the window
        :raises AccessError: when the user neither manages the project nor does
            accounting
        :raises BillingError: when the question is not open, a credit note is being
            made, or the text is missing
        """
        self._check_may_answer()
        if text is None:
            return self._open_window("answer")
        text = self._check_answer(text)
        self._check_open()
        self._engine()._write_answer(text, {"state": "answered"})
        self._log_step("answered", self.env._("Answered: %s", text), reason=text)
        self._done_with_activities()
        self._queue_answer()
        return True

    def _write_answer(self, text, values):
        """Store the answer that the customer is given (engine only)."""
        self.write(
            {
                "answer": text,
                "answer_user_id": self.env.uid,
                "answer_date": fields.Datetime.now(),
                **values,
            }
        )

    def _open_window(self, mode):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer %s", self.name),
            "res_model": "project.billing.question.reply",
            "view_mode": "form",
            "target": "new",
            "context": {"default_question_id": self.id, "default_mode": mode},
        }

    # === CHECKS ===

    def _check_may_answer(self):
        """Refuse users who are neither the project's present manager nor accounting."""
        if len(self) != 1:
            raise BillingError(self.env._("Answer one question at a time."))
        self.check_access("read")
        if not (self.request_id._is_manager() or self.env.user.has_group(ACCOUNTING)):
            raise AccessError(
                self.env._(
                    "Only the manager of %(project)s or accounting may answer "
                    "%(question)s.",
                    project=self.project_id.sudo().name,  # sudo: name only
                    question=self._title(),
                )
            )

    def _check_answer(self, text):
        """Return the plain text of an answer, or raise what is wrong with it."""
        if not isinstance(text, str) or not text.strip():
            raise BillingError(self.env._("Write what the client is to read."))
        self._check_text(text, self.env._("The answer"))
        return text.strip()

    def _check_open(self):
        """Lock the question; refuse one that is not open, or is being credited.

        Of two sessions the second one waits here, is repeated by Odoo, and reads what
        the first one did.
        """
        self.env.cr.execute(
            SQL(
                "SELECT FROM project_billing_question WHERE id IN %s FOR NO KEY UPDATE",
                tuple(self.ids),
            )
        )
        for question in self:
            if question.state != "open":
                raise BillingError(question._closed_sentence())
            note = question._waiting_note()
            if note:
                raise BillingError(
                    self.env._(
                        "A credit note for %(question)s waits for accounting. It "
                        "settles the question when it is posted; ask accounting to "
                        "delete it if it is not wanted.",
                        question=question._title(),
                    )
                )

    def _closed_sentence(self):
        """Return what happened to a question, and who did it, in words."""
        self.ensure_one()
        labels = dict(self._fields["state"]._description_selection(self.env))
        # sudo: the name of who answered
        who = self.sudo().answer_user_id.name if self.state == "answered" else ""
        day = self.answer_date or self.write_date
        return self.env._(
            "%(question)s is not open any more: %(state)s%(who)s on %(day)s.",
            question=self._title(),
            state=labels[self.state].lower(),
            who=self.env._(" by %s", who) if who else "",
            day=format_date(self.env, day),
        )

    def _waiting_note(self):
        """Return the credit note that settles this question once it is posted."""
        self.ensure_one()
        # sudo: the state of a credit note that was made for this question
        return self.sudo().credit_move_id.filtered(
            lambda note: note.state == "draft" and note.move_type == "out_refund"
        )


class AccountMove(models.Model):
    """The disputed amount of an invoice: the part that its customer asks about."""

    _inherit = "account.move"

    def _billing_amount_questioned(self):
        """Return the disputed amount of these invoices.

        The sum of the open questions about each, taxes included, and never more than is
        left to pay; nothing for invoices that are not posted.

        :returns: ``{invoice: amount}`` for each of these, in its own currency
        """
        # sudo: sums about invoices that the caller has at hand
        questions_sudo = self.env["project.billing.question"].sudo()
        amounts = dict(
            questions_sudo._read_group(
                [("move_id", "in", self.ids), ("state", "=", "open")],
                ["move_id"],
                ["amount:sum"],
            )
        )
        by_id = {move.id: amount for move, amount in amounts.items()}
        result = {}
        for move in self:
            move_sudo = move.sudo()  # sudo: state and residual of the same invoices
            residual = move_sudo.amount_residual if move_sudo.state == "posted" else 0.0
            result[move] = max(min(by_id.get(move.id, 0.0), residual), 0.0)
        return result
