"""Dashboard: invoices, planned billing, and upcoming items."""

from odoo import models
from odoo.tools import SQL

from ..billing import horizon
from ..billing.periods import add_months
from .cockpit_sql import INVOICES, PLANNED
from .project_billing_cockpit_work import ITEM_COLUMNS

#: Months of billing that the small chart shows.
PAST_MONTHS = 12
#: How many things that come next are shown.
NEXT = 8
INVOICE = "project.billing.invoice"


class ProjectBillingCockpit(models.AbstractModel):
    """Billed, paid, outstanding and overdue amounts, and planned billing."""

    _inherit = "project.billing.cockpit"

    def _parts(self, scope):
        """Override to add invoices, planned billing and expected cash."""
        result = super()._parts(scope)
        payers = self._payers(scope)
        invoices = self._invoices(scope, payers)
        planned = self._planned(scope, payers)
        return {
            **result,
            **self._invoice_figures(scope, invoices),
            **self._planned_figures(scope, planned),
            "cash": self._cash(scope, payers, invoices["cash"], planned["cash"]),
        }

    # === INVOICES ===

    def _past_months(self, scope):
        """Return the months of the past year, the current one included."""
        first = add_months(scope.today.replace(day=1), 1 - PAST_MONTHS)
        return horizon.months(first, PAST_MONTHS)

    def _invoices(self, scope, payers):
        """Read the figures of all invoices in scope, as JSON."""
        year_ago = self._past_months(scope)[0].start
        # what was dated and paid before counts nowhere
        counted = [
            *scope.domain,
            *("|", "|", ("state", "=", "draft"), ("unsettled", "=", True)),
            ("invoice_date", ">=", min(year_ago, scope.period.start)),
        ]
        days = {"from": scope.period.start, "to": scope.period.end}
        query = SQL(
            INVOICES,
            expected=self._expected(scope, payers, counted),
            year_ago=year_ago,
            later=self._later(scope),
            ages=[int(span.key) for span in horizon.ages(scope.today)[1:]],
            **days,
        )
        return self.env.execute_query(query)[0][0]

    def _invoice_figures(self, scope, found):
        """Return the figures of invoices, with the domains behind them."""
        draft = [*scope.domain, ("state", "=", "draft")]
        posted = [*scope.domain, ("state", "=", "posted")]
        unpaid = [*posted, ("amount_residual", "!=", 0)]
        overdue = [*posted, ("amount_overdue", "!=", 0)]
        unsent = [*unpaid, ("sent", "=", False), ("credit", "=", False)]
        days = found["overdue"][2] or 0

        def figure(name, label, domain, **more):
            count, amount = found[name][:2]
            opens = self._open(label, INVOICE, domain)
            return self._figure(scope, amount, count, opens, **more)

        return {
            "invoice_draft": figure("drafts", self.env._("Draft invoices"), draft),
            "billed": self._billed(scope, found, posted),
            "unpaid": figure("unpaid", self.env._("Outstanding"), unpaid),
            "overdue": figure("overdue", self.env._("Overdue"), overdue, days=days),
            "unsent": figure("unsent", self.env._("Not sent"), unsent),
            "unpaid_ages": self._unpaid_ages(scope, found, overdue, unpaid),
        }

    def _billed(self, scope, found, posted):
        """Return the amount billed in the period, what of it is paid, and by month."""
        count, untaxed, total, paid = found["billed"]
        months = found["months"] or {}

        def opens(span):
            days = [
                ("invoice_date", ">=", span.start),
                ("invoice_date", "<=", span.end),
            ]
            return self._open(self.env._("Billed"), INVOICE, [*posted, *days])

        return self._figure(
            scope,
            untaxed,
            count,
            opens(scope.period),
            total=scope.currency.round(float(total or 0)),
            paid=scope.currency.round(float(paid or 0)),
            months=[
                {
                    "month": span.key,
                    "amount": scope.currency.round(months.get(span.key, 0.0)),
                    "open": opens(span),
                }
                for span in self._past_months(scope)
            ],
        )

    def _unpaid_ages(self, scope, found, overdue, unpaid):
        """Return the outstanding amounts by days overdue, not yet due first."""
        count, amount = found["due_later"]
        name, model = self.env._("Outstanding, by age"), INVOICE
        not_due = [*unpaid, ("invoice_date_due", ">=", scope.today)]
        figures = [
            self._figure(
                scope, amount, count, self._open(name, model, not_due), key="0"
            )
        ]
        ages = found["ages"] or {}
        spans = horizon.ages(scope.today)
        for position, span in enumerate(spans):
            first = max(int(span.key), 1)
            days = [("days_late", ">=", first)]
            if position + 1 < len(spans):
                days.append(("days_late", "<", int(spans[position + 1].key)))
            count, amount = ages.get(str(position), (0, 0))
            opens = self._open(name, model, overdue + days)
            figures.append(self._figure(scope, amount, count, opens, key=str(first)))
        return figures

    # === PLANNED ===

    def _planned(self, scope, payers):
        """Read the figures of planned items, as JSON."""
        weeks = horizon.weeks(scope.today)
        items = self._visible(
            "project.billing.item", self._items_domain(scope, False), ITEM_COLUMNS
        )
        query = SQL(
            PLANNED,
            items=items,
            first=weeks[0].start,
            last=weeks[-1].end,
            most=NEXT,
            **self._project_days(scope, payers),
        )
        return self.env.execute_query(query)[0][0]

    def _planned_figures(self, scope, found):
        """Return the figures of planned items, with the domains behind them."""
        domain = self._items_domain(scope, False)

        def figure(name, label, *leaves):
            count, amount = found[name]
            return self._figure(
                scope, amount, count, self._open_items(label, [*domain, *leaves])
            )

        return {
            "planned": figure("all", self.env._("Planned")),
            "undated": figure(
                "undated", self.env._("Planned without a day"), ("date", "=", False)
            ),
            "late": figure(
                "late", self.env._("Planned, but late"), ("date", "<", scope.today)
            ),
            "weeks": [
                {
                    "start": span.key,
                    "amount": scope.currency.round(
                        (found["weeks"] or {}).get(span.key, 0.0)
                    ),
                    "open": self._open_items(
                        self.env._("Planned for the week"),
                        [*domain, ("date", ">=", span.start), ("date", "<=", span.end)],
                    ),
                }
                for span in horizon.weeks(scope.today)
            ],
            "next": [self._next(scope, row) for row in found["next"] or []],
        }

    def _next(self, scope, row):
        """Return an upcoming item as plain values, with its record."""
        project = scope.projects.get(row["project_id"])
        return {
            "id": row["id"],
            "kind": row["kind"],
            "name": row["name"],
            "date": row["date"],
            "period": [row["period_start"], row["period_end"]],
            "late": row["date"] < str(scope.today),
            "amount": scope.currency.round(row["amount_open"] or 0.0),
            "project": project.name if project else "",
            "customer": (project and project.customer) or "",
        }
