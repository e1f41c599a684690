"""Requests: the pre-bill that a project manager prepares and others approve."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import SQL, format_datetime

from ..billing.transitions import DRAFT, STEPS, VOIDING_STEPS, target
from ..const import REQUEST_STATES
from ..engine import QUIET, is_engine
from ..exceptions import BillingError

#: What the manager may write by hand, while the request is a draft.
CONTENT_FIELDS = {"narration", "customer_reference", "line_ids"}


class ProjectBillingRequest(models.Model):
    """A request to invoice what is ready in one project.

    Draft, submitted, approved, invoiced or cancelled; the steps between are in
    ``billing/transitions.py``. Only the texts and the lines of a draft are written
    by hand, everything else by the methods.
    """

    _name = "project.billing.request"
    _inherit = ["project.billing.guard", "mail.thread", "mail.activity.mixin"]
    _description = "Billing Request"
    _order = "id desc"
    _mail_post_access = "read"
    _check_company_auto = True
    _name_is_public = True
    _engine_fields = frozenset(
        {
            "name",
            "project_id",
            "partner_id",
            "company_id",
            "currency_id",
            "fiscal_position_id",
            "payment_term_id",
            "user_id",
            "date_from",
            "date_to",
            "date_work_first",
            "date_work_last",
            "state",
            "invoice_id",
            "replaces_id",
            "last_editor_id",
            "editor_ids",
            "drawn_basis",
        }
    )

    name = fields.Char(readonly=True, copy=False, index="trigram")
    project_id = fields.Many2one(
        "project.project",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users", "Requested By", required=True, readonly=True, index=True
    )
    last_editor_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    editor_ids = fields.Many2many(
        "res.users",
        "project_billing_request_editor_rel",
        "request_id",
        "user_id",
        string="Edited By",
        readonly=True,
        copy=False,
        ondelete="restrict",
        context={"active_test": False},
        help="Everybody who edited the content since it was made.",
    )
    date_from = fields.Date(string="Collected From", readonly=True)
    date_to = fields.Date(string="Collected Until", readonly=True)
    customer_reference = fields.Char(
        help="Order number of the customer, printed on the invoice."
    )
    narration = fields.Html(
        string="Message", help="A personal message, printed on the invoice."
    )
    state = fields.Selection(
        REQUEST_STATES,
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        group_expand="_group_expand_states",
    )
    line_ids = fields.One2many("project.billing.line", "request_id", string="Lines")
    approval_ids = fields.One2many(
        "project.billing.approval", "request_id", readonly=True
    )
    invoice_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    replaces_id = fields.Many2one(
        "project.billing.request",
        readonly=True,
        copy=False,
        help="The request whose invoice was credited and replaced.",
    )
    invoice_state = fields.Selection(
        related="invoice_id.state", string="Invoice State", tracking=False
    )
    payment_state = fields.Selection(related="invoice_id.payment_state", tracking=False)
    invoice_date = fields.Date(related="invoice_id.invoice_date")
    invoice_date_due = fields.Date(related="invoice_id.invoice_date_due")

    _project_index = models.Index("(project_id, state)")

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        sequences = {}
        for vals in vals_list:
            if is_engine(self.env) and not vals.get("name"):
                company_id = vals["company_id"]
                if company_id not in sequences:
                    sequences[company_id] = self._find_sequence(company_id)
                vals["name"] = sequences[company_id].next_by_id()
        return super().create(vals_list)

    @api.model
    def _find_sequence(self, company_id):
        """Return the sequence that numbers the requests of a company."""
        return self.env["ir.sequence"].search(
            [("code", "=", self._name), ("company_id", "in", (company_id, False))],
            order="company_id",
            limit=1,
        )

    def write(self, vals):
        if is_engine(self.env) or not (vals.keys() & CONTENT_FIELDS):
            return super().write(vals)
        self._check_editable()
        # before: the guard compares what it finds with what it leaves
        self._mark_edited()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_cancelling(self):
        if is_engine(self.env) and not self.line_ids:
            return
        raise BillingError(self.env._("A billing request is cancelled, never deleted."))

    def copy(self, default=None):
        """Refuse: a copied request would bill the same work twice."""
        if self:
            raise BillingError(
                self.env._(
                    "A billing request cannot be duplicated. Bill the project again."
                )
            )
        return super().copy(default)

    # === RIGHTS ===

    def _check_not_empty(self):
        if not self:
            raise BillingError(self.env._("Choose at least one billing request."))

    def _is_manager(self):
        """Tell whether the user may act for the project of this request now."""
        self.ensure_one()
        return self.project_id._billing_is_manager()

    def _check_manager(self):
        """Refuse anybody but the project's manager of today.

        :raises AccessError: naming the first request that is not the user's
        """
        self._check_not_empty()
        self.check_access("read")
        for request in self:
            if not request._is_manager():
                raise AccessError(
                    self.env._(
                        "Only the manager of %(project)s may do this with %(request)s.",
                        project=request.project_id.sudo().name,  # sudo: name only
                        request=request.name,
                    )
                )

    def _check_editable(self):
        """Refuse a change of a request that is not a draft of the user's own.

        :raises BillingError: when the content is frozen, with what to do instead
        """
        self._check_manager()
        for request in self:
            if request.state != "draft":
                raise BillingError(
                    self.env._(
                        "%(request)s is %(state)s and its content is frozen. "
                        "Withdraw it to change it.",
                        request=request.name,
                        state=request._state_label(),
                    )
                )

    def _mark_edited(self):
        """Remember who touched the content: these people cannot approve it."""
        if self:
            self._engine().write(
                {
                    "last_editor_id": self.env.user.id,
                    "editor_ids": [Command.link(self.env.user.id)],
                }
            )

    # === MOVER ===

    def _lock(self):
        """Lock these requests, so that one session at a time changes them.

        Another session waits, and Odoo then repeats it on the new state.
        """
        self.env.cr.execute(
            SQL(
                "SELECT FROM project_billing_request WHERE id IN %s"
                " ORDER BY id FOR UPDATE",
                tuple(self.ids),
            )
        )

    def _move(self, step, comment="", valid=False, contents=None, values=None):
        """Take ``step`` with every request of the set, and log it.

        The only place where a state changes. Callers check the user's rights before.

        :param str step: a key of :data:`billing.transitions.STEPS`
        :param str comment: why, for the log and the chatter
        :param bool valid: the log row is an approval that counts from now on
        :param dict contents: of :meth:`_contents`, if the caller just read them
        :param dict values: more values of the log row, by request id
        :raises BillingError: naming a request for which the step is not possible
        """
        for request in self:
            if not target(step, request.state):
                raise BillingError(request._wrong_state_message(step))
        engine = self._engine()
        engine._log(step, comment, valid, contents, values)
        labels = dict(self._fields["state"]._description_selection(self.env))
        notes = {
            request.id: f"{labels[request.state]} → {labels[STEPS[step][1]]}"
            for request in self
        }
        # one note for all instead of a tracking message each
        engine.with_context(**QUIET).write({"state": STEPS[step][1]})
        engine._message_log_batch(bodies=notes)
        if STEPS[step][1] == DRAFT:
            engine._refresh_terms()

    def _wrong_state_message(self, step):
        """Return the state of the request, and who moved it there, in words."""
        # sudo: the request's own log
        last = self.sudo().approval_ids.sorted("id")[-1:]
        return self.env._(
            "%(request)s is %(state)s%(by)s, so this step is not possible now.",
            request=self.name,
            state=self._state_label(),
            by=self.env._(
                " (%(who)s, %(when)s)",
                who=last.user_id.name,
                when=format_datetime(self.env, last.date),
            )
            if last
            else "",
        )

    def _log(self, decision, comment="", valid=False, contents=None, values=None):
        """Append a row to the log of each request, bound to its content."""
        contents = contents or self._contents()
        Approval = self.env["project.billing.approval"]
        if decision in VOIDING_STEPS:
            self.approval_ids.filtered("valid").write({"valid": False})
        Approval.create(
            [
                {
                    "request_id": request.id,
                    "decision": decision,
                    "user_id": self.env.uid,
                    "comment": comment or False,
                    "amount": request.amount_untaxed,
                    "valid": valid,
                    **contents[request.id].log_values(decision),
                    **(values or {}).get(request.id, {}),
                }
                for request in self
            ]
        )
