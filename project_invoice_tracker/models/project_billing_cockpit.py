"""The dashboard (cockpit): what is billed, paid and to bill in all projects.

The page gets all its figures in one call. Each figure carries the domain of the records
behind it, so that the reader can open them.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..billing import horizon
from ..const import BILLING_MANAGER, BILLING_USER
from ..exceptions import BillingError
from .cockpit_sql import PROJECTS

#: Who sees the projects of everybody.
SEE_ALL = (
    "project_invoice_tracker.group_billing_approver",
    "project_invoice_tracker.group_billing_manager",
    "account.group_account_invoice",
    "account.group_account_readonly",
)
#: What can be asked for, with the type of each value; nothing is always possible.
FILTERS = {
    "company_id": int,
    "partner_id": int,
    "user_id": int,
    "currency_id": int,
    "period": str,
}


class Project(NamedTuple):
    """A billed project, with its manager and its customer."""

    id: int
    name: str
    manager_id: int | None
    manager: str | None
    customer_id: int | None
    customer: str | None


@dataclass(frozen=True)
class Scope:
    """The projects, currency and day that the dashboard is computed for.

    :param projects: the :class:`Project` rows that count, by id
    :param domain: the same for records that have a project, company and currency
    :param period: the :class:`billing.horizon.Span` in which money was billed
    :param choices: what each filter may be, as ``[(value, name)]`` by filter
    :param sums: results of one part of the dashboard that another one needs
    """

    today: date
    companies: tuple
    currency: models.Model
    projects: dict
    domain: list
    period: horizon.Span
    choices: dict
    sums: dict = field(default_factory=dict)


def sorted_choices(pairs):
    """Return ``(value, name)`` pairs without repetitions, sorted by name.

    >>> sorted_choices([(2, "b"), (1, "A"), (2, "b"), (None, None)])
    [(1, 'A'), (2, 'b')]
    """
    found = {(key, name or "") for key, name in pairs if key}
    return sorted(found, key=lambda pair: (pair[1].casefold(), pair[0]))


class ProjectBillingCockpit(models.AbstractModel):
    """The figures of the app's first page.

    Everything is read with the rights of the user. All amounts are in one currency,
    that of the contracts; nothing is converted.
    """

    _name = "project.billing.cockpit"
    _description = "Billing Cockpit"

    @api.model
    def figures(self, filters=None):
        """Return all that the dashboard shows.

        :param dict filters: any of ``company_id``, ``partner_id`` (customer, a
            commercial entity), ``user_id`` (manager), ``currency_id``, and ``period``,
            one of :data:`billing.horizon.PERIODS`: when it was billed. What is open is
            always as of today.
        :returns: dict of plain values; a *figure* in it is a dict with ``amount`` (in
            ``currency_id``), ``count`` (records) and ``open`` (model, domain and name
            of the records)
        :raises AccessError: when the user may not read billing items
        :raises BillingError: naming a filter that makes no sense
        """
        self.env["project.billing.item"].check_access("read")
        filters = self._check_filters(filters)
        # the statements read tables: what waits to be written comes first
        self.env.flush_all()
        scope = self._scope(filters)
        result = {
            "today": str(scope.today),
            "sees_all": self._sees_all(),
            "currency_id": scope.currency.id,
            "filters": {**filters, "currency_id": scope.currency.id},
            "choices": scope.choices,
            "empty": not scope.projects,
            "can_bill": self.env.user.has_group(BILLING_USER),
            "can_set_up": self.env.user.has_group(BILLING_MANAGER),
            "approval": self._approval_choice(),
        }
        return {**result, **(self._parts(scope) if scope.projects else {})}

    def _parts(self, scope):
        """Return the figures of a scope; each part of the dashboard adds its own."""
        return {}

    def _approval_choice(self):
        """Return the companies in which the user may choose who approves.

        :returns: dict with ``ways``, as ``[(value, label)]``, and ``companies``: dicts
            with ``id``, ``name`` and ``default``, what applies until it is chosen
        """
        # the words of the setting, in the language of the reader
        companies = self.env["res.company"]
        ways = companies._fields["billing_approval"]._description_selection(self.env)
        if self.env.user.has_group(BILLING_MANAGER):
            companies = self.env.companies.filtered(
                lambda company: not company._billing_approval_chosen()
            )
        return {
            "ways": ways,
            "companies": [
                {
                    "id": company.id,
                    "name": company.name,
                    "default": dict(ways)[company._billing_approval_way()],
                }
                for company in companies
            ],
        }

    # === FILTERS ===

    def _check_filters(self, filters):
        """Return the filters with all keys, or refuse invalid ones."""
        filters = filters or {}
        if not isinstance(filters, dict) or filters.keys() - FILTERS.keys():
            raise BillingError(
                self.env._("The cockpit filters by %s only.", ", ".join(FILTERS))
            )
        for name, kind in FILTERS.items():
            value = filters.get(name) or None
            if value is not None and (
                not isinstance(value, kind) or isinstance(value, bool)
            ):
                raise BillingError(
                    self.env._("%s is nothing that the cockpit can filter by.", name)
                )
        result = {name: filters.get(name) or False for name in FILTERS}
        result["period"] = result["period"] or "year"
        if result["period"] not in horizon.PERIODS:
            raise BillingError(
                self.env._("Choose one of these periods: %s", horizon.PERIODS)
            )
        if result["company_id"] and result["company_id"] not in self.env.companies.ids:
            raise AccessError(
                self.env._("Switch to that company first to see its figures.")
            )
        return result

    def _sees_all(self):
        return any(map(self.env.user.has_group, SEE_ALL))

    def _visible(self, model, domain, columns=("id",)):
        """Return the query of the records that the user may read, with some columns."""
        records = self.env[model].with_context(active_test=False)
        query = records._search(domain)
        return query.select(
            *(
                SQL(
                    "%s AS %s",
                    records._field_to_sql(query.table, column, query),
                    SQL.identifier(column),
                )
                for column in columns
            )
        )

    def _contracts(self):
        """Return the rules that tell which projects and currencies there are."""
        rules = self.env["project.billing.rule"].with_context(active_test=False)
        # auditors read requests, but no rules
        if rules.has_access("read"):
            return rules
        return self.env["project.billing.request"]

    # === SCOPE ===

    def _scope(self, filters):
        """Return the :class:`Scope` of filters."""
        today = self.env.company._billing_today()
        companies = tuple(self.env.companies.ids)
        if filters["company_id"]:
            companies = (filters["company_id"],)
        rows = self._projects(companies)
        chosen = {
            row.id: row
            for row in rows
            if filters["user_id"] in (False, row.manager_id)
            and filters["partner_id"] in (False, row.customer_id)
        }
        currencies = self._currencies(companies)
        currency = self._currency(filters, currencies)
        domain = [("company_id", "in", companies), ("currency_id", "=", currency.id)]
        if len(chosen) < len(rows):
            domain.append(("project_id", "in", list(chosen)))
        return Scope(
            today=today,
            companies=companies,
            currency=currency,
            projects=chosen,
            domain=domain,
            period=self._period(filters["period"], today),
            choices={
                "company_id": [(c.id, c.name) for c in self.env.companies],
                "currency_id": [(each.id, each.name) for each in currencies],
                "user_id": sorted_choices((r.manager_id, r.manager) for r in rows),
                "partner_id": sorted_choices((r.customer_id, r.customer) for r in rows),
            },
        )

    def _period(self, name, today):
        year = self.env.company.compute_fiscalyear_dates(today)["date_from"]
        return horizon.period(name, today, year)

    def _projects(self, companies):
        """Return the projects that are billed, as :class:`Project` rows."""
        query = self._contracts()._search([("company_id", "in", companies)])
        visible = query.subselect("project_id")
        return [
            Project(number, self._translated(name), *rest)
            for number, name, *rest in self.env.execute_query(
                SQL(PROJECTS, visible=visible)
            )
        ]

    def _translated(self, texts):
        """Return a translated column in the language of the user."""
        if isinstance(texts, dict):
            return texts.get(self.env.lang) or texts.get("en_US") or ""
        return texts or ""

    def _currencies(self, companies):
        """Return ``{currency: number of contracts}``, sorted by name."""
        groups = self._contracts()._read_group(
            [("company_id", "in", companies)], ["currency_id"], ["__count"]
        )
        return dict(sorted(groups, key=lambda group: group[0].name))

    def _currency(self, filters, currencies):
        """Return the chosen currency; else the company's, or the most common one."""
        for currency in currencies:
            if currency.id == filters["currency_id"]:
                return currency
        own = self.env.company.currency_id
        if own in currencies or not currencies:
            return own
        return max(currencies, key=lambda currency: currencies[currency])

    # === FIGURES ===

    def _figure(self, scope, amount, count, opens=None, **more):
        """Return one figure as plain values; its amount is in the scope's currency."""
        return {
            "amount": scope.currency.round(float(amount or 0)),
            "count": count or 0,
            "open": opens,
            **more,
        }

    def _open(self, name, model, domain, **more):
        """Return what opens the records behind a figure."""
        return {"name": name, "model": model, "domain": list(domain), **more}
