"""Days sales outstanding (DSO), and how long customers take to pay."""

from odoo import api, fields, models
from odoo.tools import SQL

from .report_sql import NO_VALUE

#: How far back the sales of DSO go, in days.
WINDOW = 365

#: What was paid of each invoice, and how many days after its date. A credit note that
#: settles an invoice is no payment.
PAYMENTS = """
    SELECT owed.move_id, sum(part.debit_amount_currency) AS paid,
           sum(part.debit_amount_currency * (part.max_date - owed.invoice_date))
               AS paid_days
      FROM account_partial_reconcile part
      JOIN account_move_line owed
        ON owed.id = part.debit_move_id AND owed.display_type = 'payment_term'
     WHERE NOT EXISTS (
           SELECT FROM account_move_line settling
             JOIN account_move note ON note.id = settling.move_id
            WHERE settling.id = part.credit_move_id AND note.move_type = 'out_refund')
     GROUP BY owed.move_id
"""
#: An invoice that several projects share is shared in what was paid as well.
ROWS = """
    SELECT invoice.id, invoice.name, invoice.move_id, invoice.request_id,
           invoice.project_id, invoice.partner_id, invoice.company_id,
           invoice.currency_id, invoice.user_id, invoice.invoice_date,
           invoice.invoice_date_due, invoice.payment_state,
           invoice.amount_total, invoice.amount_residual, invoice.amount_overdue,
           CASE WHEN invoice.invoice_date > %(today)s::date - %(window)s
                THEN invoice.amount_total ELSE 0 END AS amount_recent,
           invoice.share * payment.paid AS amount_collected,
           invoice.share * payment.paid_days AS amount_days,
           round(payment.paid_days / nullif(payment.paid, 0))::integer AS days_to_pay,
           %(none)s AS dso
      FROM (SELECT part.*, CASE WHEN part.credit THEN 0
                   ELSE part.amount_total / nullif(move.amount_total, 0) END AS share
              FROM (%(invoices)s) part
              JOIN account_move move ON move.id = part.move_id
             WHERE part.state = 'posted') invoice
      LEFT JOIN (%(payments)s) payment
        ON payment.move_id = invoice.move_id AND NOT invoice.credit
"""
#: Outstanding in days of sales: the sales of a year, or of as long as there are any.
DSO = """
    (%(open)s) * least(%(window)s, %(today)s::date - min(%(date)s) + 1)
    / nullif(%(recent)s, 0)
"""


class ProjectBillingCollection(models.Model):
    """Posted invoices and credit notes, with the time until they were paid.

    Read only, computed by PostgreSQL. *DSO* of a group is what is outstanding, times
    the days of the period, over what was billed in it (both with taxes, less credit
    notes). The period is the last 365 days, or the time since the first invoice of the
    group where that is shorter. Amounts are in the currency of the invoice.
    """

    _name = "project.billing.collection"
    _inherit = ["project.billing.named"]
    _description = "Payment of Invoices"
    _auto = False
    _order = "invoice_date desc, id desc"
    _depends = {
        "account.move": ["amount_total", "move_type"],
        "account.move.line": ["display_type", "invoice_date", "move_id"],
        "account.partial.reconcile": [
            "credit_move_id",
            "debit_amount_currency",
            "debit_move_id",
            "max_date",
        ],
        "project.billing.invoice": ["amount_total", "amount_residual", "invoice_date"],
    }

    name = fields.Char(string="Number", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    request_id = fields.Many2one("project.billing.request", readonly=True)
    project_id = fields.Many2one("project.project", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Manager", readonly=True)
    invoice_date = fields.Date(readonly=True)
    invoice_date_due = fields.Date(string="Due", readonly=True)
    payment_state = fields.Selection(
        lambda self: self.env["account.move"]._fields["payment_state"].selection,
        string="Payment",
        readonly=True,
    )
    amount_total = fields.Monetary(
        string="Total", readonly=True, help="The project's part, with taxes."
    )
    amount_residual = fields.Monetary(string="Outstanding", readonly=True)
    amount_overdue = fields.Monetary(string="Overdue", readonly=True)
    amount_recent = fields.Monetary(
        string="Billed in a Year",
        readonly=True,
        help="The total of what was invoiced in the last 365 days.",
    )
    amount_collected = fields.Monetary(
        string="Collected", readonly=True, help="What payments settled of it."
    )
    amount_days = fields.Float(
        string="Collected x Days",
        readonly=True,
        help="Each payment times the days after the date of the invoice.",
    )
    days_to_pay = fields.Integer(
        string="Days to Pay",
        readonly=True,
        aggregator="avg",
        help="From the date of the invoice to the payment, weighted by the amount.",
    )
    dso = fields.Float(
        string="DSO (Days)",
        readonly=True,
        aggregator="avg",
        help="Days sales outstanding: what is outstanding, in days of what was billed "
        "in the last 365 days.",
    )

    @property
    def _table_query(self):
        """Return the query of the rows."""
        return SQL(
            ROWS,
            invoices=self.env["project.billing.invoice"]._table_query,
            payments=SQL(PAYMENTS),
            today=self._today(),
            window=WINDOW,
            none=SQL(NO_VALUE),
        )

    def _today(self):
        """Return today's date in the user's company."""
        return self.env.company._billing_today()

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Override of `base` to divide sums, instead of averaging the rows' ratios."""
        if aggregate_spec not in ("dso:avg", "days_to_pay:avg"):
            return super()._read_group_select(aggregate_spec, query)
        sums = {
            name: super(ProjectBillingCollection, self)._read_group_select(
                f"amount_{name}:sum", query
            )
            for name in ("residual", "recent", "collected", "days")
        }
        if aggregate_spec == "days_to_pay:avg":
            return SQL("%s / nullif(%s, 0)", sums["days"], sums["collected"])
        return SQL(
            DSO,
            open=sums["residual"],
            recent=sums["recent"],
            today=self._today(),
            window=WINDOW,
            date=self._field_to_sql(self._table, "invoice_date", query),
        )
