"""Missed billing alerts (leaks): earned value that nobody has moved on."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.rounding import exact
from ..exceptions import BillingError
from . import leak_correction_sql, leak_cost_sql, leak_sql
from .leak_checks import FIXES, LEAK_CODES, LEAKS
from .phrases import for_days, number

#: Whose rules of rights do not part the projects.
SEE_ALL = (
    "project_invoice_tracker.group_billing_approver",
    "project_invoice_tracker.group_billing_manager",
    "account.group_account_invoice",
    "account.group_account_readonly",
)


class ProjectBillingLeak(models.Model):
    """Earned, paid or approved value that is on no invoice that was sent.

    Nothing is stored: each reading sums what is open now, and what was resolved is
    gone. Record rules apply as for any other model.
    """

    _name = "project.billing.leak"
    _inherit = ["project.billing.named"]
    _description = "Billing Leak"
    _auto = False
    _order = "age desc, id"
    _rec_name = "document"
    _depends = {
        "project.billing.item": [
            "amount_open",
            "is_adjustment",
            "problem",
            "quantity_open",
            "ready",
        ],
        "project.billing.rule": ["active", "contract_amount", "date_start", "kind"],
        "project.billing.request": ["amount_untaxed", "invoice_id", "state"],
        "project.billing.approval": ["date", "request_id"],
        "project.milestone": [
            "billing_basis",
            "billing_fixed_price",
            "billing_percentage",
            "is_reached",
            "reached_date",
        ],
        "project.project": ["account_id", "active", "partner_id", "user_id"],
        "account.analytic.line": [
            "date",
            "project_id",
            "product_uom_id",
            "unit_amount",
        ],
        "account.move": ["invoice_date", "is_move_sent", "payment_state", "state"],
        "account.move.line": ["analytic_distribution", "balance", "parent_state"],
        "mail.activity": ["active", "billing_leak", "user_id"],
    }

    code = fields.Selection(LEAK_CODES, string="Leak", readonly=True)
    name = fields.Char(string="What", compute="_compute_texts")
    advice = fields.Char(string="What to Do", compute="_compute_texts")
    fix = fields.Selection(FIXES, string="Button", compute="_compute_texts")
    company_id = fields.Many2one("res.company", readonly=True)
    project_id = fields.Many2one("project.project", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    owner_id = fields.Many2one(
        "res.users",
        readonly=True,
        help="The manager of the project, who has to see to it.",
    )
    assigned_id = fields.Many2one(
        "res.users",
        string="Assigned to",
        readonly=True,
        help="Who was asked to see to it instead, by an activity.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    rule_id = fields.Many2one("project.billing.rule", readonly=True)
    milestone_id = fields.Many2one("project.milestone", readonly=True)
    request_id = fields.Many2one("project.billing.request", readonly=True)
    document = fields.Char(readonly=True)
    note = fields.Char(readonly=True)
    share = fields.Float(
        readonly=True,
        digits=(16, 6),
        aggregator=None,
        string="Milestones (%)",
        help="What the milestones come to, of the contract.",
    )
    records = fields.Integer(readonly=True, string="Number")
    hours = fields.Float(readonly=True)
    amount = fields.Monetary(
        readonly=True,
        help="Untaxed, in the currency of the contract; of costs, what they cost. "
        "Zero where no price is known, below zero where it is owed to the client.",
    )
    date = fields.Date(readonly=True, string="Since")
    age = fields.Integer(readonly=True, string="Days", aggregator="max")

    # === READING ===

    @property
    def _table_query(self):
        """Return the query of the alerts in the companies the user works in."""
        projects = self._projects_query()
        return SQL(
            leak_sql.ALL,
            own=SQL(", ").join(self._own_rows()),
            mine=projects,
            worth=self.env["project.billing.report"]._worth(projects),
            billed=self._billed_query(),
            columns=SQL(", ").join(SQL.identifier(n) for n in leak_sql.COLUMNS),
            queries=SQL(" UNION ALL ").join(self._queries()),
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Override to compute the alerts of the user's own projects only.

        This is for speed; the record rules apply in any case.
        """
        leaks = self
        if not self.env.su:
            see_all = any(map(self.env.user.has_group, SEE_ALL))
            leaks = self.with_context(billing_leaks_of="all" if see_all else "own")
        return super(ProjectBillingLeak, leaks)._search(domain, *args, **kwargs)

    @api.model
    @api.readonly
    def web_search_read(
        self, domain, specification, offset=0, limit=None, order=None, count_limit=None
    ):
        """Override to compute all alerts once, not a page and then their number."""
        leaks = self.search_fetch(domain, order=order)
        page = leaks[offset : offset + limit] if limit else leaks[offset:]
        return {"length": len(leaks), "records": page.web_read(specification)}

    @api.model
    @api.private
    @api.readonly
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Override to read all columns: a second query costs as much as the first."""
        return super().search_fetch(domain, None, offset, limit, order)

    @api.model
    def _own_rows(self):
        """Return SQL rows with the day and the thresholds of each company."""
        # sudo: days and limits of companies
        companies_sudo = self.env.companies.sudo()
        if not self.env.context.get("billing_leaks_of"):
            companies_sudo = companies_sudo.search([("active", "=", True)])
        return [
            SQL(
                "(%s, %s::date, %s, %s, %s, %s, %s)",
                company.id,
                company._billing_today(),
                company._billing_zone().key,
                company.billing_leak_work_days,
                company.billing_leak_milestone_days,
                company.billing_leak_request_days,
                company.billing_leak_invoice_days,
            )
            for company in companies_sudo
        ]

    @api.model
    def _projects_query(self):
        """Return the query of the projects to look at."""
        if self.env.context.get("billing_leaks_of") == "own":
            return SQL(leak_sql.OWN_PROJECTS, user=self.env.uid)
        return SQL(leak_sql.ALL_PROJECTS)

    @api.model
    def _billed_query(self):
        """Return the query of projects in ``mine`` that were ever billed; for add-ons.

        Once a project was billed, whatever nobody bills is missed, whichever day it is
        of.
        """
        return SQL(leak_sql.BILLED)

    @api.model
    def _queries(self):
        """Return a query for each kind of alert, with :data:`leak_sql.COLUMNS`.

        Add-ons extend it.
        """
        kinds = self.env["project.billing.kind"]
        return [
            SQL(leak_sql.MILESTONES),
            SQL(leak_sql.UNSIGNED),
            SQL(leak_sql.OPEN_WORK),
            SQL(leak_correction_sql.CORRECTIONS),
            SQL(
                leak_sql.UNPRICED_MILESTONES,
                ours=kinds._get("milestone")._milestone_condition(),
            ),
            SQL(leak_sql.SHARES),
            SQL(leak_sql.CUSTOMERS),
            SQL(leak_sql.REQUESTS),
            SQL(
                leak_sql.OUTSIDE,
                hour=self._hour_id(),
                ours=kinds._get("time")._entry_condition(),
            ),
            SQL(leak_cost_sql.COSTS, costs=kinds._get("cost")._uncovered_costs()),
        ]

    @api.model
    def _leaks(self):
        """Return ``{code: Leak}``, the texts of each kind of alert; for add-ons."""
        return LEAKS

    @api.model
    def _hour_id(self):
        return self.env.ref("uom.product_uom_hour").id

    # === COMPUTE ===

    @api.depends("code", "document", "note", "records", "age", "hours", "share")
    @api.depends_context("lang")
    def _compute_texts(self):
        leaks = self._leaks()
        for leak in self:
            known = leaks.get(leak.code)
            leak.fix = known and known.fix
            leak.advice = known and self.env._(known.advice)
            sentence = known and self.env._(known.sentence)
            leak.name = sentence and sentence % {
                "document": leak.document or "",
                "note": leak.note or "",
                "records": leak.records,
                "waiting": for_days(self.env, leak.age),
                "hours": number(self.env, exact(leak.hours, 2)),
                "share": number(self.env, leak.share),
            }

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["code"]._description_selection(self.env))
        for leak in self._named():
            leak.display_name = labels.get(leak.code, leak.code)

    # === RIGHTS ===

    def _check_some(self):
        """Refuse an empty selection, hidden alerts, and those resolved meanwhile."""
        if not self:
            raise BillingError(self.env._("Choose at least one leak."))
        if not self.exists() == self:
            raise BillingError(
                self.env._("This has been seen to meanwhile. Load the list again.")
            )
        self.check_access("read")


class ProjectBillingKindCost(models.AbstractModel):
    """Costs, of which some may match no rule."""

    _inherit = "project.billing.kind.cost"

    @api.model
    def _uncovered_costs(self):
        """Return the query of costs without an item; for add-ons.

        Columns: ``company_id``, ``currency_id`` (of the company), ``account_id`` (the
        analytic account that is named), ``day`` and ``amount``. It may use ``own`` and
        ``mine``, see :mod:`leak_sql`.
        """
        return SQL(leak_cost_sql.BILL_COSTS, ours=self._bill_condition())
