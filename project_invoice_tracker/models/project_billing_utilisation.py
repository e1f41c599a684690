"""Utilisation: recorded hours, billable hours, and the capacity of people."""

import re
from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd
from odoo.tools import SQL

from . import hours_sql
from .report_rows import ROWS, Rows, named_rows

#: The two sums of each percentage: numerator, denominator.
SHARES = {
    "utilisation:avg": ("hours_billable", "hours_capacity"),
    "billable_share:avg": ("hours_billable", "hours"),
}

#: Groups that may see rows of capacity, as in the record rules.
SEE_CAPACITY = (
    "project_invoice_tracker.group_billing_approver",
    "project_invoice_tracker.group_billing_manager",
    "account.group_account_invoice",
    "account.group_account_readonly",
)
#: Context key for the first and the last day that a domain allows.
DAYS = "project_invoice_tracker_days"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Days(NamedTuple):
    """The first and the last day of a period, ``None`` where it is open."""

    first: date | None
    last: date | None


def _bounds(domain):
    """Return the first and the last day that a domain allows.

    Only conditions that apply to all rows are used, so the days may be too many, never
    too few.
    """
    first, last = [], []
    conditions = domain.children if isinstance(domain, DomainAnd) else [domain]
    for condition in conditions:
        if getattr(condition, "field_expr", None) != "date":
            continue
        if isinstance(condition.value, (date, str)):
            # a text may also be a relative day, or the start of a year
            day = str(condition.value)[:10]
            found = {">": first, ">=": first, "<": last, "<=": last}
            if condition.operator in found and DAY.fullmatch(day):
                found[condition.operator].append(fields.Date.to_date(day))
    return Days(max(first, default=None), min(last, default=None))


