"""The amount to bill of each item, as a request would bill it."""

from itertools import filterfalse

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import KINDS
from .open_sql import (
    AT_PRICES,
    CAPPED,
    INTRICATE,
    ITEMS_AND_DRAFTS,
    OPEN_AMOUNTS,
    OPEN_ROWS,
    OWN_AMOUNTS,
    PLANNED_ITEMS,
    SIDES,
    TAXED,
    UNCAPPED,
    UNTIL,
)


def _is_text(part):
    """Tell whether a part of a domain is an operator, not a condition."""
    return isinstance(part, str)


class ProjectBillingItem(models.Model):
    """An item, whose open amount is its part of the line that would bill it.

    The stored column has the item's value on its own, which ignores rounding on lines.
    When ``amount_open`` is read through the ORM, alone or as a sum, it is the part of
    the line instead, so that every figure is what the request will say.
    """

    _inherit = "project.billing.item"

    def _search(self, domain, *args, **kwargs):
        """Override to note whether only ready, or only planned, items are wanted."""
        query = super()._search(domain, *args, **kwargs)
        query.billing_ready = self._asked_ready(domain)
        return query

    @api.model
    def _asked_ready(self, domain):
        """Return which value of ``ready`` a domain requires; None for any."""
        parts = list(Domain(domain))
        if not {"|", "!"}.intersection(filter(_is_text, parts)):
            for field, operator, value in filterfalse(_is_text, parts):
                if field == "ready" and operator == "=":
                    return bool(value)
        return None

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override to read the amount to bill as the request would bill it."""
        if field_expr != "amount_open":
            return super()._field_to_sql(alias, field_expr, query)
        if query is None:
            return SQL(
                "coalesce((SELECT lines.amount FROM (%s) AS lines"
                " WHERE lines.id = %s), 0)",
                self._open_amounts(),
                SQL.identifier(alias, "id"),
            )
        joined = f"{alias}__open"
        if joined not in query._joins:
            scope, ready = None, getattr(query, "billing_ready", None)
            if query.where_clause:
                # whole projects, so that no line is cut by what is asked for
                scope = SQL(
                    "SELECT %s FROM %s WHERE %s",
                    SQL.identifier(alias, "project_id"),
                    query.from_clause,
                    query.where_clause,
                )
            query.add_join(
                "LEFT JOIN",
                joined,
                SQL("(%s)", self._open_amounts(scope, ready=ready)),
                SQL(
                    "%s = %s AND %s = %s",
                    SQL.identifier(joined, "id"),
                    SQL.identifier(alias, "id"),
                    SQL.identifier(joined, "project_id"),
                    SQL.identifier(alias, "project_id"),
                ),
            )
        return SQL("coalesce(%s, 0)", SQL.identifier(joined, "amount"))

    @api.model
    def _open_amounts(self, projects=None, day=None, ready=None):
        """Return the query of the amounts to bill: ``id``, ``project_id``, ``amount``.

        The caller restricts which items may be read: lines are computed as a whole.
        Amounts are untaxed, except for what caps compare, see
        :data:`open_sql.AT_PRICES`.

        :param projects: SQL of the ids of projects; all of them by default
        :param day: last day of time that counts, any by default
        :param ready: only what is ready, or only what is planned, as no line has both;
            everything by default
        """
        self._flush_for_open()
        scope = SQL("TRUE")
        if projects is not None:
            scope = SQL("item.project_id IN (%s)", projects)
        intricate = self._intricate_projects(scope, SQL(SIDES[ready]))
        query = self._plain_amounts(scope, ready, self._until(day), intricate)
        if not intricate:
            return query
        # sudo: amounts only; which items are read is for the caller
        own = self.env["project.billing.request"].sudo()._foresee(intricate, day)
        wanted = 2 if self.env.context.get(AT_PRICES) else 0
        wanted = wanted or int(bool(self.env.context.get(UNCAPPED)))
        return SQL(
            "%s UNION ALL %s",
            query,
            SQL(
                OWN_AMOUNTS,
                ids=list(own),
                amounts=[str(amounts[wanted]) for amounts in own.values()],
            ),
        )

    @api.model
    def _plain_amounts(self, scope, ready, until, intricate):
        """Return the query for projects whose open items alone determine the lines."""
        kinds = self.env["project.billing.kind"]
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        others = SQL("TRUE")
        if intricate:
            others = SQL(
                "(item.is_adjustment IS TRUE OR item.project_id <> ALL(%s))", intricate
            )
        items = SQL(
            PLANNED_ITEMS if ready is False else ITEMS_AND_DRAFTS,
            scope=scope,
            side=SQL(SIDES[ready]),
            until=until,
            others=others,
            gathering=[
                kind
                for kind, _label in KINDS
                if kinds._get(kind)._line_detail("project") == "project"
            ],
        )
        return SQL(OPEN_AMOUNTS, joined=items, digits=digits)

    @api.model
    def _flush_for_open(self):
        """Flush the pending changes of rows that the queries read."""
        self.env["project.billing.item"].flush_model()
        self.env["project.billing.rule"].flush_model()
        self.env["project.billing.request"].flush_model(["project_id", "state"])
        self.env["project.billing.line"].flush_model()
        self.env["project.billing.cap"].flush_model()
        self.env["res.company"].flush_model(["tax_calculation_rounding_method"])

    @api.model
    def _intricate_projects(self, scope, side):
        """Return the ids of projects whose lines only collecting can compute.

        :param SQL scope: of which projects (of ``item``) something is asked for
        :param SQL side: which items are
        """
        rows = self.env.execute_query(
            SQL(INTRICATE, scope=scope, side=side, capped=SQL(CAPPED), taxed=SQL(TAXED))
        )
        return [project_id for (project_id,) in rows]

    @api.model
    def _until(self, day):
        """Return the SQL condition on items that count up to a day."""
        return SQL(UNTIL, day=day) if day else SQL("TRUE")

    @api.model
    def _open_rows(self, project_ids, day=None):
        """Return the open items of some projects as plain rows."""
        return self.env.execute_query_dict(
            SQL(OPEN_ROWS, projects=list(project_ids), until=self._until(day))
        )
