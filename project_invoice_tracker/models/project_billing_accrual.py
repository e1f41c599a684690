"""Accruals: revenue that was earned and not billed by a day, and the reverse."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..const_figures import ACCRUAL_SIDES
from ..exceptions import BillingError


class ProjectBillingAccrual(models.Model):
    """The month-end entry of a company for one day, and its reversal.

    There is one for each company and day. It can be computed again at will; while its
    entries are posted, it cannot be posted a second time.
    """

    _name = "project.billing.accrual"
    _inherit = ["project.billing.guard", "mail.thread"]
    _description = "Billing Accrual"
    _order = "date desc, id desc"
    _check_company_auto = True
    _engine_fields = frozenset({"move_id", "reverse_move_id", "date_computed"})

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        required=True,
        default=lambda self: self._default_date(),
        help="The last day that counts, as a rule the end of a month.",
    )
    reversal_date = fields.Date(
        string="Reversed On",
        compute="_compute_reversal_date",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        check_company=True,
        domain="[('type', '=', 'general')]",
    )
    unbilled_account_id = fields.Many2one(
        "account.account",
        string="Unbilled Work",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('internal_group', '=', 'asset'),"
        " ('account_type', '!=', 'asset_receivable')]",
        help="Account of what was earned and not billed, as a rule a current asset.",
    )
    advance_account_id = fields.Many2one(
        "account.account",
        string="Billed in Advance",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('internal_group', '=', 'liability'),"
        " ('account_type', '!=', 'liability_payable')]",
        help="Account of what was billed too early, as a rule a current liability.",
    )
    line_ids = fields.One2many(
        "project.billing.accrual.line", "accrual_id", readonly=True
    )
    amount_unbilled = fields.Monetary(
        string="Unbilled", compute="_compute_amounts", help="In the company's currency."
    )
    amount_advance = fields.Monetary(
        string="In Advance", compute="_compute_amounts", help="As above."
    )
    date_computed = fields.Datetime(string="Computed On", readonly=True, copy=False)
    move_id = fields.Many2one(
        "account.move",
        string="Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    reverse_move_id = fields.Many2one(
        "account.move",
        string="Reversal",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [("draft", "Preview"), ("posted", "Posted")], compute="_compute_state"
    )

    _company_day_uniq = models.UniqueIndex(
        "(company_id, date)", "There is an accrual of this day already. Open that one."
    )

    # === COMPUTE ===

    @api.model
    def _default_date(self):
        first = self.env.company._billing_today().replace(day=1)
        return first - timedelta(days=1)

    @api.depends("date")
    def _compute_reversal_date(self):
        for accrual in self:
            if accrual.date and (
                not accrual.reversal_date or accrual.reversal_date <= accrual.date
            ):
                accrual.reversal_date = accrual.date + relativedelta(days=1)

    @api.depends("company_id")
    def _compute_accounts(self):
        """Propose the accounts of the last accrual, else those of Odoo's settings."""
        for accrual in self:
            company = accrual.company_id
            last = self.search([("company_id", "=", company.id)], limit=1)
            accrual.unbilled_account_id = (
                last.unbilled_account_id or company.revenue_accrual_account_id
            )
            accrual.advance_account_id = last.advance_account_id
            journals = self.env["account.journal"]
            accrual.journal_id = (
                last.journal_id
                or company.automatic_entry_default_journal_id
                or journals.search(
                    [
                        *journals._check_company_domain(company),
                        ("type", "=", "general"),
                    ],
                    limit=1,
                )
            )

    @api.depends("line_ids.balance")
    def _compute_amounts(self):
        for accrual in self:
            sums = {side: 0.0 for side, _label in ACCRUAL_SIDES}
            for line in accrual.line_ids:
                sums[line.side] += line.balance
            accrual.amount_unbilled = sums["unbilled"]
            accrual.amount_advance = -sums["advance"]

    @api.depends("move_id.state", "reverse_move_id.state")
    def _compute_state(self):
        for accrual in self:
            moves = accrual.move_id | accrual.reverse_move_id
            live = moves.filtered(lambda move: move.state != "cancel")
            accrual.state = "posted" if live else "draft"

    @api.depends("date", "company_id")
    def _compute_display_name(self):
        for accrual in self._named():
            accrual.display_name = self.env._(
                "Accrual of %s", format_date(self.env, accrual.date)
            )

    # === CONSTRAINTS ===

    @api.constrains("date", "reversal_date")
    def _check_dates(self):
        for accrual in self:
            if accrual.reversal_date <= accrual.date:
                raise ValidationError(
                    self.env._(
                        "%s is reversed on a later day than its own.",
                        accrual.display_name,
                    )
                )

    def write(self, vals):
        """Override to refuse changes once the entries are posted."""
        settings = vals.keys() & {
            "company_id",
            "date",
            "reversal_date",
            "journal_id",
            "unbilled_account_id",
            "advance_account_id",
        }
        if settings:
            self._check_not_posted()
        result = super().write(vals)
        if settings & {"company_id", "date"}:
            self._engine().line_ids.unlink()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        self._check_not_posted()

    def _check_not_posted(self):
        for accrual in self:
            if accrual.state == "posted":
                raise BillingError(
                    self.env._(
                        "%s is posted. Undo it before it is changed.",
                        accrual.display_name,
                    )
                )