class ProjectBillingUtilisation(models.Model):
    """Hours per person, day and project, and the capacity per person and day.

    Read only, computed by PostgreSQL. Meant for sums: an hour that a billing rule
    applies to is in one row as recorded and in another one as billable. Capacity comes
    from the working calendars less time off, up to today, and belongs to no project:
    users who read only own projects see the hours there and no utilisation.
    """

    _name = "project.billing.utilisation"
    _inherit = ["project.billing.named"]
    _description = "Utilisation"
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "account.analytic.line": [
            "company_id",
            "date",
            "employee_id",
            "name",
            "product_uom_id",
            "project_id",
            "unit_amount",
        ],
        "hr.employee": ["current_version_id"],
        "hr.version": ["department_id", "job_id"],
        "project.billing.item": ["date", "employee_id", "quantity_recorded"],
        "project.project": ["partner_id", "user_id"],
    }

    name = fields.Char(string="Description", readonly=True)
    kind = fields.Selection(
        [
            ("entry", "Recorded"),
            ("billable", "Billable"),
            ("capacity", "Working Hours"),
        ],
        readonly=True,
        help="What the row adds to the sums: time that was recorded, the part of it "
        "that a billing rule took, or what the working calendar says.",
    )
    employee_id = fields.Many2one("hr.employee", string="Person", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    job_id = fields.Many2one("hr.job", readonly=True)
    project_id = fields.Many2one(
        "project.project", readonly=True, help="Capacity belongs to no project."
    )
    user_id = fields.Many2one("res.users", string="Project Manager", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date(readonly=True)
    hours = fields.Float(string="Recorded Hours", readonly=True)
    hours_billable = fields.Float(
        string="Billable Hours",
        readonly=True,
        help="Recorded hours that a billing rule took, whatever became of them.",
    )
    hours_internal = fields.Float(
        string="Internal Hours",
        readonly=True,
        help="Recorded hours that are not billable, in projects without a customer.",
    )
    hours_other = fields.Float(
        string="Not Billable Hours",
        readonly=True,
        help="Recorded hours in projects with a customer that no billing rule took.",
    )
    hours_capacity = fields.Float(
        string="Capacity",
        readonly=True,
        groups=",".join(SEE_CAPACITY),
        help="Hours of the working calendar less time off, up to today.",
    )
    hours_absent = fields.Float(
        string="Time Off",
        readonly=True,
        groups=",".join(SEE_CAPACITY),
        help="Hours of the working calendar that time off takes, up to today.",
    )
    utilisation = fields.Float(
        string="Utilisation (%)",
        readonly=True,
        groups=",".join(SEE_CAPACITY),
        aggregator="avg",
        help="Billable hours in percent of the capacity.",
    )
    billable_share = fields.Float(
        string="Billable (%)",
        readonly=True,
        aggregator="avg",
        help="Billable hours in percent of the recorded hours.",
    )

    @property
    def _table_query(self):
        """Return the query of the rows, limited to what the user and the days need."""
        hour = self.env.ref("uom.product_uom_hour").id
        elsewhere = self.env["account.analytic.line"]._billed_elsewhere()
        user, named = self.env.user, self.env.context.get(ROWS)
        named = named if isinstance(named, Rows) else None  # which nobody can send
        if not (self.env.su or any(user.has_group(group) for group in SEE_CAPACITY)):
            return hours_sql.statement(hour, named=named, elsewhere=elsewhere)
        if named is not None:
            capacity = self._named_capacity(named)
            return hours_sql.statement(hour, capacity, named, elsewhere)
        # sudo: the days and calendars of everybody; which rows are seen, and in
        # which sums they are, is up to the record rules of this model
        env = self.sudo().env
        companies = env["res.company"].search([("active", "=", True)])
        last = max(company._billing_today() for company in companies)
        [(first,)] = self.env.execute_query(
            SQL(
                "SELECT min(date) FROM account_analytic_line"
                " WHERE project_id IS NOT NULL"
            )
        )
        days = self.env.context.get(DAYS)
        if isinstance(days, Days):  # which nobody can send
            first = max(filter(None, (first, days.first)), default=last)
            last = min(filter(None, (last, days.last)))
        capacity = env["project.billing.capacity"]._sql(
            SQL("TRUE"), first or last, last
        )
        return hours_sql.statement(hour, capacity, elsewhere=elsewhere)

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Override of `base`: compute the capacity of the requested days only."""
        days = _bounds(Domain(domain).optimize(self))
        report = self.with_context(**{DAYS: days, ROWS: named_rows(self, domain)})
        return super(ProjectBillingUtilisation, report)._search(domain, *args, **kwargs)

    @api.model
    def _named_capacity(self, named):
        """Return the query of the capacity for rows given by their ids, if any."""
        found = hours_sql.named_capacity(named)
        if found is None:
            return None
        people, first, last = found
        # sudo: which of these rows are seen is up to the record rules
        capacity_sudo = self.env["project.billing.capacity"].sudo()
        only = SQL("version.employee_id IN %s", people)
        return capacity_sudo._sql(only, first, last)

    @api.model
    @api.private
    @api.readonly
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Override: find the rows first, then compute the columns of these only."""
        rows = super().search_fetch(domain, [], offset, limit, order)
        rows.fetch(field_names)
        return rows

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Override of `base`: divide the sums, never average the percentages."""
        if aggregate_spec not in SHARES:
            return super()._read_group_select(aggregate_spec, query)
        part, whole = (
            super(ProjectBillingUtilisation, self)._read_group_select(
                f"{name}:sum", query
            )
            for name in SHARES[aggregate_spec]
        )
        return SQL("100.0 * %s / nullif(%s, 0)", part, whole)


class AccountAnalyticLine(models.Model):
    """An index over the columns of time entries that reports on hours read."""

    _inherit = "account.analytic.line"

    _billing_hours_index = models.Index(
        "(employee_id, date) INCLUDE (project_id, company_id, unit_amount,"
        " product_uom_id) WHERE (project_id IS NOT NULL)"
    )


class ProjectBillingItem(models.Model):
    """An index over the columns of time items that reports on hours read.

    None of these columns changes when work is reserved or billed.
    """

    _inherit = "project.billing.item"

    _hours_index = models.Index(
        "(employee_id, date) INCLUDE (project_id, company_id, quantity_recorded)"
        " WHERE (kind = 'time')"
    )
