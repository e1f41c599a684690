"""Invoices for a project's manager: state, sent, due, paid, outstanding."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.account.models.account_move import PAYMENT_STATE_SELECTION

from . import invoice_sql


class ProjectBillingInvoice(models.Model):
    """The part of a request in its invoice, or of a project in a credit note.

    Read only, computed by PostgreSQL from what accounting posts: nothing is copied, so
    nothing can differ. Amounts are in the currency of the invoice; those of credit
    notes are negative, so that sums are right. Managers see the rows of their projects
    without any rights in accounting. ``doc/figures.md`` defines the figures.
    """

    _name = "project.billing.invoice"
    _inherit = ["project.billing.named"]
    _description = "Invoice of a Project"
    _auto = False
    _order = "invoice_date desc, id desc"
    _depends = {
        "account.move": [
            "amount_residual",
            "amount_total",
            "amount_untaxed",
            "billing_date_sent",
            "commercial_partner_id",
            "invoice_date",
            "invoice_date_due",
            "is_move_sent",
            "move_type",
            "name",
            "payment_state",
            "state",
        ],
        "account.move.line": [
            "amount_residual_currency",
            "billing_line_id",
            "billing_origin_line_id",
            "date_maturity",
            "display_type",
            "move_id",
            "price_subtotal",
            "price_total",
        ],
        "project.billing.line": ["project_id", "request_id"],
        "project.billing.question": ["amount", "move_id", "request_id", "state"],
        "project.billing.request": [
            "amount_total",
            "amount_untaxed",
            "company_id",
            "currency_id",
            "invoice_id",
            "name",
            "project_id",
            "state",
            "user_id",
        ],
    }

    name = fields.Char(
        string="Number",
        readonly=True,
        help="Number of the invoice; that of the request, while it is a draft.",
    )
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    request_id = fields.Many2one(
        "project.billing.request",
        readonly=True,
        help="What the invoice was made from; empty for credit notes, and for invoices "
        "that reverse them.",
    )
    credit = fields.Boolean(string="Credit Note", readonly=True)
    project_id = fields.Many2one("project.project", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Manager", readonly=True)
    invoice_date = fields.Date(readonly=True)
    invoice_date_due = fields.Date(string="Due", readonly=True)
    state = fields.Selection([("draft", "Draft"), ("posted", "Posted")], readonly=True)
    payment_state = fields.Selection(
        PAYMENT_STATE_SELECTION, string="Payment", readonly=True
    )
    sent = fields.Boolean(readonly=True, help="The customer was sent the invoice.")
    date_sent = fields.Date(
        string="Sent On", readonly=True, help="When it was sent first, if known."
    )
    amount_untaxed = fields.Monetary(readonly=True, help="The project's part.")
    amount_total = fields.Monetary(
        string="Total", readonly=True, help="The project's part, with taxes."
    )
    amount_added = fields.Monetary(
        string="Added by Accounting",
        readonly=True,
        help="Of the untaxed amount, the project's part of lines that accounting "
        "added: they were not approved.",
    )
    amount_paid = fields.Monetary(
        string="Paid", readonly=True, help="Nothing while it is a draft."
    )
    amount_residual = fields.Monetary(
        string="Outstanding", readonly=True, help="Nothing while it is a draft."
    )
    unsettled = fields.Boolean(
        readonly=True,
        help="Something of the whole document is open. Quick to ask for: the parts of "
        "those that are settled need not be computed.",
    )
    amount_overdue = fields.Monetary(
        string="Overdue",
        readonly=True,
        help="What is outstanding of instalments that were due before today.",
    )
    amount_questioned = fields.Monetary(
        string="Questioned",
        readonly=True,
        help="What the client asks about and is not answered yet, with taxes; together "
        "at most what is left to pay of the invoice.",
    )
    days_late = fields.Integer(
        readonly=True,
        aggregator="max",
        help="Days since the first open instalment was due.",
    )

    @property
    def _table_query(self):
        """Return the query of the rows, with today's date in each company."""
        return invoice_sql.statement(self._sql_today(SQL("request.company_id")))

    @api.model
    @api.private
    @api.readonly
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Override to find the rows first and compute the amounts of these only."""
        rows = super().search_fetch(domain, [], offset, limit, order)
        rows.fetch(field_names)
        return rows

    def _sql_today(self, company):
        """Return SQL of today's date in a company.

        :param SQL company: the id of the company
        """
        days = defaultdict(list)
        # sudo: the days of all companies; which rows are seen is up to the rules
        companies_sudo = self.env["res.company"].sudo()
        for row in companies_sudo.search([("active", "in", (True, False))]):
            days[row._billing_today()].append(row.id)
        cases = sorted(days.items(), key=lambda case: -len(case[1]))
        result = SQL("%s::date", cases[0][0])
        if cases[1:]:
            whens = [
                SQL("WHEN %s IN %s THEN %s::date", company, tuple(ids), day)
                for day, ids in cases[1:]
            ]
            result = SQL("CASE %s ELSE %s END", SQL(" ").join(whens), result)
        return result
