"""Dashboard: expected cash, by how each customer really pays."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..billing import horizon
from ..billing.periods import DAY, add_months
from ..exceptions import BillingError
from .cockpit_sql import EXPECTED, INVOICES_IN, PAYERS, PLANNED_IN
from .project_billing_cockpit_work import ITEM_COLUMNS, ON_THE_WAY

INVOICE_COLUMNS = (
    "id",
    "credit",
    "partner_id",
    "invoice_date",
    "invoice_date_due",
    "state",
    "sent",
    "amount_untaxed",
    "amount_total",
    "amount_paid",
    "amount_residual",
    "amount_overdue",
    "days_late",
)
#: Days from invoice to payment where nobody ever paid anything yet.
USUAL_DAYS = 30
#: Up to how many projects it pays to name them.
FEW = 300
#: What expected cash comes from, the surest first.
SOURCES = ("unpaid", "draft", "requests", "ready", "planned")


class ProjectBillingCockpit(models.AbstractModel):
    """Expected cash by month, on the dashboard.

    An unpaid invoice is expected on its due date, plus the days by which its customer
    is usually late (or early). What is not invoiced yet is expected so many days from
    today, or from its planned day, as the customer usually takes from invoice to
    payment.
    """

    _inherit = "project.billing.cockpit"

    @api.model
    def open_cash(self, source, month, filters=None):
        """Return the action that opens the records behind one part of expected cash.

        Which these are depends on how long each customer takes to pay, which no domain
        of plain fields can say.

        :param str source: one of :data:`SOURCES`
        :param str month: ``YYYY-MM``, as in the figures
        :param dict filters: of :meth:`figures`
        :returns: dict with ``name``, ``model`` and ``domain``
        :raises AccessError: when the user may not read billing items
        :raises BillingError: when there is no such part
        """
        self.env["project.billing.item"].check_access("read")
        scope = self._scope(self._check_filters(filters))
        if source not in SOURCES or month not in self._cash_months(scope):
            raise BillingError(self.env._("There is no such part of expected cash."))
        self.env.flush_all()
        name = self._source_labels()[source]
        payers = self._payers(scope)
        if source in ("ready", "requests"):
            return self._open_by_project(scope, payers, source, month, name)
        model, query = self._cash_query(scope, payers, source, month)
        ids = [row[0] for row in self.env.execute_query(query)]
        return self._open(name, model, [("id", "in", ids)])

    def _source_labels(self):
        return {
            "unpaid": self.env._("Unpaid invoices"),
            "draft": self.env._("Draft invoices"),
            "requests": self.env._("Requests"),
            "ready": self.env._("Ready to bill"),
            "planned": self.env._("Planned"),
        }

    # === PAYERS ===

    def _payers(self, scope):
        """Return how customers pay: ``{customer: (days late, days from invoice)}``.

        Within the last year, by the invoices of projects that the user may read.
        ``None`` stands for the average of all customers, used for those who never paid
        before.
        """
        requests = self.env["project.billing.request"]._search(
            [("company_id", "in", scope.companies), ("state", "=", "invoiced")]
        )
        rows = self.env.execute_query(
            SQL(
                PAYERS,
                visible=requests.subselect("invoice_id"),
                year_ago=add_months(scope.today, -12),
            )
        )
        payers = {customer: (late, max(days, 0)) for customer, late, days in rows}
        payers.setdefault(None, (0, USUAL_DAYS))
        return payers

    def _days_to_pay(self, scope, payers, project):
        """Return the days from invoice to payment of a project's customer."""
        row = scope.projects.get(project)
        return payers.get(row and row.customer_id, payers[None])[1]

    def _project_days(self, scope, payers):
        """Return these days of all projects, as two columns for a query."""
        projects = list(scope.projects)
        days = [self._days_to_pay(scope, payers, project) for project in projects]
        return {
            "projects": SQL("%s::integer[]", projects),
            "days": SQL("%s::integer[]", days),
            "today": scope.today,
            "later": self._later(scope),
        }

    def _expected(self, scope, payers, domain):
        """Return SQL tables of invoices and of the days on which they will be paid."""
        known = [customer for customer in payers if customer]
        return SQL(
            EXPECTED,
            today=scope.today,
            customers=SQL("%s::integer[]", known),
            late=SQL("%s::integer[]", [payers[customer][0] for customer in known]),
            days=SQL("%s::integer[]", [payers[customer][1] for customer in known]),
            all_late=payers[None][0],
            all_days=payers[None][1],
            invoices=self._visible(
                "project.billing.invoice",
                [*domain, *self._few_projects(scope)],
                INVOICE_COLUMNS,
            ),
        )

    def _few_projects(self, scope):
        """Return a domain that names the projects, if they are few.

        It says no more than the record rules do, but with it PostgreSQL reads the
        invoices of these projects only.
        """
        if len(scope.projects) > FEW:
            return []
        return [("project_id", "in", list(scope.projects))]

    # === FORECAST ===

    def _later(self, scope):
        """Return the day that stands for all days after the displayed months."""
        return add_months(scope.today.replace(day=1), horizon.MONTHS_AHEAD)

    def _cash_months(self, scope):
        """Return the keys of the months, and the one of all later days."""
        later = self._later(scope)
        return [span.key for span in horizon.months(scope.today)] + [f"{later:%Y-%m}"]

    def _cash(self, scope, payers, invoices, planned):
        """Return the months with the cash that is expected from each source.

        :param invoices: ``[[state, month, amount]]``
        :param planned: ``{month: amount}``
        """
        sums = defaultdict(float)
        for state, month, amount in invoices or []:
            sums["unpaid" if state == "posted" else "draft", month] += amount
        for month, amount in (planned or {}).items():
            sums["planned", month] += amount
        for source in ("requests", "ready"):
            for project, amount in scope.sums.get(source, {}).items():
                month = self._month_from_today(scope, payers, project)
                sums[source, month] += float(amount)
        months = self._cash_months(scope)
        labels = self._source_labels()
        return {
            "months": months,
            "series": [
                {
                    "source": source,
                    "name": labels[source],
                    "amounts": [
                        scope.currency.round(sums[source, month]) for month in months
                    ],
                }
                for source in SOURCES
            ],
            "late": payers[None][0],
            "days": payers[None][1],
        }

    def _month_from_today(self, scope, payers, project):
        """Return the month in which an invoice of today would be paid."""
        day = scope.today + self._days_to_pay(scope, payers, project) * DAY
        return f"{min(day, self._later(scope)):%Y-%m}"

    # === BEHIND IT ===

    def _open_by_project(self, scope, payers, source, month, name):
        """Return the action for requests or items of customers paying in a month."""
        projects = [
            project
            for project in scope.projects
            if self._month_from_today(scope, payers, project) == month
        ]
        if source == "ready":
            domain = self._items_domain(scope, True)
            model = "project.billing.item"
        else:
            domain = [*scope.domain, ("state", "in", ON_THE_WAY)]
            model = "project.billing.request"
        return self._open(name, model, [*domain, ("project_id", "in", projects)])

    def _cash_query(self, scope, payers, source, month):
        """Return the model of another source, and the query of its records."""
        if source == "planned":
            items = self._visible(
                "project.billing.item", self._items_domain(scope, False), ITEM_COLUMNS
            )
            days = self._project_days(scope, payers)
            return "project.billing.item", SQL(
                PLANNED_IN, items=items, month=month, **days
            )
        open_ones = [
            *scope.domain,
            *("|", ("state", "=", "draft"), ("unsettled", "=", True)),
        ]
        return "project.billing.invoice", SQL(
            INVOICES_IN,
            expected=self._expected(scope, payers, open_ones),
            state="posted" if source == "unpaid" else "draft",
            later=self._later(scope),
            month=month,
        )
