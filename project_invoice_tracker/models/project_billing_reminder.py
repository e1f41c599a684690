"""Log of reminders: what a customer was reminded of, by which level, and when."""

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from .phrases import days_late

TABLE = "project_invoice_tracker.reminder_invoices"
#: Who may see amounts of the whole document: it may bill projects of several managers.
AMOUNT_GROUPS = (
    "project_invoice_tracker.group_billing_manager,"
    "account.group_account_invoice,account.group_account_readonly"
)


class ProjectBillingReminder(models.Model):
    """One payment reminder of one invoice to one person.

    PostgreSQL keeps unique what may happen once: an invoice, a person and a day; and an
    invoice, a level, a person and the due date that the mail reminded of. Rows with the
    same ``outbox_id`` went out as one mail.
    """

    _name = "project.billing.reminder"
    _inherit = ["project.billing.guard"]
    _description = "Reminder of an Invoice"
    _order = "day desc, id desc"
    _rec_name = "move_id"
    _engine_owned = True

    move_id = fields.Many2one(
        "account.move", "Invoice", required=True, readonly=True, ondelete="cascade"
    )
    level_id = fields.Many2one(
        "project.billing.reminder.level",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        "res.partner", "Sent To", required=True, readonly=True, ondelete="restrict"
    )
    customer_id = fields.Many2one(
        "res.partner",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    day = fields.Date(
        string="Sent On", required=True, readonly=True, help="Where the company is."
    )
    date_due = fields.Date(
        string="Due",
        required=True,
        readonly=True,
        help="Of the instalment that made it due.",
    )
    amount = fields.Monetary(
        string="To Pay",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Open, due and not questioned, with taxes.",
    )
    amount_open = fields.Monetary(
        string="Outstanding",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What was open of the whole invoice.",
    )
    amount_questioned = fields.Monetary(
        string="Questioned",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What the customer questioned then; the mail did not ask for it.",
    )
    outbox_id = fields.Many2one(
        "project.billing.outbox", readonly=True, ondelete="set null", index=True
    )
    message_id = fields.Many2one(
        "mail.message", readonly=True, ondelete="set null", index="btree_not_null"
    )
    invoices_html = fields.Html(
        compute="_compute_invoices_html",
        sanitize=False,
        groups=AMOUNT_GROUPS,
        export_string_translation=False,
        help="The invoices of the mail as a table, for the e-mail template.",
    )

    _once_a_day = models.UniqueIndex("(move_id, partner_id, day)")
    _once_a_level = models.UniqueIndex("(move_id, level_id, partner_id, date_due)")

    # === THE MAIL ===

    @api.depends_context("lang")
    def _compute_invoices_html(self):
        for reminder in self:
            rows = reminder._mail_rows()
            reminder.invoices_html = self.env["ir.qweb"]._render(
                TABLE,
                {
                    "rows": [row._table_row() for row in rows],
                    "totals": rows._table_totals(),
                    "questioned": any(rows.mapped("amount_questioned")),
                    "before": rows._is_before(),
                },
            )

    def _mail_rows(self):
        """Return all rows that go out in one mail with this one, the oldest first."""
        self.ensure_one()
        rows = self
        if self.outbox_id:
            rows = self.search(
                [
                    ("outbox_id", "=", self.outbox_id.id),
                    ("partner_id", "=", self.partner_id.id),
                    ("day", "=", self.day),
                ]
            )
        return rows.sorted(lambda row: (row.date_due, row.move_id.name or "", row.id))

    def _is_before(self):
        """Tell whether no invoice in the mail is overdue yet."""
        return all(row.date_due >= row.day for row in self)

    def _table_row(self):
        """Return one invoice as plain texts, in the language of the mail."""
        self.ensure_one()
        move, currency = self.move_id, self.currency_id
        late = max((self.day - self.date_due).days, 0)
        return {
            "name": move.name,
            "url": self._link(),
            "reference": move.payment_reference
            if move.payment_reference != move.name
            else "",
            "date": format_date(self.env, move.invoice_date),
            "due": format_date(self.env, self.date_due),
            "late": late and days_late(self.env, late),
            "open": format_amount(self.env, self.amount_open, currency),
            "questioned": format_amount(self.env, self.amount_questioned, currency)
            if self.amount_questioned
            else "",
            "amount": format_amount(self.env, self.amount, currency),
        }

    def _link(self):
        """Return the page on which the invoice is seen and paid.

        Without the access token, which is added only when the mail leaves.
        """
        return self.move_id._billing_page_url()

    def _table_totals(self):
        """Return the amounts due per currency as texts; none for a single invoice."""
        if len(self) == 1:
            return []
        return [
            format_amount(self.env, sum(rows.mapped("amount")), currency)
            for currency, rows in self.grouped("currency_id").items()
        ]

    # === SCREEN ===

    def action_open_invoice(self):
        """Open the invoice, as the project's manager sees it.

        :returns: an action with the rows of the user's projects
        """
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_invoice_action"
        )
        # sudo: the ids of the invoices that the user was shown the reminders of
        moves = self.sudo().move_id
        rows = self.env["project.billing.invoice"].search(
            [("move_id", "in", moves.ids), ("credit", "=", False)]
        )
        action.update(domain=[("id", "in", rows.ids)], context={})
        if len(rows) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=rows.id)
        return action
