"""Time to invoice: days from the work to the invoice that is sent."""

from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from ..const import REQUEST_STATES
from . import lead_time_sql

#: What happens between the work and the customer, in order.
STEPS = [
    ("ask", "Asking for it"),
    ("approve", "Approval"),
    ("draft", "Creating the invoice"),
    ("post", "Posting"),
    ("send", "Sending"),
]


class ProjectBillingLeadTime(models.Model):
    """One row for each request that was submitted, with the days of each step.

    Read only, computed by PostgreSQL from the log of approvals and the invoice. A step
    that did not happen yet has no days; the days of a group are the mean of the
    requests. Days are those of the company's own clock.
    """

    _name = "project.billing.lead.time"
    _inherit = ["project.billing.named"]
    _description = "Time to Invoice"
    _auto = False
    _order = "date_submitted desc, id desc"
    _depends = {
        "account.move": ["billing_date_sent", "invoice_date", "state"],
        "project.billing.approval": ["date", "decision", "request_id"],
        "project.billing.request": [
            "amount_untaxed",
            "date_work_last",
            "invoice_id",
            "state",
        ],
    }

    name = fields.Char(string="Request", readonly=True)
    project_id = fields.Many2one("project.project", readonly=True)
    user_id = fields.Many2one("res.users", string="Manager", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_untaxed = fields.Monetary(readonly=True)
    state = fields.Selection(REQUEST_STATES, readonly=True)
    date_work = fields.Date(
        string="Work Done",
        readonly=True,
        help="Last day of the work in the request; the day it was asked for, where "
        "that is earlier, as with what is billed in advance.",
    )
    date_submitted = fields.Date(
        string="Submitted", readonly=True, help="The first time."
    )
    date_approved = fields.Date(
        string="Approved", readonly=True, help="By the last level, the last time."
    )
    date_drafted = fields.Date(string="Invoice Created", readonly=True)
    date_posted = fields.Date(
        string="Posted", readonly=True, help="The date of the invoice."
    )
    date_sent = fields.Date(
        string="Sent", readonly=True, help="The first time, as far as known."
    )
    days_ask = fields.Integer(
        string="Days until Asked",
        readonly=True,
        aggregator="avg",
        help="From the last day of the work until the request was submitted.",
    )
    days_approve = fields.Integer(
        string="Days of Approval",
        readonly=True,
        aggregator="avg",
        help="From the first submission to the last approval, rejections included.",
    )
    days_draft = fields.Integer(
        string="Days until Created",
        readonly=True,
        aggregator="avg",
        help="From the approval until the draft invoice was created.",
    )
    days_post = fields.Integer(
        string="Days until Posted",
        readonly=True,
        aggregator="avg",
        help="From the draft invoice to the date of the invoice.",
    )
    days_send = fields.Integer(
        string="Days until Sent",
        readonly=True,
        aggregator="avg",
        help="From the date of the invoice until the customer was sent it.",
    )
    days_total = fields.Integer(
        string="Time to Invoice (Days)",
        readonly=True,
        aggregator="avg",
        help="From the last day of the work until the customer was sent the invoice.",
    )
    slowest_step = fields.Selection(
        STEPS,
        readonly=True,
        help="The step that took longest, of those that are done.",
    )

    @property
    def _table_query(self):
        """Return the query of the rows."""
        days = {
            name: self._sql_local_day(SQL("log.%s", SQL.identifier(name)))
            for name in ("submitted", "approved", "drafted")
        }
        noted = SQL(lead_time_sql.NOTED, log=SQL(lead_time_sql.LOG), **days)
        ordered = SQL(lead_time_sql.ORDERED, noted=noted)
        steps = SQL(lead_time_sql.STEPS, ordered=ordered)
        return SQL(lead_time_sql.ROWS, steps=steps)

    def _sql_local_day(self, moment):
        """Return SQL of the day of a moment, in the company of ``request``.

        :param SQL moment: a time in UTC
        """
        zones = defaultdict(list)
        # sudo: the time zones of all companies; which rows are seen is up to the rules
        companies = self.env["res.company"].sudo()
        for company in companies.search([("active", "in", (True, False))]):
            zones[company._billing_zone().key].append(company.id)
        cases = sorted(zones.items(), key=lambda case: -len(case[1]))
        zone = SQL("%s", cases[0][0])
        if cases[1:]:
            whens = [
                SQL("WHEN request.company_id IN %s THEN %s", tuple(ids), name)
                for name, ids in cases[1:]
            ]
            zone = SQL("CASE %s ELSE %s END", SQL(" ").join(whens), zone)
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    def action_open_request(self):
        """Open the request that the row is about."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "project.billing.request",
            "res_id": self.id,
            "views": [(False, "form")],
        }
