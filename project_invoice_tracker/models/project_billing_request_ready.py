"""Work that is ready to bill in some projects: read, locked and checked."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..billing.grouping import OpenItem
from ..billing.rounding import LARGEST_ID, exact, rounding_step
from ..exceptions import BillingError
from .open_sql import OPEN_COLUMNS

#: At most so many problems or requests are named in one sentence.
NAMED = 5


OPEN_ITEMS = f"""
    SELECT {OPEN_COLUMNS}, item.problem
      FROM project_billing_item item
      JOIN project_billing_rule rule ON rule.id = item.rule_id
      JOIN res_currency currency ON currency.id = item.currency_id
      -- an invoice has one company and one currency: those the project has now
      JOIN LATERAL (SELECT company_id, currency_id FROM project_billing_rule first
                     WHERE first.project_id = item.project_id AND first.active
                     ORDER BY sequence, id LIMIT 1) terms
        ON terms.company_id = item.company_id
       AND terms.currency_id = item.currency_id
     WHERE item.project_id IN %(projects)s AND item.ready
       AND item.quantity_open <> 0
       AND (item.date IS NULL OR item.date <= %(date_to)s)
       AND %(from)s
     ORDER BY item.id %(lock)s
"""


def volume_steps(column):
    """Return the prices by volume of an item, as exact numbers.

    :param column: ``[[hours, price], …]`` as text, as ``pricing`` keeps them, or none
    """
    return tuple((Decimal(hours), Decimal(price)) for hours, price in column or ())


class ProjectBillingRequest(models.Model):
    """Read the open items for collecting."""

    _inherit = "project.billing.request"

    @api.model
    def _browse_projects(self, projects):
        """Return the projects meant, whether given as records or as ids."""
        if isinstance(projects, models.BaseModel):
            projects = projects.ids
        # no record has a greater id, and no sentence names one
        projects = [id_ for id_ in projects if id_ <= LARGEST_ID]
        projects = self.env["project.project"].browse(dict.fromkeys(projects))
        if not projects:
            raise BillingError(self.env._("Choose a project to bill."))
        return projects

    @api.model
    def _last_day_by_default(self, companies=None):
        """Return the day of today where the companies are that bill.

        :param companies: of the projects or requests; the user's own one by default
        """
        # sudo: what day it is there
        companies_sudo = (companies or self.env.company).sudo()
        return max(company._billing_today() for company in companies_sudo)

    @api.model
    def _check_period(self, date_to, date_from):
        """Return the period as dates, or raise what is wrong with it."""
        try:
            date_to = fields.Date.to_date(date_to)
            date_from = fields.Date.to_date(date_from)
        except (ValueError, TypeError):
            raise BillingError(
                self.env._("The period needs valid dates, like 2026-03-31.")
            ) from None
        date_to = date_to or self._last_day_by_default()
        if date_from and date_from > date_to:
            raise BillingError(
                self.env._(
                    "The period ends (%(end)s) before it starts (%(start)s).",
                    start=format_date(self.env, date_from),
                    end=format_date(self.env, date_to),
                )
            )
        return date_to, date_from or None

    @api.model
    def _read_open_items(self, projects, date_to, date_from=None):
        """Lock and return the items that are open and ready, as plain values.

        :raises BillingError: naming work that has no price yet
        """
        for kind in set(projects.billing_rule_ids.mapped("kind")):
            # sudo: items follow their sources; the caller checked the projects
            self.env["project.billing.kind"]._get(kind).sudo()._sync_stale(projects)
        rows = self._open_rows(projects, date_to, date_from)
        self._refuse_problems([row["problem"] for row in rows])
        return self._as_open_items(rows)

    @api.model
    def _open_rows(self, projects, date_to, date_from=None, lock=True):
        """Return items that are open and ready, as rows; locked unless only read."""
        self.env["project.billing.rule"].flush_model()
        return self.env.execute_query_dict(
            SQL(
                OPEN_ITEMS,
                projects=tuple(projects.ids),
                date_to=date_to,
                lock=SQL("FOR UPDATE OF item") if lock else SQL(),
                **{
                    "from": SQL("item.date >= %s", date_from)
                    if date_from
                    else SQL("TRUE")
                },
            )
        )

    @api.model
    def _as_open_items(self, rows):
        """Return rows of open items in the form that planning takes."""
        return [self._open_item(row) for row in rows]

    @api.model
    def _open_item(self, row):
        """Return one row of an open item in the form that planning takes."""
        kind = self.env["project.billing.kind"]._get(row["kind"])
        return OpenItem(
            **{
                **{name: row[name] for name in row if name != "problem"},
                "detail": kind._line_detail(row["detail"]),
                "may_credit": kind._line_may_credit,
                "open": exact(row["open"]),
                "price": exact(row["price"] or 0),
                "discount": exact(row["discount"]),
                "volume": volume_steps(row["volume"]),
                "coin": rounding_step(row["coin"]),
                "day_minutes": row["day_minutes"] and exact(row["day_minutes"]),
            }
        )

    @api.model
    def _refuse_problems(self, problems):
        """Raise with the problems of the items, each one once."""
        different = [problem for problem in dict.fromkeys(problems) if problem]
        if different:
            named = "\n".join(different[:NAMED])
            if len(different) > NAMED:
                named += "\n…"
            raise BillingError(named)

    @api.model
    def _nothing_message(self, projects, date_to):
        """Return that nothing is ready, and which open requests hold work."""
        # sudo: requests of projects that the user manages, names only
        holding = self.sudo().search(
            [
                ("project_id", "in", projects.ids),
                ("state", "in", ("draft", "submitted", "approved")),
            ],
            limit=NAMED,
        )
        message = self.env._(
            "Nothing to bill for %(projects)s up to %(day)s.",
            projects=", ".join(projects[:NAMED].mapped("name")),
            day=format_date(self.env, date_to),
        )
        waiting = self._waiting_message(self._waiting_amounts(projects, date_to))
        message = " ".join(filter(None, (message, waiting)))
        if holding:
            message += " " + self.env._(
                "What was ready is in %s.",
                ", ".join(
                    f"{request.name} ({request._state_label()}, {request.user_id.name})"
                    for request in holding
                ),
            )
        return message
